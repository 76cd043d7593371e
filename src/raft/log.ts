/**
 * The log as the protocol sees it: LogStorage with the unstable tail over it, and the three marks that only rise.
 *
 *   first .. applied .. applying .. committed .. last
 *
 * Invariants: 1. applied <= applying <= committed <= last. 2. terms never fall along the log. 3. entries up to committed are
 * never replaced (asserted where the log is truncated). Next: state.ts.
 */
import { assert } from '../base/assert.js'
import { entryBytes, limitBytes } from './entry-size.js'
import { mutated, noMutants, type RaftMutant } from './mutants.js'
import type { LogStorage } from './storage.js'
import type { Entry, Snapshot } from './types.js'
import { Unstable } from './unstable.js'

/** An entry's name: no two different entries have the same (paper, figure 3: Log Matching). */
export interface EntryId {
  readonly index: number
  readonly term: number
}

export class RaftLog {
  readonly unstable: Unstable
  readonly #storage: LogStorage
  readonly #applyingBytesMax: number
  readonly #mutants: ReadonlySet<RaftMutant>
  committed: number
  /** Handed out to be applied. */
  #applying: number
  #applyingBytes = 0
  #applyingPaused = false
  applied: number

  /** `applyingBytesMax` bounds what is handed out to be applied and not yet applied. */
  constructor(storage: LogStorage, applyingBytesMax: number, mutants: ReadonlySet<RaftMutant> = noMutants) {
    this.#mutants = mutants
    this.#storage = storage
    this.#applyingBytesMax = applyingBytesMax
    this.unstable = new Unstable(storage.lastIndex() + 1)
    this.committed = storage.firstIndex() - 1
    this.#applying = this.committed
    this.applied = this.committed
  }

  get firstIndex(): number {
    return this.unstable.firstIndex ?? this.#storage.firstIndex()
  }

  get lastIndex(): number {
    return this.unstable.lastIndex ?? this.#storage.lastIndex()
  }

  get lastId(): EntryId {
    return { index: this.lastIndex, term: this.term(this.lastIndex) ?? 0 }
  }

  /** Undefined: compacted, or beyond the end. */
  term(index: number): number | undefined {
    const unstable = this.unstable.term(index)
    if (unstable !== undefined) return unstable
    return index + 1 < this.firstIndex || index > this.lastIndex ? undefined : this.#storage.term(index)
  }

  matches(id: EntryId): boolean {
    return this.term(id.index) === id.term
  }

