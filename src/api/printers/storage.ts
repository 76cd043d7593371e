/** Rows of volumes, claims and storage.k8s.io (pkg/printers/internalversion/printers.go). */
import type { KubeObject } from '../meta/object.js'
import { Quantity } from '../meta/quantity.js'
import type { PersistentVolume, PersistentVolumeClaim } from '../types/core-v1.js'
import type { CSIDriver, CSINode, CSIStorageCapacity, StorageClass, VolumeAttachment, VolumeAttributesClass } from '../types/storage-v1.js'
import { createdAgo } from './cells.js'

const betaClass = 'volume.beta.kubernetes.io/storage-class'

/** NAME STATUS VOLUME CAPACITY ACCESS-MODES STORAGECLASS VOLUMEATTRIBUTESCLASS AGE VOLUMEMODE. */
export function persistentVolumeClaimRow(object: KubeObject, now: number): unknown[] {
  const { metadata, spec, status } = object as PersistentVolumeClaim
  const bound = Boolean(spec?.volumeName)
  return [
    metadata.name,
    metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''),
    spec?.volumeName ?? '',
    bound ? capacityOf(status?.capacity) : '',
    bound ? accessModesCell(status?.accessModes) : '',
    metadata.annotations?.[betaClass] ?? spec?.storageClassName ?? '',
    spec?.volumeAttributesClassName ?? '<unset>',
    createdAgo(object, now),
    spec?.volumeMode ?? '<unset>',
  ]
}

/** NAME CAPACITY ACCESS-MODES RECLAIM-POLICY STATUS CLAIM STORAGECLASS VOLUMEATTRIBUTESCLASS REASON AGE VOLUMEMODE. */
export function persistentVolumeRow(object: KubeObject, now: number): unknown[] {
  const { metadata, spec, status } = object as PersistentVolume
  const claim = spec?.claimRef
  return [
    metadata.name,
    capacityOf(spec?.capacity),
    accessModesCell(spec?.accessModes),
    spec?.persistentVolumeReclaimPolicy ?? '',
    metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''),
    claim ? `${claim.namespace ?? ''}/${claim.name ?? ''}` : '',
    metadata.annotations?.[betaClass] ?? spec?.storageClassName ?? '',
    spec?.volumeAttributesClassName ?? '<unset>',
    status?.reason ?? '',
    createdAgo(object, now),
    spec?.volumeMode ?? '<unset>',
  ]
}

const defaultAnnotations = {
  storage: ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'],
  attributes: ['volumeattributesclass.kubernetes.io/is-default-class'],
} as const

function classCell({ metadata }: KubeObject, which: keyof typeof defaultAnnotations): string {
  const isDefault = defaultAnnotations[which].some((name) => metadata.annotations?.[name] === 'true')
  return isDefault ? `${metadata.name} (default)` : metadata.name
}

/** NAME PROVISIONER RECLAIMPOLICY VOLUMEBINDINGMODE ALLOWVOLUMEEXPANSION AGE. */
export function storageClassRow(object: KubeObject, now: number): unknown[] {
  const { provisioner, reclaimPolicy, volumeBindingMode, allowVolumeExpansion } = object as unknown as StorageClass
  return [
    classCell(object, 'storage'),
    provisioner,
    reclaimPolicy ?? 'Delete',
    volumeBindingMode ?? 'Immediate',
    allowVolumeExpansion ?? false,
    createdAgo(object, now),
  ]
}

export function volumeAttributesClassRow(object: KubeObject, now: number): unknown[] {
  return [classCell(object, 'attributes'), (object as unknown as VolumeAttributesClass).driverName, createdAgo(object, now)]
}

export function volumeAttachmentRow(object: KubeObject, now: number): unknown[] {
  const { metadata, spec, status } = object as unknown as VolumeAttachment
  return [
    metadata.name,
    spec.attacher,
    spec.source?.persistentVolumeName ?? '',
    spec.nodeName,
    status?.attached ?? false,
    createdAgo(object, now),
  ]
}

export function csiNodeRow(object: KubeObject, now: number): unknown[] {
  const { metadata, spec } = object as unknown as CSINode
  return [metadata.name, spec.drivers?.length ?? 0, createdAgo(object, now)]
}

/** NAME ATTACHREQUIRED PODINFOONMOUNT STORAGECAPACITY TOKENREQUESTS REQUIRESREPUBLISH MODES AGE. */
export function csiDriverRow(object: KubeObject, now: number): unknown[] {
  const { metadata, spec } = object as unknown as CSIDriver
  return [
    metadata.name,
    spec.attachRequired ?? true,
    spec.podInfoOnMount ?? false,
    spec.storageCapacity ?? false,
    spec.tokenRequests ? spec.tokenRequests.map(({ audience }) => audience).join(',') : '<unset>',
    spec.requiresRepublish ?? false,
    (spec.volumeLifecycleModes ?? []).join(',') || '<none>',
    createdAgo(object, now),
  ]
}

export function csiStorageCapacityRow(object: KubeObject): unknown[] {
  const { metadata, storageClassName, capacity } = object as unknown as CSIStorageCapacity
  return [metadata.name, storageClassName, capacity ?? '<unset>']
}

/** What a volume holds; `0` when that is not known. */
function capacityOf(resources: Readonly<Record<string, string>> | undefined): string {
  return (Quantity.tryParse(resources?.storage) ?? Quantity.zero).toString()
}

const modes = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
] as const

/** `RWO,RWX`: each mode once, in upstream's order. */
function accessModesCell(given: readonly string[] | undefined): string {
  return modes.flatMap(([mode, short]) => (given?.includes(mode) ? short : [])).join(',')
}
