/**
 * The garbage collector (pkg/controller/garbagecollector): watches the metadata of everything that can be deleted,
 * keeps the graph of owners, and deletes what has lost all its owners. Before it acts it looks at the object and its
 * owners on the server: the graph says where to look, never what to do.
 */
import type { OwnerReference } from '../../api/types/meta-v1.js'
import { sleep } from '../../base/clock.js'
import { messageOf } from '../../base/errors.js'
import { type DiscoveredResource, discover } from '../../client/discovery.js'
import { createInformer, type Informer } from '../../client/informer.js'
import type { ApiObject } from '../../client/resources.js'
import { isNotFound } from '../../client/status-error.js'
import type { Controller, ControllerKit, Settled } from '../framework/controller.js'
import { tryAgain } from '../framework/dependents.js'
import {
  type Attention,
  blockingDependents,
  createGraph,
  foregroundFinalizer,
  type Graph,
  type GraphNode,
  type Identity,
  orphanFinalizer,
} from './graph.js'
import { judge, type OwnerState } from './judge.js'

/** Milliseconds between looks for new resources (upstream: 30 s). */
const discoveryPeriodMs = 10_000
/** Milliseconds after which resources that cannot be listed are no longer waited for. */
const syncTimeoutMs = 30_000
const syncRetryMs = 50
/** uids of owners known to be gone; the oldest are forgotten first (upstream: 500). */
const absentOwnersMax = 2000

/** Resources without owners or dependents that change all the time. */
const ignored: ReadonlySet<string> = new Set(['events.', 'events.events.k8s.io'])

interface Monitor {
  readonly resource: DiscoveredResource
  readonly informer: Informer<ApiObject>
  readonly stop: AbortController
}

interface State {
  readonly graph: Graph
  readonly monitors: Map<string, Monitor>
  readonly absent: Set<string>
  /** Every resource was listed, or was waited for long enough. */
  ready: boolean
}

export const garbageCollectorController: Controller = {
  name: 'garbage-collector-controller',
  workers: 20,
  start(kit) {
    const state: State = { graph: createGraph(), monitors: new Map(), absent: new Set(), ready: false }
    kit.context.spawn('discovery', () => keepMonitors(kit, state))
    return (key) => {
      if (!state.ready) return Promise.resolve({ againAfterMs: syncRetryMs })
      const [type, uid = ''] = key.split(' ')
      return type === 'orphan' ? orphanDependents(kit, state, uid) : attemptToDelete(kit, state, uid)
    }
  },
}

const nameOf = ({ resource, group }: { resource: string; group: string }) => `${resource}.${group}`

/** Follows discovery: a monitor for each resource that can be listed, watched and deleted. */
async function keepMonitors(kit: ControllerKit, state: State): Promise<void> {
  const { clock, signal, log } = kit.context
  const deadline = clock.monotonic() + syncTimeoutMs
  while (!signal.aborted)
    try {
      const { resources, failures } = await discover(kit.client)
      const wanted = resources.filter(
        ({ verbs, ...one }) => ['delete', 'list', 'watch'].every((verb) => verbs.includes(verb)) && !ignored.has(nameOf(one)),
      )
      for (const resource of wanted) if (!state.monitors.has(nameOf(resource))) startMonitor(kit, state, resource)
      // What could not be discovered is not gone.
      if (failures.length === 0)
        for (const name of state.monitors.keys()) if (!wanted.some((one) => nameOf(one) === name)) stopMonitor(kit, state, name)
      while (!state.ready && !signal.aborted) {
        state.ready = [...state.monitors.values()].every(({ informer }) => informer.hasSynced()) || clock.monotonic() > deadline
        if (!state.ready) await sleep(clock, syncRetryMs, signal)
      }
      await sleep(clock, discoveryPeriodMs, signal)
    } catch (error) {
      if (signal.aborted) return
      log.warn('discovery failed', { error: messageOf(error) })
      await sleep(clock, 1000, signal).catch(() => undefined)
    }
}

