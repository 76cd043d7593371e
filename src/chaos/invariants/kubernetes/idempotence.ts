/** When all is as it should be and every controller looks at everything again, nothing is written: heartbeats excepted. */
import { conditionIs } from '../../../api/meta/conditions.js'
import type { KubeObject } from '../../../api/meta/object.js'
import type { Node } from '../../../api/types/core-v1.js'
import type { Invariant } from '../invariant.js'
import { describeObject, groupKindOf } from '../world.js'

/** Written whether or not anything happens. */
const heartbeats = new Set(['coordination.k8s.io/Lease', 'Event', 'events.k8s.io/Event'])

export const idempotence: Invariant = {
  name: 'QuietMeansNoWrites',
  description: 'After the run was declared quiet, no object is written but Leases, Events and the status of Nodes.',
  source: 'Kubernetes docs, "Controllers"; Anvil (OSDI 2024), eventually stable reconciliation',
  begin: () => ({
    observe({ type, object }, { quietSinceMs, timeMs }) {
      if (quietSinceMs === undefined || heartbeats.has(groupKindOf(object)) || isHealthyNode(object)) return undefined
      const did = { ADDED: 'made', MODIFIED: 'changed', DELETED: 'deleted' }[type]
      return [{ objects: [describeObject(object)], message: `${did} ${timeMs - quietSinceMs} ms after everything was quiet` }]
    },
  }),
}

function isHealthyNode(object: KubeObject): boolean {
  return groupKindOf(object) === 'Node' && conditionIs((object as unknown as Node).status?.conditions, 'Ready', 'True')
}
