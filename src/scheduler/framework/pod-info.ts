/**
 * A pod as the scheduler works with it: what plugins ask of every pod, worked out once per version of the object.
 * Read next: node-info.ts.
 */
import { type LabelQuery, type Labels, labelSelectorQuery, matchesLabels, requirement } from '../../api/meta/labels.js'
import type { Pod, PodAffinityTerm, WeightedPodAffinityTerm } from '../../api/types/core-v1.js'
import type { LabelSelector } from '../../api/types/meta-v1.js'
import { keyOf } from '../../client/resources.js'
import { parseTime } from '../../client/time.js'
import { type HostPort, hostPortsOf } from './host-ports.js'
import { podRequests, type Resources } from './resources.js'

/** A PodAffinityTerm, ready to be judged. */
export interface AffinityTerm {
  readonly topologyKey: string
  readonly weight: number
  /** Whether the term speaks of this pod; `namespaceLabels` are those of the pod's namespace. */
  matches(pod: PodInfo, namespaceLabels: Labels | undefined): boolean
}

export interface PodInfo {
  readonly pod: Pod
  /** namespace/name. */
  readonly key: string
  readonly uid: string
  readonly name: string
  readonly namespace: string
  readonly labels: Labels
  readonly priority: number
  readonly requests: Resources
  /** As requests, containers that say nothing counting as something; for scores only. */
  readonly nonZeroRequests: Resources
  readonly hostPorts: readonly HostPort[]
  readonly requiredAffinity: readonly AffinityTerm[]
  readonly requiredAntiAffinity: readonly AffinityTerm[]
  readonly preferredAffinity: readonly AffinityTerm[]
  readonly preferredAntiAffinity: readonly AffinityTerm[]
}

const none: readonly AffinityTerm[] = []

export function podInfoOf(pod: Pod): PodInfo {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {}
  const hard = (terms: readonly PodAffinityTerm[] | undefined) => (terms?.length ? terms.map((term) => affinityTerm(pod, term, 1)) : none)
  const soft = (terms: readonly WeightedPodAffinityTerm[] | undefined) =>
    terms?.length ? terms.map(({ podAffinityTerm, weight }) => affinityTerm(pod, podAffinityTerm, weight)) : none
  return {
    pod,
    key: keyOf(pod),
    uid: pod.metadata.uid ?? '',
    name: pod.metadata.name,
    namespace: pod.metadata.namespace ?? '',
    labels: pod.metadata.labels ?? {},
    priority: pod.spec?.priority ?? 0,
    requests: podRequests(pod),
    nonZeroRequests: podRequests(pod, { nonZero: true }),
    hostPorts: hostPortsOf(pod.spec),
    requiredAffinity: hard(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    requiredAntiAffinity: hard(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    preferredAffinity: soft(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
    preferredAntiAffinity: soft(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
  }
}

/** Milliseconds since the epoch when the pod was started; undefined: its kubelet has not said so. */
export function podStartTime({ pod }: PodInfo): number | undefined {
  return parseTime(pod.status?.startTime)
}

export function isTerminating({ pod }: PodInfo): boolean {
  return pod.metadata.deletionTimestamp !== undefined
}

/** Whether the pod is for this namespace and selector: the test of spreading and of budgets. */
export function podMatches(pod: PodInfo, namespace: string, query: LabelQuery): boolean {
  return pod.namespace === namespace && matchesLabels(query, pod.labels)
}

function affinityTerm(owner: Pod, term: PodAffinityTerm, weight: number): AffinityTerm {
  const query = termQuery(owner, term)
  const named = term.namespaces ?? []
  // Neither names nor a selector: the pod's own namespace. An empty selector: all namespaces.
  const namespaces = new Set(named.length === 0 && !term.namespaceSelector ? [owner.metadata.namespace ?? ''] : named)
  const namespaceQuery = queryOf(term.namespaceSelector)
  return {
    topologyKey: term.topologyKey,
    weight,
    matches: (pod, namespaceLabels) =>
      (namespaces.has(pod.namespace) || matchesLabels(namespaceQuery, namespaceLabels)) && matchesLabels(query, pod.labels),
  }
}

/** The term's selector with matchLabelKeys and mismatchLabelKeys put in, as the API server does (KEP-3633); doing it twice changes nothing. */
function termQuery(owner: Pod, { labelSelector, matchLabelKeys = [], mismatchLabelKeys = [] }: PodAffinityTerm): LabelQuery {
  const query = queryOf(labelSelector)
  if (query === 'nothing') return query
  const labels = owner.metadata.labels ?? {}
  const have = (key: string) => labels[key] !== undefined
  return [
    ...query,
    ...matchLabelKeys.filter(have).map((key) => requirement(key, 'in', [labels[key] ?? ''])),
    ...mismatchLabelKeys.filter(have).map((key) => requirement(key, 'notin', [labels[key] ?? ''])),
  ]
}

/** The query of a LabelSelector; one that is malformed, which the API server lets nobody store, selects nothing. */
export function queryOf(selector: LabelSelector | undefined): LabelQuery {
  try {
    return labelSelectorQuery(selector)
  } catch {
    return 'nothing'
  }
}