function startMonitor(kit: ControllerKit, state: State, resource: DiscoveredResource): void {
  const stop = new AbortController()
  const informer = createInformer<ApiObject>(kit.context, kit.client, resource, {
    select: { metadataOnly: true },
    trim,
    signal: stop.signal,
  })
  // Items of a metadata list are PartialObjectMetadata by kind: the resource knows better.
  const identified = (object: ApiObject): ApiObject => ({
    ...object,
    kind: resource.kind,
    apiVersion: resource.group === '' ? resource.version : `${resource.group}/${resource.version}`,
  })
  const observe = (object: ApiObject) => enqueue(kit, state.graph.observe(identified(object)))
  informer.addHandler({
    add: observe,
    update: (_old, object) => observe(object),
    delete({ metadata }) {
      remember(state.absent, metadata.uid ?? '')
      enqueue(kit, state.graph.remove(metadata.uid ?? ''))
    },
  })
  state.monitors.set(nameOf(resource), { resource, informer, stop })
  kit.context.spawn(`monitor ${nameOf(resource)}`, () => informer.run())
}

function stopMonitor(kit: ControllerKit, state: State, name: string): void {
  const monitor = state.monitors.get(name)
  monitor?.stop.abort(new Error('the resource is gone'))
  state.monitors.delete(name)
  for (const { metadata } of monitor?.informer.cache.list() ?? []) enqueue(kit, state.graph.remove(metadata.uid ?? ''))
}

/** Of all the metadata the collector needs names, owners, finalizers and the time of deletion. */
function trim({ metadata }: ApiObject): void {
  delete metadata.labels
  delete metadata.annotations
}

function enqueue({ queue }: ControllerKit, attention: readonly Attention[]): void {
  for (const { type, uid } of attention) queue.add(`${type} ${uid}`)
}

function remember(absent: Set<string>, uid: string): void {
  absent.add(uid)
  for (const oldest of absent) {
    if (absent.size <= absentOwnersMax) break
    absent.delete(oldest)
  }
}

/** The resource that serves a kind; any version of its group will do. */
function resourceOf(
  { monitors }: State,
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
): DiscoveredResource | undefined {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
  for (const { resource } of monitors.values()) if (resource.kind === kind && resource.group === group) return resource
  return undefined
}

