/** NodeAffinity: spec.nodeSelector and node affinity, required and preferred (plugins/nodeaffinity). */
import type { NodeAffinity, PreferredSchedulingTerm } from '../../api/types/core-v1.js'
import { matchesNodeSelectorTerm, matchesRequiredNodeAffinity } from '../framework/node-selector.js'
import { normalizeScores } from '../framework/normalize.js'
import type { PluginFactory } from '../framework/plugin.js'
import type { PodInfo } from '../framework/pod-info.js'
import { skip, success, unresolvable } from '../framework/status.js'

const refusal = unresolvable("node(s) didn't match Pod's node affinity/selector")
const conflict = unresolvable('pod affinity terms conflict')

export const nodeAffinity: PluginFactory = () => ({
  name: 'NodeAffinity',
  events: [
    {
      type: 'Node',
      actions: ['Add', 'UpdateLabel'],
      hint: ({ pod }, event) =>
        event.type === 'Node' &&
        event.node !== undefined &&
        matchesRequiredNodeAffinity(pod, event.node) &&
        !(event.old && matchesRequiredNodeAffinity(pod, event.old)),
    },
  ],
  preFilter(_state, { pod }) {
    const affinity = pod.spec?.affinity?.nodeAffinity
    if (!affinity?.requiredDuringSchedulingIgnoredDuringExecution && Object.keys(pod.spec?.nodeSelector ?? {}).length === 0)
      return { status: skip }
    const nodes = namedNodes(affinity)
    if (!nodes) return { status: success }
    return nodes.size === 0 ? { status: conflict } : { status: success, nodes }
  },
  filter: (_state, { pod }, { node }) => (matchesRequiredNodeAffinity(pod, node) ? success : refusal),
  preScore: (_state, pod) => (preferences(pod).length === 0 ? skip : success),
  score: (_state, pod, { node }) =>
    preferences(pod).reduce((sum, { weight, preference }) => sum + (matchesNodeSelectorTerm(preference, node) ? weight : 0), 0),
  normalizeScores: (_state, _pod, scores) => normalizeScores(scores),
})

function preferences({ pod }: PodInfo): readonly PreferredSchedulingTerm[] {
  return (pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).filter(
    ({ weight, preference }) => weight !== 0 && !isEmpty(preference),
  )
}

/** An empty preference matches no node. */
function isEmpty({ matchExpressions = [], matchFields = [] }: PreferredSchedulingTerm['preference']): boolean {
  return matchExpressions.length + matchFields.length === 0
}

/** The nodes that required terms name by metadata.name, when each of them does; DaemonSet pods are made so. */
function namedNodes(affinity: NodeAffinity | undefined): ReadonlySet<string> | undefined {
  const terms = affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  if (terms.length === 0) return undefined
  const all = new Set<string>()
  for (const { matchFields = [] } of terms) {
    let named: Set<string> | undefined
    for (const { key, operator, values = [] } of matchFields) {
      if (key !== 'metadata.name' || operator !== 'In') continue
      named = named ? new Set(values.filter((name) => named?.has(name))) : new Set(values)
    }
    if (!named) return undefined
    for (const name of named) all.add(name)
  }
  return all
}
