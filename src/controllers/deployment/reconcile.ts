/**
 * One step of a Deployment, as a function of what is observed: actions on its ReplicaSets, in order, and the status to
 * report (pkg/controller/deployment: deployment_controller.go syncDeployment, rolling.go, recreate.go, sync.go).
 *
 *   paused ─────────────> scale, clean up
 *   scale has changed ──> scale (in proportion, in the middle of a rollout)
 *   Recreate ───────────> old to 0, wait for their pods to be gone, new to its size
 *   RollingUpdate ──────> new up as surge allows, else old down as availability allows
 *
 * Read next: rollout.ts for the arithmetic, status.ts for the conditions, revision.ts for the annotations.
 */
import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '../../api/types/apps-v1.js'
import { semanticallyEqual } from '../framework/equality.js'
import {
  annotateReplicas,
  annotateRevision,
  maxRevision,
  newReplicaSet,
  revisionAnnotation,
  revisionOf,
  splitByTemplate,
} from './revision.js'
import {
  compareCreation,
  desiredReplicasAnnotation,
  isRollingUpdate,
  newReplicasOf,
  replicasOf,
  scaleDownOld,
  scaleProportionally,
} from './rollout.js'
import {
  baseStatus,
  condition,
  conditionOf,
  hasProgressDeadline,
  isComplete,
  progressCheckMs,
  rolloutStatus,
  withCondition,
} from './status.js'

export interface Observed {
  readonly deployment: Deployment
  /** Those it controls. */
  readonly replicaSets: readonly ReplicaSet[]
  /** Whether a ReplicaSet of this uid has pods that have not ended. */
  readonly hasRunningPods: (replicaSetUid: string) => boolean
  readonly now: number
}

export type Action =
  | { readonly type: 'create'; readonly replicaSet: ReplicaSet }
  /** Annotations, minReadySeconds or size differ from what is there; `from` is the size that is there. */
  | { readonly type: 'update'; readonly replicaSet: ReplicaSet; readonly from: number }
  | { readonly type: 'delete'; readonly replicaSet: ReplicaSet }

export interface Plan {
  readonly actions: readonly Action[]
  readonly status: DeploymentStatus
  /** The revision annotation the Deployment is to bear, when it is another. */
  readonly revision?: string
  readonly againAfterMs?: number
}

/** The state of a plan in the making: working copies of the ReplicaSets, and what was decided of them. */
interface Draft {
  deployment: Deployment
  readonly observed: Observed
  newSet: ReplicaSet | undefined
  old: ReplicaSet[]
  created: boolean
  readonly deleted: Set<ReplicaSet>
  revision: string | undefined
}

export function planDeployment(observed: Observed): Plan {
  const { deployment, replicaSets, now } = observed
  const copies = replicaSets.map(
    (one) => ({ ...one, metadata: { ...one.metadata }, spec: one.spec ? { ...one.spec } : one.spec }) as ReplicaSet,
  )
  const draft: Draft = {
    deployment,
    observed,
    ...splitByTemplate(deployment, copies),
    created: false,
    deleted: new Set(),
    revision: undefined,
  }
  if (deployment.metadata.deletionTimestamp) {
    if (draft.newSet) syncRevision(draft, draft.newSet)
    return { actions: [], status: baseStatus(deployment, all(draft), draft.newSet, now) }
  }
  checkPaused(draft)
  if (deployment.spec?.paused || isScaling(draft)) {
    adoptNewSet(draft)
    rescale(draft)
    if (deployment.spec?.paused) cleanUp(draft)
    return finish(draft, baseStatus(draft.deployment, all(draft), draft.newSet, now))
  }
  if (isRollingUpdate(deployment)) roll(draft)
  else recreate(draft)
  return finish(draft, rolloutStatus(draft.deployment, all(draft), draft.newSet, now))
}

function all({ newSet, old }: Draft): ReplicaSet[] {
  return newSet ? [...old, newSet] : old
}

