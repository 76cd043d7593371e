/** SchedulingGates: a pod with gates waits until all are gone (KEP-3521; plugins/schedulinggates). */
import type { PluginFactory } from '../framework/plugin.js'
import { success, unresolvable } from '../framework/status.js'

export const schedulingGates: PluginFactory = () => ({
  name: 'SchedulingGates',
  events: [{ type: 'UnscheduledPod', actions: ['UpdateGatesEliminated'] }],
  preEnqueue({ pod }) {
    const gates = pod.spec?.schedulingGates ?? []
    return gates.length === 0 ? success : unresolvable(`waiting for scheduling gates: [${gates.map(({ name }) => name).join(' ')}]`)
  },
})
