/** PersistentVolumeClaim, also as a template in Pods and StatefulSets. */

import { validateLabelSelector } from '../../meta/labels.js'
import type { KubeObject, ObjectMeta } from '../../meta/object.js'
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec, PersistentVolumeClaimTemplate } from '../../types/core-v1.js'
import { demanded, dnsLabel, entriesOf, immutable, kubeMeta, oneOf, optionally, quantityOf, same, wholeMeta } from '../checks.js'
import { type FieldError, type FieldPath, field, forbiddenField, invalid, notSupported, required } from '../field-path.js'
import { jsonDiff } from '../json-diff.js'
import { isDns1123Subdomain, isQualifiedName } from '../names.js'
import { fieldImmutable, validateAnnotations, validateLabels } from '../object-meta.js'
import { basicAmount, isNativeResource, resourceAmount } from './resources.js'

const modes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']
export const volumeModes = ['Block', 'Filesystem']

/** Access modes are all said of the list. */
export function accessModes(given: readonly string[] | undefined, path: FieldPath): FieldError[] {
  const errors = (given ?? []).flatMap((mode) => oneOf(mode, path, modes))
  const others = (given ?? []).some((mode) => mode !== 'ReadWriteOncePod' && modes.includes(mode))
  if (others && given?.includes('ReadWriteOncePod'))
    errors.push(forbiddenField(path, 'may not use ReadWriteOncePod with other access modes'))
  return errors
}

export function validatePersistentVolumeClaim(object: KubeObject): FieldError[] {
  return [...kubeMeta(object.metadata), ...claimSpec((object as PersistentVolumeClaim).spec ?? {}, field('spec'))]
}

/** `oddGroups`: groups of data sources that are no domain are accepted, for they were there. */
export function claimSpec(spec: PersistentVolumeClaimSpec, path: FieldPath, oddGroups = false): FieldError[] {
  const { selector, resources, storageClassName, volumeMode, dataSource, dataSourceRef, volumeAttributesClassName } = spec
  const errors: FieldError[] = []
  if (!spec.accessModes?.length) errors.push(required(path.child('accessModes'), 'at least 1 access mode is required'))
  errors.push(...validateLabelSelector(selector, path.child('selector')), ...accessModes(spec.accessModes, path.child('accessModes')))
  const storage = resources?.requests?.['storage']
  const at = path.child('resources').key('storage')
  if (storage === undefined) errors.push(required(at))
  else if (quantityOf(storage).sign() <= 0) errors.push(invalid(at, storage, 'must be greater than zero'))
  else errors.push(...resourceAmount('storage', storage, at))
  errors.push(...optionally(storageClassName, path.child('storageClassName'), isDns1123Subdomain))
  if (volumeMode !== undefined) errors.push(...oneOf(volumeMode, path.child('volumeMode'), volumeModes))
  if (dataSource) errors.push(...source(dataSource, path.child('dataSource'), oddGroups))
  if (dataSourceRef) {
    errors.push(...source(dataSourceRef, path.child('dataSourceRef'), oddGroups))
    if (dataSourceRef.namespace) errors.push(...dnsLabel(dataSourceRef.namespace, path.child('dataSourceRef', 'namespace')))
  }
  if (dataSource && dataSourceRef) {
    const equal =
      dataSource.apiGroup === dataSourceRef.apiGroup && dataSource.kind === dataSourceRef.kind && dataSource.name === dataSourceRef.name
    if (dataSourceRef.namespace) errors.push(invalid(path, {}, 'may not be specified when dataSourceRef.namespace is specified'))
    else if (!equal) errors.push(invalid(path, {}, 'must match dataSourceRef'))
  }
  return [...errors, ...optionally(volumeAttributesClassName, path.child('volumeAttributesClassName'), isDns1123Subdomain)]
}

interface Source {
  readonly apiGroup?: string | undefined
  readonly kind: string
  readonly name: string
}

function source({ apiGroup = '', kind, name }: Source, path: FieldPath, oddGroups: boolean): FieldError[] {
  return [
    ...demanded(name, path.child('name')),
    ...demanded(kind, path.child('kind')),
    ...(apiGroup || kind === 'PersistentVolumeClaim'
      ? []
      : [invalid(path, kind ?? '', "must be 'PersistentVolumeClaim' when referencing the default apiGroup")]),
    ...(oddGroups ? [] : optionally(apiGroup, path.child('apiGroup'), isDns1123Subdomain)),
  ]
}

/** A template of claims carries nothing but labels and annotations of its own. */
export function claimTemplate({ metadata, spec }: PersistentVolumeClaimTemplate, path: FieldPath): FieldError[] {
  const meta: Partial<ObjectMeta> = metadata ?? {}
  const at = path.child('metadata')
  const order: readonly (keyof ObjectMeta)[] = [
    'name',
    'generateName',
    'namespace',
    'selfLink',
    'uid',
    'resourceVersion',
    'generation',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'ownerReferences',
    'finalizers',
    'managedFields',
  ]
  return [
    ...validateAnnotations(meta.annotations, at.child('annotations')),
    ...validateLabels(meta.labels, at.child('labels')),
    ...order
      .filter((name) => !same(meta[name], undefined) && meta[name] !== '')
      .map((name) => forbiddenField(at.child(name), 'cannot be set')),
    ...claimSpec(spec ?? {}, path.child('spec')),
  ]
}