function finish(draft: Draft, status: DeploymentStatus): Plan {
  const before = new Map(draft.observed.replicaSets.map((one) => [one.metadata.uid, one]))
  const actions: Action[] = draft.created && draft.newSet ? [{ type: 'create', replicaSet: draft.newSet }] : []
  const sets = draft.newSet && !draft.created ? [draft.newSet, ...draft.old] : draft.old
  for (const replicaSet of sets) {
    const was = before.get(replicaSet.metadata.uid)
    if (draft.deleted.has(replicaSet)) actions.push({ type: 'delete', replicaSet })
    else if (
      was &&
      (!semanticallyEqual(was.metadata.annotations, replicaSet.metadata.annotations) || !semanticallyEqual(sizing(was), sizing(replicaSet)))
    )
      actions.push({ type: 'update', replicaSet, from: replicasOf(was) })
  }
  const { revision } = draft
  const againAfterMs = progressCheckMs(draft.deployment, status, draft.observed.now)
  return {
    actions,
    status,
    ...(revision === undefined || revision === draft.deployment.metadata.annotations?.[revisionAnnotation] ? {} : { revision }),
    ...(againAfterMs === undefined ? {} : { againAfterMs }),
  }
}

function sizing(replicaSet: ReplicaSet): object {
  return { replicas: replicasOf(replicaSet), minReadySeconds: replicaSet.spec?.minReadySeconds || undefined }
}

/** While a Deployment is paused its progress is unknown, so that the deadline does not run. */
function checkPaused(draft: Draft): void {
  const { deployment } = draft
  if (!hasProgressDeadline(deployment)) return
  const current = conditionOf(deployment.status, 'Progressing')
  if (current?.reason === 'ProgressDeadlineExceeded') return
  const wasPaused = current?.reason === 'DeploymentPaused'
  if (deployment.spec?.paused && !wasPaused) addProgress(draft, 'Unknown', 'DeploymentPaused', 'Deployment is paused')
  if (!deployment.spec?.paused && wasPaused) addProgress(draft, 'Unknown', 'DeploymentResumed', 'Deployment is resumed')
}

function addProgress(draft: Draft, status: string, reason: string, message: string): void {
  const conditions: DeploymentCondition[] = withCondition(
    draft.deployment.status?.conditions ?? [],
    condition('Progressing', status, reason, message, draft.observed.now),
  )
  draft.deployment = { ...draft.deployment, status: { ...draft.deployment.status, conditions } }
}

/** Some ReplicaSet was last sized for another scale. */
function isScaling(draft: Draft): boolean {
  const desired = replicasOf(draft.deployment)
  return all(draft).some((one) => {
    const noted = one.metadata.annotations?.[desiredReplicasAnnotation]
    return replicasOf(one) > 0 && noted !== undefined && Number(noted) !== desired
  })
}

/** Brings annotations of the ReplicaSet that has the current template up to date; its revision is the newest. */
function adoptNewSet(draft: Draft): void {
  const { newSet, deployment, old } = draft
  if (!newSet) return
  annotateRevision(deployment, newSet, maxRevision(old) + 1)
  if (newSet.spec) {
    if (deployment.spec?.minReadySeconds === undefined) delete newSet.spec.minReadySeconds
    else newSet.spec.minReadySeconds = deployment.spec.minReadySeconds
  }
  syncRevision(draft, newSet)
  if (hasProgressDeadline(deployment) && !conditionOf(deployment.status, 'Progressing'))
    addProgress(draft, 'True', 'FoundNewReplicaSet', `Found new replica set "${newSet.metadata.name}"`)
}

function syncRevision(draft: Draft, newSet: ReplicaSet): void {
  draft.revision = newSet.metadata.annotations?.[revisionAnnotation]
}

/** adoptNewSet, or the plan for a ReplicaSet of the current template, at the size it may have at once. */
function ensureNewSet(draft: Draft): void {
  if (draft.newSet) return adoptNewSet(draft)
  const { deployment, old } = draft
  const made = newReplicaSet(deployment, maxRevision(old) + 1)
  if (made.spec) made.spec.replicas = newReplicasOf(deployment, old, 0)
  draft.newSet = made
  draft.created = true
  syncRevision(draft, made)
  if (hasProgressDeadline(deployment)) addProgress(draft, 'True', 'NewReplicaSetCreated', `Created new replica set "${made.metadata.name}"`)
}

