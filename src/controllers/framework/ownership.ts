/**
 * Who controls an object, and the two moves by which that changes: adopt what matches and has no controller, release
 * what we control and matches no more (pkg/controller/controller_ref_manager.go). An adoption is preceded by a look at
 * the owner past the cache, because an owner that is being deleted must not adopt, and its cached copy may not know.
 */

import { ApiError } from '../../api/meta/status.js'
import type { OwnerReference } from '../../api/types/meta-v1.js'
import { CodedError } from '../../base/errors.js'
import type { Client } from '../../client/client.js'
import type { ReadYourWrites } from '../../client/consistency.js'
import type { Informer } from '../../client/informer.js'
import { type ApiObject, keyOf, type ResourceType } from '../../client/resources.js'
import { isNotFound } from '../../client/status-error.js'
import type { Matches } from './selector.js'

/** The reference that controls `object`, if any. */
export function controllerOf(object: ApiObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find(({ controller }) => controller === true)
}

/** The reference by which `owner` controls what it makes. */
export function controllerReference(owner: ApiObject): OwnerReference {
  const { apiVersion, kind, metadata } = owner
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '', controller: true, blockOwnerDeletion: true }
}

export type Claim<T> = { readonly type: 'keep' | 'adopt' | 'release' | 'ignore'; readonly object: T }

/** What to do about each candidate; pure. */
export function judgeClaims<T extends ApiObject>(
  owner: ApiObject,
  candidates: readonly T[],
  matches: Matches,
  eligible: (object: T) => boolean = () => true,
): Claim<T>[] {
  return candidates.map((object) => {
    const controller = controllerOf(object)
    const fits = matches(object.metadata.labels) && eligible(object)
    if (controller) {
      if (controller.uid !== owner.metadata.uid) return { type: 'ignore', object }
      if (fits) return { type: 'keep', object }
      return { type: owner.metadata.deletionTimestamp ? 'ignore' : 'release', object }
    }
    const adoptable =
      fits &&
      !owner.metadata.deletionTimestamp &&
      !object.metadata.deletionTimestamp &&
      object.metadata.namespace === owner.metadata.namespace
    return { type: adoptable ? 'adopt' : 'ignore', object }
  })
}

export interface ClaimOptions<O extends ApiObject, T extends ApiObject> {
  readonly client: Client
  readonly writes: ReadYourWrites
  readonly owner: O
  readonly ownerResource: ResourceType<O>
  readonly informer: Informer<T>
  readonly candidates: readonly T[]
  readonly matches: Matches
  readonly eligible?: (object: T) => boolean
  /** A finalizer that adoption puts on and release takes off. */
  readonly finalizer?: string
}

/** Adopts and releases; returns what `owner` controls now. */
export async function claim<O extends ApiObject, T extends ApiObject>(options: ClaimOptions<O, T>): Promise<T[]> {
  const { owner, candidates, matches, eligible } = options
  const mine: T[] = []
  let mayAdopt: Promise<void> | undefined
  for (const { type, object } of judgeClaims(owner, candidates, matches, eligible)) {
    if (type === 'keep') mine.push(object)
    if (type === 'adopt') {
      mayAdopt ??= confirmOwner(options)
      await mayAdopt
      const adopted = await adopt(options, object)
      if (adopted) mine.push(adopted)
    }
    if (type === 'release') await release(options, object)
  }
  return mine
}

async function confirmOwner<O extends ApiObject, T extends ApiObject>({ client, owner, ownerResource }: ClaimOptions<O, T>): Promise<void> {
  const { name, namespace, uid } = owner.metadata
  const fresh = await client.get(ownerResource, name, namespace ? { namespace } : {})
  const what = `${namespace}/${name}`
  if (fresh.metadata.uid !== uid)
    throw new CodedError('OwnerGone', `original ${owner.kind} ${what} is gone: got uid ${fresh.metadata.uid}, wanted ${uid}`)
  if (fresh.metadata.deletionTimestamp)
    throw new CodedError('OwnerGone', `${what} has just been deleted at ${fresh.metadata.deletionTimestamp}`)
}

async function adopt<O extends ApiObject, T extends ApiObject>(
  { client, writes, owner, informer, finalizer }: ClaimOptions<O, T>,
  object: T,
): Promise<T | undefined> {
  const { name, namespace, uid } = object.metadata
  const patch = { metadata: { ownerReferences: [controllerReference(owner)], uid, ...(finalizer ? { finalizers: [finalizer] } : {}) } }
  try {
    const adopted = await client.patch(informer.resource, name, 'strategic', patch, namespace ? { namespace } : {})
    writes.wrote(keyOf(owner), informer, adopted)
    return adopted
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

async function release<O extends ApiObject, T extends ApiObject>(
  { client, writes, owner, informer, finalizer }: ClaimOptions<O, T>,
  object: T,
): Promise<void> {
  const { name, namespace, uid } = object.metadata
  const patch = {
    metadata: {
      uid,
      ownerReferences: [{ $patch: 'delete', uid: owner.metadata.uid }],
      ...(finalizer ? { '$deleteFromPrimitiveList/finalizers': [finalizer] } : {}),
    },
  }
  try {
    writes.wrote(keyOf(owner), informer, await client.patch(informer.resource, name, 'strategic', patch, namespace ? { namespace } : {}))
  } catch (error) {
    // Gone, or released already (the server finds no such reference), or another object of that name by now.
    if (isNotFound(error) || (error instanceof ApiError && error.status.code === 422)) return
    throw error
  }
}
