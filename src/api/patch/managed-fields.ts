/**
 * metadata.managedFields: who owns which fields. One record for each manager, operation, subresource and, of updates,
 * API version. Read from an object, changed by track-update.ts and server-side-apply.ts, and written back sorted by
 * operation, time and name. Upstream: apimachinery/pkg/util/managedfields/internal (managedfields.go, capmanagers.go, ...).
 */

import type { ManagedFieldsEntry, ObjectMeta } from '../meta/object.js'
import { formatTime, normalizeTime } from '../meta/time.js'
import type { ObjectSchema, TypeSchema } from '../schema/types.js'
import { difference, emptySet, type FieldSet, isEmptySet, union } from './field-set.js'
import { decodeFieldsV1, sortFieldSet } from './fields-v1.js'
import { equalJson } from './json-patch.js'
import { childType, namedField, shapeOf, typeOf } from './typed-value.js'

/** Records of updates that an object keeps; older ones are merged into `ancient-changes`. */
export const updateManagersMax = 10

/** What one manager owns. */
export interface ManagerRecord {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  readonly apiVersion: string
  readonly subresource: string
  /** RFC 3339, to the second; absent in records that were written without. */
  readonly time?: string | undefined
  readonly set: FieldSet
}

/** The records of an object by their identity, see identify(). */
export type Managed = Map<string, ManagerRecord>

/** What makes a record one of its own: the JSON that upstream sorts by as well. */
export function identify(record: Pick<ManagerRecord, 'manager' | 'operation' | 'apiVersion' | 'subresource'>): string {
  const { manager, operation, apiVersion, subresource } = record
  const name = manager ? `"manager":${JSON.stringify(manager)},` : ''
  const version = operation === 'Update' ? `,"apiVersion":${JSON.stringify(apiVersion)}` : ''
  return `{${name}"operation":"${operation}"${version}${subresource ? `,"subresource":${JSON.stringify(subresource)}` : ''}}`
}

const wellFormed = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/

/** The records that an object carries. Throws SyntaxError, with upstream's text, for what is no such record. */
export function decodeManaged(entries: readonly ManagedFieldsEntry[] | undefined): Managed {
  const managed: Managed = new Map()
  for (const [i, entry] of (entries ?? []).entries()) {
    const { operation, apiVersion, fieldsType } = entry
    if (operation !== 'Apply' && operation !== 'Update') throw new SyntaxError('operation must be `Apply` or `Update`')
    if (!apiVersion) throw new SyntaxError('apiVersion must not be empty')
    if (!fieldsType) throw new SyntaxError(`missing fieldsType in managed fields entry ${i}`)
    if (fieldsType !== 'FieldsV1') throw new SyntaxError(`invalid fieldsType ${JSON.stringify(fieldsType)} in managed fields entry ${i}`)
    const time = entry.time === undefined || wellFormed.test(entry.time) ? entry.time : normalizeTime(entry.time)
    const set = decodeFieldsV1(entry.fieldsV1)
    const record: ManagerRecord = { manager: entry.manager ?? '', operation, apiVersion, subresource: entry.subresource ?? '', time, set }
    managed.set(identify(record), record)
  }
  return managed
}

/** The records of the live object, or none if they cannot be read. */
export function decodeManagedOrNone(entries: readonly ManagedFieldsEntry[] | undefined): Managed {
  try {
    return decodeManaged(entries)
  } catch (error) {
    if (error instanceof SyntaxError) return new Map()
    throw error
  }
}

/** As metadata carries them; undefined when there are none. */
export function encodeManaged(managed: Managed): ManagedFieldsEntry[] | undefined {
  if (managed.size === 0) return undefined
  return [...managed.values()].sort(compareRecords).map(encodeRecord)
}

/** Keys in the order in which upstream writes them. */
function encodeRecord({ manager, operation, apiVersion, time, set, subresource }: ManagerRecord): ManagedFieldsEntry {
  const entry: ManagedFieldsEntry = {}
  if (manager) entry.manager = manager
  entry.operation = operation
  entry.apiVersion = apiVersion
  if (time) entry.time = time
  entry.fieldsType = 'FieldsV1'
  entry.fieldsV1 = sortFieldSet(set) as Record<string, unknown>
  if (subresource) entry.subresource = subresource
  return entry
}

const epoch = '1970-01-01T00:00:00Z'

function compareRecords(a: ManagerRecord, b: ManagerRecord): number {
  return (
    compareText(a.operation, b.operation) ||
    compareText(a.time ?? epoch, b.time ?? epoch) ||
    compareText(a.manager, b.manager) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource, b.subresource)
  )
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Whether a client asked for all records to be forgotten: `managedFields: []` or `[{}]`. */
export function isReset(entries: readonly ManagedFieldsEntry[] | undefined): boolean {
  if (entries === undefined) return false
  return (
    entries.length === 0 || (entries.length === 1 && Object.values(entries[0] ?? {}).every((value) => value === undefined || value === ''))
  )
}

