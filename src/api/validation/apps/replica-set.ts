/** ReplicaSet, and the template that Deployments share with it. */
import type { LabelQuery } from '../../meta/labels.js'
import type { KubeObject } from '../../meta/object.js'
import type { ReplicaSet, ReplicaSetSpec } from '../../types/apps-v1.js'
import type { PodTemplateSpec } from '../../types/core-v1.js'
import { immutable, kubeMeta, nonNegative, same, selectorValue, wholeMeta } from '../checks.js'
import { podTemplate } from '../core/pod-spec.js'
import { replicaCounts } from '../core/replication-controller.js'
import { type FieldError, type FieldPath, field, forbiddenField, invalid, notSupported } from '../field-path.js'
import { queryOf, templateMatches, workloadSelector } from '../selectors.js'

const specOf = (object: KubeObject): ReplicaSetSpec | undefined => (object as ReplicaSet).spec

export const validateReplicaSet = (object: KubeObject): FieldError[] => [
  ...kubeMeta(object.metadata),
  ...spec(specOf(object), undefined, field('spec')),
]

export function validateReplicaSetUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const whole = spec(specOf(object), specOf(before), field('spec'))
  return [
    ...wholeMeta(object.metadata, { namespaced: true }),
    ...whole,
    ...kubeMeta(object.metadata),
    ...whole,
    ...immutableSelector(object, before),
  ]
}

export const validateReplicaSetStatusUpdate = (object: KubeObject): FieldError[] => [
  ...kubeMeta(object.metadata),
  ...replicaCounts({ ...(object as ReplicaSet).status }, field('status')),
]

/** What a workload selects is decided once. */
export function immutableSelector(object: KubeObject, before: KubeObject): FieldError[] {
  const [is, was] = [object, before].map((one) => (one as ReplicaSet).spec?.selector)
  return same(is, was) ? [] : immutable(selectorValue(is) ?? null, selectorValue(was) ?? null, field('spec', 'selector'))
}

function spec(given: ReplicaSetSpec | undefined, old: ReplicaSetSpec | undefined, path: FieldPath): FieldError[] {
  const { replicas, minReadySeconds, selector, template } = given ?? { selector: undefined }
  return [
    ...nonNegative(replicas, path.child('replicas')),
    ...nonNegative(minReadySeconds, path.child('minReadySeconds')),
    // The text names the wrong kind upstream.
    ...workloadSelector(selector, path.child('selector'), 'empty selector is invalid for deployment'),
    ...selectedTemplate(selector, template, path, old?.template),
  ]
}

/** A template under a selector, the two fields of the spec at `path`. */
export function selectedTemplate(
  selector: ReplicaSetSpec['selector'] | undefined,
  template: PodTemplateSpec | undefined,
  path: FieldPath,
  old: PodTemplateSpec | undefined,
): FieldError[] {
  const query = queryOf(selector)
  if (query === undefined) return [invalid(path.child('selector'), selectorValue(selector), 'invalid label selector')]
  return replicaSetTemplate(template, query, path.child('template'), old)
}

function replicaSetTemplate(
  template: PodTemplateSpec | undefined,
  query: LabelQuery,
  path: FieldPath,
  old: PodTemplateSpec | undefined,
): FieldError[] {
  return [...templateMatches(query, template, path), ...podTemplate(template, path, old), ...alwaysRunning(template, path, 'ReplicaSet')]
}

/** Pods of these kinds are restarted whatever they end with, and have no deadline. */
export function alwaysRunning(template: PodTemplateSpec | undefined, path: FieldPath, kind: string): FieldError[] {
  const { restartPolicy = '', activeDeadlineSeconds } = template?.spec ?? {}
  const at = path.child('spec')
  return [
    ...(restartPolicy === 'Always' ? [] : [notSupported(at.child('restartPolicy'), restartPolicy, ['Always'])]),
    ...(activeDeadlineSeconds === undefined
      ? []
      : [forbiddenField(at.child('activeDeadlineSeconds'), `activeDeadlineSeconds in ${kind} is not Supported`)]),
  ]
}

/** Hash collisions are only ever counted up. */
export function collisionsKept(object: KubeObject, before: KubeObject): FieldError[] {
  const [is, was] = [object, before].map((one) => (one['status'] as { collisionCount?: number } | undefined)?.collisionCount)
  if (was === undefined || (is ?? -1) >= was) return []
  return [invalid(field('status', 'collisionCount'), is ?? 0, 'cannot be decremented')]
}
