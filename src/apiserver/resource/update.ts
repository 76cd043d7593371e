/**
 * update: what PUT, PATCH and the writing subresources have in common (registry.Store.Update). The new object is made
 * from the object as the mirror has it, and written only if the store still has that one; else it is made again from
 * what the store has. What the mirror showed is trusted only for success: an error or a no-op is checked against the
 * newest state before it is told.
 */
import type { KubeObject } from '../../api/meta/object.js'
import { ApiError, conflict, notFound, objectWasModified, serverTimeout } from '../../api/meta/status.js'
import { field, invalid, invalidObject } from '../../api/validation/field-path.js'
import type { KeyValue } from '../../store/protocol.js'
import type { Attributes } from '../admission/attributes.js'
import type { ApiCall, ResourceTarget, Served } from '../request.js'
import { type Companions, noCompanions } from './commit.js'
import { toStorage } from './conversion.js'
import { createObject, dryItem, warnTo } from './create.js'
import { sameObject } from './equal.js'
import { keyOf } from './keys.js'
import { parseResourceVersion } from './list-options.js'
import { dedupOwnerReferences, placeInNamespace, prepareForUpdate, type UpdateRules } from './prepare.js'
import { present } from './present.js'
import { resourceOf } from './read.js'
import { StoredItem } from './stored-item.js'
import { storedText } from './wire-form.js'
import type { World } from './world.js'

/** How often an update is made again because somebody else was quicker. */
const attemptsMax = 64
const encoder = new TextEncoder()

export interface UpdateRequest {
  readonly call: ApiCall
  readonly target: ResourceTarget
  readonly dryRun: boolean
  readonly rules: UpdateRules
  /**
   * The object as it is to be, in the version of the target's kind, owned by the update; made anew for each attempt.
   * `old` is undefined when there is none; then what it makes is created, if that is allowed. Throws ApiError.
   */
  readonly make: (old: KubeObject | undefined) => Promise<KubeObject> | KubeObject
  /** Whether an absent object is created. */
  readonly creates: boolean
  /** What admission sees as the object: a subresource's own. Default: the object itself. */
  readonly admitted?: (object: KubeObject) => KubeObject
}

/** The object as it is now stored. `created`: it was not there. */
export interface Updated {
  readonly served: Served
  readonly created: boolean
}

export async function updateObject(world: World, request: UpdateRequest): Promise<Updated> {
  const { kind, namespace, name } = request.target
  const shelf = world.mirror.shelf(kind)
  const key = keyOf(kind, namespace, name)
  let item = shelf.get(key)
  let current = false
  const refresh = async (): Promise<void> => {
    await world.reader.fresh('', request.call.signal)
    item = shelf.get(key)
    current = true
  }
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    if (!item && !current) await refresh()
    let outcome: Outcome
    try {
      outcome = await updateOnce(world, request, item)
    } catch (error) {
      if (current || !(error instanceof ApiError) || error.status.code === 504) throw error
      await refresh()
      continue
    }
    if (outcome.type === 'done') return outcome.updated
    if (outcome.type === 'same') {
      if (current) return { served: present(kind, outcome.item), created: false }
      const { revision } = outcome.item
      await refresh()
      if (item?.revision === revision) return { served: present(kind, outcome.item), created: false }
      continue
    }
    if (outcome.type === 'surroundings') await refresh()
    else {
      item = outcome.current && itemOf(shelf, { key, namespace, name }, outcome.current)
      current = true
    }
  }
  throw serverTimeout(resourceOf(kind), 'update', 1)
}

type Outcome =
  | { readonly type: 'done'; readonly updated: Updated }
  | { readonly type: 'same'; readonly item: StoredItem }
  /** The object is another by now. */
  | { readonly type: 'conflict'; readonly current: KeyValue | undefined }
  /** Something else that the write depends on has changed. */
  | { readonly type: 'surroundings' }

async function updateOnce(world: World, request: UpdateRequest, item: StoredItem | undefined): Promise<Outcome> {
  const { call, target, dryRun, rules } = request
  const { kind } = target
  const old = item && present(kind, item).object
  if (!old) {
    if (!request.creates) throw notFound(resourceOf(kind), target.name)
    const make = async (): Promise<KubeObject> => {
      const object = await request.make(undefined)
      placeInNamespace(object, target)
      checkUid(target, object, undefined)
      delete object.metadata.resourceVersion
      return object
    }
    const served = await createObject(world, { call, target, dryRun, make })
    return { type: 'done', updated: { served, created: true } }
  }
  const object = await request.make(old)
  placeInNamespace(object, target)
  checkUid(target, object, old)
  const attributes = attributesOf(request, object, old)
  await world.admission.admit(attributes)
  dedupOwnerReferences(object, attributes.warn)
  checkRevision(request, object, old)
  const claim = target.subresource ? undefined : world.allocation.claim(kind, object, old)
  try {
    prepareForUpdate(kind, rules, { object, old, context: world.context, warn: attributes.warn })
    await world.admission.validate({ ...attributes, object: request.admitted ? request.admitted(object) : object })
    return await write(world, { request, object, item: item as StoredItem, attributes, claimed: claim ?? noCompanions })
  } finally {
    claim?.release()
  }
}

