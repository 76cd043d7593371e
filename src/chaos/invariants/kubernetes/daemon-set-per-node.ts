/** A DaemonSet has one pod on a node; two for a moment, and for as long as a surge asks for it. */
import { controllerOf } from '../../../api/meta/owner-references.js'
import type { DaemonSet } from '../../../api/types/apps-v1.js'
import type { Pod } from '../../../api/types/core-v1.js'
import { type Invariant, Overdue } from '../invariant.js'
import { describeObject, groupKindOf, type World } from '../world.js'
import { isActive } from './pods.js'

export const daemonSetPerNode: Invariant = {
  name: 'DaemonSetOnePerNode',
  description: 'A DaemonSet has at most one active pod on each node (two while it surges), for longer than a bound.',
  source: 'Kubernetes docs, "DaemonSet"; pkg/controller/daemon (podsShouldBeOnNode)',
  begin({ reactionMs }) {
    const overdue = new Overdue(reactionMs)
    const judge = (uid: string, node: string, world: World): void => {
      const set = world.byUid<DaemonSet>(uid)
      const key = `${uid} ${node}`
      if (!set || set.metadata.deletionTimestamp) return overdue.restart(key)
      const pods = world.dependents<Pod>(uid, 'Pod').filter((pod) => isActive(pod) && nodeOf(pod) === node)
      const surges = ![undefined, 0, '0', '0%'].includes(set.spec?.updateStrategy?.rollingUpdate?.maxSurge)
      const objects = [describeObject(set), `Node ${node}`]
      overdue.mark(key, world, pods.length > (surges ? 2 : 1) ? { objects, message: `${pods.length} active pods on one node` } : undefined)
    }
    return {
      observe({ object, previous }, world) {
        if (groupKindOf(object) !== 'Pod') return undefined
        for (const version of [previous, object] as (Pod | undefined)[]) {
          const owner = version && controllerOf(version)
          const node = version && nodeOf(version)
          if (owner?.kind === 'DaemonSet' && node) judge(owner.uid, node, world)
        }
        return undefined
      },
      tick: (world) => overdue.due(world),
    }
  },
}

/** The node a pod is on, or is meant for by its affinity, as the controller writes it. */
function nodeOf({ spec }: Pod): string | undefined {
  if (spec?.nodeName) return spec.nodeName
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  return terms[0]?.matchFields?.find(({ key }) => key === 'metadata.name')?.values?.[0]
}
