/**
 * PodTopologySpread: like pods spread evenly over domains. A hard constraint refuses nodes whose domain would be more
 * than maxSkew ahead of the emptiest, a soft one costs points; pods that say nothing get soft constraints from the Service
 * or controller they belong to. plugins/podtopologyspread; KEP-895, 3022 (minDomains), 3094 (inclusion policies), 3243
 * (matchLabelKeys).
 */
import { type LabelQuery, labelsQuery, matchesLabels, requirement } from '../../api/meta/labels.js'
import type { Node, TopologySpreadConstraint } from '../../api/types/core-v1.js'
import type { StateKey } from '../framework/cycle-state.js'
import type { ClusterEvent } from '../framework/events.js'
import type { NodeView } from '../framework/node-info.js'
import { matchesRequiredNodeAffinity } from '../framework/node-selector.js'
import { type Handle, type NodeScore, type Plugin, type PluginFactory, scoreMax } from '../framework/plugin.js'
import { isTerminating, type PodInfo, podMatches, queryOf } from '../framework/pod-info.js'
import { skip, success, unresolvable, unschedulable } from '../framework/status.js'
import { untoleratedTaint } from '../framework/taints.js'

const hostname = 'kubernetes.io/hostname'
const labelRefusal = unresolvable("node(s) didn't match pod topology spread constraints (missing required label)")
const skewRefusal = unschedulable("node(s) didn't match pod topology spread constraints")
/** defaultingType System. */
const systemDefaults: readonly TopologySpreadConstraint[] = [
  { maxSkew: 3, topologyKey: hostname, whenUnsatisfiable: 'ScheduleAnyway' },
  { maxSkew: 5, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway' },
]

interface Constraint {
  readonly key: string
  readonly maxSkew: number
  readonly minDomains: number
  readonly query: LabelQuery
  readonly honorAffinity: boolean
  readonly honorTaints: boolean
}

/** Pods that match a constraint, by domain. */
interface Spread {
  readonly constraint: Constraint
  readonly pods: Map<string, number>
  /** Fewest in any domain; undefined: to be found. */
  least: number | undefined
}

interface SoftSpread {
  readonly constraints: readonly Constraint[]
  /** Nodes without all keys; they score 0. */
  readonly ignored: ReadonlySet<string>
  /** By constraint: domain → matching pods. Hosts are counted when they are scored. */
  readonly pods: readonly Map<string, number>[]
  /** By constraint: many domains have few pods each, which must not make their differences count less. */
  readonly weights: readonly number[]
}

const hard: StateKey<readonly Spread[]> = {
  name: 'PodTopologySpread/PreFilter',
  clone: (spreads) => spreads.map(({ constraint, pods, least }) => ({ constraint, pods: new Map(pods), least })),
}
const soft: StateKey<SoftSpread> = { name: 'PodTopologySpread/PreScore' }

export const topologySpread: PluginFactory = (handle) => {
  const plugin: Plugin = {
    name: 'PodTopologySpread',
    events: [
      { type: 'AssignedPod', actions: ['Add', 'UpdateLabel', 'Delete'], hint: podMayHelp },
      { type: 'UnscheduledPod', actions: ['UpdateLabel', 'UpdateToleration'] },
      { type: 'Node', actions: ['Add', 'Delete', 'UpdateLabel', 'UpdateTaint'], hint: nodeMayHelp },
    ],
    preFilter(state, pod, snapshot) {
      const constraints = constraintsOf(pod, 'DoNotSchedule')
      if (constraints.length === 0) return { status: skip }
      const spreads = constraints.map((constraint): Spread => ({ constraint, pods: new Map(), least: undefined }))
      for (const node of snapshot.nodes) {
        if (!hasKeys(node.labels, constraints)) continue
        for (const { constraint, pods } of spreads)
          if (includes(constraint, pod, node.node)) bump(pods, node.labels[constraint.key] ?? '', matching(node, pod, constraint))
      }
      state.write(hard, spreads)
      return { status: success }
    },
    addPod: (state, pod, other, node) => shift(state.read(hard), pod, other, node, 1),
    removePod: (state, pod, other, node) => shift(state.read(hard), pod, other, node, -1),
    filter(state, pod, { labels }) {
      for (const spread of state.read(hard) ?? []) {
        const { key, maxSkew, query } = spread.constraint
        const domain = labels[key]
        if (domain === undefined) return labelRefusal
        const self = matchesLabels(query, pod.labels) ? 1 : 0
        if ((spread.pods.get(domain) ?? 0) + self - least(spread) > maxSkew) return skewRefusal
      }
      return success
    },
    preScore(state, pod, nodes) {
      const own = (pod.pod.spec?.topologySpreadConstraints ?? []).length > 0
      const constraints = own ? constraintsOf(pod, 'ScheduleAnyway') : defaultConstraints(handle, pod)
      if (constraints.length === 0) return skip
      state.write(soft, softSpread(handle, pod, nodes, constraints, own))
      return success
    },
    score(state, pod, node) {
      const spread = state.read(soft)
      if (!spread || spread.ignored.has(node.name)) return 0
      let score = 0
      for (const [i, constraint] of spread.constraints.entries()) {
        const domain = node.labels[constraint.key]
        if (domain === undefined) continue
        const pods = constraint.key === hostname ? matching(node, pod, constraint) : (spread.pods[i]?.get(domain) ?? 0)
        score += pods * (spread.weights[i] ?? 0) + constraint.maxSkew - 1
      }
      return Math.round(score)
    },
    normalizeScores: (state, _pod, scores) => invert(scores, state.read(soft)?.ignored ?? new Set()),
  }
  return plugin
}

function softSpread(
  handle: Handle,
  pod: PodInfo,
  nodes: readonly NodeView[],
  constraints: readonly Constraint[],
  own: boolean,
): SoftSpread {
  // By default constraints a node without a zone can still be spread over by host.
  const complete = ({ labels }: NodeView) => !own || hasKeys(labels, constraints)
  const ignored = new Set(nodes.filter((node) => !complete(node)).map(({ name }) => name))
  const pods = constraints.map(() => new Map<string, number>())
  for (const node of nodes) {
    if (ignored.has(node.name)) continue
    for (const [i, { key }] of constraints.entries()) if (key !== hostname) pods[i]?.set(node.labels[key] ?? '', 0)
  }
  const weights = constraints.map(({ key }, i) => Math.log((key === hostname ? nodes.length - ignored.size : (pods[i]?.size ?? 0)) + 2))
  for (const node of handle.snapshot().nodes) {
    if (!complete(node)) continue
    for (const [i, constraint] of constraints.entries()) {
      const domain = node.labels[constraint.key] ?? ''
      if (pods[i]?.has(domain) && includes(constraint, pod, node.node)) bump(pods[i], domain, matching(node, pod, constraint))
    }
  }
  return { constraints, ignored, pods, weights }
}

/** Fewer is better: the most crowded gets least. */
function invert(scores: NodeScore[], ignored: ReadonlySet<string>): void {
  const counted = scores.filter(({ name }) => !ignored.has(name))
  const least = counted.reduce((min, { score }) => Math.min(min, score), Number.MAX_SAFE_INTEGER)
  const most = counted.reduce((max, { score }) => Math.max(max, score), 0)
  for (const one of scores)
    if (ignored.has(one.name)) one.score = 0
    else one.score = most === 0 ? scoreMax : Math.floor((scoreMax * (most + least - one.score)) / most)
}

function constraintsOf({ pod, labels = {} }: PodInfo, action: 'DoNotSchedule' | 'ScheduleAnyway'): Constraint[] {
  return (pod.spec?.topologySpreadConstraints ?? [])
    .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === action)
    .map((one) => constraint(one, labels))
}

