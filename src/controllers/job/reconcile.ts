/**
 * One step of a Job, as a function of what is observed: pods to make and delete, the status to write, and the pods to
 * let go of once it is written (pkg/controller/job/job_controller.go). How pods are counted: tally.ts; when the job
 * ends: verdict.ts.
 *
 *   running --verdict--> FailureTarget / SuccessCriteriaMet --all pods ended and counted--> Failed / Complete
 */
import type { Job, JobCondition, JobStatus } from '../../api/types/batch-v1.js'
import type { Pod } from '../../api/types/core-v1.js'
import { formatTime } from '../../client/time.js'
import { isPodTerminal } from '../framework/pods.js'
import { formatIndexes, parseIndexes } from './intervals.js'
import {
  completionsOf,
  failureCountOf,
  finishedAt,
  ignoredFailureCountAnnotation,
  indexOf,
  isIndexed,
  isPodFailed,
  isTracked,
  judgeFailure,
  type PodOrder,
  replacesOnlyFailed,
} from './pods.js'
import { type Tally, tallyPods } from './tally.js'
import { deadlineMs, failedIndexesOf, findCondition, jobCondition, verdictOf } from './verdict.js'

/** Pods made or deleted in one step (MaxPodCreateDeletePerSync). */
const podsPerStepMax = 500
/** uids in status at once, so that it stays small (MaxUncountedPods). */
const uncountedUidsMax = 500
const backoffMsMin = 10_000
const backoffMsMax = 600_000

/** Failures since the last success; what new pods are held back by. Lost with the controller: it costs a retry too early. */
export interface FailureRecord {
  readonly failures: number
  readonly lastAt: number
}

export interface ObservedJob {
  readonly job: Job
  /** Those it controls. */
  readonly pods: readonly Pod[]
  readonly record: FailureRecord | undefined
  readonly now: number
}

export interface JobPlan {
  readonly create: readonly PodOrder[]
  readonly remove: readonly Pod[]
  readonly status: JobStatus
  /** Pods whose finalizer goes once the status is written. */
  readonly release: readonly Pod[]
  readonly record: FailureRecord
  readonly events: readonly { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string }[]
  readonly againAfterMs?: number
}

export function planJob(observed: ObservedJob): JobPlan {
  const { now } = observed
  const job = started(observed.job, now)
  const tally = tallyPods(job, observed.pods)
  const failedIndexes = failedIndexesOf(job, tally)
  const going = job.metadata.deletionTimestamp !== undefined
  const verdict = verdictOf(job, tally, failedIndexes, now)
  const record = nextRecord(observed.record, tally, now)
  const scale = going ? nothing : verdict ? { ...nothing, remove: tally.active } : scaleJob(job, tally, failedIndexes, observed, record)
  const counting = countPods(job, tally, observed.pods, verdict, failedIndexes, going)
  const { conditions, events } = conditionsOf(job, verdict, counting.settled, now)
  const complete = conditions.find(({ type, status }) => type === 'Complete' && status === 'True')
  const status: JobStatus = {
    ...job.status,
    active: tally.active.length,
    ready: tally.ready,
    terminating: tally.terminating,
    ...counting.status,
    ...(failedIndexes ? { failedIndexes: formatIndexes(failedIndexes) || undefined } : {}),
    conditions,
    ...(complete ? { completionTime: job.status?.completionTime ?? formatTime(now) } : {}),
  }
  const waits = [scale.waitMs, verdict ? undefined : deadlineMs(job, now)].filter((ms) => ms !== undefined)
  return {
    create: scale.create,
    remove: scale.remove,
    status,
    release: counting.release,
    record,
    events,
    ...(waits.length > 0 ? { againAfterMs: Math.max(1, Math.min(...waits)) } : {}),
  }
}

/** The job with startTime and the condition Suspended as they are to be. */
function started(job: Job, now: number): Job {
  const status: JobStatus = { ...job.status }
  const suspended = findCondition(job, 'Suspended') !== undefined
  if (job.spec?.suspend && !suspended) delete status.startTime
  else if (!job.spec?.suspend && (status.startTime === undefined || suspended)) status.startTime = formatTime(now)
  return { ...job, status }
}

