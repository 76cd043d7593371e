/**
 * Three small plugins about storage: DefaultStorageClass gives a claim the cluster's class, StorageObjectInUseProtection
 * keeps claims and volumes while they are in use, PersistentVolumeClaimResize lets only those grow that can.
 */
import type { KubeObject } from '../../api/meta/object.js'
import { Quantity } from '../../api/meta/quantity.js'
import type { PersistentVolumeClaim } from '../../api/types/core-v1.js'
import type { StorageClass } from '../../api/types/storage-v1.js'
import { forbiddenBy, isAbout } from './forbidden-by.js'
import type { AdmissionPlugin, AdmissionWorld } from './plugin.js'

const classes = { group: 'storage.k8s.io', resource: 'storageclasses' }
const betaClassAnnotation = 'volume.beta.kubernetes.io/storage-class'
const defaultAnnotations = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class']

export const defaultStorageClass: AdmissionPlugin = {
  name: 'DefaultStorageClass',
  admit(attributes, world) {
    if (attributes.operation !== 'CREATE' || !isAbout(attributes, '', 'persistentvolumeclaims')) return
    const { metadata, spec } = attributes.object as PersistentVolumeClaim & KubeObject
    if (!spec || spec.storageClassName !== undefined || metadata.annotations?.[betaClassAnnotation] !== undefined) return
    const found = defaultClass(world)
    if (found) spec.storageClassName = found.metadata.name
  },
}

/** Of several default classes the newest, then the first by name. */
function defaultClass(world: AdmissionWorld): KubeObject | undefined {
  const isDefault = ({ metadata }: KubeObject): boolean => defaultAnnotations.some((name) => metadata.annotations?.[name] === 'true')
  const newestFirst = (a: KubeObject, b: KubeObject): number => {
    const [x, y] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '']
    return x === y ? (a.metadata.name < b.metadata.name ? -1 : 1) : x > y ? -1 : 1
  }
  return world.lookup.list(classes).filter(isDefault).sort(newestFirst)[0]
}

const protection: Readonly<Record<string, string>> = {
  '/persistentvolumeclaims': 'kubernetes.io/pvc-protection',
  '/persistentvolumes': 'kubernetes.io/pv-protection',
  'storage.k8s.io/volumeattributesclasses': 'kubernetes.io/vac-protection',
}

export const storageObjectInUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  admit({ operation, kind, subresource, object }) {
    const finalizer = protection[`${kind.group}/${kind.plural}`]
    if (operation !== 'CREATE' || subresource !== '' || !finalizer || !object) return
    if (!object.metadata.finalizers?.includes(finalizer)) object.metadata.finalizers = [...(object.metadata.finalizers ?? []), finalizer]
  },
}

export const persistentVolumeClaimResize: AdmissionPlugin = {
  name: 'PersistentVolumeClaimResize',
  validate(attributes, world) {
    if (attributes.operation !== 'UPDATE' || !isAbout(attributes, '', 'persistentvolumeclaims')) return
    const [now, old] = [attributes.object, attributes.old].map((claim) => (claim as PersistentVolumeClaim | undefined)?.spec)
    const [size, before] = [now, old].map((spec) => spec?.resources?.requests?.storage)
    if (size === undefined || before === undefined || Quantity.parse(size).cmp(Quantity.parse(before)) <= 0) return
    const phase = (attributes.old as PersistentVolumeClaim | undefined)?.status?.phase
    if (phase !== 'Bound') throw forbiddenBy(attributes, 'Only bound persistent volume claims can be expanded')
    const found = world.lookup.get(classes, '', old?.storageClassName ?? '') as (KubeObject & StorageClass) | undefined
    if (!found?.allowVolumeExpansion)
      throw forbiddenBy(
        attributes,
        'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
      )
  },
}
