/**
 * Counting a Job's pods, each once and for ever, whatever crashes in between. A pod that has ended is counted in three
 * steps, each a write of its own:
 *
 *   1. status.uncountedTerminatedPods gets its uid
 *   2. its finalizer is taken off
 *   3. its uid leaves uncountedTerminatedPods and the counter grows by one, in the same write
 *
 * Invariants: a pod whose finalizer is gone is in the counter or in uncountedTerminatedPods, never in both, never in
 * neither; a pod with the finalizer is not in the counter. So the sum below is the same before and after each write, and
 * a controller that starts anywhere in between goes on where the last one stopped (KEP-2307). Successes of an Indexed
 * job need no uids: the index in status.completedIndexes cannot be counted twice.
 */

import type { Job } from '../../api/types/batch-v1.js'
import type { Pod } from '../../api/types/core-v1.js'
import { assert } from '../../base/assert.js'
import { isPodActive, isPodReady, isPodTerminating } from '../framework/pods.js'
import { parseIndexes } from './intervals.js'
import { completionsOf, indexOf, isIndexed, isPodFailed, isTracked, judgeFailure } from './pods.js'

export interface Tally {
  readonly active: readonly Pod[]
  readonly ready: number
  readonly terminating: number
  /** Ended, still tracked, in neither counter nor uids yet. */
  readonly newSucceeded: readonly Pod[]
  readonly newFailed: readonly Pod[]
  /** Of newFailed, those that a policy says not to count. */
  readonly ignored: ReadonlySet<Pod>
  /** Counters after step 3 for all uids whose pods have lost their finalizer. */
  readonly countedSucceeded: number
  readonly countedFailed: number
  /** uids that stay between the steps. */
  readonly uncountedSucceeded: readonly string[]
  readonly uncountedFailed: readonly string[]
  /** All of them: what policies and limits go by. */
  readonly succeeded: number
  readonly failed: number
  /** Indexed jobs only. */
  readonly completedIndexes: ReadonlySet<number>
}

export function tallyPods(job: Job, pods: readonly Pod[]): Tally {
  const { status = {} } = job
  const tracked = pods.filter(isTracked)
  const trackedUids = new Set(tracked.map(({ metadata }) => metadata.uid ?? ''))
  const { succeeded: uidsSucceeded = [], failed: uidsFailed = [] } = status.uncountedTerminatedPods ?? {}
  const noted = new Set([...uidsSucceeded, ...uidsFailed])
  const fresh = tracked.filter(({ metadata }) => !noted.has(metadata.uid ?? ''))
  const newSucceeded = fresh.filter((pod) => pod.status?.phase === 'Succeeded')
  const newFailed = fresh.filter((pod) => isPodFailed(pod, job))
  const ignored = new Set(newFailed.filter((pod) => judgeFailure(job, pod)?.action === 'Ignore'))

  const completions = completionsOf(job) ?? 0
  const indexed = isIndexed(job)
  const completedIndexes = indexed ? parseIndexes(status.completedIndexes, completions) : new Set<number>()
  if (indexed)
    for (const pod of newSucceeded) {
      const index = indexOf(pod, completions)
      if (index !== undefined) completedIndexes.add(index)
    }
  const uncountedSucceeded = uidsSucceeded.filter((uid) => trackedUids.has(uid))
  const uncountedFailed = uidsFailed.filter((uid) => trackedUids.has(uid))
  const countedSucceeded = indexed ? completedIndexes.size : (status.succeeded ?? 0) + uidsSucceeded.length - uncountedSucceeded.length
  const countedFailed = (status.failed ?? 0) + uidsFailed.length - uncountedFailed.length
  const active = pods.filter(isPodActive)
  return {
    active,
    ready: active.filter(isPodReady).length,
    terminating: pods.filter(isPodTerminating).length,
    newSucceeded,
    newFailed,
    ignored,
    countedSucceeded,
    countedFailed,
    uncountedSucceeded,
    uncountedFailed,
    succeeded: indexed ? completedIndexes.size : countedSucceeded + uncountedSucceeded.length + newSucceeded.length,
    failed: countedFailed + uncountedFailed.length + newFailed.length - ignored.size,
    completedIndexes,
  }
}

/** Asserts that a status write moved no pod's count: the sums are those of before. */
export function checkTally(before: Tally, after: Tally): void {
  assert(after.succeeded >= before.succeeded && after.failed >= before.failed, 'a counted pod stays counted')
}
