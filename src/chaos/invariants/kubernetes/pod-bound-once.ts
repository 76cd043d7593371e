/** A pod is bound to a node once, and stays there. */
import type { Pod } from '../../../api/types/core-v1.js'
import type { Invariant } from '../invariant.js'
import { describeObject, groupKindOf } from '../world.js'

export const podBoundOnce: Invariant = {
  name: 'PodBoundOnce',
  description: 'A pod is bound to at most one node, and never to another one later.',
  source: 'core/v1 Binding; pkg/registry/core/pod/storage (assignPod refuses a pod that is assigned)',
  begin: () => ({
    observe({ type, object, previous }) {
      if (type !== 'MODIFIED' || groupKindOf(object) !== 'Pod' || previous?.metadata.uid !== object.metadata.uid) return undefined
      const before = (previous as Pod | undefined)?.spec?.nodeName
      const now = (object as Pod).spec?.nodeName
      if (!before || before === now) return undefined
      return [{ objects: [describeObject(object)], message: `bound to node ${before}, then ${now ? `to node ${now}` : 'to none'}` }]
    },
  }),
}
