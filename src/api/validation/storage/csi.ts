/** CSIDriver, CSINode and CSIStorageCapacity: what drivers say of themselves, of nodes and of room. */
import { validateLabelSelector } from '../../meta/labels.js'
import type { KubeObject } from '../../meta/object.js'
import type { CSIDriver, CSIDriverSpec, CSINode, CSINodeDriver, CSIStorageCapacity } from '../../types/storage-v1.js'
import {
  dnsSubdomain,
  each,
  immutable,
  kubeMeta,
  negativeError,
  nonNegative,
  oneOf,
  qualifiedName,
  quantityOf,
  same,
  selectorValue,
  wholeMeta,
} from '../checks.js'
import { csiDriverName } from '../core/volume-sources.js'
import { duplicate, type FieldError, type FieldPath, field, invalid, required } from '../field-path.js'
import { byteLength } from '../names.js'
import { fieldImmutable } from '../object-meta.js'

const driverOf = (object: KubeObject): Partial<CSIDriverSpec> => (object as unknown as CSIDriver).spec ?? {}

export const validateCsiDriver = (object: KubeObject): FieldError[] => [
  ...kubeMeta(object.metadata),
  ...csiDriverName(object.metadata.name, field('metadata', 'name')).filter(({ reason }) => reason === 'FieldValueTooLong'),
  ...driver(driverOf(object), field('spec')),
]

export function validateCsiDriverUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const [is, was] = [driverOf(object), driverOf(before)]
  return [
    ...kubeMeta(object.metadata),
    ...driver(is, field('spec')),
    ...immutable(is.attachRequired ?? null, was.attachRequired ?? null, field('spec', 'attachedRequired')),
    ...immutable(is.volumeLifecycleModes ?? null, was.volumeLifecycleModes ?? null, field('spec', 'volumeLifecycleModes')),
  ]
}

const updateSecondsMin = 10

function driver(spec: Partial<CSIDriverSpec>, path: FieldPath): FieldError[] {
  const missing = (['attachRequired', 'podInfoOnMount', 'storageCapacity'] as const).filter((name) => spec[name] === undefined)
  const {
    fsGroupPolicy: policy,
    tokenRequests,
    volumeLifecycleModes: modes,
    seLinuxMount,
    nodeAllocatableUpdatePeriodSeconds: seconds,
  } = spec
  const audiences = new Set<string>()
  return [
    ...missing.map((name) => required(path.child(name === 'attachRequired' ? 'attachedRequired' : name))),
    ...(policy === undefined
      ? [required(path.child('fsGroupPolicy'))]
      : oneOf(policy, path.child('fsGroupPolicy'), ['File', 'None', 'ReadWriteOnceWithFSType'])),
    ...each(tokenRequests, path.child('tokenRequests'), ({ audience = '', expirationSeconds }, at) => {
      const errors: FieldError[] = []
      if (audiences.has(audience)) errors.push(duplicate(at.child('audience'), audience))
      audiences.add(audience)
      if (expirationSeconds === undefined) return errors
      const place = at.child('expirationSeconds')
      if (expirationSeconds < 600) errors.push(invalid(place, expirationSeconds, 'may not specify a duration less than 10 minutes'))
      if (expirationSeconds > 2 ** 32) errors.push(invalid(place, expirationSeconds, 'may not specify a duration larger than 2^32 seconds'))
      return errors
    }),
    ...(modes ?? []).flatMap((mode) => oneOf(mode, path.child('volumeLifecycleModes'), ['Persistent', 'Ephemeral'])),
    ...(seLinuxMount === undefined ? [required(path.child('seLinuxMount'))] : []),
    ...(seconds !== undefined && seconds < updateSecondsMin
      ? [invalid(path.child('nodeAllocatableUpdatePeriodSeconds'), seconds, `must be greater than or equal to ${updateSecondsMin} seconds`)]
      : []),
  ]
}

const driversOf = (object: KubeObject): CSINodeDriver[] => (object as unknown as CSINode).spec?.drivers ?? []

export const validateCsiNode = (object: KubeObject): FieldError[] => [...kubeMeta(object.metadata), ...nodeDrivers(driversOf(object))]

const nodeIdBytesMax = 256

function nodeDrivers(list: readonly CSINodeDriver[]): FieldError[] {
  const names = new Set<string>()
  return each(list, field('spec', 'drivers'), ({ name = '', nodeID = '', topologyKeys, allocatable }, at) => {
    const errors = csiDriverName(name, at.child('name'))
    if (nodeID === '') errors.push(required(at.child('nodeID')))
    if (byteLength(nodeID) > nodeIdBytesMax)
      errors.push(invalid(at.child('nodeID'), nodeID, `must be ${nodeIdBytesMax} characters or less`))
    errors.push(...nonNegative(allocatable?.count, at.child('allocatable', 'count')))
    if (names.has(name)) errors.push(duplicate(at.child('name'), name))
    names.add(name)
    const keys = new Set<string>()
    for (const key of topologyKeys ?? []) {
      if (key === '') errors.push(required(at))
      if (keys.has(key)) errors.push(duplicate(at, key))
      keys.add(key)
      errors.push(...qualifiedName(key, at))
    }
    return errors
  })
}

/** A driver that is there stays as it is. */
export function validateCsiNodeUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const old = new Map(driversOf(before).map((one) => [one.name, one]))
  const changed = driversOf(object).filter((one) => old.has(one.name) && !same(one, old.get(one.name)))
  return [
    ...wholeMeta(object.metadata, { namespaced: false }),
    ...nodeDrivers(driversOf(object)),
    ...changed.map(({ name, nodeID, topologyKeys, allocatable }) => {
      const shown = {
        Name: name,
        NodeID: nodeID,
        TopologyKeys: topologyKeys ?? null,
        Allocatable: allocatable ? { Count: allocatable.count ?? null } : null,
      }
      return invalid(field('CSINodeDriver'), shown, fieldImmutable)
    }),
  ]
}

const capacityOf = (object: KubeObject): CSIStorageCapacity => object as unknown as CSIStorageCapacity

/** Upstream's strategy judges a new one twice. */
export const validateCsiStorageCapacity = (object: KubeObject): FieldError[] => [
  ...kubeMeta(object.metadata),
  ...capacity(capacityOf(object)),
  ...wholeMeta(object.metadata, { namespaced: true }),
  ...capacity(capacityOf(object)),
]

function capacity({ nodeTopology, storageClassName, capacity: room, maximumVolumeSize: largest }: CSIStorageCapacity): FieldError[] {
  const amounts = Object.entries({ capacity: room, maximumVolumeSize: largest }).filter(
    ([, value]) => value !== undefined && quantityOf(value).sign() < 0,
  )
  return [
    ...validateLabelSelector(nodeTopology, field('nodeTopology')),
    ...dnsSubdomain(storageClassName, field('storageClassName')),
    ...amounts.map(([name, value]) => invalid(field(name), value, negativeError)),
  ]
}

export function validateCsiStorageCapacityUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const [is, was] = [capacityOf(object), capacityOf(before)]
  return [
    ...wholeMeta(object.metadata, { namespaced: true }),
    ...capacity(is),
    ...(JSON.stringify(selectorValue(is.nodeTopology)) === JSON.stringify(selectorValue(was.nodeTopology))
      ? []
      : [invalid(field('nodeTopology'), selectorValue(is.nodeTopology) ?? null, fieldImmutable)]),
    ...immutable(is.storageClassName ?? '', was.storageClassName ?? '', field('storageClassName')),
  ]
}
