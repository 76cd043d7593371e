/**
 * Starts and keeps the runtime server for the cluster's main process: spawns it, starts it again with a growing delay when
 * it dies, stops it. The pipe to its standard input is what tells it that the cluster lives.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ServerOptions } from './server.js'
import { killMarked } from './stragglers.js'

export interface RuntimeServerOptions extends ServerOptions {
  /** Told of every start and death. */
  readonly onEvent?: (event: { readonly type: 'started' | 'died'; readonly pid: number | undefined; readonly detail: string }) => void
}

export interface RuntimeServer {
  readonly socket: string
  /** The running server's process id; undefined between a death and the next start. */
  pid(): number | undefined
  /** Kills the server and every container; resolves when nothing is left. Idempotent. */
  stop(): Promise<void>
}

const restartDelayMsMax = 5_000

/** Resolves when the server listens; rejects when its first start fails. */
export async function startRuntimeServer({ onEvent, ...options }: RuntimeServerOptions): Promise<RuntimeServer> {
  if (Buffer.byteLength(options.socket) > 107)
    throw new Error(`Cannot listen on "${options.socket}": a unix socket's path is at most 107 bytes`)
  mkdirSync(options.directory, { recursive: true })
  let child: ChildProcess | undefined
  let stopping = false
  let delayMs = 50
  let timer: NodeJS.Timeout | undefined

  const start = async (): Promise<void> => {
    const startedAt = performance.now()
    const started = await spawnServer(options)
    child = started.child
    onEvent?.({ type: 'started', pid: child.pid, detail: started.level })
    child.once('exit', (code, signal) => {
      onEvent?.({ type: 'died', pid: child?.pid, detail: signal ?? `exit code ${code}` })
      child = undefined
      killMarked(`${options.cluster}/`)
      if (stopping) return
      delayMs = performance.now() - startedAt > 10_000 ? 50 : Math.min(delayMs * 2, restartDelayMsMax)
      again()
    })
  }
  const again = () => {
    timer = setTimeout(
      () =>
        void start().catch(() => {
          delayMs = Math.min(delayMs * 2, restartDelayMsMax)
          if (!stopping) again()
        }),
      delayMs,
    )
  }
  await start()
  return {
    socket: options.socket,
    pid: () => child?.pid,
    async stop() {
      stopping = true
      clearTimeout(timer)
      const running = child
      if (running) {
        const gone = new Promise((resolve) => running.once('exit', resolve))
        running.stdin?.end()
        const kill = setTimeout(() => running.kill('SIGKILL'), 2000)
        await gone
        clearTimeout(kill)
      }
      killMarked(`${options.cluster}/`)
    },
  }
}

function spawnServer(options: ServerOptions): Promise<{ child: ChildProcess; level: string }> {
  const program = fileURLToPath(new URL('./server.js', import.meta.url))
  // A session of its own, so that Ctrl-C in a terminal reaches the cluster first and the server by its pipe.
  // Without NODE_OPTIONS: a test runner's loader or a debugger's flags are not the server's business and still less its
  // containers', who may not even see the loader's files. By env(1), because test runners add theirs to every spawn.
  const command = ['-u', 'NODE_OPTIONS', process.execPath, program, JSON.stringify(options)]
  const child = spawn('env', command, { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  child.stdin?.on('error', () => {})
  return new Promise((resolve, reject) => {
    let errors = ''
    let text = ''
    child.stderr?.on('data', (chunk: Buffer) => (errors = (errors + String(chunk)).slice(-4096)))
    child.stdout?.on('data', (chunk: Buffer) => {
      text += String(chunk)
      const end = text.indexOf('\n')
      if (end < 0) return
      const ready = JSON.parse(text.slice(0, end)) as { level: string; reason: string }
      resolve({ child, level: `${ready.level}: ${ready.reason}` })
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => reject(new Error(`Cannot start the runtime server: it ended with ${signal ?? code}\n${errors}`)))
  })
}