interface Finished {
  readonly request: UpdateRequest
  readonly object: KubeObject
  readonly item: StoredItem
  readonly attributes: Attributes
  readonly claimed: Companions
}

async function write(world: World, { request, object, item, attributes, claimed }: Finished): Promise<Outcome> {
  const { target, dryRun, call } = request
  const { kind } = target
  const old = present(kind, item).object
  const deletes = isReleased(kind.plural, object, old)
  const operations = [...attributes.companions.operations, ...claimed.operations]
  if (!deletes && operations.length === 0 && sameObject(object, old)) return { type: 'same', item }
  if (dryRun) return { type: 'done', updated: { served: dryItem(world, target, object, item.revision), created: false } }
  const shelf = world.mirror.shelf(kind)
  const text = storedText(toStorage(kind, object), shelf.form.schema)
  if (!deletes && operations.length === 0 && text === item.text) return { type: 'same', item }
  const given = deletes ? world.allocation.claim(kind, undefined, old) : undefined
  const committed = await world.committer.commit(
    {
      resource: resourceOf(kind),
      action: 'update',
      shelf,
      key: item.key,
      expected: item.revision,
      value: deletes ? undefined : encoder.encode(text),
      compare: [...attributes.companions.compare, ...(given?.compare ?? claimed.compare)],
      operations: given ? [...attributes.companions.operations, ...given.operations] : operations,
    },
    call.signal,
  )
  if (committed.type === 'conflict') return committed
  if (committed.type === 'refused') return { type: 'surroundings' }
  const { key, namespace, name } = item
  const stored = new StoredItem({ key, namespace, name }, committed.revision, text, shelf.form)
  return { type: 'done', updated: { served: present(kind, stored), created: false } }
}

/** Whether the last finalizer of an object that waits for its deletion was taken away (ShouldDeleteDuringUpdate). */
export function isReleased(plural: string, object: KubeObject, old: KubeObject): boolean {
  if (object.metadata.finalizers?.length || !old.metadata.deletionTimestamp) return false
  if (plural === 'namespaces' && (object.spec as { finalizers?: unknown[] } | undefined)?.finalizers?.length) return false
  return !old.metadata.deletionGracePeriodSeconds
}

function attributesOf({ call, target, dryRun, admitted }: UpdateRequest, object: KubeObject, old: KubeObject): Attributes {
  return {
    operation: 'UPDATE',
    kind: target.kind,
    subresource: target.subresource?.name ?? '',
    namespace: target.namespace,
    name: target.name,
    object: admitted ? admitted(object) : object,
    old,
    user: call.user,
    dryRun,
    warn: warnTo(call),
    companions: { compare: [], operations: [] },
  }
}

/** The optimistic lock. Throws 409, or 422 when there must be a resourceVersion and is none. */
function checkRevision({ target, rules }: UpdateRequest, object: KubeObject, old: KubeObject): void {
  const { kind, name } = target
  const given = parseResourceVersion(object.metadata.resourceVersion ?? '')
  if (given === 0 && !rules.unconditional)
    throw invalidObject({ group: kind.group, kind: kind.plural }, name, [
      invalid(field('metadata', 'resourceVersion'), 0, 'must be specified for an update'),
    ])
  if (given !== 0 && String(given) !== old.metadata.resourceVersion) throw conflict(resourceOf(kind), name, objectWasModified)
  object.metadata.resourceVersion = old.metadata.resourceVersion
}

/** A uid in the object is a precondition. Throws the 409 that upstream's storage gives. */
function checkUid({ kind, namespace, name }: ResourceTarget, object: KubeObject, old: KubeObject | undefined): void {
  const { uid } = object.metadata
  const actual = old?.metadata.uid ?? ''
  if (!uid || uid === actual) return
  throw conflict(
    resourceOf(kind),
    name,
    `StorageError: invalid object, Code: 4, Key: ${keyOf(kind, namespace, name)}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${actual}`,
  )
}

function itemOf(
  shelf: ReturnType<World['mirror']['shelf']>,
  place: { key: string; namespace: string; name: string },
  { modRevision, value }: KeyValue,
): StoredItem {
  const known = shelf.get(place.key)
  return known?.revision === modRevision ? known : new StoredItem(place, modRevision, value, shelf.form)
}
