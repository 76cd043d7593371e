/**
 * The store as its users see it: one key space, whichever replica answers. Follows replicas as they die and return,
 * repeats what is safe to repeat, and tells what is not known.
 */
import type { Range, RangeParams, RangeResult, TxnParams, TxnResult, WatchItem, WatchParams } from './protocol.js'

export interface StoreClient {
  /** Repeated on another replica until `timeoutMs` (default 10 s) when a replica dies or knows no leader. */
  range(params: RangeParams, options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal }): Promise<RangeResult>
  /**
   * Repeated only when it is certain that nothing was written ('NoLeader', 'ActorNotRunning', 'Overloaded'). Rejects
   * with an error whose outcome is unknown (isOutcomeUnknown, 'LeaderChanged') when it may have been.
   */
  txn(params: TxnParams, options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal }): Promise<TxnResult>
  /** A linearizable revision. Calls under way at the same time share one round. */
  readRevision(options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal }): Promise<number>
  compact(revision: number): Promise<void>
  /**
   * Changes from `startRevision` on. When the replica dies the watch goes on at another one where it left off: no event
   * is missed and none comes twice. Ends when the signal is aborted; throws code 'Compacted' when its place is gone.
   */
  watch(params: WatchParams, options?: { readonly signal?: AbortSignal }): AsyncIterable<WatchItem>
}

/** The first key after all keys that begin with `prefix`, for Range.end. */
export function prefixEnd(prefix: string): Range['end'] & string {
  const last = prefix.length - 1
  return prefix.slice(0, last) + String.fromCharCode(prefix.charCodeAt(last) + 1)
}
