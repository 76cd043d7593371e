/** Faults of a replica's disk, as they reach the replica; faulty-disk.ts carries them out. */

export type DiskFault = {
  readonly layer: 'disk'
} /** What is synced is kept in memory only, and gone when the replica dies; written out when it is healed. */ & (
  | { readonly type: 'lost-fsync' }
  /** An append writes a part of its bytes and fails. */
  | { readonly type: 'torn-write'; readonly probability: number }
  /** An append writes one bit wrong. */
  | { readonly type: 'bit-flip'; readonly probability: number }
  /** An append goes to the end of another file. */
  | { readonly type: 'misdirected-write'; readonly probability: number }
  /** Appends are refused. */
  | { readonly type: 'full' }
  | { readonly type: 'slow'; readonly delayMs: number; readonly jitterMs: number; readonly calls: readonly ('read' | 'write' | 'sync')[] }
)
