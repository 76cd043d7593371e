/**
 * The control plane of one thread over comlink: stop, health, inspect, metrics. comlink alone never settles a call to a
 * thread that has died, and drops the reply when its proxy is collected, so every call here is raced with the thread's
 * exit and a deadline, and the proxy is held for as long as the thread lives. The data plane does not use comlink.
 */
import type { MessagePort } from 'node:worker_threads'
import { expose, type Remote, wrap } from 'comlink'
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs'
import { CodedError } from '../../base/errors.js'
import type { ActorHealth } from '../actor.js'
import type { DeadLetterReport } from '../dead-letters.js'
import type { FaultSpec } from '../faults.js'

/** What a thread can be told. An allow-list: nothing else of the thread can be reached. */
export interface Control {
  stop(): Promise<void>
  health(): ActorHealth
  inspect(): unknown
  deadLetters(): DeadLetterReport
  metrics(): string
  fault(spec: FaultSpec): void
  heal(id: string): number
}

/** Serves the control plane in a thread. */
export function serveControl(port: MessagePort, control: Control): void {
  const facade: Control = Object.assign(Object.create(null), {
    stop: () => control.stop(),
    health: () => control.health(),
    // Whatever a behaviour shows of itself must survive structured cloning.
    inspect: () => JSON.parse(JSON.stringify(control.inspect() ?? null)),
    deadLetters: () => control.deadLetters(),
    metrics: () => control.metrics(),
    fault: (spec: FaultSpec) => control.fault(spec),
    heal: (id: string) => control.heal(id),
  })
  expose(facade, nodeEndpoint(port))
}

export interface ControlClient {
  stop(): Promise<void>
  health(): Promise<ActorHealth>
  inspect(): Promise<unknown>
  deadLetters(): Promise<DeadLetterReport>
  metrics(): Promise<string>
  /** Resolves when it is in force, or when the thread does not answer any more because of it. */
  fault(spec: FaultSpec): Promise<void>
  heal(id: string): Promise<number>
  release(): void
}

/** How long a thread may take to answer a question about itself. */
const inspectTimeoutMs = 2_000

/** The control plane of a thread, seen from its host. `exit` resolves when the thread is over. */
export function connectControl(port: MessagePort, name: string, exit: Promise<unknown>): ControlClient {
  const remote: Remote<Control> = wrap<Control>(nodeEndpoint(port))
  const gone = exit.then(() => {
    throw new CodedError('ActorDown', `Cannot ask "${name}": it ended`)
  })
  gone.catch(() => {})
  const within = async <T>(answer: Promise<T>): Promise<T> => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new CodedError('DeadlineExceeded', `Cannot ask "${name}": no answer within ${inspectTimeoutMs} ms`)),
        inspectTimeoutMs,
      )
    })
    try {
      return await Promise.race([answer, gone, late])
    } finally {
      clearTimeout(timer)
    }
  }
  return {
    // Its deadline is the child spec's shutdown, which the host keeps.
    stop: () => Promise.race([remote.stop(), gone]),
    health: () => within(remote.health()),
    inspect: () => within(remote.inspect()),
    deadLetters: () => within(remote.deadLetters()),
    metrics: () => within(remote.metrics()),
    fault: (spec) => within(remote.fault(spec)),
    heal: (id) => within(remote.heal(id)),
    release: () => port.close(),
  }
}
