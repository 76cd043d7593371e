/** A Deployment's status and conditions (pkg/controller/deployment/sync.go, progress.go), pure. */
import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '../../api/types/apps-v1.js'
import { formatTime, parseTime } from '../../client/time.js'
import { maxUnavailableOf, replicasOf, totalAvailable, totalReplicas } from './rollout.js'

/** "No deadline", as math.MaxInt32 is understood upstream. */
const forever = 2 ** 31 - 1

export function conditionOf(status: DeploymentStatus | undefined, type: string): DeploymentCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type)
}

export function condition(type: string, status: string, reason: string, message: string, now: number): DeploymentCondition {
  return { type, status, reason, message, lastUpdateTime: formatTime(now), lastTransitionTime: formatTime(now) }
}

/** The conditions with `next` in place of the one of its type; unchanged when that one says the same. */
export function withCondition(conditions: readonly DeploymentCondition[], next: DeploymentCondition): DeploymentCondition[] {
  const current = conditions.find(({ type }) => type === next.type)
  if (current && current.status === next.status && current.reason === next.reason) return [...conditions]
  const lastTransitionTime = current?.status === next.status ? current.lastTransitionTime : next.lastTransitionTime
  return [...withoutCondition(conditions, next.type), { ...next, lastTransitionTime }]
}

export function withoutCondition(conditions: readonly DeploymentCondition[], type: string): DeploymentCondition[] {
  return conditions.filter((one) => one.type !== type)
}

export function hasProgressDeadline({ spec }: Deployment): boolean {
  return spec?.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== forever
}

const sum = (replicaSets: readonly ReplicaSet[], count: (status: NonNullable<ReplicaSet['status']>) => number | undefined): number =>
  replicaSets.reduce((total, { status }) => total + ((status && count(status)) ?? 0), 0)

/** Counts and the condition Available. */
export function baseStatus(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  newSet: ReplicaSet | undefined,
  now: number,
): DeploymentStatus {
  const available = totalAvailable(all)
  const enough = available >= replicasOf(deployment) - maxUnavailableOf(deployment)
  const availability = enough
    ? condition('Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.', now)
    : condition('Available', 'False', 'MinimumReplicasUnavailable', 'Deployment does not have minimum availability.', now)
  const { collisionCount, conditions = [] } = deployment.status ?? {}
  return {
    observedGeneration: deployment.metadata.generation,
    replicas: sum(all, ({ replicas }) => replicas),
    updatedReplicas: newSet?.status?.replicas ?? 0,
    readyReplicas: sum(all, ({ readyReplicas }) => readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, totalReplicas(all) - available),
    terminatingReplicas: sum(all, ({ terminatingReplicas }) => terminatingReplicas),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    conditions: withCondition(conditions, availability),
  }
}

/** baseStatus with the conditions of a rollout: Progressing and ReplicaFailure. */
export function rolloutStatus(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  newSet: ReplicaSet | undefined,
  now: number,
): DeploymentStatus {
  const status = baseStatus(deployment, all, newSet, now)
  const failure = [...(newSet ? [newSet] : []), ...all]
    .flatMap((one) => one.status?.conditions ?? [])
    .find(({ type }) => type === 'ReplicaFailure')
  const conditions = progressConditions(deployment, status, newSet, now)
  if (!failure) return { ...status, conditions: withoutCondition(conditions, 'ReplicaFailure') }
  const { lastTransitionTime, ...rest } = failure
  return { ...status, conditions: withCondition(conditions, { ...rest, lastTransitionTime, lastUpdateTime: lastTransitionTime }) }
}

function progressConditions(
  deployment: Deployment,
  status: DeploymentStatus,
  newSet: ReplicaSet | undefined,
  now: number,
): DeploymentCondition[] {
  const conditions = status.conditions ?? []
  if (!hasProgressDeadline(deployment)) return withoutCondition(conditions, 'Progressing')
  const current = conditionOf(deployment.status, 'Progressing')
  if (status.replicas === status.updatedReplicas && current?.reason === 'NewReplicaSetAvailable') return conditions
  const subject = newSet ? `ReplicaSet "${newSet.metadata.name}"` : `Deployment "${deployment.metadata.name}"`
  if (isComplete(deployment, status))
    return withCondition(
      conditions,
      condition('Progressing', 'True', 'NewReplicaSetAvailable', `${subject} has successfully progressed.`, now),
    )
  if (isProgressing(deployment, status)) {
    const next = condition('Progressing', 'True', 'ReplicaSetUpdated', `${subject} is progressing.`, now)
    // Replaced even when it says the same, so that lastUpdateTime tells when progress was last seen.
    return [
      ...withoutCondition(conditions, 'Progressing'),
      current?.status === 'True' ? { ...next, lastTransitionTime: current.lastTransitionTime } : next,
    ]
  }
  if (isTimedOut(deployment, status, now))
    return withCondition(
      conditions,
      condition('Progressing', 'False', 'ProgressDeadlineExceeded', `${subject} has timed out progressing.`, now),
    )
  return conditions
}

export function isComplete(deployment: Deployment, status: DeploymentStatus | undefined): boolean {
  const desired = replicasOf(deployment)
  return (
    (status?.updatedReplicas ?? 0) === desired &&
    (status?.replicas ?? 0) === desired &&
    (status?.availableReplicas ?? 0) === desired &&
    (status?.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  )
}

function isProgressing({ status: old = {} }: Deployment, status: DeploymentStatus): boolean {
  const oldOld = (old.replicas ?? 0) - (old.updatedReplicas ?? 0)
  const newOld = (status.replicas ?? 0) - (status.updatedReplicas ?? 0)
  return (
    (status.updatedReplicas ?? 0) > (old.updatedReplicas ?? 0) ||
    newOld < oldOld ||
    (status.readyReplicas ?? 0) > (old.readyReplicas ?? 0) ||
    (status.availableReplicas ?? 0) > (old.availableReplicas ?? 0)
  )
}

function isTimedOut(deployment: Deployment, status: DeploymentStatus, now: number): boolean {
  const current = conditionOf(status, 'Progressing')
  if (!current || current.reason === 'NewReplicaSetAvailable') return false
  if (current.reason === 'ProgressDeadlineExceeded') return true
  return deadlineOf(deployment, current) < now
}

/** Milliseconds until the rollout must be looked at for having timed out; undefined: never. */
export function progressCheckMs(deployment: Deployment, status: DeploymentStatus, now: number): number | undefined {
  const current = conditionOf(status, 'Progressing')
  if (!hasProgressDeadline(deployment) || !current) return undefined
  if (isComplete(deployment, status) || current.reason === 'ProgressDeadlineExceeded') return undefined
  return Math.max(1000, deadlineOf(deployment, current) - now + 1000)
}

function deadlineOf(deployment: Deployment, { lastUpdateTime }: DeploymentCondition): number {
  return (parseTime(lastUpdateTime) ?? 0) + (deployment.spec?.progressDeadlineSeconds ?? forever) * 1000
}
