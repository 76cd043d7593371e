/**
 * managedFields of the scale subresource: the owners of replicas in the main object are its owners in the Scale, and back.
 * Upstream: apimachinery/pkg/util/managedfields/scalehandler.go.
 */
import type { ManagedFieldsEntry } from '../meta/object.js'
import { difference, emptySet, type FieldSet, hasPath, isEmptySet } from './field-set.js'
import { decodeManaged, encodeManaged, identify, type Managed, type ManagerRecord } from './managed-fields.js'

/** For each version that the main resource has been served in, where its replicas are: {'apps/v1': ['spec', 'replicas']}. */
export type ReplicasPaths = Readonly<Record<string, readonly string[]>>

const scaleVersion = 'autoscaling/v1'
const scalePath = ['f:spec', 'f:replicas']
const scaleSet: FieldSet = { 'f:spec': { 'f:replicas': emptySet } }
const elements = (path: readonly string[]): string[] => path.map((name) => `f:${name}`)

function setOf(path: readonly string[]): FieldSet {
  return path.reduceRight<FieldSet>((below, name) => ({ [`f:${name}`]: below }), emptySet)
}

/** The records that the Scale of an object carries. */
export function scaleManagedFields(
  parent: readonly ManagedFieldsEntry[] | undefined,
  paths: ReplicasPaths,
): ManagedFieldsEntry[] | undefined {
  const scale: Managed = new Map()
  for (const [id, record] of decodeManaged(parent)) {
    const path = paths[record.apiVersion]
    if (path !== undefined && hasPath(record.set, elements(path))) scale.set(id, { ...record, apiVersion: scaleVersion, set: scaleSet })
  }
  return encodeManaged(scale)
}

/** The records of the main object after its Scale was written; `apiVersion` is the main resource's. */
export function parentManagedFields(options: {
  readonly parent: readonly ManagedFieldsEntry[] | undefined
  readonly scale: readonly ManagedFieldsEntry[] | undefined
  readonly paths: ReplicasPaths
  readonly apiVersion: string
}): ManagedFieldsEntry[] | undefined {
  const { paths, apiVersion } = options
  const scale = byOwner(decodeManaged(options.scale))
  const parent: Managed = new Map()
  for (const [id, record] of decodeManaged(options.parent)) {
    const path = paths[record.apiVersion]
    if (path === undefined) continue
    if (!hasPath(record.set, elements(path))) parent.set(id, record)
    else if (scale.delete(ownerOf(record, scaleVersion))) parent.set(id, record)
    else {
      // Somebody took the replicas through the Scale.
      const set = difference(record.set, setOf(path))
      if (!isEmptySet(set)) parent.set(id, { ...record, set })
    }
  }
  const own = paths[apiVersion] ?? ['spec', 'replicas']
  for (const record of scale.values()) {
    if (!hasPath(record.set, scalePath)) continue
    const taken: ManagerRecord = { ...record, apiVersion, set: setOf(own) }
    parent.set(identify(taken), taken)
  }
  return encodeManaged(parent)
}

const ownerOf = (record: ManagerRecord, apiVersion: string): string => identify({ ...record, apiVersion })
const byOwner = (managed: Managed): Managed => new Map([...managed.values()].map((record) => [ownerOf(record, scaleVersion), record]))