function constraint(
  given: TopologySpreadConstraint,
  labels: Readonly<Record<string, string>>,
  query = queryOf(given.labelSelector),
): Constraint {
  const keys = (given.matchLabelKeys ?? []).filter((key) => labels[key] !== undefined)
  return {
    key: given.topologyKey,
    maxSkew: given.maxSkew,
    minDomains: given.minDomains ?? 1,
    query: query === 'nothing' ? query : [...query, ...keys.map((key) => requirement(key, '=', [labels[key] ?? '']))],
    honorAffinity: (given.nodeAffinityPolicy ?? 'Honor') === 'Honor',
    honorTaints: given.nodeTaintsPolicy === 'Honor',
  }
}

function defaultConstraints(handle: Handle, pod: PodInfo): Constraint[] {
  const query = ownersQuery(handle, pod)
  return query === undefined ? [] : systemDefaults.map((one) => constraint(one, {}, query))
}

/** What the Services of a pod and its controller select, together (plugins/helper/spread.go DefaultSelector); undefined: nothing does. */
function ownersQuery(handle: Handle, pod: PodInfo): LabelQuery | undefined {
  const { namespace, labels = {} } = pod
  const pairs: Record<string, string> = {}
  for (const { spec } of handle.services(namespace)) {
    const selector = Object.entries(spec?.selector ?? {})
    if (selector.length > 0 && selector.every(([key, value]) => labels[key] === value)) Object.assign(pairs, spec?.selector)
  }
  const owner = pod.pod.metadata.ownerReferences?.find(({ controller }) => controller)
  let more: LabelQuery = []
  if (owner?.kind === 'ReplicationController' && owner.apiVersion === 'v1')
    Object.assign(pairs, handle.replicationController(namespace, owner.name)?.spec?.selector)
  else if (owner?.kind === 'ReplicaSet' && owner.apiVersion === 'apps/v1') more = selectorOf(handle.replicaSet(namespace, owner.name))
  else if (owner?.kind === 'StatefulSet' && owner.apiVersion === 'apps/v1') more = selectorOf(handle.statefulSet(namespace, owner.name))
  const query = [...labelsQuery(pairs), ...(more === 'nothing' ? [] : more)]
  return query.length === 0 ? undefined : query
}

