/**
 * Linearizable reads without writing to the log (thesis, section 6.4): the leader notes its commit index, hears from a quorum that
 * it still leads, and only then answers with that index. Each attempt gets a sequence number of its own, which heartbeats carry out and
 * answers echo. An echo confirms its read and all before it, because it was sent after them; it confirms nothing of a later attempt, so
 * a leader that was paused and deposed cannot answer with an old quorum.
 *
 * Invariants: 1. sequences rise along the queue. 2. no member has echoed a sequence that was not given out. 3. the queue is empty
 * unless this member leads. Next: leader.ts.
 */
import { assert } from '../base/assert.js'
import { mutated, noMutants, type RaftMutant } from './mutants.js'
import { quorumIndex } from './quorum.js'
import type { ConfState, NodeId } from './types.js'

/** One read waiting for its quorum. */
export interface PendingRead {
  readonly from: NodeId
  readonly context: string
  /** The leader's commit index when the read arrived. */
  readonly index: number
  readonly sequence: number
}

export class ReadQueue {
  readonly #mutants: ReadonlySet<RaftMutant>
  #queue: PendingRead[] = []
  #sequence = 0
  #echoed = new Map<NodeId, number>()
  /** Reads that came before the leader had committed anything in its term, when its commit index could still be old. */
  #early: { readonly from: NodeId; readonly context: string }[] = []

  constructor(mutants: ReadonlySet<RaftMutant> = noMutants) {
    this.#mutants = mutants
  }

  /** Keeps a read until takeEarly(). */
  postpone(from: NodeId, context: string): void {
    this.#early.push({ from, context })
  }

  takeEarly(): readonly { readonly from: NodeId; readonly context: string }[] {
    return this.#early.splice(0)
  }

  /** Queues a read and gives its sequence number. */
  add(read: { from: NodeId; context: string; index: number }): number {
    // Sequences are never given out twice, whatever the caller calls its read.
    if (!mutated(this.#mutants, 'read-index-reused') || this.#sequence === 0) this.#sequence += 1
    this.#queue.push({ ...read, sequence: this.#sequence })
    return this.#sequence
  }

  /** The youngest read waiting; 0 when none. */
  get lastSequence(): number {
    return this.#queue.at(-1)?.sequence ?? 0
  }

  /** A member echoed a sequence: returns the reads that a quorum has confirmed now. */
  echo(from: NodeId, sequence: number, members: ConfState): readonly PendingRead[] {
    this.#echoed.set(from, Math.max(sequence, this.#echoed.get(from) ?? 0))
    const missing = mutated(this.#mutants, 'read-quorum-one-short') ? 1 : 0
    const confirmed = quorumIndex(members, (id) => this.#echoed.get(id), missing)
    const end = this.#queue.findIndex((read) => read.sequence > confirmed)
    return this.#queue.splice(0, end < 0 ? this.#queue.length : end)
  }

  /** Forgets all reads: whoever asked asks again. Sequences are not given out twice. */
  reset(): void {
    this.#queue = []
    this.#echoed = new Map()
    this.#early = []
  }

  /** Asserts the invariants 1 and 2, and 3 given whether this member leads. */
  check(leads: boolean): void {
    assert(
      this.#queue.every((read, at) => at === 0 || read.sequence > (this.#queue[at - 1]?.sequence ?? 0)),
      'sequences of reads rise',
    )
    for (const sequence of this.#echoed.values()) assert(sequence <= this.#sequence, 'an echoed sequence was given out')
    assert(leads || (this.#queue.length === 0 && this.#early.length === 0), 'only a leader has reads waiting')
  }
}
