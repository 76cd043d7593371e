/**
 * An actor in a process of its own, for who wants an honest kill -9 or an actor whose end nothing survives. Its ports are
 * bridged (port-bridge.ts), so that host and peers see no difference; each message takes one hop more. Its vital signs come
 * as messages: a hang is seen by their absence alone, and what it had in hand then is not known.
 */
import { fork } from 'node:child_process'
import type { ThreadStart } from './messages.js'
import { type Bridged, createPortBridge } from './port-bridge.js'
import type { Vessel, VesselEvents } from './vessel.js'

/** What the process is started with; its control and host ports are numbers 0 and 1. */
export interface ProcessStart {
  readonly type: 'start'
  readonly entry: string
  readonly start: Omit<ThreadStart, 'control' | 'host' | 'heartbeat'>
}

export type FromProcess = Bridged | { readonly type: 'signs'; readonly signs: Uint8Array }

const saidCharsMax = 16_384
const processEntry = new URL('./process-entry.js', import.meta.url)

export function openProcess(entry: URL, start: ThreadStart, heapMiB: number, events: VesselEvents): Vessel {
  const child = fork(processEntry, [], {
    serialization: 'advanced',
    execArgv: [`--max-old-space-size=${heapMiB}`],
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  })
  // What V8 says before it aborts is pages long, and only its first line is news.
  let said = ''
  child.stderr?.on('data', (text: Buffer) => {
    said = (said + text).slice(-saidCharsMax)
  })
  const bridge = createPortBridge((message) => {
    if (child.connected) child.send(message, () => {})
  }, 2)
  const { control, host, heartbeat, ...plain } = start
  child.on('message', (message: FromProcess) => {
    if (message.type === 'signs') new Uint8Array(heartbeat).set(message.signs)
    else bridge.receive(message)
  })
  let over = false
  const end = (code: number | null, signal: NodeJS.Signals | null) => {
    if (over) return
    over = true
    bridge.close()
    if (signal === 'SIGABRT' || code === 134)
      events.exit(1, {
        type: /heap/i.test(said) ? 'out-of-memory' : 'crashed',
        message: /FATAL ERROR: (.*)/.exec(said)?.[1] ?? 'it aborted',
      })
    else if (signal) events.exit(1, { type: 'killed', message: `the process was ended by ${signal}` })
    else events.exit(code ?? 1)
  }
  child.on('exit', end)
  child.on('error', (error) => {
    events.error(error)
    if (child.exitCode === null && child.pid === undefined) end(1, null)
  })
  child.send({ type: 'start', entry: entry.href, start: plain } satisfies ProcessStart, () => {})
  bridge.adopt(control, 0)
  bridge.adopt(host, 1)
  return { end: () => void child.kill('SIGKILL') }
}
