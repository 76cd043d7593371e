/** Owners of an object: who its controller is, and adding, replacing and removing one. Garbage collection follows them. */
import type { KubeObject, ObjectMeta, OwnerReference } from './object.js'

/** The owner that controls the object. */
export function controllerOf(object: { readonly metadata: Readonly<Pick<ObjectMeta, 'ownerReferences'>> }): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true)
}

/** Whether the object is controlled by the one with this uid. */
export function isControlledBy(object: { readonly metadata: Readonly<Pick<ObjectMeta, 'ownerReferences'>> }, uid: string): boolean {
  return controllerOf(object)?.uid === uid
}

/** The reference by which `owner` controls what it makes: controller, and blocking its deletion in the foreground. */
export function controllerReference(owner: Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>): OwnerReference {
  const { name, uid } = owner.metadata
  return { apiVersion: owner.apiVersion, kind: owner.kind, name, uid: uid ?? '', controller: true, blockOwnerDeletion: true }
}

/** The list with `owner` in it: in the place of one with the same uid, or at the end. */
export function withOwner(owners: readonly OwnerReference[] | undefined, owner: OwnerReference): OwnerReference[] {
  const list = [...(owners ?? [])]
  const at = list.findIndex(({ uid }) => uid === owner.uid)
  if (at < 0) list.push(owner)
  else list[at] = owner
  return list
}

/** The list without the owner of this uid. */
export function withoutOwner(owners: readonly OwnerReference[] | undefined, uid: string): OwnerReference[] {
  return (owners ?? []).filter((owner) => owner.uid !== uid)
}

/** The list without references that say the same as an earlier one, and the repeated ones. */
export function dedupOwners(owners: readonly OwnerReference[]): { owners: OwnerReference[]; repeated: OwnerReference[] } {
  const seen = new Set<string>()
  const kept: OwnerReference[] = []
  const repeated: OwnerReference[] = []
  for (const owner of owners) {
    const { apiVersion, kind, name, uid, controller, blockOwnerDeletion } = owner
    const key = JSON.stringify([apiVersion, kind, name, uid, controller ?? null, blockOwnerDeletion ?? null])
    if (seen.has(key)) repeated.push(owner)
    else kept.push(owner)
    seen.add(key)
  }
  return { owners: kept, repeated }
}
