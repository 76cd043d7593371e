/**
 * What happened in each revision since the compact revision, in order: the source of every watch. Revisions follow each
 * other without a gap, so a revision's place is found by subtraction.
 */
import { assert } from '../../base/assert.js'
import type { StoreEvent } from '../protocol.js'

/** One key's change. Both events are made once and shared by all watchers. */
export interface Change {
  readonly order: string
  /** Without the value before the change. */
  readonly event: StoreEvent
  /** With it, when there was one. */
  readonly full: StoreEvent
}

export class History {
  #first: number
  readonly #revisions: (readonly Change[])[] = []

  /** An empty history whose first revision will be `first`. */
  constructor(first: number) {
    this.#first = first
  }

  /** The oldest revision still here; one after the newest when there is none. */
  get first(): number {
    return this.#first
  }

  /** The newest revision; one before first when there is none. */
  get last(): number {
    return this.#first + this.#revisions.length - 1
  }

  push(revision: number, changes: readonly Change[]): void {
    assert(revision === this.last + 1, `revision ${revision} follows ${this.last}`)
    this.#revisions.push(changes)
  }

  /** The changes of a revision in [first, last]; none outside. */
  at(revision: number): readonly Change[] {
    return this.#revisions[revision - this.#first] ?? []
  }

  /** Forgets revisions below `revision`. */
  dropBefore(revision: number): void {
    const count = Math.min(revision - this.#first, this.#revisions.length)
    if (count <= 0) return
    this.#revisions.splice(0, count)
    this.#first += count
  }
}
