/** What updates carry over from the object as it was (apimachinery's ResetObjectMetaForStatus and its like). */
import type { KubeObject } from '../meta/object.js'

const statusKeeps = ['generation', 'labels', 'annotations', 'finalizers', 'ownerReferences', 'deletionTimestamp'] as const

/** Takes all of metadata but managedFields and what concerns the write itself from `old`: a status update is for status alone. */
export function keepMetadata(object: KubeObject, old: KubeObject): void {
  for (const name of statusKeeps) keepField(object.metadata, old.metadata, name)
}

/** Takes the whole status from `old`. */
export function keepStatus(object: KubeObject, old: KubeObject): void {
  keepField(object, old, 'status')
}

/** Takes the spec, and metadata, from `old`. */
export function keepAllButStatus(object: KubeObject, old: KubeObject): void {
  keepField(object, old, 'spec')
  keepMetadata(object, old)
}

function keepField<T extends object, K extends keyof T>(object: T, old: T, name: K): void {
  if (old[name] === undefined) delete object[name]
  else object[name] = structuredClone(old[name])
}
