/**
 * The node lifecycle controller: a node that gives no sign of life becomes Unknown, and conditions become taints that
 * keep pods off or drive them away (pkg/controller/nodelifecycle). A sign of life is a change of the node's Lease or of
 * the heartbeat in its Ready condition, timed by our own clock: clocks of nodes are not trusted.
 */
import type { Lease } from '../../api/types/coordination-v1.js'
import type { Node, Pod } from '../../api/types/core-v1.js'
import type { Informer } from '../../client/informer.js'
import { keyOf, leases as leasesResource, nodes as nodesResource, pods as podsResource } from '../../client/resources.js'
import { isConflict, isNotFound } from '../../client/status-error.js'
import { formatTime } from '../../client/time.js'
import { type Controller, type ControllerKit, enqueueSelf, type Settled } from '../framework/controller.js'
import { semanticallyEqual } from '../framework/equality.js'
import { podCondition } from '../framework/pods.js'
import {
  evictionRateOf,
  graceMs,
  nodeCondition,
  silentConditions,
  startupGraceMs,
  wantedNoExecute,
  wantedTaints,
  zoneOf,
} from './reconcile.js'

/** Milliseconds between looks at a node (--node-monitor-period). */
const monitorPeriodMs = 5000
const leaseNamespace = 'kube-node-lease'

interface State {
  readonly nodes: Informer<Node>
  readonly pods: Informer<Pod>
  readonly leases: Informer<Lease>
  /** When and what the last sign of life of a node was; by uid, our monotonic clock. */
  readonly signs: Map<string, { sign: string; at: number }>
  /** When a node of a zone last got a NoExecute taint. */
  readonly lastEviction: Map<string, number>
}

export const nodeLifecycleController: Controller = {
  name: 'node-lifecycle-controller',
  component: 'node-controller',
  start(kit) {
    const state: State = {
      nodes: kit.watch(nodesResource, {
        trim: ({ status }) => {
          if (status) delete status.images
        },
      }),
      pods: kit.watch(podsResource, { indexes: { node: ({ spec }) => (spec?.nodeName ? [spec.nodeName] : []) } }),
      leases: kit.watch(leasesResource, { select: { namespace: leaseNamespace } }),
      signs: new Map(),
      lastEviction: new Map(),
    }
    state.nodes.addHandler(enqueueSelf(kit.queue))
    state.nodes.addHandler({
      add: (node) =>
        kit.events.event(
          nodeReference(node),
          'Normal',
          'RegisteredNode',
          `Node ${node.metadata.name} event: Registered Node ${node.metadata.name} in Controller`,
        ),
      delete: ({ metadata }) => void state.signs.delete(metadata.uid ?? ''),
    })
    return (key) => reconcile(kit, state, key)
  },
}

/** Events of nodes name them by name where others have the uid, as kubelets do. */
function nodeReference({ metadata }: Node): { kind: string; name: string; uid: string; apiVersion: string } {
  return { kind: 'Node', name: metadata.name, uid: metadata.uid ?? metadata.name, apiVersion: 'v1' }
}

async function reconcile(kit: ControllerKit, state: State, key: string): Promise<Settled | undefined> {
  let node = state.nodes.cache.get(key)
  if (!node) {
    kit.writes.forget(key)
    return undefined
  }
  const was = nodeCondition(node, 'Ready')?.status
  if (isSilent(kit, state, node)) {
    const conditions = silentConditions(node, kit.now())
    if (conditions) {
      node = await kit.client.updateStatus(nodesResource, { ...node, status: { ...node.status, conditions } })
      kit.writes.wrote(key, state.nodes, node)
    }
  }
  const is = nodeCondition(node, 'Ready')?.status
  if (was === 'True' && is !== 'True')
    kit.events.event(nodeReference(node), 'Normal', 'NodeNotReady', `Node ${key} status is now: NodeNotReady`)
  if (is !== undefined && is !== 'True') await markPodsNotReady(kit, state, node)
  await taint(kit, state, node)
  return { againAfterMs: monitorPeriodMs }
}

function isSilent({ context }: ControllerKit, { signs, leases }: State, node: Node): boolean {
  const ready = nodeCondition(node, 'Ready')
  const renewed = leases.cache.get(`${leaseNamespace}/${node.metadata.name}`)?.spec?.renewTime
  const uid = node.metadata.uid ?? ''
  // What we ourselves write of a silent node must not pass for its voice: heartbeats are the kubelet's.
  const sign = `${renewed} ${ready?.lastHeartbeatTime}`
  const now = context.clock.monotonic()
  const known = signs.get(uid)
  if (!known || known.sign !== sign) {
    signs.set(uid, { sign, at: now })
    return false
  }
  return now - known.at > (ready ? graceMs : startupGraceMs)
}

/** Pods of a node that is not ready are not ready either: Services must not send to them. */
async function markPodsNotReady(kit: ControllerKit, { pods }: State, node: Node): Promise<void> {
  for (const pod of pods.cache.byIndex('node', node.metadata.name)) {
    if (podCondition(pod, 'Ready')?.status !== 'True') continue
    const { name, namespace } = pod.metadata
    const time = formatTime(kit.now())
    const conditions = (pod.status?.conditions ?? []).map((one) =>
      one.type === 'Ready' ? { ...one, status: 'False', lastTransitionTime: time } : one,
    )
    try {
      kit.events.event(pod, 'Warning', 'NodeNotReady', 'Node is not ready')
      kit.writes.wrote(
        keyOf(node),
        pods,
        await kit.client.updateStatus(podsResource, { ...pod, status: { ...pod.status, conditions } }, namespace ? { namespace } : {}),
      )
    } catch (error) {
      if (isNotFound(error) || isConflict(error)) kit.context.log.debug('pod changed meanwhile', { pod: name })
      else throw error
    }
  }
}

async function taint(kit: ControllerKit, state: State, node: Node): Promise<void> {
  const mayEvict = wantedNoExecute(node) !== undefined && takeEviction(kit, state, node)
  const taints = wantedTaints(node, mayEvict, kit.now())
  if (semanticallyEqual(taints, node.spec?.taints)) return
  const patch = { metadata: { resourceVersion: node.metadata.resourceVersion }, spec: { taints } }
  kit.writes.wrote(node.metadata.name, state.nodes, await kit.client.patch(nodesResource, node.metadata.name, 'merge', patch))
}

/** Whether the zone's rate lets one more node have a NoExecute taint now; if so, its turn is taken. */
function takeEviction({ context }: ControllerKit, { nodes, lastEviction }: State, node: Node): boolean {
  if (node.spec?.taints?.some(({ key, effect }) => effect === 'NoExecute' && key === wantedNoExecute(node))) return false
  const zone = zoneOf(node)
  const rate = evictionRateOf(
    zone,
    nodes.cache.list().map((one) => (one.metadata.uid === node.metadata.uid ? node : one)),
  )
  const now = context.clock.monotonic()
  if (rate === 0 || now - (lastEviction.get(zone) ?? Number.NEGATIVE_INFINITY) < 1000 / rate) return false
  lastEviction.set(zone, now)
  return true
}
