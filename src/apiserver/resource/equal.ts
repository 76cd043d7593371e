/** Whether two objects say the same: the question that decides whether a write changes anything. */
import type { KubeObject, ManagedFieldsEntry, ObjectMeta } from '../../api/meta/object.js'

/** Plain data, order of keys aside; a member that is undefined counts as absent. */
export function sameData(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b))
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => sameData(item, b[i]))
  return sameFields(a as Record<string, unknown>, b as Record<string, unknown>)
}

function sameFields(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  for (const key of Object.keys(a)) if (!sameData(a[key], b[key])) return false
  for (const key of Object.keys(b)) if (b[key] !== undefined && a[key] === undefined) return false
  return true
}

/** As sameData(), but for resourceVersion and the times of managedFields, which alone are no change. */
export function sameObject(a: KubeObject, b: KubeObject): boolean {
  const { metadata: metadataA, ...restA } = a
  const { metadata: metadataB, ...restB } = b
  return sameFields(restA, restB) && sameFields(comparable(metadataA), comparable(metadataB))
}

/** Whether anything but metadata and status differs: what metadata.generation counts. */
export function sameSpec(a: KubeObject, b: KubeObject): boolean {
  const { metadata: _a, status: _sa, apiVersion: _va, kind: _ka, ...restA } = a
  const { metadata: _b, status: _sb, apiVersion: _vb, kind: _kb, ...restB } = b
  return sameFields(restA, restB)
}

function comparable({ resourceVersion: _revision, selfLink: _link, managedFields, ...rest }: ObjectMeta): Record<string, unknown> {
  return { ...rest, managedFields: managedFields?.length ? managedFields.map(timeless) : undefined }
}

function timeless({ time: _time, ...entry }: ManagedFieldsEntry): object {
  return entry
}
