/** NodeUnschedulable: cordoned nodes take only pods that tolerate the cordon's taint (plugins/nodeunschedulable). */
import type { Node } from '../../api/types/core-v1.js'
import type { PluginFactory } from '../framework/plugin.js'
import type { PodInfo } from '../framework/pod-info.js'
import { success, unresolvable } from '../framework/status.js'
import { tolerates, unschedulableTaint } from '../framework/taints.js'

const refusal = unresolvable('node(s) were unschedulable')

export const nodeUnschedulable: PluginFactory = () => ({
  name: 'NodeUnschedulable',
  events: [
    {
      type: 'Node',
      actions: ['Add', 'UpdateTaint'],
      hint: (pod, event) => event.type === 'Node' && event.node !== undefined && admits(event.node, pod),
    },
    { type: 'UnscheduledPod', actions: ['UpdateToleration'] },
  ],
  filter: (_state, pod, { node }) => (admits(node, pod) ? success : refusal),
})

function admits(node: Node, { pod }: PodInfo): boolean {
  return !node.spec?.unschedulable || (pod.spec?.tolerations ?? []).some((one) => tolerates(one, unschedulableTaint))
}
