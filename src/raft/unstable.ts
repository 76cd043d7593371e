/**
 * The tail of the log that is not yet known to be durable: a snapshot to install, or entries from `offset` on. Whatever is
 * here hides what LogStorage has at the same indexes.
 *
 * Terms: in progress, handed out in a Ready and being written. Invariants: 1. entries[i].index = offset + i.
 * 2. offset <= offsetInProgress <= offset + entries.length. 3. a snapshot's index is below offset, and nothing between them is missing.
 * Next: log.ts.
 */
import { assert } from '../base/assert.js'
import type { Entry, Snapshot } from './types.js'

export class Unstable {
  snapshot: Snapshot | undefined
  #snapshotInProgress = false
  #entries: Entry[] = []
  #offset: number
  #offsetInProgress: number

  /** `offset`: one after the last durable entry. */
  constructor(offset: number) {
    this.#offset = offset
    this.#offsetInProgress = offset
  }

  get offset(): number {
    return this.#offset
  }

  get firstIndex(): number | undefined {
    return this.snapshot && this.snapshot.index + 1
  }

  get lastIndex(): number | undefined {
    return this.#entries.at(-1)?.index ?? this.snapshot?.index
  }

  term(index: number): number | undefined {
    if (index < this.#offset) return this.snapshot?.index === index ? this.snapshot.term : undefined
    return this.#entries[index - this.#offset]?.term
  }

  /** Entries in [low, high), all of which are here. */
  slice(low: number, high: number): readonly Entry[] {
    assert(low >= this.#offset && high <= this.#offset + this.#entries.length, `entries [${low}, ${high}) are not yet durable`)
    return this.#entries.slice(low - this.#offset, high - this.#offset)
  }

  /** Entries not yet handed out. */
  get nextEntries(): readonly Entry[] {
    return this.#entries.slice(this.#offsetInProgress - this.#offset)
  }

  get hasNextEntries(): boolean {
    return this.#offsetInProgress < this.#offset + this.#entries.length
  }

  /** The snapshot, if not yet handed out. */
  get nextSnapshot(): Snapshot | undefined {
    return this.#snapshotInProgress ? undefined : this.snapshot
  }

  get hasEntries(): boolean {
    return this.#entries.length > 0
  }

  /** All that is here has been handed out. */
  accept(): void {
    this.#offsetInProgress = this.#offset + this.#entries.length
    if (this.snapshot) this.#snapshotInProgress = true
  }

  /** The entry (index, term) is durable. One that was replaced meanwhile is not, and nothing happens. */
  stableTo(index: number, term: number): void {
    if (index < this.#offset || this.term(index) !== term) return
    this.#entries = this.#entries.slice(index + 1 - this.#offset)
    this.#offset = index + 1
    this.#offsetInProgress = Math.max(this.#offsetInProgress, this.#offset)
  }

  /** The snapshot at `index` is durable and loaded. */
  stableSnapshotTo(index: number): void {
    if (this.snapshot?.index !== index) return
    this.snapshot = undefined
    this.#snapshotInProgress = false
  }

  /** Forgets everything for a snapshot. */
  restore(snapshot: Snapshot): void {
    this.snapshot = snapshot
    this.#snapshotInProgress = false
    this.#entries = []
    this.#offset = snapshot.index + 1
    this.#offsetInProgress = this.#offset
  }

  /** Appends, after dropping all from the first one's index on. */
  truncateAndAppend(entries: readonly Entry[]): void {
    const first = entries[0]
    if (!first) return
    if (first.index <= this.#offset) {
      this.#entries = [...entries]
      this.#offset = first.index
    } else {
      // In place: whatever was handed out is a copy, and with a slow disk there may be much here.
      if (first.index < this.#offset + this.#entries.length) this.#entries.length = first.index - this.#offset
      for (const entry of entries) this.#entries.push(entry)
    }
    this.#offsetInProgress = Math.min(this.#offsetInProgress, first.index)
  }

  /** Asserts the invariants in this module's header. */
  check(): void {
    assert(
      this.#entries.every((entry, at) => entry.index === this.#offset + at),
      'unstable entries leave no gap',
    )
    assert(
      this.#offset <= this.#offsetInProgress && this.#offsetInProgress <= this.#offset + this.#entries.length,
      'what is in progress is here',
    )
    assert(!this.snapshot || this.snapshot.index < this.#offset, 'the entries follow the snapshot')
  }
}
