/** TaintToleration: hard taints keep pods away, soft ones cost points (plugins/tainttoleration). */
import type { Node, Taint, Toleration } from '../../api/types/core-v1.js'
import type { StateKey } from '../framework/cycle-state.js'
import { normalizeScores } from '../framework/normalize.js'
import type { PluginFactory } from '../framework/plugin.js'
import type { PodInfo } from '../framework/pod-info.js'
import { success, unresolvable } from '../framework/status.js'
import { tolerates, untoleratedTaint } from '../framework/taints.js'

const refusal = unresolvable('node(s) had untolerated taint(s)')
/** Tolerations that could excuse a PreferNoSchedule taint. */
const softTolerations: StateKey<readonly Toleration[]> = { name: 'TaintToleration' }

export const taintToleration: PluginFactory = () => ({
  name: 'TaintToleration',
  events: [
    {
      type: 'Node',
      actions: ['Add', 'UpdateTaint'],
      hint: (pod, event) =>
        event.type === 'Node' && event.node !== undefined && admits(event.node, pod) && !(event.old && admits(event.old, pod)),
    },
    { type: 'UnscheduledPod', actions: ['UpdateToleration'] },
  ],
  filter: (_state, pod, { node }) => (admits(node, pod) ? success : refusal),
  preScore(state, { pod }) {
    state.write(
      softTolerations,
      (pod.spec?.tolerations ?? []).filter(({ effect = '' }) => effect === '' || effect === 'PreferNoSchedule'),
    )
    return success
  },
  score(state, _pod, { node }) {
    const tolerations = state.read(softTolerations) ?? []
    const soft = (taint: Taint) => taint.effect === 'PreferNoSchedule' && !tolerations.some((one) => tolerates(one, taint))
    return (node.spec?.taints ?? []).filter(soft).length
  },
  normalizeScores: (_state, _pod, scores) => normalizeScores(scores, { reverse: true }),
})

function admits(node: Node, { pod }: PodInfo): boolean {
  return untoleratedTaint(node.spec?.taints, pod.spec?.tolerations) === undefined
}
