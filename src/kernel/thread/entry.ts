/**
 * runActor(): what every file in actors/ calls. It runs in the worker thread: it makes the platform out of the machine,
 * starts the behaviour, and serves the control plane. An uncaught error or rejection anywhere in the thread is a crash.
 * In a carrier (carrier.ts) it only says what it can play.
 */
import { setMaxListeners } from 'node:events'
import { threadId, workerData } from 'node:worker_threads'
import { assert } from '../../base/assert.js'
import { CodedError, messageOf, toWire } from '../../base/errors.js'
import { createRandom } from '../../base/random.js'
import { type RunningActor, startActor } from '../actor.js'
import type { Behaviour } from '../behaviour.js'
import type { Link } from '../link.js'
import type { Platform } from '../platform.js'
import type { Culprit } from '../poison.js'
import type { Protocol } from '../protocol.js'
import { currentCarrier, type Play, type Seat } from './carrier.js'
import { serveControl } from './control.js'
import type { FromThread, ThreadStart, ToThread } from './messages.js'
import { createSystemClock, defer, hurt } from './platform.js'
import { createPortLink } from './port-link.js'
import { createTraceStream, type TraceStream } from './trace-stream.js'
import { beat, showInHand } from './vital-signs.js'

/** Runs this behaviour with these ports as the actor that the thread was started as. */
export async function runActor<P extends Protocol, Config, Ports>(behaviour: Behaviour<P, Config, Ports>, ports: Ports): Promise<void> {
  const play: Play = (start, seat) => playActor(behaviour, ports, start, seat)
  const carrier = currentCarrier()
  if (carrier) return carrier(play)
  const start = workerData as ThreadStart
  assert(start?.address, `thread ${threadId} was started by a host`)
  await play(start, { solo: true, exit: (code) => process.exit(code) })
}

async function playActor<P extends Protocol, Config, Ports>(
  behaviour: Behaviour<P, Config, Ports>,
  ports: Ports,
  start: ThreadStart,
  seat: Seat,
): Promise<void> {
  const { address, slot, config, host } = start
  const post = (message: FromThread) => host.postMessage(message)
  post({ type: 'loaded' })
  const connecting = new Map<number, { resolve: (link: Link) => void; reject: (error: unknown) => void; name: string }>()
  let requests = 0
  let actor: RunningActor | undefined
  const early: ToThread[] = []
  const traces = createTraceStream(address.name, (batch) => post({ type: 'trace', batch }))

  const failed = (error: unknown, culprit?: Culprit) => {
    traces.flush()
    post({ type: 'failed', error: toWire(error), trace: actor?.trace() ?? [], ...(culprit ? { culprit } : {}) })
    leave(1)
  }
  const stopBeat = beat(start.heartbeat, start.heartbeatPeriodMs)
  const leave = (code: number) => {
    actor?.halt()
    stopBeat()
    seat.exit(code)
    host.close()
    start.control.close()
  }
  seat.onEnd = () => leave(1)
  // Every call and stream of an actor may listen to its one stop signal: many listeners are no leak here.
  setMaxListeners(0)
  if (seat.solo) {
    process.on('uncaughtException', (error) => failed(error))
    process.on('unhandledRejection', (error) => failed(error))
  }

  const platform: Platform = {
    clock: createSystemClock(),
    random: createRandom(start.seed),
    defer,
    log: (record) => post({ type: 'log', record }),
    failed,
    hurt,
    faultHit: (id, count) => post({ type: 'fault-hit', id, count }),
    finished: () => post({ type: 'finish' }),
    waiting: (waits) => post({ type: 'waiting', waits }),
    inHand: (message) => showInHand(start.heartbeat, message),
    connect: (peer) =>
      new Promise((resolve, reject) => {
        const request = ++requests
        connecting.set(request, { resolve, reject, name: peer.name })
        post({ type: 'connect', request, address: peer })
      }),
  }

  const receive = (message: ToThread): void => {
    if (message.type === 'connected') return connected(message)
    if (isOfRecording(message)) return record(traces, message)
    if (!actor) return void early.push(message)
    deliver(actor, message)
  }
  const connected = ({ request, port, peer }: ToThread & { type: 'connected' }): void => {
    const waiting = connecting.get(request)
    connecting.delete(request)
    if (port && peer) waiting?.resolve(createPortLink(port, peer))
    else waiting?.reject(new CodedError('ActorNotRunning', `Cannot reach "${waiting.name}": it is not running`))
  }

  for (const peer of start.running) early.push({ type: 'directory', event: { type: 'up', address: peer } })
  host.on('message', receive)
  // Comes before the behaviour's init, so that a thread that takes long to start can still be asked to stop.
  serveControl(start.control, {
    async stop() {
      await actor?.stop()
      traces.flush()
      leave(0)
    },
    health: () => ({ ...(actor?.health() ?? idle), heapBytes: process.memoryUsage().heapUsed }),
    inspect: () => actor?.inspect(),
    deadLetters: () => actor?.deadLetters() ?? { counts: {}, recent: [] },
    metrics: () => actor?.metrics() ?? '',
    fault: (spec) => actor?.fault(spec),
    heal: (id) => actor?.heal(id) ?? 0,
  })

  try {
    if (start.recording) await traces.begin(start.recording)
    actor = await startActor(behaviour as unknown as Behaviour<Protocol, Config, Ports>, {
      address,
      slot,
      config: config as Config,
      ports,
      platform,
      faults: start.faults,
      poison: start.poison,
      started: (running) => {
        actor = running
        traces.attach(running)
        for (const message of early.splice(0)) receive(message)
      },
    })
  } catch (error) {
    failed(new Error(`init failed: ${messageOf(error)}`, { cause: error }))
    return
  }
  post({ type: 'ready' })
}

const idle = { mailbox: 0, handled: 0, deadLetters: {}, waitingFor: {} }

type OfRecording = Extract<ToThread, { type: 'record' | 'recorded' | 'record-end' }>

/** Whether a message is not for the actor but for the recording of it. */
export function isOfRecording(message: ToThread): message is OfRecording {
  return message.type === 'record' || message.type === 'recorded' || message.type === 'record-end'
}

/** Does what a host says of a recording. */
export function record(traces: TraceStream, message: OfRecording): void {
  switch (message.type) {
    case 'record':
      return void traces.begin(message.order)
    case 'recorded':
      return traces.taken(message.events)
    case 'record-end':
      return traces.end()
  }
}

/** Hands an actor what its host says to it. */
export function deliver(actor: RunningActor, message: Exclude<ToThread, OfRecording | { type: 'connected' }>): void {
  switch (message.type) {
    case 'directory':
      return actor.directory(message.event)
    case 'accept':
      return actor.accept(createPortLink(message.port, message.peer))
    case 'park':
      return actor.park(message.parked)
    case 'fail-call':
      return actor.failCall(message.wait, message.message)
  }
}
