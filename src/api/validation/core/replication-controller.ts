/** ReplicationController and PodTemplate: templates of Pods, and how many there are to be. */
import type { KubeObject } from '../../meta/object.js'
import type { PodTemplate, PodTemplateSpec, ReplicationController, ReplicationControllerSpec } from '../../types/core-v1.js'
import { entriesOf, kubeMeta, mapValue, nonNegative, wholeMeta } from '../checks.js'
import { type FieldError, type FieldPath, field, forbiddenField, invalid, notSupported, required } from '../field-path.js'
import { podTemplate } from './pod-spec.js'

const specOf = (object: KubeObject): ReplicationControllerSpec => (object as ReplicationController).spec ?? {}

export const validateReplicationController = (object: KubeObject): FieldError[] => [
  ...kubeMeta(object.metadata),
  ...controllerSpec(specOf(object), undefined, field('spec')),
]

export const validateReplicationControllerUpdate = (object: KubeObject, before: KubeObject): FieldError[] => [
  ...wholeMeta(object.metadata, { namespaced: true }),
  ...controllerSpec(specOf(object), specOf(before), field('spec')),
  ...kubeMeta(object.metadata),
  ...controllerSpec(specOf(object), specOf(before), field('spec')),
]

function controllerSpec(spec: ReplicationControllerSpec, old: ReplicationControllerSpec | undefined, path: FieldPath): FieldError[] {
  return [
    ...nonNegative(spec.minReadySeconds, path.child('minReadySeconds')),
    ...(Object.keys(spec.selector ?? {}).length > 0 ? [] : [required(path.child('selector'))]),
    ...(spec.replicas === undefined ? [required(path.child('replicas'))] : nonNegative(spec.replicas, path.child('replicas'))),
    ...template(spec, old?.template, path.child('template')),
  ]
}

function template(
  { selector, template: given }: ReplicationControllerSpec,
  old: PodTemplateSpec | undefined,
  path: FieldPath,
): FieldError[] {
  if (!given) return [required(path)]
  const labels = given.metadata?.labels
  const { restartPolicy = '', activeDeadlineSeconds } = given.spec ?? {}
  const errors = entriesOf(selector).every(([key, value]) => labels?.[key] === value)
    ? []
    : [invalid(path.child('metadata', 'labels'), mapValue(labels) ?? null, '`selector` does not match template `labels`')]
  errors.push(...podTemplate(given, path, old))
  if (restartPolicy !== 'Always') errors.push(notSupported(path.child('spec', 'restartPolicy'), restartPolicy, ['Always']))
  if (activeDeadlineSeconds !== undefined)
    errors.push(
      forbiddenField(path.child('spec', 'activeDeadlineSeconds'), 'activeDeadlineSeconds in ReplicationController is not Supported'),
    )
  return errors
}

/** Counts of Pods in a status: none negative, none more than there are, and those available among the ready. */
export function replicaCounts(
  counts: { readonly replicas?: number | undefined; readonly observedGeneration?: number | undefined; readonly [name: string]: unknown },
  path: FieldPath,
): FieldError[] {
  const parts = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'] as const
  const countOf = (name: string): number => Number(counts[name] ?? 0)
  const text = 'cannot be greater than status.replicas'
  return [
    ...['replicas', ...parts, 'observedGeneration'].flatMap((name) => nonNegative(countOf(name), path.child(name))),
    ...parts.filter((name) => countOf(name) > countOf('replicas')).map((name) => invalid(path.child(name), countOf(name), text)),
    ...(countOf('availableReplicas') > countOf('readyReplicas')
      ? [invalid(path.child('availableReplicas'), countOf('availableReplicas'), 'cannot be greater than readyReplicas')]
      : []),
  ]
}

export const validateReplicationControllerStatusUpdate = (object: KubeObject): FieldError[] => [
  ...kubeMeta(object.metadata),
  ...replicaCounts({ ...(object as ReplicationController).status }, field('status')),
]

export const validatePodTemplate = (object: KubeObject): FieldError[] => [
  ...kubeMeta(object.metadata),
  ...podTemplate((object as unknown as PodTemplate).template, field('template')),
]

export const validatePodTemplateUpdate = (object: KubeObject, before: KubeObject): FieldError[] => [
  ...kubeMeta(object.metadata),
  ...podTemplate((object as unknown as PodTemplate).template, field('template'), (before as unknown as PodTemplate).template),
]
