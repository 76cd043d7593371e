/** A ReplicaSet may have too many pods for a moment, when it was scaled or adopted some; not for long. */
import { controllerOf } from '../../../api/meta/owner-references.js'
import type { ReplicaSet } from '../../../api/types/apps-v1.js'
import type { Pod } from '../../../api/types/core-v1.js'
import { type Invariant, Overdue } from '../invariant.js'
import { describeObject, groupKindOf, type World } from '../world.js'
import { isActive } from './pods.js'

export const replicaSetSurplus: Invariant = {
  name: 'ReplicaSetNotOver',
  description: 'A ReplicaSet never has more active pods than replicas for longer than a bound.',
  source: 'Kubernetes docs, "ReplicaSet"; pkg/controller/replicaset (manageReplicas)',
  begin({ reactionMs }) {
    const overdue = new Overdue(reactionMs)
    const judge = (uid: string, world: World): void => {
      const set = world.byUid<ReplicaSet>(uid)
      if (!set || set.metadata.deletionTimestamp) return overdue.restart(uid)
      const active = world.dependents<Pod>(uid, 'Pod').filter(isActive).length
      const replicas = set.spec?.replicas ?? 1
      const finding = { objects: [describeObject(set)], message: `${active} active pods for ${replicas} replicas` }
      overdue.mark(uid, world, active > replicas ? finding : undefined)
    }
    return {
      observe({ object, previous }, world) {
        const groupKind = groupKindOf(object)
        if (groupKind === 'apps/ReplicaSet') judge(object.metadata.uid ?? '', world)
        if (groupKind !== 'Pod') return undefined
        for (const version of [previous, object]) {
          const owner = version && controllerOf(version)
          if (owner?.kind === 'ReplicaSet') judge(owner.uid, world)
        }
        return undefined
      },
      tick: (world) => overdue.due(world),
    }
  },
}
