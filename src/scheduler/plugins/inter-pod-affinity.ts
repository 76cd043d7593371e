/**
 * InterPodAffinity: pods that want to be near others or away from them, in domains of a topology key. Anti-affinity is
 * symmetric: who is there already may refuse the newcomer. plugins/interpodaffinity.
 *
 * Counts are of pods per domain (topology key and value), made once per pod in PreFilter, so that a node is judged by
 * looking up its own domains.
 */
import type { Labels } from '../../api/meta/labels.js'
import type { Node } from '../../api/types/core-v1.js'
import type { StateKey } from '../framework/cycle-state.js'
import type { ClusterEvent } from '../framework/events.js'
import type { NodeView } from '../framework/node-info.js'
import { type Handle, type Plugin, type PluginFactory, type Snapshot, scoreMax } from '../framework/plugin.js'
import { type AffinityTerm, type PodInfo, podInfoOf } from '../framework/pod-info.js'
import { type Status, skip, success, unresolvable, unschedulable } from '../framework/status.js'

const affinityRefusal = unresolvable("node(s) didn't match pod affinity rules")
const antiAffinityRefusal = unschedulable("node(s) didn't match pod anti-affinity rules")
const existingRefusal = unschedulable("node(s) didn't satisfy existing pods anti-affinity rules")
/** What a required affinity of an existing pod is worth to a newcomer that meets it (hardPodAffinityWeight). */
const requiredAffinityWeight = 1

/** Topology key → value → amount. */
type Domains = Map<string, Map<string, number>>

interface Counts {
  /** Pods that meet all required affinity terms of the pod. */
  readonly affinity: Domains
  /** Pods that meet an anti-affinity term of the pod. */
  readonly antiAffinity: Domains
  /** Pods with an anti-affinity term that the pod meets. */
  readonly existing: Domains
}

const counts: StateKey<Counts> = {
  name: 'InterPodAffinity/PreFilter',
  clone: ({ affinity, antiAffinity, existing }) => ({
    affinity: copyOf(affinity),
    antiAffinity: copyOf(antiAffinity),
    existing: copyOf(existing),
  }),
}
const scores: StateKey<Domains> = { name: 'InterPodAffinity/PreScore' }

export const interPodAffinity: PluginFactory = (handle) => {
  const count = (into: Counts, pod: PodInfo, other: PodInfo, node: NodeView, amount: number) => {
    const labels = handle.namespaceLabels(other.namespace)
    if (meetsAll(pod.requiredAffinity, other, labels)) for (const term of pod.requiredAffinity) add(into.affinity, node, term, amount)
    for (const term of pod.requiredAntiAffinity) if (term.matches(other, labels)) add(into.antiAffinity, node, term, amount)
    if (other.requiredAntiAffinity.length === 0) return
    const own = handle.namespaceLabels(pod.namespace)
    for (const term of other.requiredAntiAffinity) if (term.matches(pod, own)) add(into.existing, node, term, amount)
  }
  const plugin: Plugin = {
    name: 'InterPodAffinity',
    events: [
      { type: 'AssignedPod', actions: ['Add', 'UpdateLabel', 'Delete'], hint: (pod, event) => podMayHelp(handle, pod, event) },
      { type: 'UnscheduledPod', actions: ['UpdateLabel'] },
      { type: 'Node', actions: ['Add', 'UpdateLabel', 'UpdateTaint'], hint: (pod, event) => nodeMayHelp(pod, event) },
      { type: 'Namespace', actions: ['Add', 'UpdateLabel'] },
    ],
    preFilter(state, pod, snapshot) {
      const made: Counts = { affinity: new Map(), antiAffinity: new Map(), existing: new Map() }
      const asks = pod.requiredAffinity.length + pod.requiredAntiAffinity.length > 0
      for (const node of asks ? snapshot.nodes : snapshot.nodesWithRequiredAntiAffinity())
        for (const other of (asks ? node.pods : node.podsWithRequiredAntiAffinity).values()) count(made, pod, other, node, 1)
      if (!asks && made.existing.size === 0) return { status: skip }
      state.write(counts, made)
      return { status: success }
    },
    addPod(state, pod, other, node) {
      const into = state.read(counts)
      if (into) count(into, pod, other, node, 1)
    },
    removePod(state, pod, other, node) {
      const into = state.read(counts)
      if (into) count(into, pod, other, node, -1)
    },
    filter(state, pod, { labels }) {
      const made = state.read(counts)
      return made ? judge(made, pod, labels, handle) : success
    },
    preScore(state, pod) {
      const made = preferences(handle, pod)
      if (made.size === 0) return skip
      state.write(scores, made)
      return success
    },
    score(state, _pod, { labels }) {
      let sum = 0
      for (const [key, values] of state.read(scores) ?? []) sum += values.get(labels[key] ?? '') ?? 0
      return sum
    },
    normalizeScores(_state, _pod, list) {
      const all = list.map(({ score }) => score)
      const least = Math.min(...all)
      const range = Math.max(...all) - least
      for (const one of list) one.score = range === 0 ? 0 : Math.trunc(scoreMax * ((one.score - least) / range))
    },
  }
  return plugin
}

