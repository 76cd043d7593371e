/**
 * What may stand in metadata: the checks of k8s.io/apimachinery/pkg/api/validation/objectmeta.go and
 * apis/meta/v1/validation, in their order and words. What the server fills in before (uid, creationTimestamp, generated
 * names) is not done here.
 */
import type { ManagedFieldsEntry, ObjectMeta, OwnerReference } from '../meta/object.js'
import { parseApiVersion } from '../meta/object.js'
import { type FieldError, type FieldPath, field, forbiddenField, invalid, required, tooLong } from './field-path.js'
import { byteLength, isDns1123Label, isLabelValue, isQualifiedName, type NameRule, nameRules } from './names.js'

/** Bytes that all keys and values of annotations may have together. */
export const annotationsBytesMax = 262144
/** The text of an update of what may not change. */
export const fieldImmutable = 'field is immutable'
const managerLengthMax = 128
const subresourceLengthMax = 256
const metadata = field('metadata')

/** The keys and values of labels, both said against the map itself, as upstream does. */
export function validateLabels(labels: Readonly<Record<string, string>> | undefined, path: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  for (const [key, value] of Object.entries(labels ?? {})) {
    for (const text of isQualifiedName(key)) errors.push(invalid(path, key, text))
    for (const text of isLabelValue(value)) errors.push(invalid(path, value, text))
  }
  return errors
}

/** The keys of annotations, and their size together. */
export function validateAnnotations(annotations: Readonly<Record<string, string>> | undefined, path: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  let size = 0
  for (const [key, value] of Object.entries(annotations ?? {})) {
    for (const text of isQualifiedName(key.toLowerCase())) errors.push(invalid(path, key, text))
    size += byteLength(key) + byteLength(value)
  }
  if (size > annotationsBytesMax) errors.push(tooLong(path, annotationsBytesMax))
  return errors
}