function resize(draft: Draft, replicaSet: ReplicaSet, replicas: number): boolean {
  if (replicasOf(replicaSet) === replicas) return false
  if (replicaSet.spec) replicaSet.spec.replicas = replicas
  annotateReplicas(draft.deployment, replicaSet)
  return true
}

function roll(draft: Draft): void {
  ensureNewSet(draft)
  const { deployment, newSet, old } = draft
  if (!newSet) return
  const size = replicasOf(newSet)
  const desired = replicasOf(deployment)
  const target = size > desired ? desired : newReplicasOf(deployment, all(draft), size)
  if (resize(draft, newSet, target)) return
  const down = scaleDownOld(deployment, newSet, old)
  for (const { replicaSet, replicas } of down) resize(draft, replicaSet, replicas)
  if (down.length === 0 && isComplete(deployment, deployment.status)) cleanUp(draft)
}

function recreate(draft: Draft): void {
  adoptNewSet(draft)
  const { observed, old } = draft
  if (old.filter((one) => resize(draft, one, 0)).length > 0) return
  if (old.some(({ status }) => (status?.replicas ?? 0) > 0) || old.some(({ metadata }) => observed.hasRunningPods(metadata.uid ?? '')))
    return
  ensureNewSet(draft)
  if (draft.newSet) resize(draft, draft.newSet, replicasOf(draft.deployment))
  if (isComplete(draft.deployment, draft.deployment.status)) cleanUp(draft)
}

/** Brings the ReplicaSets to the Deployment's scale without moving the rollout on. */
function rescale(draft: Draft): void {
  const { deployment, newSet, old } = draft
  const desired = replicasOf(deployment)
  const active = all(draft).filter((one) => replicasOf(one) > 0)
  const only = active.length > 1 ? undefined : (active[0] ?? newSet ?? [...old].sort(compareCreation).at(-1))
  if (only) {
    // The note is renewed even when the size fits already, lest the change of scale seem to last for ever.
    if (!resize(draft, only, desired) && replicasOf(only) > 0) annotateReplicas(deployment, only)
    return
  }
  if (newSet && isSaturated(deployment, newSet)) {
    for (const one of old) resize(draft, one, 0)
    return
  }
  if (!isRollingUpdate(deployment)) return
  for (const { replicaSet, replicas } of scaleProportionally(deployment, active)) {
    resize(draft, replicaSet, replicas)
    annotateReplicas(deployment, replicaSet)
  }
}

/** The new ReplicaSet has all the pods there should be, and they are available. */
function isSaturated(deployment: Deployment, newSet: ReplicaSet): boolean {
  const desired = replicasOf(deployment)
  return (
    replicasOf(newSet) === desired &&
    Number(newSet.metadata.annotations?.[desiredReplicasAnnotation]) === desired &&
    (newSet.status?.availableReplicas ?? 0) === desired
  )
}

/** Deletes old ReplicaSets beyond revisionHistoryLimit, the oldest revisions first; never one that still has pods. */
function cleanUp(draft: Draft): void {
  const limit = draft.deployment.spec?.revisionHistoryLimit
  if (limit === undefined || limit === 2 ** 31 - 1) return
  const old = draft.old
    .filter(({ metadata }) => !metadata.deletionTimestamp)
    .sort((a, b) => revisionOf(a) - revisionOf(b) || compareCreation(a, b))
  for (const one of old.slice(0, Math.max(0, old.length - limit))) {
    const { metadata, status } = one
    const settled = (metadata.generation ?? 0) <= (status?.observedGeneration ?? 0)
    if ((status?.replicas ?? 0) === 0 && replicasOf(one) === 0 && settled) draft.deleted.add(one)
  }
}
