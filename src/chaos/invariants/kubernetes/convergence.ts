/** Everything becomes what it is asked to be, within a bound, once no fault is in force. */
import type { KubeObject } from '../../../api/meta/object.js'
import type { DaemonSet, Deployment, ReplicaSet, StatefulSet } from '../../../api/types/apps-v1.js'
import { type Invariant, Overdue } from '../invariant.js'
import { describeObject, groupKindOf, uidOf } from '../world.js'
import { observedGenerationOf } from './specs.js'

export const convergence: Invariant = {
  name: 'Converges',
  description:
    'Deployments, ReplicaSets, StatefulSets and DaemonSets have the pods they ask for, up to date and ready, and what is being deleted is gone, within a bound.',
  source: 'Kubernetes docs, "Controllers" (desired versus current state); kstatus',
  begin({ convergenceMs }) {
    const overdue = new Overdue(convergenceMs)
    return {
      observe({ type, object, previous }, world) {
        const key = uidOf(object)
        // What is asked for is new: the time is, too.
        const isNew = previous?.metadata.generation !== object.metadata.generation
        if (type === 'DELETED' || isNew) overdue.restart(key)
        if (type === 'DELETED') return undefined
        const wrong = unconverged(object)
        overdue.mark(key, world, wrong === undefined ? undefined : { objects: [describeObject(object)], message: wrong })
        return undefined
      },
      tick: (world) => overdue.due(world),
    }
  },
}

/** What an object still lacks, in words; undefined when it is as it is asked to be. */
export function unconverged(object: KubeObject): string | undefined {
  // Namespaces have an invariant of their own; leases of nodes and the like are never deleted slowly.
  if (object.metadata.deletionTimestamp) return groupKindOf(object) === 'Namespace' ? undefined : 'is being deleted, and still there'
  switch (groupKindOf(object)) {
    case 'apps/Deployment': {
      const { spec, status } = object as unknown as Deployment
      const replicas = spec?.replicas ?? 1
      if (spec?.paused) return undefined
      return (
        unobserved(object) ??
        lacks(replicas, { replicas: status?.replicas, updated: status?.updatedReplicas, available: status?.availableReplicas })
      )
    }
    case 'apps/ReplicaSet': {
      const { spec, status } = object as unknown as ReplicaSet
      return unobserved(object) ?? lacks(spec?.replicas ?? 1, { replicas: status?.replicas, available: status?.availableReplicas })
    }
    case 'apps/StatefulSet': {
      const { spec, status } = object as unknown as StatefulSet
      return unobserved(object) ?? lacks(spec?.replicas ?? 1, { replicas: status?.replicas, available: status?.availableReplicas })
    }
    case 'apps/DaemonSet': {
      const { status } = object as unknown as DaemonSet
      return (
        unobserved(object) ??
        lacks(status?.desiredNumberScheduled ?? 0, { scheduled: status?.currentNumberScheduled, available: status?.numberAvailable })
      )
    }
    default:
      return undefined
  }
}

function unobserved(object: KubeObject): string | undefined {
  const { generation = 0 } = object.metadata
  const observed = observedGenerationOf(object)
  return observed < generation ? `its controller has seen generation ${observed} of ${generation}` : undefined
}

function lacks(wanted: number, counts: Readonly<Record<string, number | undefined>>): string | undefined {
  const wrong = Object.entries(counts).filter(([, count = 0]) => count !== wanted)
  return wrong.length === 0 ? undefined : `wants ${wanted}, has ${wrong.map(([name, count = 0]) => `${count} ${name}`).join(' and ')}`
}
