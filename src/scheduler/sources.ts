/**
 * What the scheduler watches, and what each change means for the cache and the queue (eventhandlers.go). It keeps a pod
 * watch of its own that leaves out pods that have ended. Read next: scheduler.ts.
 */
import type { ReplicaSet, StatefulSet } from '../api/types/apps-v1.js'
import type { Namespace, Node, Pod, ReplicationController, Service } from '../api/types/core-v1.js'
import type { PodDisruptionBudget } from '../api/types/policy-v1.js'
import type { Client } from '../client/client.js'
import { byNamespace } from '../client/indexer.js'
import { createInformer, type Informer, type InformerOptions } from '../client/informer.js'
import {
  type ApiObject,
  namespaces,
  nodes,
  pods,
  type ResourceType,
  replicaSets,
  resourceType,
  services,
  statefulSets,
} from '../client/resources.js'
import type { Context } from '../kernel/context.js'
import type { Cache } from './cache.js'
import { nodeChanges, podChanges } from './framework/events.js'
import { type PodInfo, podInfoOf } from './framework/pod-info.js'
import type { Nominator } from './nominator.js'
import type { SchedulingQueue } from './queue.js'

const replicationControllers = resourceType<ReplicationController>('v1', 'replicationcontrollers', 'ReplicationController')
const disruptionBudgets = resourceType<PodDisruptionBudget>('policy/v1', 'poddisruptionbudgets', 'PodDisruptionBudget')

export interface Sources {
  readonly services: Informer<Service>
  readonly replicationControllers: Informer<ReplicationController>
  readonly replicaSets: Informer<ReplicaSet>
  readonly statefulSets: Informer<StatefulSet>
  readonly disruptionBudgets: Informer<PodDisruptionBudget>
  readonly namespaces: Informer<Namespace>
  /** The newest version of a pod. */
  pod(key: string): PodInfo | undefined
  synced(): Promise<void>
}

export interface SourcesOptions {
  readonly context: Context
  readonly client: Client
  readonly cache: Cache
  readonly queue: SchedulingQueue
  readonly nominator: Nominator
  /** Whether a pod asks for this scheduler. */
  readonly isOurs: (pod: Pod) => boolean
  /** A pod that had no node is gone. */
  readonly gone: (pod: PodInfo) => void
}

export function watchSources(options: SourcesOptions): Sources {
  const { context, client } = options
  const informers: Informer<ApiObject>[] = []
  const watch = <T extends ApiObject>(resource: ResourceType<T>, more: InformerOptions<T> = {}): Informer<T> => {
    const informer = createInformer(context, client, resource, more)
    informers.push(informer)
    context.spawn(`watch ${resource.resource}`, () => informer.run())
    return informer
  }
  /** Of these only the selector is read. */
  const trim = (object: { spec?: { selector?: unknown } | undefined; status?: unknown }) => {
    delete object.status
    if (object.spec) object.spec = { selector: object.spec.selector }
  }
  const infos = followPods(watch<Pod>(pods, { select: { fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed' } }), options)
  followNodes(watch<Node>(nodes), options)
  const spaces = watch<Namespace>(namespaces, { select: { metadataOnly: true } })
  followNamespaces(spaces, options)
  const sources = {
    services: watch<Service>(services, { indexes: { namespace: byNamespace }, trim }),
    replicationControllers: watch<ReplicationController>(replicationControllers, { trim }),
    replicaSets: watch<ReplicaSet>(replicaSets, { trim: trim as (object: ReplicaSet) => void }),
    statefulSets: watch<StatefulSet>(statefulSets, { trim: trim as (object: StatefulSet) => void }),
    disruptionBudgets: watch<PodDisruptionBudget>(disruptionBudgets),
    namespaces: spaces,
  }
  return {
    ...sources,
    pod: (key) => infos.get(key),
    async synced() {
      await Promise.all(informers.map((informer) => informer.synced()))
    },
  }
}

function followPods(informer: Informer<Pod>, { cache, queue, nominator, isOurs, gone }: SourcesOptions): ReadonlyMap<string, PodInfo> {
  const infos = new Map<string, PodInfo>()

  function onNode(old: Pod | undefined, info: PodInfo, node: string): void {
    queue.delete(info.uid)
    nominator.forget(info.uid)
    cache.addPod(info, node)
    if (!old?.spec?.nodeName) queue.move({ type: 'AssignedPod', action: 'Add', pod: info.pod })
    else for (const action of podChanges(old, info.pod)) queue.move({ type: 'AssignedPod', action, old, pod: info.pod })
  }
  function waiting(old: Pod | undefined, info: PodInfo): void {
    // Its binding is under way; the watch will show it bound, or the binding's failure brings it back.
    if (!isOurs(info.pod) || cache.isAssumed(info.uid)) return
    nominator.update(old, info)
    if (old) queue.update(old, info)
    else queue.add(info)
  }
  function put(old: Pod | undefined, pod: Pod): void {
    if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return remove(pod)
    const info = podInfoOf(pod)
    infos.set(info.key, info)
    if (pod.spec?.nodeName) onNode(old, info, pod.spec.nodeName)
    else waiting(old, info)
  }
  function remove(pod: Pod): void {
    const uid = pod.metadata.uid ?? ''
    const info = podInfoOf(pod)
    infos.delete(info.key)
    const held = pod.spec?.nodeName || cache.nodeOf(uid) || nominator.nodeOf(uid)
    queue.delete(uid)
    nominator.forget(uid)
    cache.deletePod(uid)
    if (!pod.spec?.nodeName) gone(info)
    if (held) queue.move({ type: 'AssignedPod', action: 'Delete', old: pod })
  }
  informer.addHandler({ add: (pod) => put(undefined, pod), update: put, delete: remove })
  return infos
}

function followNodes(informer: Informer<Node>, { cache, queue }: SourcesOptions): void {
  informer.addHandler({
    add(node) {
      cache.setNode(node)
      queue.move({ type: 'Node', action: 'Add', node })
    },
    update(old, node) {
      cache.setNode(node)
      for (const action of nodeChanges(old, node)) queue.move({ type: 'Node', action, old, node })
    },
    delete(node) {
      cache.deleteNode(node.metadata.name)
      queue.move({ type: 'Node', action: 'Delete', old: node })
    },
  })
}

function followNamespaces(informer: Informer<Namespace>, { queue }: SourcesOptions): void {
  informer.addHandler({
    add: () => queue.move({ type: 'Namespace', action: 'Add' }),
    update(old, namespace) {
      if (JSON.stringify(old.metadata.labels) !== JSON.stringify(namespace.metadata.labels))
        queue.move({ type: 'Namespace', action: 'UpdateLabel' })
    },
  })
}