/** The object as the server has it now; undefined when it is gone or another bears its name. */
async function look(
  { client }: ControllerKit,
  resource: DiscoveredResource,
  identity: Omit<Identity, 'apiVersion' | 'kind'>,
): Promise<ApiObject | undefined> {
  const { name, namespace, uid } = identity
  try {
    const found = await client.get(resource, name, { metadataOnly: true, ...(resource.namespaced ? { namespace } : {}) })
    return found.metadata.uid === uid ? found : undefined
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

async function attemptToDelete(kit: ControllerKit, state: State, uid: string): Promise<Settled | undefined> {
  const node = state.graph.get(uid)
  if (!node || (node.deleting && !node.deletingDependents)) return undefined
  const resource = resourceOf(state, node.identity)
  if (!resource) return { againAfterMs: discoveryPeriodMs }
  const live = resource.namespaced && node.identity.namespace === '' ? undefined : await look(kit, resource, node.identity)
  if (!live) {
    remember(state.absent, uid)
    enqueue(kit, state.graph.remove(uid))
    return undefined
  }
  if (node.virtual) return undefined
  if (node.deletingDependents) return waitForDependents(kit, resource, node, live)
  const owners: [OwnerReference, OwnerState][] = []
  for (const owner of live.metadata.ownerReferences ?? []) owners.push([owner, await stateOf(kit, state, owner, node.identity.namespace)])
  const verdict = judge(live, owners, {
    count: node.dependents.size,
    someWaiting: [...node.dependents].some(({ deletingDependents }) => deletingDependents),
  })
  switch (verdict.type) {
    case 'keep':
      return undefined
    case 'disown':
      await setOwners(
        kit,
        resource,
        live,
        (live.metadata.ownerReferences ?? []).filter((one) => !verdict.uids.includes(one.uid)),
      )
      return undefined
    case 'delete': {
      let latest = live
      if (verdict.unblock)
        latest = await setOwners(
          kit,
          resource,
          live,
          (live.metadata.ownerReferences ?? []).map((one) => ({ ...one, blockOwnerDeletion: false })),
        )
      const { name, namespace, resourceVersion } = latest.metadata
      const preconditions = { uid, ...(resourceVersion ? { resourceVersion } : {}) }
      await kit.client
        .delete(resource, name, { propagationPolicy: verdict.propagationPolicy, preconditions, ...(namespace ? { namespace } : {}) })
        .catch(ignoreNotFound)
      return undefined
    }
  }
}

async function stateOf(kit: ControllerKit, state: State, owner: OwnerReference, namespace: string): Promise<OwnerState> {
  if (state.absent.has(owner.uid)) return 'dangling'
  const resource = resourceOf(state, owner)
  // A kind nobody serves now may be served again: nothing is concluded from it.
  if (!resource) throw tryAgain(`no resource serves ${owner.kind} of ${owner.apiVersion}`)
  // What is in no namespace cannot be owned by what is in one.
  const live = resource.namespaced && namespace === '' ? undefined : await look(kit, resource, { ...owner, namespace })
  if (!live) {
    remember(state.absent, owner.uid)
    return 'dangling'
  }
  return live.metadata.deletionTimestamp && live.metadata.finalizers?.includes(foregroundFinalizer) ? 'waiting' : 'solid'
}

/** Foreground deletion: an owner goes when nothing blocks it any more; until then what blocks it is made to go. */
async function waitForDependents(kit: ControllerKit, resource: DiscoveredResource, node: GraphNode, live: ApiObject): Promise<undefined> {
  const blocking = blockingDependents(node)
  if (blocking.length === 0) await removeFinalizer(kit, resource, live, foregroundFinalizer)
  for (const { identity, deletingDependents } of blocking) if (!deletingDependents) kit.queue.add(`delete ${identity.uid}`)
  return undefined
}

async function orphanDependents(kit: ControllerKit, state: State, uid: string): Promise<Settled | undefined> {
  const node = state.graph.get(uid)
  if (!node || node.virtual) return undefined
  const resource = resourceOf(state, node.identity)
  if (!resource) return { againAfterMs: discoveryPeriodMs }
  for (const { identity } of node.dependents) {
    const dependentResource = resourceOf(state, identity)
    if (!dependentResource) throw tryAgain(`no resource serves ${identity.kind} of ${identity.apiVersion}`)
    const live = await look(kit, dependentResource, identity)
    const owners = live?.metadata.ownerReferences ?? []
    if (live && owners.some((one) => one.uid === uid))
      await setOwners(
        kit,
        dependentResource,
        live,
        owners.filter((one) => one.uid !== uid),
      )
  }
  const live = await look(kit, resource, node.identity)
  if (live) await removeFinalizer(kit, resource, live, orphanFinalizer)
  return undefined
}

/** A merge patch, since custom resources know no other, guarded by the version that was looked at. */
async function setOwners(
  { client }: ControllerKit,
  resource: DiscoveredResource,
  { metadata }: ApiObject,
  ownerReferences: readonly OwnerReference[],
): Promise<ApiObject> {
  const { name, namespace, uid, resourceVersion } = metadata
  return client.patch<ApiObject>(
    resource,
    name,
    'merge',
    { metadata: { uid, resourceVersion, ownerReferences } },
    namespace ? { namespace } : {},
  )
}

async function removeFinalizer(
  { client }: ControllerKit,
  resource: DiscoveredResource,
  { metadata }: ApiObject,
  finalizer: string,
): Promise<void> {
  const { name, namespace, uid, resourceVersion, finalizers = [] } = metadata
  if (!finalizers.includes(finalizer)) return
  const left = finalizers.filter((one) => one !== finalizer)
  await client
    .patch(resource, name, 'merge', { metadata: { uid, resourceVersion, finalizers: left } }, namespace ? { namespace } : {})
    .catch(ignoreNotFound)
}

function ignoreNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error
}
