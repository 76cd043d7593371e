/** What a pod means to its Job: its index, whether it counts as failed, and what the failure policy says of it. */
import type { Job, PodFailurePolicyRule } from '../../api/types/batch-v1.js'
import type { Container, ContainerStatus, Pod } from '../../api/types/core-v1.js'
import { parseTime } from '../../client/time.js'
import { controllerReference } from '../framework/ownership.js'
import { podFromTemplate } from '../framework/pods.js'

export const trackingFinalizer = 'batch.kubernetes.io/job-tracking'
export const indexAnnotation = 'batch.kubernetes.io/job-completion-index'
export const failureCountAnnotation = 'batch.kubernetes.io/job-index-failure-count'
export const ignoredFailureCountAnnotation = 'batch.kubernetes.io/job-index-ignored-failure-count'

export function isIndexed({ spec }: Job): boolean {
  return spec?.completionMode === 'Indexed'
}

/** The number of completions asked for; undefined: one success of any pod ends the job. */
export function completionsOf({ spec }: Job): number | undefined {
  return spec?.completions
}

export function isTracked({ metadata }: Pod): boolean {
  return metadata.finalizers?.includes(trackingFinalizer) ?? false
}

/** The pod's index if it has a valid one for this job. */
export function indexOf({ metadata }: Pod, completions = Number.POSITIVE_INFINITY): number | undefined {
  const text = metadata.annotations?.[indexAnnotation]
  if (text === undefined || !/^\d+$/.test(text)) return undefined
  return Number(text) < completions ? Number(text) : undefined
}

export function failureCountOf({ metadata }: Pod, annotation = failureCountAnnotation): number {
  return Number(metadata.annotations?.[annotation]) || 0
}

/** Pods are replaced when they have failed, not already when they are being deleted. */
export function replacesOnlyFailed({ spec }: Job): boolean {
  return spec?.podReplacementPolicy === 'Failed'
}

/** Failed; or on its way out without having succeeded, unless the job waits for the end of such pods. */
export function isPodFailed(pod: Pod, job: Job): boolean {
  if (pod.status?.phase === 'Failed') return true
  if (replacesOnlyFailed(job)) return false
  return pod.metadata.deletionTimestamp !== undefined && pod.status?.phase !== 'Succeeded'
}

/** When the pod ended, as well as can be told. */
export function finishedAt(pod: Pod, now: number): number {
  const times = (pod.status?.containerStatuses ?? [])
    .map(({ state }) => parseTime(state?.terminated?.finishedAt))
    .filter((time) => time !== undefined)
  if (times.length > 0) return Math.max(...times)
  const deleted = parseTime(pod.metadata.deletionTimestamp)
  if (deleted !== undefined) return Math.min(now, deleted - (pod.metadata.deletionGracePeriodSeconds ?? 0) * 1000)
  const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready')
  return parseTime(ready?.lastTransitionTime) ?? now
}

export interface PolicyVerdict {
  readonly action: 'FailJob' | 'FailIndex' | 'Ignore' | 'Count'
  readonly message: string
}

/** The first rule of the job's podFailurePolicy that matches a failed pod; undefined: none does. */
export function judgeFailure({ spec }: Job, pod: Pod): PolicyVerdict | undefined {
  if (pod.status?.phase !== 'Failed') return undefined
  for (const [at, rule] of (spec?.podFailurePolicy?.rules ?? []).entries()) {
    const why = matchRule(rule, pod)
    if (why) return { action: rule.action as PolicyVerdict['action'], message: `${why} matching ${rule.action} rule at index ${at}` }
  }
  return undefined
}

function matchRule({ onExitCodes, onPodConditions }: PodFailurePolicyRule, pod: Pod): string | undefined {
  const { name, namespace } = pod.metadata
  if (onExitCodes) {
    const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])]
    const hit = statuses.find((one) => matchExitCode(onExitCodes, one))
    return hit && `Container ${hit.name} for pod ${namespace}/${name} failed with exit code ${hit.state?.terminated?.exitCode}`
  }
  const condition = pod.status?.conditions?.find((one) =>
    onPodConditions?.some(({ type, status = 'True' }) => type === one.type && status === one.status),
  )
  return condition && `Pod ${namespace}/${name} has condition ${condition.type}`
}

function matchExitCode(
  { containerName, operator, values }: NonNullable<PodFailurePolicyRule['onExitCodes']>,
  { name, state }: ContainerStatus,
): boolean {
  const code = state?.terminated?.exitCode
  if (code === undefined || code === 0 || (containerName !== undefined && containerName !== name)) return false
  return operator === 'In' ? values.includes(code) : operator === 'NotIn' ? !values.includes(code) : false
}

/** A pod to be made: of an index, if the job is indexed, with the failures that index has behind it. */
export interface PodOrder {
  readonly index?: number
  readonly failures?: number
  readonly ignoredFailures?: number
}

export function podFor(job: Job, { index, failures, ignoredFailures }: PodOrder): Pod {
  const { name, namespace = '' } = job.metadata
  const prefix = index === undefined ? `${name}-` : `${name}-${index}-`
  const pod = podFromTemplate(job.spec?.template ?? {}, namespace, prefix, controllerReference(job))
  pod.metadata.finalizers = [...(pod.metadata.finalizers ?? []), trackingFinalizer]
  if (index === undefined) return pod
  pod.metadata.annotations = {
    ...pod.metadata.annotations,
    [indexAnnotation]: String(index),
    ...(failures === undefined ? {} : { [failureCountAnnotation]: String(failures) }),
    ...(ignoredFailures ? { [ignoredFailureCountAnnotation]: String(ignoredFailures) } : {}),
  }
  pod.metadata.labels = { ...pod.metadata.labels, [indexAnnotation]: String(index) }
  if (pod.spec) {
    pod.spec.hostname = `${name}-${index}`.slice(0, 63)
    for (const container of [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]) addIndexVariable(container)
  }
  return pod
}

function addIndexVariable(container: Container): void {
  if (container.env?.some(({ name }) => name === 'JOB_COMPLETION_INDEX')) return
  const fieldRef = { fieldPath: `metadata.labels['${indexAnnotation}']` }
  container.env = [...(container.env ?? []), { name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef } }]
}
