/** What replicas say to each other in `raft` casts, beside the streams of snapshots. */
import type { Message } from '../raft/types.js'

/** A batch of commands on its way to the leader; its number names it at its sender. */
export interface ForwardedBatch {
  readonly number: number
  readonly data: Uint8Array
}

export type PeerMessage =
  | { readonly type: 'raft'; readonly message: Message }
  /** To be proposed, by the leader of exactly this term: any other leader refuses. `life` counts the sender's starts. */
  | { readonly type: 'forward'; readonly term: number; readonly life: number; readonly batches: readonly ForwardedBatch[] }
  /** These were not proposed and never will be, under these numbers. */
  | { readonly type: 'refused'; readonly life: number; readonly numbers: readonly number[] }
  /** The snapshot at this index arrived, or did not. */
  | { readonly type: 'snapshotResult'; readonly index: number; readonly ok: boolean }

/** Bytes of what a message carries, near enough for the bound of a cast. */
export function peerMessageBytes(message: PeerMessage): number {
  if (message.type === 'forward') return message.batches.reduce((sum, { data }) => sum + data.length + 16, 64)
  if (message.type !== 'raft' || (message.message.type !== 'append' && message.message.type !== 'propose')) return 128
  return message.message.entries.reduce((sum, { data }) => sum + data.length + 32, 128)
}
