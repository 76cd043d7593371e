/** ServiceAccount: nothing but its metadata. */
import type { KubeObject } from '../../meta/object.js'
import { kubeMeta, wholeMeta } from '../checks.js'
import type { FieldError } from '../field-path.js'

export const validateServiceAccount = (object: KubeObject): FieldError[] => kubeMeta(object.metadata)

export const validateServiceAccountUpdate = (object: KubeObject): FieldError[] => [
  ...kubeMeta(object.metadata),
  ...wholeMeta(object.metadata, { namespaced: true }),
]
