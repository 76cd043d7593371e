/**
 * What a change of an object does to its managers: who loses what to whom. Shared by track-update.ts, where the writer
 * simply takes what it changes, and server-side-apply.ts, where taking what another manager owns is a conflict unless forced.
 * Upstream: structured-merge-diff/merge/update.go.
 */
import type { KubeObject } from '../meta/object.js'
import type { ObjectSchema } from '../schema/types.js'
import { difference, type FieldFilter, type FieldSet, intersection, isEmptySet } from './field-set.js'
import type { Managed } from './managed-fields.js'
import { type Comparison, changedPaths, compareTyped, filterComparison } from './typed-compare.js'
import { typeOf } from './typed-value.js'

/** An object of another version of its kind; undefined when there is no such version. */
export type ConvertVersion = (
  object: KubeObject,
  apiVersion: string,
) => { readonly object: KubeObject; readonly schema: ObjectSchema } | undefined

/** The version in which a request is made, and how to get to others. */
export interface Version {
  readonly apiVersion: string
  readonly schema: ObjectSchema
  readonly convert?: ConvertVersion | undefined
}

/** The object in the version asked for; undefined when there is no such version. */
export function inVersion(
  object: KubeObject,
  version: Version,
  apiVersion: string,
): { object: KubeObject; schema: ObjectSchema } | undefined {
  if (apiVersion === version.apiVersion) return { object, schema: version.schema }
  return version.convert?.(object, apiVersion)
}

/** The change as its writer sees it, unfiltered, and what it would take from others. */
export interface Change {
  readonly comparison: Comparison
  /** By record identity: what others own of what is changed. */
  readonly conflicts: ReadonlyMap<string, FieldSet>
  /** By record identity: what is gone from the object. */
  readonly removed: ReadonlyMap<string, FieldSet>
}

/** Compares two objects without their managedFields, and with what each manager but `writer` owns. */
export function judgeChange(change: {
  readonly before: KubeObject
  readonly after: KubeObject
  readonly version: Version
  readonly managed: Managed
  readonly writer: string
  readonly filter: FieldFilter | undefined
  /** See compareTyped(). */
  readonly literally?: boolean
}): Change {
  const { before, after, version, managed, filter, literally } = change
  const comparison = compareTyped(typeOf(version.schema), before, after, literally)
  const comparisons = new Map([[version.apiVersion, filterComparison(comparison, filter)]])
  const [conflicts, removed] = [new Map<string, FieldSet>(), new Map<string, FieldSet>()]
  for (const [id, record] of managed) {
    if (id === change.writer) continue
    let seen = comparisons.get(record.apiVersion)
    if (seen === undefined) {
      const [old, next] = [inVersion(before, version, record.apiVersion), inVersion(after, version, record.apiVersion)]
      if (old === undefined || next === undefined) {
        // The version is served no more; what was managed in it is managed by nobody.
        managed.delete(id)
        continue
      }
      seen = filterComparison(compareTyped(typeOf(next.schema), old.object, next.object, literally), filter)
      comparisons.set(record.apiVersion, seen)
    }
    const taken = intersection(record.set, changedPaths(seen))
    if (!isEmptySet(taken)) conflicts.set(id, taken)
    if (!isEmptySet(seen.removed)) removed.set(id, seen.removed)
  }
  return { comparison, conflicts, removed }
}

/** Takes from the managers what a change takes from them; who is left with nothing is gone. */
export function takeFields(managed: Managed, { conflicts, removed }: Change): void {
  for (const sets of [conflicts, removed]) {
    for (const [id, set] of sets) {
      const record = managed.get(id)
      if (record === undefined) continue
      const left = difference(record.set, set)
      if (left !== record.set) managed.set(id, { ...record, set: left })
    }
  }
  for (const [id, record] of managed) if (isEmptySet(record.set)) managed.delete(id)
}