/** Owners: each complete, none an Event, at most one of them the controller. */
export function validateOwnerReferences(owners: readonly OwnerReference[] | undefined, path: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  let controller: string | undefined
  for (const owner of owners ?? []) {
    errors.push(...validateOwnerReference(owner, path))
    if (owner.controller !== true) continue
    const name = `${owner.kind}/${owner.name}`
    if (controller === undefined) controller = name
    else {
      const why = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`
      errors.push(invalid(path, (owners ?? []).map(inFieldOrder), why))
    }
  }
  return errors
}

function validateOwnerReference(owner: OwnerReference, path: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  const groupVersion = parseApiVersion(owner.apiVersion ?? '')
  if (groupVersion === undefined) errors.push(invalid(path.child('apiVersion'), owner.apiVersion ?? '', 'version must not be empty'))
  for (const name of ['kind', 'name', 'uid'] as const) {
    if (!owner[name]) errors.push(invalid(path.child(name), owner[name] ?? '', 'must not be empty'))
  }
  if (owner.apiVersion === 'v1' && owner.kind === 'Event')
    errors.push(invalid(path, inFieldOrder(owner), '/v1, Kind=Event is disallowed from being an owner'))
  return errors
}

/** An owner as Go prints it. */
function inFieldOrder(owner: OwnerReference): OwnerReference {
  const { apiVersion, kind, name, uid, controller, blockOwnerDeletion } = owner
  return {
    apiVersion: apiVersion ?? '',
    kind: kind ?? '',
    name: name ?? '',
    uid: uid ?? '',
    ...(controller === undefined ? {} : { controller }),
    ...(blockOwnerDeletion === undefined ? {} : { blockOwnerDeletion }),
  }
}

/** Finalizers are qualified names; `orphan` and `foregroundDeletion` exclude each other. */
export function validateFinalizers(finalizers: readonly string[] | undefined, path: FieldPath): FieldError[] {
  const list = finalizers ?? []
  const errors = list.flatMap((finalizer) => isQualifiedName(finalizer).map((text) => invalid(path, finalizer, text)))
  if (list.includes('orphan') && list.includes('foregroundDeletion'))
    errors.push(invalid(path, list, 'finalizer foregroundDeletion and orphan cannot be both set'))
  return errors
}

/** The name of a field manager: at most 128 bytes, all printable. */
export function validateFieldManager(manager: string, path: FieldPath): FieldError[] {
  const errors = byteLength(manager) > managerLengthMax ? [tooLong(path, managerLengthMax)] : []
  let position = 0
  for (const character of manager) {
    if (!/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character)) {
      const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
      errors.push(invalid(path, manager, `invalid character U+${code} (at position ${position})`))
    }
    position += byteLength(character)
  }
  return errors
}

/** The records of who manages which fields. */
export function validateManagedFields(entries: readonly ManagedFieldsEntry[] | undefined, path: FieldPath): FieldError[] {
  return (entries ?? []).flatMap((entry, i) => {
    const at = path.index(i)
    const errors: FieldError[] = []
    if (entry.operation !== 'Apply' && entry.operation !== 'Update')
      errors.push(invalid(at.child('operation'), entry.operation ?? '', 'must be `Apply` or `Update`'))
    if (entry.fieldsType && entry.fieldsType !== 'FieldsV1')
      errors.push(invalid(at.child('fieldsType'), entry.fieldsType, 'must be `FieldsV1`'))
    errors.push(...validateFieldManager(entry.manager ?? '', at.child('manager')))
    if (byteLength(entry.subresource ?? '') > subresourceLengthMax) errors.push(tooLong(at.child('subresource'), subresourceLengthMax))
    return errors
  })
}

/** How metadata of one kind is judged. */
export interface ObjectMetaRules {
  readonly namespaced: boolean
  /** Strategy.nameRule or a rule of the kind's own; default 'dns-subdomain'. */
  readonly nameRule?: keyof typeof nameRules | NameRule | undefined
}

/** What is wrong with the metadata of an object about to be created; its name has been generated already. */
export function validateObjectMeta(meta: Readonly<ObjectMeta>, rules: ObjectMetaRules, path: FieldPath = metadata): FieldError[] {
  const rule = typeof rules.nameRule === 'function' ? rules.nameRule : nameRules[rules.nameRule ?? 'dns-subdomain']
  const errors: FieldError[] = []
  const generateName = meta.generateName ?? ''
  if (generateName !== '') errors.push(...rule(generateName, true).map((text) => invalid(path.child('generateName'), generateName, text)))
  if (!meta.name) errors.push(required(path.child('name'), 'name or generateName is required'))
  else errors.push(...rule(meta.name, false).map((text) => invalid(path.child('name'), meta.name, text)))
  errors.push(...validateNamespace(meta.namespace ?? '', rules.namespaced, path.child('namespace')))
  if ((meta.generation ?? 0) < 0) errors.push(invalid(path.child('generation'), meta.generation, 'must be greater than or equal to 0'))
  return [
    ...errors,
    ...validateLabels(meta.labels, path.child('labels')),
    ...validateAnnotations(meta.annotations, path.child('annotations')),
    ...validateOwnerReferences(meta.ownerReferences, path.child('ownerReferences')),
    ...validateFinalizers(meta.finalizers, path.child('finalizers')),
    ...validateManagedFields(meta.managedFields, path.child('managedFields')),
  ]
}

function validateNamespace(namespace: string, namespaced: boolean, path: FieldPath): FieldError[] {
  if (!namespaced) return namespace === '' ? [] : [forbiddenField(path, 'not allowed on this type')]
  if (namespace === '') return [required(path)]
  return isDns1123Label(namespace).map((text) => invalid(path, namespace, text))
}

/** invalid(`field is immutable`) unless both are the same plain data. */
export function validateImmutable(value: unknown, old: unknown, path: FieldPath): FieldError[] {
  return JSON.stringify(value ?? null) === JSON.stringify(old ?? null) ? [] : [invalid(path, value, fieldImmutable)]
}

/** What is wrong with a change of metadata. */
export function validateObjectMetaUpdate(meta: Readonly<ObjectMeta>, old: Readonly<ObjectMeta>, path: FieldPath = metadata): FieldError[] {
  const errors: FieldError[] = []
  if (old.deletionTimestamp) errors.push(...validateNoNewFinalizers(meta.finalizers, old.finalizers, path.child('finalizers')))
  if (!meta.resourceVersion)
    errors.push(invalid(path.child('resourceVersion'), meta.resourceVersion ?? '', 'must be specified for an update'))
  if ((meta.generation ?? 0) < (old.generation ?? 0))
    errors.push(invalid(path.child('generation'), meta.generation ?? 0, 'must not be decremented'))
  for (const name of ['name', 'namespace', 'uid'] as const)
    errors.push(...validateImmutable(meta[name] ?? '', old[name] ?? '', path.child(name)))
  for (const name of ['creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const)
    errors.push(...validateImmutable(meta[name], old[name], path.child(name)))
  return [
    ...errors,
    ...validateLabels(meta.labels, path.child('labels')),
    ...validateAnnotations(meta.annotations, path.child('annotations')),
    ...validateOwnerReferences(meta.ownerReferences, path.child('ownerReferences')),
    ...validateManagedFields(meta.managedFields, path.child('managedFields')),
  ]
}

/** An object that is being deleted gets no new finalizers. */
export function validateNoNewFinalizers(
  finalizers: readonly string[] | undefined,
  old: readonly string[] | undefined,
  path: FieldPath,
): FieldError[] {
  const known = new Set(old ?? [])
  const extra = [...new Set(finalizers ?? [])].filter((name) => !known.has(name)).sort()
  if (extra.length === 0) return []
  const list = `[]string{${extra.map((name) => JSON.stringify(name)).join(', ')}}`
  return [forbiddenField(path, `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`)]
}
