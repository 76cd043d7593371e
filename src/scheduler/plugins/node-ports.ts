/** NodePorts: a host port is had once per node (plugins/nodeports). */
import { hostPortsOf, portsCollide } from '../framework/host-ports.js'
import type { PluginFactory } from '../framework/plugin.js'
import { skip, success, unschedulable } from '../framework/status.js'

const refusal = unschedulable("node(s) didn't have free ports for the requested pod ports")

export const nodePorts: PluginFactory = () => ({
  name: 'NodePorts',
  events: [
    {
      type: 'AssignedPod',
      actions: ['Delete'],
      hint: ({ hostPorts }, event) =>
        event.type === 'AssignedPod' &&
        hostPortsOf(event.old?.spec).some((freed) => hostPorts.some((wanted) => portsCollide(freed, wanted))),
    },
    { type: 'Node', actions: ['Add'] },
  ],
  preFilter: (_state, { hostPorts }) => ({ status: hostPorts.length === 0 ? skip : success }),
  filter: (_state, { hostPorts }, node) =>
    hostPorts.some((wanted) => node.hostPorts.some((used) => portsCollide(wanted, used))) ? refusal : success,
})