  /** Whether a log that ends so is at least as up to date as this one (paper, section 5.4.1): the last term counts, then the length. */
  isUpToDate(last: EntryId): boolean {
    const own = this.lastId
    if (mutated(this.#mutants, 'vote-compares-length-first'))
      return last.index > own.index || (last.index === own.index && last.term >= own.term)
    return last.term > own.term || (last.term === own.term && last.index >= own.index)
  }

  /** Entries in [low, high), limited in bytes but never to none; undefined if some are compacted. */
  slice(low: number, high: number, bytesMax: number): readonly Entry[] | undefined {
    if (low < this.firstIndex) return undefined
    assert(high <= this.lastIndex + 1, `entries below ${high} are in the log, which ends at ${this.lastIndex}`)
    if (low >= high) return []
    const { offset } = this.unstable
    if (low >= offset) return limitBytes(this.unstable.slice(low, high), bytesMax)
    const stable = this.#storage.entries(low, Math.min(high, offset), bytesMax)
    if (high <= offset || stable.length < offset - low) return stable
    return limitBytes([...stable, ...this.unstable.slice(offset, high)], bytesMax)
  }

  /** Entries from `low` to the end, as slice(). */
  entriesFrom(low: number, bytesMax: number): readonly Entry[] | undefined {
    return low > this.lastIndex ? [] : this.slice(low, this.lastIndex + 1, bytesMax)
  }

  /** Appends at the end, or from an index already there, dropping what follows it. Returns the new last index. */
  append(entries: readonly Entry[]): number {
    const first = entries[0]
    if (!first) return this.lastIndex
    assert(first.index > this.committed, `entry ${first.index} would replace a committed one, up to ${this.committed}`)
    assert(first.index <= this.lastIndex + 1, `entry ${first.index} leaves no gap after ${this.lastIndex}`)
    this.unstable.truncateAndAppend(entries)
    return this.lastIndex
  }

  /**
   * Appends what a leader sent after `previous`, if that entry is here. Only an entry that differs truncates the log: an old
   * message, whose entries are all here, must not (paper, figure 2, AppendEntries 3). Returns the last index that matches.
   */
  maybeAppend(previous: EntryId, entries: readonly Entry[], leaderCommit: number): number | undefined {
    if (!this.matches(previous)) return undefined
    const lastMatching = previous.index + entries.length
    const truncates = mutated(this.#mutants, 'append-truncates-matching')
    const conflict = entries.findIndex((entry) => truncates || !this.matches(entry))
    if (conflict >= 0) this.append(entries.slice(conflict))
    const vouched = mutated(this.#mutants, 'commit-beyond-append') ? this.lastIndex : lastMatching
    this.commitTo(Math.min(leaderCommit, vouched))
    return lastMatching
  }

  /**
   * The last position at or below `index` whose term is at most `term`: above it, the logs cannot match. Term 0 means that the
   * position is compacted and its term not known.
   */
  findConflictByTerm(index: number, term: number): EntryId {
    for (let at = index; at > 0; at--) {
      const own = this.term(at)
      if (own === undefined) return { index: at, term: 0 }
      if (own <= term) return { index: at, term: own }
    }
    return { index: 0, term: 0 }
  }

  commitTo(index: number): void {
    if (index <= this.committed) return
    assert(
      index <= this.lastIndex,
      `committed ${index} is in the log, which ends at ${this.lastIndex}: the log was truncated, corrupted or lost`,
    )
    this.committed = index
  }

  /** Commits by counting, which only entries of the leader's own term are (paper, section 5.4.2). */
  maybeCommit(id: EntryId): boolean {
    if (id.index <= this.committed || !this.matches(id)) return false
    this.commitTo(id.index)
    return true
  }

  snapshot(): Snapshot | undefined {
    return this.unstable.snapshot ?? this.#storage.snapshot()
  }

  restore(snapshot: Snapshot): void {
    this.committed = snapshot.index
    this.unstable.restore(snapshot)
  }

  #appliableMax(allowUnstable: boolean): number {
    return allowUnstable ? this.committed : Math.min(this.committed, this.unstable.offset - 1)
  }

  /** Nothing to apply while a snapshot waits: it comes first. */
  hasNextCommitted(allowUnstable: boolean): boolean {
    return !this.#applyingPaused && !this.unstable.snapshot && this.#applying < this.#appliableMax(allowUnstable)
  }

  nextCommitted(allowUnstable: boolean): readonly Entry[] {
    if (!this.hasNextCommitted(allowUnstable)) return []
    const room = Math.max(0, this.#applyingBytesMax - this.#applyingBytes)
    const entries = this.slice(this.#applying + 1, this.#appliableMax(allowUnstable) + 1, room)
    assert(entries, `committed entries after ${this.#applying} are not compacted`)
    return entries
  }

  /** These were handed out. */
  acceptApplying(entries: readonly Entry[], allowUnstable: boolean): void {
    const last = entries.at(-1)
    if (!last) return
    this.#applying = last.index
    this.#applyingBytes += sizeOf(entries)
    this.#applyingPaused = this.#applyingBytes >= this.#applyingBytesMax || last.index < this.#appliableMax(allowUnstable)
  }

  /** The state machine is at `index`, after so many bytes of entries. */
  appliedTo(index: number, entries: readonly Entry[]): void {
    assert(index >= this.applied && index <= this.committed, `applied ${index} lies in [${this.applied}, ${this.committed}]`)
    this.applied = index
    this.#applying = Math.max(this.#applying, index)
    this.#applyingBytes = Math.max(0, this.#applyingBytes - sizeOf(entries))
    this.#applyingPaused = this.#applyingBytes > 0 && this.#applyingBytes >= this.#applyingBytesMax
  }

  /** Asserts the invariants in this module's header; the terms, of the unstable tail and the entry before it. */
  check(): void {
    assert(this.applied <= this.#applying, `applied ${this.applied} <= applying ${this.#applying}`)
    assert(this.#applying <= this.committed, `applying ${this.#applying} <= committed ${this.committed}`)
    assert(this.committed <= this.lastIndex, `committed ${this.committed} <= last ${this.lastIndex}`)
    this.unstable.check()
    let term = 0
    for (let index = Math.max(this.unstable.offset - 1, this.firstIndex - 1); index <= this.lastIndex; index++) {
      const next = this.term(index) ?? 0
      assert(next >= term, `terms do not fall at ${index}`)
      term = next
    }
  }
}

function sizeOf(entries: readonly Entry[]): number {
  return entries.reduce((bytes, entry) => bytes + entryBytes(entry), 0)
}
