/**
 * Pruning after a merge: an item goes if and only if its manager applied it last time, does not apply it now, and nobody
 * else owns it. Done in three steps, each on whole sets: take out all that was applied last time, put back what anyone
 * owns, put back what only seems to have been the manager's. Upstream: prune() in structured-merge-diff/merge/update.go.
 */
import type { KubeObject } from '../meta/object.js'
import type { ObjectSchema } from '../schema/types.js'
import { inVersion, type Version } from './field-owners.js'
import { difference, emptySet, type FieldSet, intersection, isEmptySet, union } from './field-set.js'
import { identify, type Managed, type ManagerRecord } from './managed-fields.js'
import { removePaths } from './typed-merge.js'
import { typedSet, withNamedFields } from './typed-set.js'
import { typeOf } from './typed-value.js'

/** `merged` without what `last`, the manager's record before this apply, lists and nobody owns any more. */
export function pruneApplied(merged: KubeObject, managed: Managed, last: ManagerRecord, version: Version): KubeObject {
  if (isEmptySet(last.set)) return merged
  // What was applied last time is applied again: there is nothing to take out. Nearly every apply is of this kind.
  const now = managed.get(identify(last))
  if (now?.apiVersion === last.apiVersion && isEmptySet(difference(last.set, now.set))) return merged
  const at = inVersion(merged, version, last.apiVersion)
  if (at === undefined) return merged
  const type = typeOf(at.schema)
  const lastSet = withNamedFields(last.set, type)
  const emptied = { object: removePaths(type, at.object, lastSet) as KubeObject, schema: at.schema }
  const kept = putBackOwned(at, emptied, last.apiVersion, managed, version)
  const keptSet = withNamedFields(typedSet(type, kept.object), type)
  const mergedSet = withNamedFields(typedSet(type, at.object), type)
  const pruned = removePaths(type, at.object, intersection(difference(mergedSet, keptSet), lastSet)) as KubeObject
  if (last.apiVersion === version.apiVersion) return pruned
  return version.convert?.(pruned, version.apiVersion)?.object ?? merged
}

interface Versioned {
  readonly object: KubeObject
  readonly schema: ObjectSchema
}

/** The emptied object with what any manager owns put back; in the version in which it came. */
function putBackOwned(merged: Versioned, emptied: Versioned, apiVersion: string, managed: Managed, version: Version): Versioned {
  const owned = new Map<string, FieldSet>([[apiVersion, emptySet]])
  for (const record of managed.values()) owned.set(record.apiVersion, union(owned.get(record.apiVersion) ?? emptySet, record.set))
  let result = emptied
  for (const [wanted, set] of owned) {
    const there = wanted === apiVersion ? merged : version.convert?.(merged.object, wanted)
    const here = wanted === apiVersion ? result : version.convert?.(result.object, wanted)
    if (there === undefined || here === undefined) continue
    const type = typeOf(there.schema)
    const [all, left] = [there, here].map(({ object }) => withNamedFields(typedSet(type, object), type)) as [FieldSet, FieldSet]
    const gone = difference(all, union(left, withNamedFields(set, type)))
    const object = removePaths(type, there.object, gone) as KubeObject
    const back = wanted === apiVersion ? { object, schema: merged.schema } : version.convert?.(object, apiVersion)
    if (back !== undefined) result = back
  }
  return result
}
