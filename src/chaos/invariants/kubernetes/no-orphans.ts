/**
 * What is owned goes with its owners. A cascade that spares the dependents takes the reference out of them before the owner goes, so an
 * object all of whose owners are gone is an orphan that nobody wanted. The collector may take its time, up to a bound.
 */
import type { KubeObject } from '../../../api/meta/object.js'
import { type Invariant, Overdue } from '../invariant.js'
import { describeObject, uidOf, type World } from '../world.js'

export const noOrphans: Invariant = {
  name: 'NoOrphans',
  description: 'An object whose owners are all gone is deleted within a bound.',
  source: 'Kubernetes docs, "Garbage Collection"; pkg/controller/garbagecollector',
  begin({ reactionMs }) {
    const overdue = new Overdue(reactionMs)
    const judge = (object: KubeObject, world: World): void => {
      const owners = object.metadata.ownerReferences ?? []
      const isOrphan = owners.length > 0 && owners.every(({ uid }) => world.goneAtMs(uid) !== undefined && !world.byUid(uid))
      const names = owners.map(({ kind, name }) => `${kind} ${name}`).join(' and ')
      // One that waits for finalizers of its own is on its way.
      const isLeft = isOrphan && object.metadata.deletionTimestamp === undefined
      overdue.mark(
        uidOf(object),
        world,
        isLeft ? { objects: [describeObject(object)], message: `is left, and its owner ${names} is gone` } : undefined,
      )
    }
    return {
      observe({ type, object }, world) {
        if (type === 'DELETED') {
          overdue.restart(uidOf(object))
          for (const dependent of world.dependents(uidOf(object))) judge(dependent, world)
        } else judge(object, world)
        return undefined
      },
      tick: (world) => overdue.due(world),
    }
  },
}