const betaClass = 'volume.beta.kubernetes.io/storage-class'

export function validatePersistentVolumeClaimUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const [claim, old] = [object as PersistentVolumeClaim, before as PersistentVolumeClaim]
  const [spec, oldSpec] = [claim.spec ?? {}, old.spec ?? {}]
  const oddGroups = oldSpec.dataSource?.apiGroup !== undefined || oldSpec.dataSourceRef?.apiGroup !== undefined
  // Upstream's strategy judges the claim, and its update does so again.
  const whole = [...wholeMeta(object.metadata, { namespaced: true }), ...claimSpec(spec, field('spec'), oddGroups)]
  const errors = [...whole, ...kubeMeta(object.metadata), ...whole, ...storageClassKept(claim, old)]
  const [was, is] = comparable(claim, old)
  if (!same(is, was)) {
    const text = 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'
    errors.push(forbiddenField(field('spec'), `${text}\n${jsonDiff(was, is)}`))
  }
  const size = quantityOf(spec.resources?.requests?.['storage'])
  if (size.cmp(quantityOf(oldSpec.resources?.requests?.['storage'])) < 0 && size.cmp(quantityOf(old.status?.capacity?.['storage'])) <= 0)
    errors.push(forbiddenField(field('spec', 'resources', 'requests', 'storage'), 'field can not be less than status.capacity'))
  return [...errors, ...immutable(spec.volumeMode, oldSpec.volumeMode, field('volumeMode')), ...attributesClassKept(claim, old)]
}

/** The class moves from the annotation of old to the field, and may be filled in where there was none. */
const movesFromAnnotation = ({ metadata, spec }: PersistentVolumeClaim, old: PersistentVolumeClaim): boolean => {
  const was = old.metadata.annotations?.[betaClass]
  const is = metadata.annotations?.[betaClass]
  return was !== undefined && old.spec?.storageClassName === undefined && spec?.storageClassName === was && (is === undefined || is === was)
}

function storageClassKept(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const is = claim.metadata.annotations?.[betaClass] ?? ''
  if (movesFromAnnotation(claim, old) || is === (old.metadata.annotations?.[betaClass] ?? '')) return []
  return [invalid(field('metadata', 'annotations', betaClass), is, fieldImmutable)]
}

/** Both specs without what may change. */
function comparable(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): [PersistentVolumeClaimSpec, PersistentVolumeClaimSpec] {
  const is = structuredClone(claim.spec ?? {})
  const was = structuredClone(old.spec ?? {})
  if (!was.volumeName) was.volumeName = is.volumeName
  const annotation = old.metadata.annotations?.[betaClass]
  if (movesFromAnnotation(claim, old)) delete is.storageClassName
  else if (
    is.storageClassName !== undefined &&
    was.storageClassName === undefined &&
    (annotation === undefined || annotation === is.storageClassName)
  )
    delete is.storageClassName
  if (claim.status?.phase === 'Bound') {
    if (is.resources?.requests) is.resources.requests['storage'] = was.resources?.requests?.['storage'] ?? '0'
    is.volumeAttributesClassName = was.volumeAttributesClassName
  }
  return [was, is]
}

function attributesClassKept({ spec }: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const name = spec?.volumeAttributesClassName
  if (name === old.spec?.volumeAttributesClassName || old.status?.currentVolumeAttributesClassName === undefined) return []
  const at = field('spec', 'volumeAttributesClassName')
  const when = 'is forbidden when status.currentVolumeAttributesClassName is not nil'
  if (name === undefined) return [forbiddenField(at, `update to nil ${when}`)]
  return name === '' ? [forbiddenField(at, `update to empty string ${when}`)] : []
}

const resizeStatuses = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
].sort()

export function validatePersistentVolumeClaimStatusUpdate(object: KubeObject): FieldError[] {
  const { spec, status } = object as PersistentVolumeClaim
  const errors = kubeMeta(object.metadata)
  if (!spec?.accessModes?.length) errors.push(required(field('Spec', 'accessModes')))
  for (const [name, value] of entriesOf(status?.capacity)) errors.push(...basicAmount(value, field('status', 'capacity').key(name)))
  const statuses = field('status', 'allocatedResourceStatuses')
  for (const [name, value] of entriesOf(status?.allocatedResourceStatuses)) {
    errors.push(...claimResource(name, statuses))
    if (!resizeStatuses.includes(value)) errors.push(notSupported(statuses, name, resizeStatuses))
  }
  const allocated = field('status', 'allocatedResources')
  for (const [name, value] of entriesOf(status?.allocatedResources)) {
    const wrong = [...claimResource(name, allocated)]
    errors.push(...(wrong.length > 0 ? wrong : basicAmount(value, allocated.key(name))))
  }
  return errors
}

function claimResource(name: string, path: FieldPath): FieldError[] {
  const errors = isQualifiedName(name).map((text) => invalid(path, name, text))
  return errors.length > 0 || !isNativeResource(name) || name === 'storage' ? errors : [notSupported(path, name, ['storage'])]
}
