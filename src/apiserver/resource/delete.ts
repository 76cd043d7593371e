/**
 * delete (registry.Store.Delete). An object goes at once, unless it has a grace period, finalizers, or the request wants
 * its dependents dealt with first: then it is marked with deletionTimestamp and goes when the last of these is done.
 */
import type { Kind } from '../../api/kind.js'
import type { KubeObject } from '../../api/meta/object.js'
import { conflict, notFound, type Status, serverTimeout } from '../../api/meta/status.js'
import { formatTime, parseTime } from '../../api/meta/time.js'
import type { Answer, ApiCall, ResourceTarget, Served } from '../request.js'
import { toStorage } from './conversion.js'
import { dryItem, warnTo } from './create.js'
import { type DeleteOptions, parseDeleteOptions } from './delete-options.js'
import { keyOf } from './keys.js'
import { present } from './present.js'
import { resourceOf } from './read.js'
import { StoredItem } from './stored-item.js'
import { storedText } from './wire-form.js'
import type { World } from './world.js'

const attemptsMax = 64
const encoder = new TextEncoder()

/** Kinds whose deletion answers with the object and not with a Status (ReturnDeletedObject). */
const answersWithObject: ReadonlySet<string> = new Set([
  '/pods',
  '/podtemplates',
  '/persistentvolumes',
  '/persistentvolumeclaims',
  '/resourcequotas',
  '/serviceaccounts',
  '/services',
  'storage.k8s.io/storageclasses',
  'storage.k8s.io/csidrivers',
  'storage.k8s.io/csinodes',
  'storage.k8s.io/volumeattachments',
  'storage.k8s.io/csistoragecapacities',
  'storage.k8s.io/volumeattributesclasses',
])
/** Kinds whose dependents stay unless the request says otherwise, for compatibility with the time before garbage collection. */
const orphansByDefault: ReadonlySet<string> = new Set(['/replicationcontrollers', 'batch/jobs'])
/** Kinds that own nothing. */
const ownsNothing: ReadonlySet<string> = new Set(['/events', 'events.k8s.io/events'])

/** How one delete ended. */
export interface Deleted {
  /** The object as it last was, or as it now waits. */
  readonly served: Served
  readonly gone: boolean
}

export async function remove(world: World, call: ApiCall, target: ResourceTarget): Promise<Answer> {
  const { kind, name } = target
  const options = parseDeleteOptions(call, world.registry)
  if (kind.group === 'batch' && kind.plural === 'jobs' && options.propagationPolicy === undefined && options.orphanDependents === undefined)
    warnTo(call)(
      'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
    )
  const { served, gone } = await deleteObject(world, call, target, options)
  if (gone && !answersWithObject.has(`${kind.group}/${kind.plural}`))
    return { type: 'status', status: deletedStatus(kind, name, served.object) }
  return { type: 'object', code: !gone && options.orphanDependents === false ? 202 : 200, served, kind }
}

/** The Status of a deletion; kubectl waits by its uid. */
function deletedStatus({ group, plural }: Kind, name: string, { metadata }: KubeObject): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, ...(group ? { group } : {}), kind: plural, ...(metadata.uid ? { uid: metadata.uid } : {}) },
    code: 200,
  }
}

