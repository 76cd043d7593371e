/**
 * The only shapes that travel between actors. An envelope belongs to one link, that is to one pair of incarnations:
 * ids are the sender's counters and mean nothing elsewhere. docs/internals/messages.md has the table.
 *
 * `side` names a stream's end: 'opener' or 'acceptor'. A stream's id is always the opener's.
 */
import type { WireError } from '../base/errors.js'

/** What every envelope carries: the sender's vector clock and the span it belongs to. */
export interface Trace {
  /** Vector clock: entry i is the count of events of the actor in slot i that the sender knew of. */
  readonly clock: readonly number[]
  /** The sender's slot: with its entry of the clock it names the sending among all of a run. */
  readonly slot?: number
  /** W3C trace-context span of the work that sent this, when there is one. */
  readonly span?: string
}

export type Side = 'opener' | 'acceptor'

export type Envelope =
  | {
      readonly type: 'call'
      readonly id: number
      readonly method: string
      readonly params: unknown
      readonly timeoutMs: number
      readonly trace: Trace
    }
  | { readonly type: 'cast'; readonly method: string; readonly params: unknown; readonly trace: Trace }
  | { readonly type: 'result'; readonly id: number; readonly result: unknown; readonly trace: Trace }
  | { readonly type: 'failure'; readonly id: number; readonly error: WireError; readonly trace: Trace }
  | { readonly type: 'cancel'; readonly id: number; readonly trace?: Trace }
  | {
      readonly type: 'open'
      readonly id: number
      readonly method: string
      readonly params: unknown
      readonly credit: number
      readonly trace: Trace
    }
  | { readonly type: 'item'; readonly id: number; readonly side: Side; readonly item: unknown; readonly trace: Trace }
  | { readonly type: 'credit'; readonly id: number; readonly side: Side; readonly items: number; readonly trace?: Trace }
  | { readonly type: 'end'; readonly id: number; readonly side: Side; readonly trace?: Trace }
  | { readonly type: 'close'; readonly id: number; readonly side: Side; readonly error?: WireError; readonly trace?: Trace }

/**
 * Whether an envelope may overtake data: what only takes work away or lets work go on. 'end' and 'close' may not, they
 * stand behind their stream's items.
 */
export function isControl(envelope: Envelope): boolean {
  return envelope.type === 'cancel' || envelope.type === 'credit' || envelope.type === 'result' || envelope.type === 'failure'
}