function conditionsOf(
  job: Job,
  verdict: JobCondition | undefined,
  settled: boolean,
  now: number,
): { conditions: JobCondition[]; events: JobPlan['events'] } {
  const conditions = [...(job.status?.conditions ?? [])]
  const events: JobPlan['events'][number][] = []
  const put = (condition: JobCondition) => {
    const at = conditions.findIndex(({ type }) => type === condition.type)
    if (at < 0) conditions.push(condition)
    else conditions[at] = condition
  }
  if (!verdict) {
    const known = conditions.find(({ type }) => type === 'Suspended')
    if (job.spec?.suspend && known?.status !== 'True') {
      put(jobCondition('Suspended', 'True', 'JobSuspended', 'Job suspended', now))
      events.push({ type: 'Normal', reason: 'Suspended', message: 'Job suspended' })
    } else if (!job.spec?.suspend && known?.status === 'True') {
      put(jobCondition('Suspended', 'False', 'JobResumed', 'Job resumed', now))
      events.push({ type: 'Normal', reason: 'Resumed', message: 'Job resumed' })
    }
    return { conditions, events }
  }
  const { reason = '', message = '' } = verdict
  if (!conditions.some(({ type, status }) => type === verdict.type && status === 'True')) put(verdict)
  if (settled && verdict.type === 'FailureTarget') {
    put(jobCondition('Failed', 'True', reason, message, now))
    events.push({ type: 'Warning', reason, message })
  } else if (settled) {
    put(jobCondition('Complete', 'True', reason, message, now))
    events.push({ type: 'Normal', reason: 'Completed', message: 'Job completed' })
  }
  return { conditions, events }
}

interface Counting {
  readonly status: Pick<JobStatus, 'succeeded' | 'failed' | 'completedIndexes' | 'uncountedTerminatedPods'>
  readonly release: Pod[]
  /** Every pod has ended and is in the counters. */
  readonly settled: boolean
}

/** Steps 1 and 3 of tally.ts, and which pods are due for step 2. */
function countPods(
  job: Job,
  tally: Tally,
  pods: readonly Pod[],
  verdict: JobCondition | undefined,
  failedIndexes: ReadonlySet<number> | undefined,
  going: boolean,
): Counting {
  const indexed = isIndexed(job)
  const uidsSucceeded = [...tally.uncountedSucceeded]
  const uidsFailed = [...tally.uncountedFailed]
  const noted = new Set([...uidsSucceeded, ...uidsFailed])
  const delayed = failedIndexes && !verdict && !going ? heldForReplacement(job, tally, failedIndexes) : new Set<Pod>()
  const completedNow = indexed ? parseIndexes(job.status?.completedIndexes, completionsOf(job) ?? 0) : new Set<number>()
  const succeeded = new Set(tally.newSucceeded)
  const release: Pod[] = []
  for (const pod of pods.filter(isTracked)) {
    const uid = pod.metadata.uid ?? ''
    if (noted.has(uid)) release.push(pod)
    else if (delayed.has(pod) || uidsSucceeded.length + uidsFailed.length >= uncountedUidsMax) continue
    else if (succeeded.has(pod)) {
      const index = indexOf(pod, completionsOf(job))
      if (!indexed) uidsSucceeded.push(uid)
      else if (index !== undefined) completedNow.add(index)
      release.push(pod)
    } else if (isPodFailed(pod, job)) {
      if (!tally.ignored.has(pod)) uidsFailed.push(uid)
      release.push(pod)
    } else if (going) release.push(pod)
  }
  const uncounted = {
    ...(uidsSucceeded.length > 0 ? { succeeded: uidsSucceeded } : {}),
    ...(uidsFailed.length > 0 ? { failed: uidsFailed } : {}),
  }
  return {
    status: {
      succeeded: indexed ? completedNow.size : tally.countedSucceeded,
      failed: tally.countedFailed,
      ...(indexed ? { completedIndexes: formatIndexes(completedNow) || undefined } : {}),
      uncountedTerminatedPods: uncounted,
    },
    release,
    settled: verdict !== undefined && !pods.some(isTracked) && pods.every(isPodTerminal),
  }
}

/**
 * With backoffLimitPerIndex the number of an index's failures is on its pods, so the last failed pod of an index stays
 * until the next pod of that index carries the number on.
 */
function heldForReplacement(job: Job, tally: Tally, failedIndexes: ReadonlySet<number>): Set<Pod> {
  const completions = completionsOf(job)
  const running = new Set(tally.active.map((pod) => indexOf(pod, completions)))
  const last = lastFailures(job, tally)
  const held = new Set<Pod>()
  for (const [index, pod] of last) if (!failedIndexes.has(index) && !tally.completedIndexes.has(index) && !running.has(index)) held.add(pod)
  return held
}

/** Of each index the failed pod with the most failures behind it. */
function lastFailures(job: Job, { newFailed }: Tally): Map<number, Pod> {
  const last = new Map<number, Pod>()
  const behind = (pod: Pod) => failureCountOf(pod) + failureCountOf(pod, ignoredFailureCountAnnotation)
  for (const pod of newFailed) {
    const index = indexOf(pod, completionsOf(job))
    if (index === undefined) continue
    const known = last.get(index)
    if (!known || behind(known) < behind(pod)) last.set(index, pod)
  }
  return last
}

interface Scale {
  readonly create: readonly PodOrder[]
  readonly remove: readonly Pod[]
  readonly waitMs?: number
}
const nothing: Scale = { create: [], remove: [] }

