/** ControllerRevision: a state kept as it was. */
import type { KubeObject } from '../../meta/object.js'
import { immutable, kubeMeta, nonNegative, wholeMeta } from '../checks.js'
import { type FieldError, field, required } from '../field-path.js'

function body(object: KubeObject): FieldError[] {
  return [
    ...(object['data'] === undefined || object['data'] === null ? [required(field('data'), 'data is mandatory')] : []),
    ...nonNegative(object['revision'] as number | undefined, field('revision')),
  ]
}

export const validateControllerRevision = (object: KubeObject): FieldError[] => [...kubeMeta(object.metadata), ...body(object)]

export const validateControllerRevisionUpdate = (object: KubeObject, before: KubeObject): FieldError[] => [
  ...kubeMeta(object.metadata),
  ...wholeMeta(object.metadata, { namespaced: true }),
  ...body(object),
  ...immutable(object['data'] ?? null, before['data'] ?? null, field('data')),
]
