/** Namespace: its finalizers and its phase. */
import type { KubeObject } from '../../meta/object.js'
import type { Namespace } from '../../types/core-v1.js'
import { each, kubeFinalizer, kubeMeta, qualifiedName } from '../checks.js'
import { type FieldError, type FieldPath, field, invalid } from '../field-path.js'

const path = field('spec', 'finalizers')
const finalizer = (name: string, at: FieldPath): FieldError[] => [...qualifiedName(name, at), ...kubeFinalizer(name, at)]

export const validateNamespace = (object: KubeObject): FieldError[] => [
  ...kubeMeta(object.metadata),
  ...((object as Namespace).spec?.finalizers ?? []).flatMap((name) => finalizer(name, path)),
]

export const validateNamespaceUpdate = (object: KubeObject): FieldError[] => kubeMeta(object.metadata)

export function validateNamespaceStatusUpdate(object: KubeObject): FieldError[] {
  const phase = (object as Namespace).status?.phase ?? ''
  const at = field('status', 'Phase')
  const errors = kubeMeta(object.metadata)
  if (!object.metadata.deletionTimestamp)
    return phase === 'Active' ? errors : [...errors, invalid(at, phase, "may only be 'Active' if `deletionTimestamp` is empty")]
  return phase === 'Terminating' ? errors : [...errors, invalid(at, phase, "may only be 'Terminating' if `deletionTimestamp` is not empty")]
}

/** The finalize subresource: the finalizers themselves. */
export const validateNamespaceFinalize = (object: KubeObject): FieldError[] => [
  ...kubeMeta(object.metadata),
  ...each((object as Namespace).spec?.finalizers, path, finalizer),
]
