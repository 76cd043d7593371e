/**
 * LogStorage: the port through which the core reads what has been made durable. It only reads: writing is the caller's
 * part, as Ready says. Every call is synchronous and answered from memory. Next: memory-storage.ts, which implements it.
 */
import type { ConfState, Entry, HardState, Snapshot } from './types.js'

export interface LogStorage {
  /** What the member knew when it stopped: emptyHardState and the configuration it was created with, if it never ran. Read once. */
  initialState(): { readonly hardState: HardState; readonly members: ConfState }

  /**
   * Entries in [low, high), as many from the front as fit into bytesMax, at least one if there is any.
   * Callers see to it that firstIndex() <= low <= high <= lastIndex() + 1.
   */
  entries(low: number, high: number, bytesMax: number): readonly Entry[]

  /** The term of an entry, for indexes in [firstIndex() - 1, lastIndex()]; undefined for others (compacted, or not there yet). */
  term(index: number): number | undefined

  /** The index of the first entry that entries() can give: one after the snapshot's, at first 1. */
  firstIndex(): number

  /** The index of the last entry; firstIndex() - 1 when there is none. */
  lastIndex(): number

  /** The newest snapshot, of an index >= firstIndex() - 1; undefined while none can be given (the core asks again later). */
  snapshot(): Snapshot | undefined
}