/** Deletes one object, or marks it. Throws ApiError: 404, 409 for preconditions, and what admission says. */
export async function deleteObject(world: World, call: ApiCall, target: ResourceTarget, options: DeleteOptions): Promise<Deleted> {
  const { kind, namespace, name } = target
  const shelf = world.mirror.shelf(kind)
  const key = keyOf(kind, namespace, name)
  // What is deleted is judged as it is, not as it was: a delete is rare enough to ask.
  await world.reader.fresh('', call.signal)
  let item = shelf.get(key)
  let marked: StoredItem | undefined
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    if (!item) {
      // Marked by this very request and gone since: somebody else finished it.
      if (marked) return { served: present(kind, marked), gone: true }
      throw notFound(resourceOf(kind), name)
    }
    const step: Step = marked ? { type: 'delete' } : await judge(world, { call, target, options, item })
    if (step.type === 'pending') return { served: present(kind, item), gone: false }
    const companions = { compare: [], operations: [] }
    if (options.dryRun)
      return {
        served: step.type === 'mark' ? dryItem(world, target, step.object, item.revision) : present(kind, item),
        gone: step.type === 'delete',
      }
    const claim = step.type === 'delete' ? world.allocation.claim(kind, undefined, present(kind, item).object) : undefined
    const text = step.type === 'mark' ? storedText(toStorage(kind, step.object), shelf.form.schema) : undefined
    const committed = await world.committer.commit(
      {
        resource: resourceOf(kind),
        action: 'delete',
        shelf,
        key,
        expected: item.revision,
        value: text === undefined ? undefined : encoder.encode(text),
        ...(claim ?? companions),
      },
      call.signal,
    )
    if (committed.type === 'done') {
      if (text === undefined) return { served: present(kind, item.at(committed.revision)), gone: true }
      item = new StoredItem({ key, namespace, name }, committed.revision, text, shelf.form)
      if (step.type === 'mark' && !step.thenDelete) return { served: present(kind, item), gone: false }
      marked = item
    } else if (committed.type === 'conflict') {
      marked = committed.current ? undefined : marked
      item =
        committed.current && new StoredItem({ key, namespace, name }, committed.current.modRevision, committed.current.value, shelf.form)
    } else await world.reader.fresh('', call.signal)
  }
  throw serverTimeout(resourceOf(kind), 'delete', 1)
}

type Step =
  | { readonly type: 'delete' }
  /** Write the object with its marks; `thenDelete`: nothing keeps it, so it goes right after. */
  | { readonly type: 'mark'; readonly object: KubeObject; readonly thenDelete: boolean }
  /** Already on its way, and this request changes nothing. */
  | { readonly type: 'pending' }

interface Judged {
  readonly call: ApiCall
  readonly target: ResourceTarget
  readonly options: DeleteOptions
  readonly item: StoredItem
}

async function judge(world: World, { call, target, options, item }: Judged): Promise<Step> {
  const { kind, namespace, name } = target
  const old = present(kind, item).object
  const attributes = {
    operation: 'DELETE' as const,
    kind,
    subresource: '',
    namespace,
    name,
    object: undefined,
    old,
    user: call.user,
    dryRun: options.dryRun,
    warn: warnTo(call),
    companions: { compare: [], operations: [] },
  }
  await world.admission.admit(attributes)
  await world.admission.validate(attributes)
  checkPreconditions(target, options, old)
  return kind.group === '' && kind.plural === 'namespaces' ? namespaceStep(world, old, options) : step(world, kind, old, options)
}

function step(world: World, kind: Kind, old: KubeObject, options: DeleteOptions): Step {
  const object = structuredClone(old)
  const { metadata } = object
  const now = world.context.clock.now()
  const grace = graceOf(kind, object, options, now)
  if (grace === 'pending') return { type: 'pending' }
  const finalizersChanged = setGarbageFinalizers(kind, object, options)
  const held = (metadata.finalizers?.length ?? 0) > 0
  if (grace !== undefined) return { type: 'mark', object, thenDelete: grace === 0 && !held }
  if (!held) return { type: 'delete' }
  if (metadata.deletionTimestamp && metadata.deletionGracePeriodSeconds === 0 && !finalizersChanged) return { type: 'pending' }
  markAsDeleting(object, now)
  return { type: 'mark', object, thenDelete: false }
}

/** A namespace only begins to terminate; its controller empties it and finalizes. */
function namespaceStep(world: World, old: KubeObject, options: DeleteOptions): Step {
  const spec = old.spec as { finalizers?: readonly string[] } | undefined
  if (old.metadata.deletionTimestamp) {
    if (spec?.finalizers?.length || old.metadata.finalizers?.length) return { type: 'pending' }
    return { type: 'delete' }
  }
  const object = structuredClone(old)
  object.metadata.deletionTimestamp = formatTime(world.context.clock.now())
  object.status = { ...(object.status as object | undefined), phase: 'Terminating' }
  if (options.propagationPolicy === 'Orphan' || options.propagationPolicy === 'Foreground' || options.orphanDependents)
    addGarbageFinalizer(object, options)
  return { type: 'mark', object, thenDelete: !spec?.finalizers?.length && !object.metadata.finalizers?.length }
}

/**
 * rest.BeforeDelete for kinds with a grace period: sets it and deletionTimestamp (in place) and gives the seconds;
 * 'pending' when the object is already on its way and this request does not shorten it; undefined without a grace period.
 */
