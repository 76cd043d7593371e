/**
 * One record of a trace: something that happened in one incarnation of one actor, with its vector clock. What writes
 * and reads them as files is file.ts; what makes them out of a running stage is recorder.ts.
 */
import type { Envelope } from '../kernel/envelope.js'

export const traceKinds = ['sent', 'received', 'started', 'ready', 'crashed', 'stopped', 'note', 'violation', 'fault'] as const

/**
 * 'crashed': the incarnation ended and was not asked to; 'stopped': it was. 'note': something to know of the recording
 * itself. 'violation': a checker or the scenario found that a promise was broken. 'fault': what chaos did to the actor.
 */
export type TraceKind = (typeof traceKinds)[number]

export interface TraceRecord {
  /** Milliseconds since the header's epochMs, to the microsecond. */
  readonly at: number
  readonly actor: string
  readonly incarnation: number
  /** The actor's place in vector clocks; -1 for what is no actor's. */
  readonly slot: number
  readonly kind: TraceKind
  /** Vector clock by slot, the actor's own entry included, after the event. An incarnation's own entries are above its predecessor's. */
  readonly clock: readonly number[]
  /** Of 'sent' and 'received': the other actor. */
  readonly peer?: string
  readonly type?: Envelope['type']
  /** The method, or for answers and items that of what they belong to. */
  readonly method?: string
  /** The envelope's id: the sender's counter on its link. */
  readonly id?: number
  /** Of 'received': the sender's own clock entry when it sent; with `peer` it names the sending. */
  readonly sent?: number
  /** The call or stream it belongs to: NAME:COUNT of who asked. */
  readonly request?: string
  /** W3C trace-context span, when the work has one. */
  readonly span?: string
  /** Keys of the objects that it names: 'pods/default/web-1'. */
  readonly objects?: readonly string[]
  /** One line for readers. */
  readonly detail?: string
}

/** What a trace file says of itself. */
export interface TraceHeader {
  readonly troupeTrace: 1
  readonly source: 'simulation' | 'cluster'
  /** What `at` counts from, in milliseconds since 1970. */
  readonly epochMs: number
  /** Of a simulation. */
  readonly seed?: string
  /** Of a cluster. */
  readonly name?: string
}

export interface TraceFile {
  readonly header: TraceHeader
  readonly records: readonly TraceRecord[]
}

/** Whether the record is of a message. */
export function isMessage({ kind }: TraceRecord): boolean {
  return kind === 'sent' || kind === 'received'
}

/** The record in a few words: `sent result request to kubelet-node-1`. */
export function titleOf({ kind, type, method, peer, detail }: TraceRecord): string {
  if (kind !== 'sent' && kind !== 'received') return detail ? `${kind}: ${detail}` : kind
  return `${kind} ${type ?? ''}${method ? ` ${method}` : ''} ${kind === 'sent' ? 'to' : 'from'} ${peer ?? ''}`
}
