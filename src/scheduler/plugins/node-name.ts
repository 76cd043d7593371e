/** NodeName: a pod that names its node goes there or nowhere (plugins/nodename). */
import type { PluginFactory } from '../framework/plugin.js'
import { success, unresolvable } from '../framework/status.js'

const refusal = unresolvable("node(s) didn't match the requested node name")

export const nodeName: PluginFactory = () => ({
  name: 'NodeName',
  events: [
    {
      type: 'Node',
      actions: ['Add'],
      hint: ({ pod }, event) => event.type === 'Node' && (!pod.spec?.nodeName || pod.spec.nodeName === event.node?.metadata.name),
    },
  ],
  filter: (_state, { pod }, { name }) => (!pod.spec?.nodeName || pod.spec.nodeName === name ? success : refusal),
})
