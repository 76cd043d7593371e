/**
 * What a ReplicaSet needs, as functions of what is observed: how many pods to make, which to delete, and what status to
 * report (pkg/controller/replicaset and pkg/controller/controller_utils.go ActivePodsWithRanks).
 */
import type { ReplicaSet, ReplicaSetCondition, ReplicaSetStatus } from '../../api/types/apps-v1.js'
import type { Pod } from '../../api/types/core-v1.js'
import { formatTime, parseTime } from '../../client/time.js'
import { isPodActive, isPodAvailable, isPodReady, isPodTerminating, podCondition } from '../framework/pods.js'
import { matcherOf } from '../framework/selector.js'

/** Pods made or deleted in one reconcile (replica_set.go BurstReplicas). */
export const burstReplicas = 500
const deletionCostAnnotation = 'controller.kubernetes.io/pod-deletion-cost'

export interface ReplicaPlan {
  readonly create: number
  readonly remove: readonly Pod[]
}

/**
 * Pods to make or delete so that as many run as the spec asks for. `pods` are the set's own; `related` those of all sets
 * with the same owner, by which crowded nodes are told.
 */
export function planReplicas(replicaSet: ReplicaSet, pods: readonly Pod[], related: readonly Pod[], now: number): ReplicaPlan {
  const active = pods.filter(isPodActive)
  const surplus = active.length - (replicaSet.spec?.replicas ?? 1)
  if (surplus < 0) return { create: Math.min(-surplus, burstReplicas), remove: [] }
  const count = Math.min(surplus, burstReplicas)
  return { create: 0, remove: count < active.length ? rankForDeletion(active, related, now).slice(0, count) : active }
}

/** `pods` in the order in which they are to go: the least useful first. */
export function rankForDeletion(pods: readonly Pod[], related: readonly Pod[], now: number): Pod[] {
  const onNode = new Map<string, number>()
  for (const pod of related) {
    const node = pod.spec?.nodeName ?? ''
    if (isPodActive(pod)) onNode.set(node, (onNode.get(node) ?? 0) + 1)
  }
  const rank = (pod: Pod) => onNode.get(pod.spec?.nodeName ?? '') ?? 0
  return [...pods].sort(
    (a, b) =>
      // Unassigned < assigned.
      Number(Boolean(a.spec?.nodeName)) - Number(Boolean(b.spec?.nodeName)) ||
      // Pending < unknown < running.
      phaseOrdinal(a) - phaseOrdinal(b) ||
      Number(isPodReady(a)) - Number(isPodReady(b)) ||
      deletionCost(a) - deletionCost(b) ||
      // Doubled up < not doubled up.
      rank(b) - rank(a) ||
      (isPodReady(a) && isPodReady(b) ? compareAges(readySince(a), readySince(b), a, b, now) : 0) ||
      maxRestarts(b) - maxRestarts(a) ||
      compareAges(parseTime(a.metadata.creationTimestamp), parseTime(b.metadata.creationTimestamp), a, b, now),
  )
}

function phaseOrdinal({ status }: Pod): number {
  return status?.phase === 'Pending' ? 0 : status?.phase === 'Unknown' ? 1 : 2
}

/** The annotation's value; what is not a 32-bit integer counts as 0. */
function deletionCost({ metadata }: Pod): number {
  const text = metadata.annotations?.[deletionCostAnnotation] ?? '0'
  if (!/^(0|-?[1-9][0-9]*)$/.test(text)) return 0
  const cost = Number(text)
  return cost >= -(2 ** 31) && cost < 2 ** 31 ? cost : 0
}

function readySince(pod: Pod): number | undefined {
  return parseTime(podCondition(pod, 'Ready')?.lastTransitionTime)
}

/**
 * The younger goes first, ages being compared on a logarithmic scale so that of pods of about the same age any may go;
 * the uid decides then (KEP-2185).
 */
function compareAges(a: number | undefined, b: number | undefined, podA: Pod, podB: Pod, now: number): number {
  if (a === b) return 0
  if (a === undefined || b === undefined) return a === undefined ? -1 : 1
  const difference = logarithmicAge(a, now) - logarithmicAge(b, now)
  if (difference !== 0) return difference
  const [uidA, uidB] = [podA.metadata.uid ?? '', podB.metadata.uid ?? '']
  return uidA < uidB ? -1 : uidA > uidB ? 1 : 0
}

function logarithmicAge(since: number, now: number): number {
  return now > since ? Math.trunc(Math.log2((now - since) * 1_000_000)) : -1
}

function maxRestarts({ spec, status }: Pod): number {
  const sidecars = new Set((spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name))
  const counted = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? []).filter(({ name }) => sidecars.has(name))]
  return counted.reduce((most, { restartCount }) => Math.max(most, restartCount), 0)
}

export interface ReplicaFailure {
  readonly message: string
}

/** The status to report for `pods`, and for the failure of making or deleting some, if there was one. */
export function replicaSetStatus(
  replicaSet: ReplicaSet,
  pods: readonly Pod[],
  failure: ReplicaFailure | undefined,
  now: number,
): ReplicaSetStatus {
  const { spec, metadata, status } = replicaSet
  const active = pods.filter(isPodActive)
  const labelled = Object.entries(spec?.template?.metadata?.labels ?? {})
  const isFullyLabelled = matcherOf({ matchLabels: Object.fromEntries(labelled) })
  const conditions = nextConditions(status?.conditions ?? [], active.length - (spec?.replicas ?? 1), failure, now)
  return {
    replicas: active.length,
    fullyLabeledReplicas: active.filter((pod) => isFullyLabelled(pod.metadata.labels)).length,
    readyReplicas: active.filter(isPodReady).length,
    availableReplicas: active.filter((pod) => isPodAvailable(pod, spec?.minReadySeconds ?? 0, now)).length,
    terminatingReplicas: pods.filter(isPodTerminating).length,
    observedGeneration: metadata.generation,
    ...(conditions.length > 0 ? { conditions } : {}),
  }
}

function nextConditions(
  conditions: readonly ReplicaSetCondition[],
  surplus: number,
  failure: ReplicaFailure | undefined,
  now: number,
): ReplicaSetCondition[] {
  const others = conditions.filter(({ type }) => type !== 'ReplicaFailure')
  if (!failure) return others
  if (others.length < conditions.length) return [...conditions]
  const reason = surplus < 0 ? 'FailedCreate' : surplus > 0 ? 'FailedDelete' : ''
  return [...others, { type: 'ReplicaFailure', status: 'True', reason, message: failure.message, lastTransitionTime: formatTime(now) }]
}
