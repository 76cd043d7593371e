/**
 * The kubectl that tests run: $KUBECTL, else the 1.32 beside the one on the PATH, else the one on the PATH. Tests that
 * need one skip with `noKubectl` where there is none; with TROUPE_REQUIRE_TOOLS set its absence fails them instead.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Where kubectl is; undefined where there is none. */
export function kubectlPath(): string | undefined {
  const asked = process.env['KUBECTL']
  if (asked) return asked
  const found = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((dir) => join(dir, 'kubectl'))
    .find(isExecutable)
  if (!found) return undefined
  const known = join(dirname(realpathSync(found)), 'kubectl.1.32')
  return isExecutable(known) ? known : found
}

/** For tap's `skip`: the reason when there is no kubectl and the run does not demand one, else false. */
export function noKubectl(): string | false {
  return kubectlPath() || process.env['TROUPE_REQUIRE_TOOLS'] ? false : 'there is no kubectl on the PATH'
}

export interface Ran {
  /** Exit status; 128 and more when a signal ended it, as a shell says. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  /** What its standard input gets. */
  readonly input?: string
  /** Path of the kubeconfig. */
  readonly kubeconfig: string
}

/** Starts kubectl and leaves it running; the caller ends it. Throws where there is none. */
export function startKubectl(args: readonly string[], { input, kubeconfig }: RunOptions): ChildProcess {
  const path = kubectlPath()
  if (!path) throw new Error('Cannot run kubectl: there is none on the PATH')
  // Its discovery cache lies below the home directory and is keyed by address: one cluster's must not serve another's.
  const child = spawn(path, [`--cache-dir=${dirname(kubeconfig)}/kubectl-cache`, ...args], {
    env: { ...process.env, KUBECONFIG: kubeconfig },
  })
  child.stdin.on('error', () => {})
  child.stdin.end(input ?? '')
  return child
}

/** Runs kubectl to its end. */
export function run(args: readonly string[], options: RunOptions): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = startKubectl(args, options)
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout?.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr?.on('data', (chunk: Buffer) => err.push(chunk))
    child.once('error', reject)
    child.once('close', (code) =>
      resolve({ code: code ?? 128, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    )
  })
}
