/**
 * A LogStorage in memory: the log as it would be read back from the disk. A store replica keeps one as the image of its
 * WAL; tests use it as the disk itself. What it was given it keeps by reference: entries are never changed.
 */
import { assert } from '../base/assert.js'
import { limitBytes } from './entry-size.js'
import type { LogStorage } from './storage.js'
import { type ConfState, confState, type Entry, emptyHardState, type HardState, type Snapshot } from './types.js'

export interface MemoryStorage extends LogStorage {
  /** Appends; entries already there from the first one's index on are replaced. Entries below firstIndex() are passed over. */
  append(entries: readonly Entry[]): void
  /** Replaces the whole log by a snapshot received from the leader; one that is not newer than the stored one is passed over. */
  applySnapshot(snapshot: Snapshot): void
  /** Remembers a snapshot of the own state machine at an applied index, newer than the last one; the log stays until compact(). */
  createSnapshot(index: number, members: ConfState, data: Uint8Array): Snapshot
  /** Forgets entries up to and including `index`, which is not above the last snapshot's. */
  compact(index: number): void
  setHardState(hardState: HardState): void
}

/** Restores what was stored; without arguments an empty log. `members` counts while there is no snapshot. */
export function createMemoryStorage(
  initial: { hardState?: HardState; members?: ConfState; snapshot?: Snapshot; entries?: readonly Entry[] } = {},
): MemoryStorage {
  let hardState = initial.hardState ?? emptyHardState
  let snapshot: Snapshot = initial.snapshot ?? { index: 0, term: 0, members: initial.members ?? confState([]), data: new Uint8Array() }
  // The entry before the first one is remembered by its index and term only.
  let before = { index: snapshot.index, term: snapshot.term }
  let log: Entry[] = []

  const lastIndex = (): number => before.index + log.length
  const storage: MemoryStorage = {
    initialState: () => ({ hardState, members: snapshot.members }),
    entries: (low, high, bytesMax) => {
      assert(
        low > before.index && low <= high && high <= lastIndex() + 1,
        `entries [${low}, ${high}) lie in the log (${before.index}, ${lastIndex()}]`,
      )
      return limitBytes(log.slice(low - before.index - 1, high - before.index - 1), bytesMax)
    },
    term: (index) => (index === before.index ? before.term : log[index - before.index - 1]?.term),
    firstIndex: () => before.index + 1,
    lastIndex,
    snapshot: () => snapshot,
    append: (entries) => {
      const kept = entries.filter((entry) => entry.index > before.index)
      const first = kept[0]
      if (!first) return
      assert(first.index <= lastIndex() + 1, `entry ${first.index} leaves no gap after ${lastIndex()}`)
      log.length = first.index - before.index - 1
      for (const entry of kept) log.push(entry)
    },
    applySnapshot: (received) => {
      if (received.index <= snapshot.index) return
      snapshot = received
      before = { index: received.index, term: received.term }
      log = []
    },
    createSnapshot: (index, members, data) => {
      const term = storage.term(index)
      assert(term !== undefined && index > snapshot.index, `a snapshot at ${index} is newer than ${snapshot.index} and in the log`)
      snapshot = { index, term, members, data }
      return snapshot
    },
    compact: (index) => {
      if (index <= before.index) return
      const term = storage.term(index)
      assert(term !== undefined && index <= snapshot.index, `a log compacted to ${index} has a snapshot at or above it`)
      log = log.slice(index - before.index)
      before = { index, term }
    },
    setHardState: (next) => {
      hardState = next
    },
  }
  if (initial.entries) storage.append(initial.entries)
  return storage
}
