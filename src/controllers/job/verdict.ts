/** Whether a Job has met its end, and why (pkg/controller/job/job_controller.go syncJob, success_policy.go), pure. */
import type { Job, JobCondition } from '../../api/types/batch-v1.js'
import type { Pod } from '../../api/types/core-v1.js'
import { formatTime, parseTime } from '../../client/time.js'
import { parseIndexes } from './intervals.js'
import { completionsOf, failureCountOf, indexOf, isIndexed, judgeFailure } from './pods.js'
import type { Tally } from './tally.js'

export function jobCondition(type: string, status: string, reason: string, message: string, now: number): JobCondition {
  return { type, status, reason, message, lastProbeTime: formatTime(now), lastTransitionTime: formatTime(now) }
}

export function findCondition(job: Job, type: string): JobCondition | undefined {
  return job.status?.conditions?.find((condition) => condition.type === type && condition.status === 'True')
}

/** Complete or Failed: nothing will change any more. */
export function isFinished(job: Job): boolean {
  return findCondition(job, 'Complete') !== undefined || findCondition(job, 'Failed') !== undefined
}

/**
 * Indexes that may fail no more; undefined unless the job has backoffLimitPerIndex. An index is failed when a pod of it
 * failed that had as many failures before it as are allowed, or that the policy says fails its index.
 */
export function failedIndexesOf(job: Job, tally: Tally): Set<number> | undefined {
  const limit = job.spec?.backoffLimitPerIndex
  if (limit === undefined || !isIndexed(job)) return undefined
  const completions = completionsOf(job) ?? 0
  const failed = parseIndexes(job.status?.failedIndexes, completions)
  for (const pod of tally.newFailed) {
    const index = indexOf(pod, completions)
    if (index === undefined || tally.completedIndexes.has(index)) continue
    const verdict = judgeFailure(job, pod)
    if (verdict?.action === 'FailIndex' || (verdict?.action !== 'Ignore' && failureCountOf(pod) >= limit)) failed.add(index)
  }
  return failed
}

/** The condition that announces the job's end, FailureTarget or SuccessCriteriaMet; one that was announced stays. */
export function verdictOf(job: Job, tally: Tally, failedIndexes: ReadonlySet<number> | undefined, now: number): JobCondition | undefined {
  const announced = findCondition(job, 'FailureTarget') ?? findCondition(job, 'SuccessCriteriaMet')
  if (announced) return announced
  const failure = failureOf(job, tally, now) ?? failureOfIndexes(job, tally, failedIndexes)
  if (failure) return jobCondition('FailureTarget', 'True', failure[0], failure[1], now)
  const success = successOf(job, tally)
  return success && jobCondition('SuccessCriteriaMet', 'True', success[0], success[1], now)
}

type Why = readonly [reason: string, message: string]

function failureOf(job: Job, tally: Tally, now: number): Why | undefined {
  for (const pod of tally.newFailed) {
    const verdict = judgeFailure(job, pod)
    if (verdict?.action === 'FailJob') return ['PodFailurePolicy', verdict.message]
  }
  const limit = job.spec?.backoffLimit ?? 6
  if (tally.failed > limit || restartsExceed(job, tally.active, limit))
    return ['BackoffLimitExceeded', 'Job has reached the specified backoff limit']
  const left = deadlineMs(job, now)
  if (left !== undefined && left <= 0) return ['DeadlineExceeded', 'Job was active longer than specified deadline']
  return undefined
}

/** With restartPolicy OnFailure the kubelet retries; its restarts count as failures. */
function restartsExceed({ spec }: Job, active: readonly Pod[], limit: number): boolean {
  if (spec?.template.spec?.restartPolicy !== 'OnFailure') return false
  let restarts = 0
  for (const { status } of active)
    if (status?.phase === 'Running' || status?.phase === 'Pending')
      for (const { restartCount } of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])])
        restarts += restartCount
  return limit === 0 ? restarts > 0 : restarts >= limit
}

/** Milliseconds until activeDeadlineSeconds are over; undefined: the job has no such deadline now. */
export function deadlineMs({ spec, status }: Job, now: number): number | undefined {
  const started = parseTime(status?.startTime)
  if (spec?.activeDeadlineSeconds === undefined || started === undefined || spec.suspend) return undefined
  return started + spec.activeDeadlineSeconds * 1000 - now
}

function failureOfIndexes({ spec }: Job, tally: Tally, failed: ReadonlySet<number> | undefined): Why | undefined {
  if (!failed) return undefined
  if (spec?.maxFailedIndexes !== undefined && failed.size > spec.maxFailedIndexes)
    return ['MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes']
  if (failed.size > 0 && failed.size + tally.completedIndexes.size >= (spec?.completions ?? 0))
    return ['FailedIndexes', 'Job has failed indexes']
  return undefined
}

function successOf(job: Job, tally: Tally): Why | undefined {
  const matched = matchSuccessPolicy(job, tally.completedIndexes)
  if (matched !== undefined) return ['SuccessPolicy', `Matched rules at index ${matched}`]
  const completions = completionsOf(job)
  // Without completions a success ends the job, but pods under way may still finish their work.
  const complete =
    completions === undefined
      ? tally.succeeded > 0 && tally.active.length === 0
      : tally.succeeded >= completions && tally.active.length === 0
  return complete && !job.spec?.suspend ? ['CompletionsReached', 'Reached expected number of succeeded pods'] : undefined
}

/** Ordinal of the first rule of the job's successPolicy that `completed` fulfils. */
export function matchSuccessPolicy(job: Job, completed: ReadonlySet<number>): number | undefined {
  if (!isIndexed(job) || completed.size === 0) return undefined
  const completions = completionsOf(job) ?? 0
  const at = (job.spec?.successPolicy?.rules ?? []).findIndex(({ succeededIndexes, succeededCount }) => {
    if (succeededIndexes === undefined) return succeededCount !== undefined && completed.size >= succeededCount
    const wanted = parseIndexes(succeededIndexes, completions)
    const met = [...wanted].filter((index) => completed.has(index)).length
    return succeededCount === undefined ? met === wanted.size : met >= succeededCount
  })
  return at < 0 ? undefined : at
}
