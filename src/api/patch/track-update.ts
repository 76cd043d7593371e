/**
 * Keeps managedFields up with every write that is not an apply: the writer comes to own what it changed and adds, others
 * lose that, and what is gone nobody owns. Runs on every create, update and patch. Order of steps: FieldManager.Update in
 * apimachinery/pkg/util/managedfields/internal. Next: server-side-apply.ts.
 */
import type { KubeObject } from '../meta/object.js'
import type { ObjectSchema } from '../schema/types.js'
import { type ConvertVersion, judgeChange, takeFields, type Version } from './field-owners.js'
import { difference, emptySet, type FieldFilter, type FieldSet, filterSet, isEmptySet, union } from './field-set.js'
import {
  capUpdateManagers,
  decodeManaged,
  decodeManagedOrNone,
  encodeManaged,
  identify,
  isReset,
  type Managed,
  type ManagerRecord,
  reconcileWithSchema,
  stripServerFields,
  touched,
  withManagedFields,
} from './managed-fields.js'
import { changedPaths } from './typed-compare.js'

/**
 * Fields that the API server sets back whatever a request says, and that its manager therefore does not come to own:
 * dotted paths such as 'status' or 'metadata.deletionTimestamp'; or, when little is kept, only the paths in `only`, in
 * which '*' stands for any item ('spec.containers.*.resources').
 */
export type ResetFields = readonly string[] | { readonly only: readonly string[] }

/** One write, as its managers see it. */
export interface TrackUpdateOptions {
  /** The live object; absent for a create. */
  readonly old?: KubeObject | undefined
  /** The object as the request would have it, defaulted. */
  readonly updated: KubeObject
  /** Name of the field manager; '' becomes `unknown`. */
  readonly manager: string
  /** '' or absent for the main resource. */
  readonly subresource?: string | undefined
  readonly schema: ObjectSchema
  readonly apiVersion: string
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly resetFields?: ResetFields | undefined
  /** For kinds with several versions; without it records of other versions are dropped. */
  readonly convert?: ConvertVersion | undefined
}

/** The updated object with its managedFields brought up to date; the arguments are not changed. */
export function trackUpdate(options: TrackUpdateOptions): KubeObject {
  const { old, updated, subresource = '' } = options
  const managed = managedBefore(old, updated, subresource)
  // An object whose managers are unknown stays so until somebody applies it.
  if (managed.size === 0 && old?.metadata.uid) return withoutRecords(updated)
  recordUpdate(managed, options)
  capUpdateManagers(managed)
  return { ...updated, metadata: withManagedFields(updated.metadata, encodeManaged(managed)) }
}

/** The object without managedFields. */
export function withoutRecords(object: KubeObject): KubeObject {
  return object.metadata.managedFields === undefined ? object : { ...object, metadata: withManagedFields(object.metadata, undefined) }
}

/**
 * The records to go on from: the request's own if it has good ones (clients may edit them, and reset them), else the
 * live object's. A subresource's request has no say.
 */
function managedBefore(old: KubeObject | undefined, updated: KubeObject, subresource: string): Managed {
  const [live, sent] = [old?.metadata.managedFields, updated.metadata.managedFields]
  if (subresource !== '') return decodeManagedOrNone(live)
  if (isReset(sent)) return new Map()
  try {
    const managed = decodeManaged(sent)
    if (managed.size > 0) return managed
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  return decodeManagedOrNone(live)
}

/** Changes `managed` by what the update does. */
export function recordUpdate(
  managed: Managed,
  options: Omit<TrackUpdateOptions, 'subresource'> & { readonly subresource?: string | undefined },
): void {
  const { apiVersion, schema, convert, now } = options
  const version: Version = { apiVersion, schema, convert }
  const after = withoutRecords(options.updated)
  const before = withoutRecords(options.old ?? emptyObject(after))
  const filter = fieldFilter(options.resetFields)
  reconcileWithSchema(managed, (wanted) => (wanted === apiVersion ? schema : convert?.(after, wanted)?.schema))
  // The writer takes part under no record's name, so that its own record shows what it takes anew.
  const change = judgeChange({ before, after, version, managed, writer: '', filter })
  takeFields(managed, change)
  const taken = stripServerFields(filterSet(changedPaths(change.comparison), filter))
  if (isEmptySet(taken)) return
  const record: ManagerRecord = {
    manager: options.manager || 'unknown',
    operation: 'Update',
    apiVersion,
    subresource: options.subresource ?? '',
    set: taken,
  }
  const id = identify(record)
  managed.set(id, touched(record, managed.get(id), now))
}

/** What a create starts from: an object that has a kind and nothing else. */
export function emptyObject({ apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>): KubeObject {
  return { apiVersion, kind, metadata: {} as KubeObject['metadata'] }
}

const filters = new WeakMap<object, FieldFilter>()

/** The filter that resetFields describes. */
export function fieldFilter(reset: ResetFields | undefined): FieldFilter | undefined {
  if (reset === undefined) return undefined
  let filter = filters.get(reset)
  if (filter === undefined) filters.set(reset, (filter = makeFilter(reset)))
  return filter
}

function makeFilter(reset: ResetFields): FieldFilter {
  if ('only' in reset) return { type: 'include', patterns: reset.only.map((path) => path.split('.')) }
  let set: FieldSet = emptySet
  for (const path of reset) {
    let node: FieldSet = emptySet
    for (const name of path.split('.').reverse()) node = { [`f:${name}`]: node }
    set = union(set, node)
  }
  return { type: 'exclude', set: difference(set, emptySet) }
}