/** metadata with other records, or none. */
export function withManagedFields(metadata: ObjectMeta, entries: ManagedFieldsEntry[] | undefined): ObjectMeta {
  const { managedFields: _, ...rest } = metadata
  return entries === undefined ? rest : { ...rest, managedFields: entries }
}

const leaf = (): FieldSet => emptySet
const stripped: FieldSet = {
  'f:apiVersion': leaf(),
  'f:kind': leaf(),
  'f:metadata': {
    '.': leaf(),
    'f:name': leaf(),
    'f:namespace': leaf(),
    'f:creationTimestamp': leaf(),
    'f:selfLink': leaf(),
    'f:uid': leaf(),
    'f:clusterName': leaf(),
    'f:generation': leaf(),
    'f:managedFields': leaf(),
    'f:resourceVersion': leaf(),
  },
}

/** The set without what identifies the object or is the server's own, which nobody manages. */
export function stripServerFields(set: FieldSet): FieldSet {
  return difference(set, stripped)
}

/** Merges the oldest records of updates, version by version, until no more than updateManagersMax are left. */
export function capUpdateManagers(managed: Managed): void {
  const updates = [...managed].filter(([, record]) => record.operation === 'Update')
  if (updates.length <= updateManagersMax) return
  updates.sort(([a, x], [b, y]) => compareText(x.time ?? epoch, y.time ?? epoch) || compareText(a, b))
  let left = updates.length
  const firstOfVersion = new Map<string, string>()
  for (const [id, record] of updates) {
    if (left <= updateManagersMax) return
    const { apiVersion } = record
    const first = firstOfVersion.get(apiVersion)
    if (first === undefined) {
      firstOfVersion.set(apiVersion, id)
      continue
    }
    const bucket: ManagerRecord = { manager: 'ancient-changes', operation: 'Update', apiVersion, subresource: '', set: emptySet }
    const bucketId = identify(bucket)
    const before = managed.get(bucketId) ?? managed.get(first)
    if (!managed.has(bucketId)) managed.delete(first)
    managed.delete(id)
    managed.set(bucketId, { ...bucket, time: record.time, set: union(record.set, before?.set ?? emptySet) })
    left--
  }
}

/**
 * Brings records written under an earlier schema up to this one: who owned parts of what is atomic now owns it whole.
 * Changes from atomic to granular need nothing, as upstream has it.
 */
export function reconcileWithSchema(managed: Managed, schemaOf: (apiVersion: string) => ObjectSchema | undefined): void {
  for (const [id, record] of managed) {
    const schema = schemaOf(record.apiVersion)
    if (schema === undefined) continue
    const set = reconcile(record.set, typeOf(schema))
    if (set !== record.set) managed.set(id, { ...record, set })
  }
}

function reconcile(set: FieldSet, type: TypeSchema): FieldSet {
  let out: Record<string, FieldSet> | undefined
  for (const element in set) {
    const node = set[element] as FieldSet
    if (element === '.' || isEmptySet(node)) continue
    const inner = typeBelow(type, element)
    if (inner === undefined || inner.type === 'any') continue
    const next = shapeOf(inner, undefined) === 'atomic' ? emptySet : reconcile(node, inner)
    if (next === node) continue
    out ??= { ...set }
    out[element] = next
  }
  return out ?? set
}

function typeBelow(type: TypeSchema, element: string): TypeSchema | undefined {
  if (!element.startsWith('f:')) return type.type === 'list' ? type.items : undefined
  const name = element.slice(2)
  return type.type === 'object' && namedField(type, name) === undefined ? undefined : childType(type, name)
}

/**
 * The object as it is to be stored: when nothing but the times of its records differs from `old`, the old times, so that
 * a write that changes nothing changes nothing (IgnoreManagedFieldsTimestampsTransformer). Else the object itself.
 */
export function keepUnchangedTimes<T extends { metadata: ObjectMeta }>(object: T, old: { metadata: ObjectMeta }): T {
  const [mine, theirs] = [object.metadata.managedFields ?? [], old.metadata.managedFields ?? []]
  if (mine.length === 0 || mine.length !== theirs.length) return object
  if (mine.every((entry, i) => entry.time === theirs[i]?.time)) return object
  const same = mine.every((entry, i) => equalJson({ ...entry, time: undefined }, { ...theirs[i], time: undefined }))
  if (!same) return object
  const bare = (each: { metadata: ObjectMeta }): unknown => ({ ...each, metadata: { ...each.metadata, managedFields: undefined } })
  if (!equalJson(bare(object), bare(old))) return object
  return { ...object, metadata: { ...object.metadata, managedFields: theirs } }
}

/** The record, its set joined with what it had, at this time. */
export function touched(record: ManagerRecord, before: ManagerRecord | undefined, now: number): ManagerRecord {
  return { ...record, set: before === undefined ? record.set : union(record.set, before.set), time: formatTime(now) }
}
