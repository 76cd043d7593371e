/**
 * Revisions of a Deployment: which ReplicaSet has the current template, what its revision is, and the annotations that
 * `kubectl rollout history` and `undo` read (pkg/controller/deployment/util/deployment_util.go).
 */
import type { Deployment, ReplicaSet } from '../../api/types/apps-v1.js'
import type { PodTemplateSpec } from '../../api/types/core-v1.js'
import { canonicalJson } from '../framework/equality.js'
import { controllerReference } from '../framework/ownership.js'
import { compareCreation, desiredReplicasAnnotation, maxReplicasAnnotation, maxSurgeOf, replicasOf } from './rollout.js'

export const revisionAnnotation = 'deployment.kubernetes.io/revision'
export const revisionHistoryAnnotation = 'deployment.kubernetes.io/revision-history'
export const hashLabel = 'pod-template-hash'

/** Characters of revision history kept; the oldest go first. */
const revisionHistoryCharactersMax = 2000

/** A Deployment's annotations that are its own and not its ReplicaSets'. */
const ownAnnotations: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  revisionHistoryAnnotation,
  desiredReplicasAnnotation,
  maxReplicasAnnotation,
  'deprecated.daemonset.template.generation',
])

/** The ReplicaSet with the Deployment's template, the oldest if there are several, and the others. */
export function splitByTemplate(
  deployment: Deployment,
  replicaSets: readonly ReplicaSet[],
): { newSet: ReplicaSet | undefined; old: ReplicaSet[] } {
  const sorted = [...replicaSets].sort(compareCreation)
  const wanted = templateKey(deployment.spec?.template)
  const newSet = sorted.find(({ spec }) => templateKey(spec?.template) === wanted)
  return { newSet, old: sorted.filter((one) => one !== newSet) }
}

/** Equal for templates that differ in nothing but the hash label. */
export function templateKey(template: PodTemplateSpec | undefined): string {
  const { [hashLabel]: _, ...labels } = template?.metadata?.labels ?? {}
  return canonicalJson({ ...template, metadata: { ...template?.metadata, labels } })
}

export function revisionOf({ metadata }: ReplicaSet | Deployment): number {
  const revision = Number(metadata.annotations?.[revisionAnnotation] ?? 0)
  return Number.isInteger(revision) ? revision : 0
}

export function maxRevision(replicaSets: readonly ReplicaSet[]): number {
  return replicaSets.reduce((most, one) => Math.max(most, revisionOf(one)), 0)
}

/** The ReplicaSet for the Deployment's template, of size 0, not yet made. */
export function newReplicaSet(deployment: Deployment, revision: number): ReplicaSet {
  const { metadata, spec } = deployment
  const hash = templateHash(spec?.template, deployment.status?.collisionCount)
  const labels = { ...spec?.template.metadata?.labels, [hashLabel]: hash }
  const replicaSet: ReplicaSet = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${metadata.name}-${hash}`,
      namespace: metadata.namespace,
      labels,
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas: 0,
      ...(spec?.minReadySeconds === undefined ? {} : { minReadySeconds: spec.minReadySeconds }),
      selector: { ...spec?.selector, matchLabels: { ...spec?.selector.matchLabels, [hashLabel]: hash } },
      template: { ...spec?.template, metadata: { ...spec?.template.metadata, labels } },
    },
  }
  annotateRevision(deployment, replicaSet, revision)
  annotateReplicas(deployment, replicaSet)
  return replicaSet
}

/** Gives a ReplicaSet of the current template the Deployment's annotations and a revision not below `revision`. Changes `replicaSet`. */
export function annotateRevision(deployment: Deployment, replicaSet: ReplicaSet, revision: number): void {
  const annotations: Record<string, string> = { ...replicaSet.metadata.annotations }
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {})) if (!ownAnnotations.has(key)) annotations[key] = value
  const before = annotations[revisionAnnotation]
  if (before === undefined || Number(before) < revision) {
    annotations[revisionAnnotation] = String(revision)
    if (before !== undefined) annotations[revisionHistoryAnnotation] = withRevision(annotations[revisionHistoryAnnotation], before)
  }
  replicaSet.metadata.annotations = annotations
}

/** Notes on a ReplicaSet the scale it was last sized for. Changes `replicaSet`. */
export function annotateReplicas(deployment: Deployment, replicaSet: ReplicaSet): void {
  const desired = replicasOf(deployment)
  replicaSet.metadata.annotations = {
    ...replicaSet.metadata.annotations,
    [desiredReplicasAnnotation]: String(desired),
    [maxReplicasAnnotation]: String(desired + maxSurgeOf(deployment)),
  }
}

function withRevision(history: string | undefined, revision: string): string {
  const revisions = history ? history.split(',') : []
  revisions.push(revision)
  while (revisions.length > 1 && revisions.join(',').length > revisionHistoryCharactersMax) revisions.shift()
  return revisions.join(',')
}

/**
 * A short name for a template, stable over time and processes: 32-bit FNV-1a of its canonical JSON, and of the number of
 * collisions met so far, written in the alphabet of generated names (apimachinery rand.SafeEncodeString).
 */
export function templateHash(template: PodTemplateSpec | undefined, collisionCount: number | undefined): string {
  const text = templateKey(template) + (collisionCount === undefined ? '' : `/${collisionCount}`)
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  const alphabet = 'bcdfghjklmnpqrstvwxz2456789'
  return Array.from(String(hash >>> 0), (digit) => alphabet[digit.charCodeAt(0) % alphabet.length]).join('')
}