function scaleJob(
  job: Job,
  tally: Tally,
  failedIndexes: ReadonlySet<number> | undefined,
  { now }: ObservedJob,
  record: FailureRecord,
): Scale {
  const { active } = tally
  if (job.spec?.suspend) return { ...nothing, remove: active }
  const parallelism = job.spec?.parallelism ?? 1
  const completions = completionsOf(job)
  let want = parallelism
  if (completions !== undefined) want = Math.max(0, Math.min(parallelism, completions - tally.succeeded - (failedIndexes?.size ?? 0)))
  else if (tally.succeeded > 0) want = Math.min(active.length, parallelism)
  const stray = isIndexed(job) ? strayPods(active, tally, failedIndexes, completions ?? 0) : []
  const surplus = active.length - want
  const rest = active.filter((pod) => !stray.includes(pod))
  const remove = [...stray, ...leastUseful(rest).slice(0, Math.max(0, surplus - stray.length))].slice(0, podsPerStepMax)
  if (remove.length > 0) return { create: [], remove }
  const missing = Math.min(podsPerStepMax, want - active.length - (replacesOnlyFailed(job) ? tally.terminating : 0))
  if (missing <= 0) return nothing
  if (failedIndexes) return createPerIndex(job, tally, failedIndexes, missing, now)
  const waitMs = record.failures > 0 ? record.lastAt + backoffMs(record.failures) - now : 0
  if (waitMs > 0) return { ...nothing, waitMs }
  if (!isIndexed(job)) return { create: Array.from({ length: missing }, () => ({})), remove: [] }
  return {
    create: pendingIndexes(job, tally, new Set())
      .slice(0, missing)
      .map((index) => ({ index })),
    remove: [],
  }
}

function backoffMs(failures: number): number {
  return Math.min(backoffMsMax, backoffMsMin * 2 ** (failures - 1))
}

/** Pods of an indexed job without a valid index, of one that is done, or beside another of the same index. */
function strayPods(active: readonly Pod[], tally: Tally, failedIndexes: ReadonlySet<number> | undefined, completions: number): Pod[] {
  const seen = new Set<number>()
  return active.filter((pod) => {
    const index = indexOf(pod, completions)
    if (index === undefined || tally.completedIndexes.has(index) || failedIndexes?.has(index) || seen.has(index)) return true
    seen.add(index)
    return false
  })
}

/** Not running before running, not ready before ready, young before old. */
function leastUseful(pods: readonly Pod[]): Pod[] {
  const weight = ({ spec, status }: Pod) =>
    (spec?.nodeName ? 4 : 0) +
    (status?.phase === 'Running' ? 2 : 0) +
    (status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ? 1 : 0)
  const born = ({ metadata }: Pod) => metadata.creationTimestamp ?? ''
  return [...pods].sort((a, b) => weight(a) - weight(b) || (born(a) > born(b) ? -1 : born(a) < born(b) ? 1 : 0))
}

function pendingIndexes(job: Job, tally: Tally, failed: ReadonlySet<number>): number[] {
  const completions = completionsOf(job) ?? 0
  const taken = new Set(tally.active.map((pod) => indexOf(pod, completions)))
  if (replacesOnlyFailed(job)) for (const pod of tally.newFailed) if (!isPodTerminal(pod)) taken.add(indexOf(pod, completions))
  const pending: number[] = []
  for (let index = 0; index < completions; index++)
    if (!taken.has(index) && !tally.completedIndexes.has(index) && !failed.has(index)) pending.push(index)
  return pending
}

/** Pods for pending indexes, each held back by its own index's failures. */
function createPerIndex(job: Job, tally: Tally, failed: ReadonlySet<number>, missing: number, now: number): Scale {
  const last = lastFailures(job, tally)
  const create: PodOrder[] = []
  const waits: number[] = []
  for (const index of pendingIndexes(job, tally, failed)) {
    if (create.length === missing) break
    const pod = last.get(index)
    if (!pod) {
      create.push({ index, failures: 0 })
      continue
    }
    const ignored = judgeFailure(job, pod)?.action === 'Ignore' ? 1 : 0
    const failures = failureCountOf(pod) + 1 - ignored
    const ignoredFailures = failureCountOf(pod, ignoredFailureCountAnnotation) + ignored
    const wait = finishedAt(pod, now) + backoffMs(failures + ignoredFailures) - now
    if (wait > 0) waits.push(wait)
    else create.push({ index, failures, ignoredFailures })
  }
  return { create, remove: [], ...(waits.length > 0 ? { waitMs: Math.min(...waits) } : {}) }
}

function nextRecord(record: FailureRecord | undefined, tally: Tally, now: number): FailureRecord {
  const lastSuccess = Math.max(0, ...tally.newSucceeded.map((pod) => finishedAt(pod, now)))
  const failures = tally.newFailed.map((pod) => finishedAt(pod, now)).filter((at) => at > lastSuccess)
  const before = lastSuccess > (record?.lastAt ?? 0) ? 0 : (record?.failures ?? 0)
  return { failures: before + failures.length, lastAt: Math.max(record?.lastAt ?? 0, ...failures) }
}
