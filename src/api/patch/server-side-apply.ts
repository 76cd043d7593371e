/**
 * Server-side apply: merges a configuration into the live object, makes its manager the owner of all that the configuration
 * says, removes what the manager had applied before and says no more, and refuses to take what others own unless forced.
 * Behaviour and texts: KEP-555; FieldManager.Apply in apimachinery/pkg/util/managedfields, and structured-merge-diff.
 * Next: apply-prune.ts, apply-conflicts.ts, last-applied.ts.
 */

import { apiVersionOf, type KubeObject, parseApiVersion } from '../meta/object.js'
import { ApiError, badRequest } from '../meta/status.js'
import { formatTime } from '../meta/time.js'
import type { ObjectSchema } from '../schema/types.js'
import { type Conflict, conflictError, conflictsOf } from './apply-conflicts.js'
import { pruneApplied } from './apply-prune.js'
import { type ConvertVersion, judgeChange, takeFields, type Version } from './field-owners.js'
import { filterSet, isEmptySet } from './field-set.js'
import { equalJson } from './json-patch.js'
import { conflictsNotLastApplied, kubectlManager, syncLastApplied } from './last-applied.js'
import {
  capUpdateManagers,
  decodeManaged,
  encodeManaged,
  identify,
  type Managed,
  type ManagerRecord,
  reconcileWithSchema,
  stripServerFields,
  withManagedFields,
} from './managed-fields.js'
import { emptyObject, fieldFilter, type ResetFields, recordUpdate, withoutRecords } from './track-update.js'
import { mergeTyped } from './typed-merge.js'
import { typedSet } from './typed-set.js'
import { typedErrors } from './typed-validate.js'
import { typeOf } from './typed-value.js'

/** One apply. */
export interface ApplyOptions {
  /** The live object; absent when the apply creates it. */
  readonly live?: KubeObject | undefined
  /** The configuration: any JSON object that claims to be of the kind. */
  readonly applied: Readonly<Record<string, unknown>>
  readonly manager: string
  readonly force: boolean
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

/** What an apply came to. */
export interface ApplyResult {
  /** The object with its managedFields, still to be defaulted and judged. */
  readonly object: KubeObject
  /** Whether anything but managedFields differs from the live object. */
  readonly changed: boolean
}

/** Applies; throws ApiError: 400 for a wrong kind or managedFields in it, 409 for conflicts, 500 for what the schema does not know. */
export function serverSideApply(options: ApplyOptions): ApplyResult {
  const { live, applied, apiVersion, schema, convert } = options
  checkKind(applied, apiVersion, schema)
  const managed = managedOf(live)
  const before = withoutRecords(live ?? emptyObject(applied as KubeObject))
  if (managed.size === 0 && live !== undefined) {
    // What was there before anybody applied belongs to nobody in particular, and can be conflicted with.
    recordUpdate(managed, { ...options, old: undefined, updated: before, manager: 'before-first-apply' })
    capUpdateManagers(managed)
  }
  checkConfiguration(applied, schema)
  reconcileWithSchema(managed, (wanted) => (wanted === apiVersion ? schema : convert?.(before, wanted)?.schema))
  const outcome = applyKnowing(before, managed, options)
  const { object, changed } = options.manager === kubectlManager ? syncLastApplied(outcome, applied) : outcome
  return { object: { ...object, metadata: withManagedFields(object.metadata, encodeManaged(outcome.managed)) }, changed }
}

/** As kubectl, conflicts with what kubectl itself applied from the client's side before do not count. */
function applyKnowing(before: KubeObject, managed: Managed, options: ApplyOptions): Outcome {
  const outcome = applyOnce(before, new Map(managed), options, options.force)
  if (!('conflicts' in outcome)) return outcome
  let { conflicts } = outcome
  if (options.manager === kubectlManager) {
    const rest = conflictsNotLastApplied(conflicts, before, options)
    const forced = rest?.length === 0 ? applyOnce(before, new Map(managed), options, true) : undefined
    if (forced !== undefined && !('conflicts' in forced)) return forced
    conflicts = rest ?? conflicts
  }
  throw conflictError(conflicts)
}

interface Outcome {
  readonly object: KubeObject
  readonly managed: Managed
  readonly changed: boolean
}

function applyOnce(
  before: KubeObject,
  managed: Managed,
  options: ApplyOptions,
  force: boolean,
): Outcome | { readonly conflicts: readonly Conflict[] } {
  const { applied, apiVersion, schema, convert, now } = options
  const version: Version = { apiVersion, schema, convert }
  const type = typeOf(schema)
  const filter = fieldFilter(options.resetFields)
  const merged = mergeTyped(type, before, applied) as KubeObject
  const identity = {
    manager: options.manager || 'unknown',
    operation: 'Apply',
    apiVersion,
    subresource: options.subresource ?? '',
  } as const
  const id = identify(identity)
  const last = managed.get(id)
  const record: ManagerRecord = { ...identity, set: filterSet(typedSet(type, applied), filter) }
  managed.set(id, { ...record, time: last?.time })
  const after = last === undefined ? merged : pruneApplied(merged, managed, last, version)
  const change = judgeChange({ before, after, version, managed, writer: id, filter, literally: true })
  if (!force && change.conflicts.size > 0) return { conflicts: conflictsOf(change.conflicts, managed) }
  takeFields(managed, change)
  const set = stripServerFields(record.set)
  const changed = !equalJson(before, after)
  if (isEmptySet(set)) managed.delete(id)
  else managed.set(id, { ...record, set, time: changed ? formatTime(now) : last?.time })
  return { object: after, managed, changed }
}

function managedOf(live: KubeObject | undefined): Managed {
  try {
    return decodeManaged(live?.metadata.managedFields)
  } catch (error) {
    if (error instanceof SyntaxError) throw new ApiError(500, '', `failed to decode managed fields: ${error.message}`)
    throw error
  }
}

/** A group-version-kind as Go prints it: `apps/v1, Kind=Deployment`. */
function printKind(apiVersion: string, kind: string): string {
  const { group, version } = parseApiVersion(apiVersion) ?? { group: '', version: '' }
  return `${group}/${version}, Kind=${kind}`
}

function checkKind(applied: ApplyOptions['applied'], apiVersion: string, schema: ObjectSchema): void {
  const expected = schema.groupVersionKinds.find((gvk) => apiVersionOf(gvk) === apiVersion)?.kind
  const kind = String(applied['kind'] ?? '')
  if (applied['apiVersion'] !== apiVersion || (expected !== undefined && kind !== expected))
    throw badRequest(`invalid object type: ${printKind(String(applied['apiVersion'] ?? ''), kind)}`)
}

function checkConfiguration(applied: ApplyOptions['applied'], schema: ObjectSchema): void {
  const metadata = (applied['metadata'] ?? {}) as Partial<KubeObject['metadata']>
  if (Array.isArray(metadata.managedFields)) throw badRequest('metadata.managedFields must be nil')
  const errors = typedErrors(typeOf(schema), applied)
  if (errors === undefined) return
  const kind = printKind(String(applied['apiVersion']), String(applied['kind']))
  throw new ApiError(
    500,
    '',
    `failed to create typed patch object (${metadata.namespace ?? ''}/${metadata.name ?? ''}; ${kind}): ${errors}`,
  )
}
