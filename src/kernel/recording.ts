/**
 * Recording: turns what an actor's tracer sees into events that can leave the actor. Beside what the ring keeps they hold
 * the vector clock, which sending a receiving belongs to, and which request: answers, items and cancels name only an id
 * of their link, so the request that began it is remembered here. What a message is about is told by `describe`, which
 * the composition root brings (trace/describe.ts): the kernel knows no Kubernetes.
 */
import type { Address } from './address.js'
import type { Envelope } from './envelope.js'
import type { ExitReason } from './host.js'
import type { TraceEvent, TraceObserver } from './tracer.js'

/** What a message is about, for a reader. */
export interface Description {
  /** Keys of the objects it names: 'pods/default/web-1'. */
  readonly objects?: readonly string[]
  /** One line. */
  readonly detail?: string
}

/** The call or stream that an answer, item, cancel, credit, end or close belongs to. */
export interface Asked extends Description {
  /** NAME:COUNT of the actor that asked and its own clock entry then: unique in a run. */
  readonly request: string
  readonly method: string
  readonly params: unknown
}

export type Describe = (envelope: Envelope, asked: Asked | undefined) => Description

/** A message event as it is recorded. */
export interface RecordedEvent extends TraceEvent, Description {
  /** The actor's vector clock after the event. */
  readonly clock: readonly number[]
  /** Of 'received': the sender's own clock entry when it sent. With `peer` it names the sending. */
  readonly sent?: number
  /** See Asked.request. */
  readonly request?: string
  readonly span?: string
}

/** What a stage tells of its actors while it is recorded. `at` is in milliseconds since the recording's epoch. */
export type StageEvent =
  | { readonly type: 'messages'; readonly address: Address; readonly slot: number; readonly events: readonly RecordedEvent[] }
  /** So many events of this actor were not recorded, because their reader was too slow. */
  | { readonly type: 'dropped'; readonly address: Address; readonly slot: number; readonly at: number; readonly events: number }
  | { readonly type: 'started' | 'ready'; readonly address: Address; readonly slot: number; readonly at: number }
  /** A fault was put in force on it, or ended. */
  | { readonly type: 'fault'; readonly address: Address; readonly slot: number; readonly at: number; readonly detail: string }
  | { readonly type: 'ended'; readonly address: Address; readonly slot: number; readonly at: number; readonly reason: ExitReason }

/** What a stage is given to be recorded. */
export interface StageObserver {
  readonly describe: Describe
  stage(event: StageEvent): void
}

/** An observer for the tracer of the actor called `self`, for one recording. */
export function createRecording(self: string, describe: Describe, emit: (event: RecordedEvent) => void): TraceObserver {
  // By session, then by id: even ids are of requests made here, odd ones of requests made by the peer.
  const sessions = new WeakMap<object, Map<number, Asked>>()
  return (event, envelope, clock, session) => {
    const sent = event.direction === 'received' ? sendingOf(envelope) : undefined
    let known = sessions.get(session)
    if (!known) sessions.set(session, (known = new Map()))
    const key = keyOf(event.direction, envelope)
    let asked = key === undefined ? undefined : known.get(key)
    const description = describe(envelope, asked)
    if (key !== undefined && (envelope.type === 'call' || envelope.type === 'open')) {
      const request = event.direction === 'sent' ? `${self}:${event.count}` : `${event.peer}:${sent ?? 0}`
      asked = { ...description, request, method: envelope.method, params: envelope.params }
      known.set(key, asked)
    } else if (key !== undefined && isOver(event.direction, envelope)) known.delete(key)
    emit({
      ...event,
      ...(asked && event.method === undefined ? { method: asked.method } : {}),
      ...(asked?.objects ? { objects: asked.objects } : {}),
      ...description,
      ...(asked ? { request: asked.request } : {}),
      ...(sent === undefined ? {} : { sent }),
      ...(envelope.trace?.span ? { span: envelope.trace.span } : {}),
      clock: clock.slice(),
    })
  }
}

function sendingOf({ trace }: Envelope): number | undefined {
  return trace?.slot === undefined ? undefined : trace.clock[trace.slot]
}

function keyOf(direction: TraceEvent['direction'], envelope: Envelope): number | undefined {
  if (envelope.type === 'cast') return undefined
  const sent = direction === 'sent'
  return envelope.id * 2 + (askedHere(sent, envelope) ? 0 : 1)
}

function askedHere(sent: boolean, envelope: Exclude<Envelope, { type: 'cast' }>): boolean {
  switch (envelope.type) {
    case 'call':
    case 'open':
    case 'cancel':
      return sent
    case 'result':
    case 'failure':
      return !sent
    case 'item':
    case 'credit':
    case 'end':
    case 'close':
      return sent === (envelope.side === 'opener')
  }
}

/** Whether nothing more of its request follows. A callee still answers a call that was cancelled. */
function isOver(direction: TraceEvent['direction'], { type }: Envelope): boolean {
  return type === 'result' || type === 'failure' || type === 'close' || (type === 'cancel' && direction === 'sent')
}
