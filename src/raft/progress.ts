/**
 * What a leader knows of one follower, and when it may send to it.
 *
 * Terms: match, the last index known to be the same in both logs; next, the first index to send.
 *
 *   probe      where the logs part is not known: one append with entries at a time, next moves down by hints
 *   replicate  known: appends are sent ahead of their answers, next moves up as they are sent
 *   snapshot   the follower needs entries the leader no longer has: nothing is sent until the snapshot has arrived
 *
 *   probe -> replicate       an append was accepted              becomeReplicate
 *   replicate -> probe       an append was rejected or lost      becomeProbe
 *   any -> snapshot          next - 1 is compacted               becomeSnapshot
 *   snapshot -> probe        the snapshot arrived, or failed     becomeProbe
 *
 * Invariants: 1. match < next. 2. match <= the leader's last index. 3. the window is empty unless replicate.
 * 4. pendingSnapshot is 0 unless snapshot. 5. match never falls while the leader leads.
 * Next: replication.ts, which sends by it.
 */
import { assert } from '../base/assert.js'
import { Inflights } from './inflights.js'

export type ProgressState = 'probe' | 'replicate' | 'snapshot'

export class Progress {
  match: number
  next: number
  /** The highest commit index sent, as far as it is not beyond what was sent of the log. */
  #sentCommit = 0
  state: ProgressState = 'probe'
  /** The index of the snapshot under way, 0 when none. */
  pendingSnapshot = 0
  /** Something was heard since the last check of the quorum. */
  recentActive = false
  /** No more appends until an answer, or the answer to a heartbeat, shows that the follower listens. */
  paused = false
  readonly learner: boolean
  /** Of a learner: the leader's last index at the last check of whether it has caught up (promotion.ts). */
  roundEnd: number | undefined
  readonly inflights: Inflights

  constructor(start: { match: number; next: number; learner: boolean; inflightMessagesMax: number; inflightBytesMax: number }) {
    this.match = start.match
    this.next = start.next
    this.learner = start.learner
    this.inflights = new Inflights(start.inflightMessagesMax, start.inflightBytesMax)
  }

  #become(state: ProgressState): void {
    this.paused = false
    this.pendingSnapshot = 0
    this.state = state
    this.inflights.reset()
  }

  becomeProbe(): void {
    const delivered = this.state === 'snapshot' ? this.pendingSnapshot : 0
    this.#become('probe')
    this.next = Math.max(this.match, delivered) + 1
    this.#sentCommit = Math.min(this.#sentCommit, this.next - 1)
  }

  becomeReplicate(): void {
    this.#become('replicate')
    this.next = this.match + 1
  }

  becomeSnapshot(index: number): void {
    this.#become('snapshot')
    this.pendingSnapshot = index
    this.next = index + 1
    this.#sentCommit = index
  }

  /** No append may be sent now. */
  get isPaused(): boolean {
    return this.state === 'snapshot' || this.paused
  }

  /** An append with so many entries is on its way. */
  sentEntries(entries: number, bytes: number): void {
    switch (this.state) {
      case 'replicate':
        if (entries > 0) {
          this.next += entries
          this.inflights.add(this.next - 1, bytes)
        }
        this.paused = this.inflights.full
        break
      case 'probe':
        if (entries > 0) this.paused = true
        break
      case 'snapshot':
        assert(false, 'no append is sent while a snapshot is under way')
    }
  }

  sentCommit(commit: number): void {
    this.#sentCommit = commit
  }

  /** Whether an append sent only to tell `commit` could tell news: not if what was sent already commits all that was sent. */
  canBumpCommit(commit: number): boolean {
    return commit > this.#sentCommit && this.#sentCommit < this.next - 1
  }

  /** The follower has everything up to `index`. False: that was known. */
  maybeUpdate(index: number): boolean {
    if (index <= this.match) return false
    this.match = index
    this.next = Math.max(this.next, index + 1)
    this.paused = false
    return true
  }

  /**
   * The append after `rejected` did not match; the logs may match at `hint`. False: the rejection is of an older append, and
   * says nothing any more.
   */
  maybeDecreaseTo(rejected: number, hint: number): boolean {
    if (this.state === 'replicate') {
      if (rejected <= this.match) return false
      this.next = this.match + 1
    } else {
      if (this.next - 1 !== rejected) return false
      this.next = Math.max(Math.min(rejected, hint + 1), this.match + 1)
      this.paused = false
    }
    this.#sentCommit = Math.min(this.#sentCommit, this.next - 1)
    return true
  }
}

/** Asserts the invariants 1 to 4 in this module's header. */
export function checkProgress(progress: Progress, lastIndex: number): void {
  assert(progress.match < progress.next, `match ${progress.match} is below next ${progress.next}`)
  assert(progress.match <= lastIndex, `match ${progress.match} is in the leader's log, which ends at ${lastIndex}`)
  assert(progress.state === 'replicate' || progress.inflights.count === 0, `no window of appends in state ${progress.state}`)
  assert(progress.state === 'snapshot' || progress.pendingSnapshot === 0, `no snapshot is under way in state ${progress.state}`)
  progress.inflights.check()
}