function selectorOf(set: { readonly spec?: { readonly selector?: Parameters<typeof queryOf>[0] } | undefined } | undefined): LabelQuery {
  return set ? queryOf(set.spec?.selector) : []
}

/** Fewest pods in any domain; 0 while there are fewer domains than there must be. */
function least(spread: Spread): number {
  if (spread.pods.size < spread.constraint.minDomains) return 0
  return (spread.least ??= Math.min(...spread.pods.values()))
}

/** Whether a node's domain counts for this pod at all. */
function includes({ honorAffinity, honorTaints }: Constraint, { pod }: PodInfo, node: Node): boolean {
  if (honorAffinity && !matchesRequiredNodeAffinity(pod, node)) return false
  return !honorTaints || untoleratedTaint(node.spec?.taints, pod.spec?.tolerations) === undefined
}

function hasKeys(labels: Readonly<Record<string, string>>, constraints: readonly Constraint[]): boolean {
  return constraints.every(({ key }) => labels[key] !== undefined)
}

function matching({ pods }: NodeView, { namespace }: PodInfo, { query }: Constraint): number {
  let count = 0
  for (const other of pods.values()) if (!isTerminating(other) && podMatches(other, namespace, query)) count++
  return count
}

function bump(pods: Map<string, number>, domain: string, by: number): void {
  pods.set(domain, (pods.get(domain) ?? 0) + by)
}

function shift(spreads: readonly Spread[] | undefined, pod: PodInfo, other: PodInfo, node: NodeView, by: number): void {
  if (!spreads || other.namespace !== pod.namespace) return
  if (
    !hasKeys(
      node.labels,
      spreads.map(({ constraint: one }) => one),
    )
  )
    return
  for (const spread of spreads) {
    const { query, key } = spread.constraint
    if (!matchesLabels(query, other.labels) || !includes(spread.constraint, pod, node.node)) continue
    bump(spread.pods, node.labels[key] ?? '', by)
    spread.least = undefined
  }
}

/** A pod that the pod is spread among came, went, or became one or none of them. */
function podMayHelp(pod: PodInfo, event: ClusterEvent): boolean {
  if (event.type !== 'AssignedPod') return false
  const other = event.pod ?? event.old
  if (!other || (other.metadata.namespace ?? '') !== pod.namespace) return false
  return constraintsOf(pod, 'DoNotSchedule').some(({ query }) => {
    const [was, is] = [
      event.old && matchesLabels(query, event.old.metadata.labels),
      event.pod && matchesLabels(query, event.pod.metadata.labels),
    ]
    return (was ?? false) !== (is ?? false)
  })
}

/** A node that takes part came or went, or takes part in another way. */
function nodeMayHelp(pod: PodInfo, event: ClusterEvent): boolean {
  if (event.type !== 'Node') return false
  const constraints = constraintsOf(pod, 'DoNotSchedule')
  const [old, now] = [event.old?.metadata.labels ?? {}, event.node?.metadata.labels ?? {}]
  const [took, takes] = [event.old !== undefined && hasKeys(old, constraints), event.node !== undefined && hasKeys(now, constraints)]
  if (event.old && event.node)
    return event.action === 'UpdateTaint' || took !== takes || (takes && constraints.some(({ key }) => old[key] !== now[key]))
  return took || takes
}
