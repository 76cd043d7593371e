/**
 * Rolling-update arithmetic (pkg/controller/deployment/util/deployment_util.go): how many pods may be there too many,
 * how many too few, and how a change of scale is shared out among ReplicaSets in the middle of a rollout.
 */
import { scaledValue } from '../../api/meta/int-or-string.js'
import type { Deployment, ReplicaSet } from '../../api/types/apps-v1.js'

export const desiredReplicasAnnotation = 'deployment.kubernetes.io/desired-replicas'
export const maxReplicasAnnotation = 'deployment.kubernetes.io/max-replicas'

export function replicasOf({ spec }: { readonly spec?: { readonly replicas?: number | undefined } | undefined }): number {
  return spec?.replicas ?? 1
}

export function isRollingUpdate({ spec }: Deployment): boolean {
  return spec?.strategy?.type !== 'Recreate'
}

/** maxSurge and maxUnavailable as counts; both 0 would block every rollout, so one may then be unavailable. */
export function resolveFenceposts(deployment: Deployment): { surge: number; unavailable: number } {
  const desired = replicasOf(deployment)
  const { maxSurge = '25%', maxUnavailable = '25%' } = deployment.spec?.strategy?.rollingUpdate ?? {}
  const surge = scaledValue(maxSurge, desired, true)
  const unavailable = scaledValue(maxUnavailable, desired, false)
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable }
}

export function maxSurgeOf(deployment: Deployment): number {
  return isRollingUpdate(deployment) ? resolveFenceposts(deployment).surge : 0
}

export function maxUnavailableOf(deployment: Deployment): number {
  const desired = replicasOf(deployment)
  if (!isRollingUpdate(deployment) || desired === 0) return 0
  return Math.min(resolveFenceposts(deployment).unavailable, desired)
}

export function totalReplicas(replicaSets: readonly ReplicaSet[]): number {
  return replicaSets.reduce((sum, one) => sum + replicasOf(one), 0)
}

export function totalAvailable(replicaSets: readonly ReplicaSet[]): number {
  return replicaSets.reduce((sum, { status }) => sum + (status?.availableReplicas ?? 0), 0)
}

/**
 * Available pods that a set can still count on. A set that was just made smaller reports more than it will keep until
 * its controller has caught up; those pods are as good as gone, and must not be spared a second time.
 */
function availableOf(replicaSet: ReplicaSet): number {
  return Math.min(replicaSet.status?.availableReplicas ?? 0, replicasOf(replicaSet))
}

/** The size the new ReplicaSet may have now. `all` includes it, unless it is still to be made. */
export function newReplicasOf(deployment: Deployment, all: readonly ReplicaSet[], newSize: number): number {
  const desired = replicasOf(deployment)
  if (!isRollingUpdate(deployment)) return desired
  const room = desired + maxSurgeOf(deployment) - totalReplicas(all)
  if (room <= 0) return newSize
  return newSize + Math.min(room, desired - newSize)
}

/** Old ReplicaSets after the unhealthy pods among them, then as many healthy as can be spared, are taken away. */
export function scaleDownOld(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): { replicaSet: ReplicaSet; replicas: number }[] {
  const minAvailable = replicasOf(deployment) - maxUnavailableOf(deployment)
  const all = newSet ? [...old, newSet] : old
  const newUnavailable = newSet ? replicasOf(newSet) - availableOf(newSet) : 0
  let cleanup = totalReplicas(all) - minAvailable - newUnavailable
  if (totalReplicas(old) === 0 || cleanup <= 0) return []
  const sizes = old.map((replicaSet) => ({ replicaSet, replicas: replicasOf(replicaSet) }))
  for (const one of sizes) {
    const taken = Math.max(0, Math.min(cleanup, one.replicas - availableOf(one.replicaSet)))
    one.replicas -= taken
    cleanup -= taken
  }
  let spare = all.reduce((sum, one) => sum + availableOf(one), 0) - minAvailable
  for (const one of sizes) {
    const taken = Math.max(0, Math.min(spare, one.replicas))
    one.replicas -= taken
    spare -= taken
  }
  return sizes.filter(({ replicaSet, replicas }) => replicas !== replicasOf(replicaSet))
}

/**
 * Sizes after a change of scale in the middle of a rollout: each active set gets a share in proportion to its size, the
 * first (the largest; the newer of equals when growing, the older when shrinking) also what rounding left over.
 */
export function scaleProportionally(deployment: Deployment, active: readonly ReplicaSet[]): { replicaSet: ReplicaSet; replicas: number }[] {
  const desired = replicasOf(deployment)
  const toAdd = (desired > 0 ? desired + maxSurgeOf(deployment) : 0) - totalReplicas(active)
  const sorted = [...active].sort((a, b) => replicasOf(b) - replicasOf(a) || (toAdd > 0 ? compareCreation(b, a) : compareCreation(a, b)))
  let added = 0
  const sizes = sorted.map((replicaSet) => {
    const share = toAdd === 0 ? 0 : proportionOf(deployment, replicaSet, toAdd, added)
    added += share
    return { replicaSet, replicas: replicasOf(replicaSet) + share }
  })
  const [first] = sizes
  if (first && toAdd !== 0) first.replicas = Math.max(0, first.replicas + toAdd - added)
  return sizes
}

function proportionOf(deployment: Deployment, replicaSet: ReplicaSet, toAdd: number, added: number): number {
  const size = replicasOf(replicaSet)
  if (size === 0 || toAdd === added) return 0
  const share = fractionOf(deployment, replicaSet)
  return toAdd > 0 ? Math.min(share, toAdd - added) : Math.max(share, toAdd - added)
}

function fractionOf(deployment: Deployment, replicaSet: ReplicaSet): number {
  const size = replicasOf(replicaSet)
  if (replicasOf(deployment) === 0) return -size
  const before = Number(replicaSet.metadata.annotations?.[maxReplicasAnnotation]) || (deployment.status?.replicas ?? 0)
  if (before === 0) return 0
  const exact = (size * (replicasOf(deployment) + maxSurgeOf(deployment))) / before
  return Math.floor(exact + 0.5) - size
}

/** Older first; equals by name. */
export function compareCreation(a: ReplicaSet, b: ReplicaSet): number {
  const [left, right] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '']
  if (left !== right) return left < right ? -1 : 1
  return a.metadata.name < b.metadata.name ? -1 : a.metadata.name > b.metadata.name ? 1 : 0
}
