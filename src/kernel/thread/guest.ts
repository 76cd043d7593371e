/** The host's own thread as one more actor: the same Actor as in a worker, fed directly instead of through a port. */
import { setMaxListeners } from 'node:events'
import type { MessagePort } from 'node:worker_threads'
import { CodedError } from '../../base/errors.js'
import type { LogRecord } from '../../base/log.js'
import { createRandom } from '../../base/random.js'
import { type RunningActor, startActor } from '../actor.js'
import type { Address } from '../address.js'
import type { Behaviour } from '../behaviour.js'
import type { Link } from '../link.js'
import type { Protocol } from '../protocol.js'
import type { ReportedWait } from '../wait-graph.js'
import type { ToThread } from './messages.js'
import { createSystemClock, defer } from './platform.js'
import { createPortLink } from './port-link.js'
import { createTraceStream, type RecordingOrder, type TraceBatch } from './trace-stream.js'

/** Somebody the host tells of starts and deaths and can join to others. */
export interface Member {
  readonly address: Address
  readonly isReady: boolean
  post(message: ToThread, transfer?: MessagePort[]): void
}

/** What a member may ask of its host. */
export interface HostDirectory {
  running(): Address[]
  connect(from: Member, request: number, address: Address): void
  /** What to record from the first message on. */
  recording(): RecordingOrder | undefined
  trace(from: Member, batch: TraceBatch): void
  /** A member's long waits. */
  waiting(from: Member, waits: readonly ReportedWait[]): void
}

export interface Guest extends Member {
  leave(): Promise<void>
}

/** Runs the behaviour on the calling thread. A failure of it is thrown where it happens: there is no supervisor here. */
export async function joinAsGuest<P extends Protocol>(
  behaviour: Behaviour<P, undefined, undefined>,
  {
    address,
    slot,
    seed,
    directory,
    onLog,
  }: { address: Address; slot: number; seed: string; directory: HostDirectory; onLog?: (record: LogRecord) => void },
): Promise<Guest> {
  const connecting = new Map<number, { resolve: (link: Link) => void; reject: (error: unknown) => void }>()
  let requests = 0
  let actor: RunningActor | undefined
  const traces = createTraceStream(address.name, (batch) => directory.trace(guest, batch))
  const guest: Guest = {
    address,
    isReady: true,
    post(message) {
      switch (message.type) {
        case 'directory':
          return actor?.directory(message.event)
        case 'accept':
          return actor?.accept(createPortLink(message.port, message.peer))
        case 'park':
          return actor?.park(message.parked)
        case 'fail-call':
          return actor?.failCall(message.wait, message.message)
        case 'record':
          return void traces.begin(message.order)
        case 'recorded':
          return traces.taken(message.events)
        case 'record-end':
          return traces.end()
        case 'connected': {
          const waiting = connecting.get(message.request)
          connecting.delete(message.request)
          if (message.port && message.peer) waiting?.resolve(createPortLink(message.port, message.peer))
          else waiting?.reject(new CodedError('ActorNotRunning', 'Cannot connect: it is not running'))
        }
      }
    },
    leave: async () => actor?.stop(),
  }
  const recording = directory.recording()
  if (recording) await traces.begin(recording)
  actor = await startActor(behaviour as unknown as Behaviour<Protocol, undefined, undefined>, {
    address,
    slot,
    config: undefined,
    ports: undefined,
    platform: {
      clock: createSystemClock({ unref: true }),
      random: createRandom(seed),
      defer,
      log: (record) => onLog?.(record),
      waiting: (waits) => directory.waiting(guest, waits),
      failed: (error) => {
        throw error
      },
      manyListeners: (signal) => setMaxListeners(0, signal),
      connect: (peer) =>
        new Promise((resolve, reject) => {
          const request = ++requests
          connecting.set(request, { resolve, reject })
          directory.connect(guest, request, peer)
        }),
    },
    started: (running) => {
      traces.attach(running)
      for (const peer of directory.running()) running.directory({ type: 'up', address: peer })
    },
  })
  return guest
}
