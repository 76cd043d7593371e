/** Rows of volumes, claims and storage.k8s.io (pkg/printers/internalversion/printers.go). */
import type { KubeObject } from '../meta/object.js'
import { Quantity } from '../meta/quantity.js'
import type { PersistentVolumeClaim } from '../types/core-v1.js'
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
    status?.currentVolumeAttributesClassName || '<unset>',
    createdAgo(object, now),
    spec?.volumeMode ?? '<unset>',
  ]
}

/** What a volume holds; `0` when that is not known. */
export function capacityOf(resources: Readonly<Record<string, string>> | undefined): string {
  return (Quantity.tryParse(resources?.storage) ?? Quantity.zero).toString()
}

const modes = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
] as const

/** `RWO,RWX`: each mode once, in upstream's order. */
export function accessModesCell(given: readonly string[] | undefined): string {
  return modes.flatMap(([mode, short]) => (given?.includes(mode) ? short : [])).join(',')
}
