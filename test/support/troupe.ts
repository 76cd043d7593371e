/** The `troupe` command as a process, and what processes of this machine are left. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url))

export interface Exited {
  /** Exit status; undefined when a signal ended it. */
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess
  readonly pid: number
  /** What it has printed so far. */
  stdout(): string
  stderr(): string
  readonly exited: Promise<Exited>
}

/** Starts `troupe ARGS` with this environment on top of the test's own. */
export function startTroupe(args: readonly string[], env: Readonly<Record<string, string>>): Running {
  const child = spawn(process.execPath, [main, ...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk
  })
  const exited = new Promise<Exited>((resolve, reject) => {
    child.once('error', reject)
    // 'exit' and not 'close': who keeps its output open may outlive it, which is for the test to find.
    child.once('exit', (code) => setImmediate(() => resolve({ code: code ?? undefined, stdout, stderr })))
  })
  return { child, pid: child.pid ?? 0, stdout: () => stdout, stderr: () => stderr, exited }
}

/** Runs `troupe ARGS` to its end. */
export function troupe(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Exited> {
  return startTroupe(args, env).exited
}

export interface Process {
  readonly pid: number
  readonly parent: number
  /** Clock ticks after boot: with the pid it names one process for good. */
  readonly start: string
  readonly command: string
}

/** Every process of this machine that is no zombie (Linux, proc(5)). */
export function processes(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
        if (fields[0] === 'Z' || fields[0] === 'X') return []
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
        return [{ pid: Number(name), parent: Number(fields[1]), start: fields[19] ?? '', command }]
      } catch {
        // It ended while it was looked at.
        return []
      }
    })
}

/** A process and all that descend from it. */
export function familyOf(pid: number): Process[] {
  const all = processes()
  const family = all.filter((one) => one.pid === pid)
  for (const member of family) family.push(...all.filter(({ parent }) => parent === member.pid))
  return family
}

/** Those of them that still live. */
export function survivors(of: readonly Process[]): Process[] {
  const now = new Map(processes().map((one) => [one.pid, one]))
  return of.filter(({ pid, start }) => now.get(pid)?.start === start)
}