function graceOf(kind: Kind, object: KubeObject, options: DeleteOptions, now: number): number | 'pending' | undefined {
  const { gracePeriodSeconds } = kind.strategy
  if (!gracePeriodSeconds) return undefined
  const { metadata } = object
  const requested = options.gracePeriodSeconds !== undefined && options.gracePeriodSeconds < 0 ? 1 : options.gracePeriodSeconds
  if (metadata.deletionTimestamp) {
    const current = Math.max(
      metadata.deletionGracePeriodSeconds ?? 0,
      metadata.deletionGracePeriodSeconds === undefined ? 0 : metadata.deletionGracePeriodSeconds < 0 ? 1 : 0,
    )
    if (current === 0) return undefined
    if (requested === undefined || requested >= current) return 'pending'
    metadata.deletionTimestamp = formatTime((parseTime(metadata.deletionTimestamp) ?? now) + (requested - current) * 1000)
    metadata.deletionGracePeriodSeconds = requested
    return requested
  }
  const seconds = gracePeriodSeconds(object, requested)
  metadata.deletionTimestamp = formatTime(now + seconds * 1000)
  metadata.deletionGracePeriodSeconds = seconds
  if (metadata.generation) metadata.generation++
  return seconds
}

function markAsDeleting({ metadata }: KubeObject, now: number): void {
  if (!metadata.deletionTimestamp && metadata.generation) metadata.generation++
  if (!metadata.deletionTimestamp || (parseTime(metadata.deletionTimestamp) ?? 0) > now) metadata.deletionTimestamp = formatTime(now)
  metadata.deletionGracePeriodSeconds = 0
}

/** Sets or removes the finalizers by which the garbage collector deals with dependents; true when that changed anything. */
function setGarbageFinalizers(kind: Kind, object: KubeObject, options: DeleteOptions): boolean {
  const resource = `${kind.group}/${kind.plural}`
  if (ownsNothing.has(resource)) return false
  const old = object.metadata.finalizers ?? []
  const orphan = wantsOrphans(options, old, orphansByDefault.has(resource))
  const foreground = wantsForeground(options, old)
  const kept = old.filter((name) => name !== 'orphan' && name !== 'foregroundDeletion')
  const finalizers = [...kept, ...(orphan ? ['orphan'] : []), ...(foreground ? ['foregroundDeletion'] : [])]
  const changed = finalizers.length !== old.length || finalizers.some((name) => !old.includes(name))
  if (finalizers.length > 0) object.metadata.finalizers = finalizers
  else delete object.metadata.finalizers
  return changed
}

function addGarbageFinalizer({ metadata }: KubeObject, options: DeleteOptions): void {
  const name = options.propagationPolicy === 'Foreground' ? 'foregroundDeletion' : 'orphan'
  if (!metadata.finalizers?.includes(name)) metadata.finalizers = [...(metadata.finalizers ?? []), name]
}

function wantsOrphans({ orphanDependents, propagationPolicy }: DeleteOptions, finalizers: readonly string[], byDefault: boolean): boolean {
  if (orphanDependents !== undefined) return orphanDependents
  if (propagationPolicy !== undefined) return propagationPolicy === 'Orphan'
  const set = finalizers.find((name) => name === 'orphan' || name === 'foregroundDeletion')
  return set === undefined ? byDefault : set === 'orphan'
}

function wantsForeground({ orphanDependents, propagationPolicy }: DeleteOptions, finalizers: readonly string[]): boolean {
  if (orphanDependents !== undefined) return false
  if (propagationPolicy !== undefined) return propagationPolicy === 'Foreground'
  return finalizers.find((name) => name === 'orphan' || name === 'foregroundDeletion') === 'foregroundDeletion'
}

function checkPreconditions(
  { kind, name }: ResourceTarget,
  { preconditions: { uid, resourceVersion } }: DeleteOptions,
  { metadata }: KubeObject,
): void {
  if (uid !== undefined && uid !== metadata.uid)
    throw conflict(
      resourceOf(kind),
      name,
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid ?? ''}). The object might have been deleted and then recreated`,
    )
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion)
    throw conflict(
      resourceOf(kind),
      name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    )
}