function judge(
  { affinity, antiAffinity, existing }: Counts,
  pod: PodInfo,
  labels: Readonly<Record<string, string>>,
  handle: Handle,
): Status {
  if (!meetsAffinity(affinity, pod, labels, handle)) return affinityRefusal
  if (pod.requiredAntiAffinity.some(({ topologyKey: key }) => labels[key] !== undefined && at(antiAffinity, key, labels[key]) > 0))
    return antiAffinityRefusal
  for (const [key, values] of existing) if (labels[key] !== undefined && (values.get(labels[key]) ?? 0) > 0) return existingRefusal
  return success
}

function meetsAffinity(affinity: Domains, pod: PodInfo, labels: Readonly<Record<string, string>>, handle: Handle): boolean {
  const { requiredAffinity: terms } = pod
  if (terms.some(({ topologyKey: key }) => labels[key] === undefined)) return false
  if (terms.every(({ topologyKey: key }) => at(affinity, key, labels[key]) > 0)) return true
  // The first of a group that wants to be together has nobody to be with yet.
  return affinity.size === 0 && meetsAll(terms, pod, handle.namespaceLabels(pod.namespace))
}

function meetsAll(terms: readonly AffinityTerm[], pod: PodInfo, namespaceLabels: Labels | undefined): boolean {
  return terms.length > 0 && terms.every((term) => term.matches(pod, namespaceLabels))
}

/** Points per domain: what the pod prefers of others, and others of the pod. */
function preferences(handle: Handle, pod: PodInfo): Domains {
  const made: Domains = new Map()
  const snapshot: Snapshot = handle.snapshot()
  const asks = pod.preferredAffinity.length + pod.preferredAntiAffinity.length > 0
  const own = handle.namespaceLabels(pod.namespace)
  for (const node of asks ? snapshot.nodes : snapshot.nodesWithAffinity())
    for (const other of (asks ? node.pods : node.podsWithAffinity).values()) {
      const labels = asks ? handle.namespaceLabels(other.namespace) : undefined
      for (const term of pod.preferredAffinity) if (term.matches(other, labels)) add(made, node, term, term.weight)
      for (const term of pod.preferredAntiAffinity) if (term.matches(other, labels)) add(made, node, term, -term.weight)
      for (const term of other.requiredAffinity) if (term.matches(pod, own)) add(made, node, term, requiredAffinityWeight)
      for (const term of other.preferredAffinity) if (term.matches(pod, own)) add(made, node, term, term.weight)
      for (const term of other.preferredAntiAffinity) if (term.matches(pod, own)) add(made, node, term, -term.weight)
    }
  return made
}

function add(domains: Domains, { labels }: NodeView, { topologyKey }: AffinityTerm, amount: number): void {
  const value = labels[topologyKey]
  if (value === undefined) return
  let values = domains.get(topologyKey)
  if (!values) domains.set(topologyKey, (values = new Map()))
  const sum = (values.get(value) ?? 0) + amount
  if (sum !== 0) values.set(value, sum)
  else values.delete(value)
  if (values.size === 0) domains.delete(topologyKey)
}

function at(domains: Domains, key: string, value: string | undefined): number {
  return value === undefined ? 0 : (domains.get(key)?.get(value) ?? 0)
}

function copyOf(domains: Domains): Domains {
  return new Map([...domains].map(([key, values]) => [key, new Map(values)]))
}

/** Who came may be who the pod wants to be near; who went, or is another now, who it wants to be away from or who refused it. */
function podMayHelp(handle: Handle, pod: PodInfo, event: ClusterEvent): boolean {
  if (event.type !== 'AssignedPod') return false
  const own = handle.namespaceLabels(pod.namespace)
  const near = (other: PodInfo | undefined) =>
    other !== undefined && meetsAll(pod.requiredAffinity, other, handle.namespaceLabels(other.namespace))
  const apart = (other: PodInfo | undefined) =>
    other !== undefined &&
    (pod.requiredAntiAffinity.some((term) => term.matches(other, handle.namespaceLabels(other.namespace))) ||
      other.requiredAntiAffinity.some((term) => term.matches(pod, own)))
  const [old, now] = [event.old && podInfoOf(event.old), event.pod && podInfoOf(event.pod)]
  return (near(now) && !near(old)) || (apart(old) && !apart(now))
}

/** A node that has come into, or left, a domain the pod speaks of. */
function nodeMayHelp(pod: PodInfo, event: ClusterEvent): boolean {
  if (event.type !== 'Node' || !event.node) return false
  const labels = (node: Node | undefined) => node?.metadata.labels ?? {}
  const [before, now] = [labels(event.old), labels(event.node)]
  if (pod.requiredAffinity.some(({ topologyKey: key }) => now[key] !== undefined && (!event.old || now[key] !== before[key]))) return true
  if (pod.requiredAntiAffinity.some(({ topologyKey: key }) => !event.old || now[key] !== before[key])) return true
  // Refused by the anti-affinity of others: any new node, or new domain, may be free of them.
  return pod.requiredAffinity.length === 0
}
