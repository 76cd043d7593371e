/** A namespace that is deleted goes, and takes everything in it along. */
import { type Invariant, Overdue } from '../invariant.js'
import { describeObject, groupKindOf, uidOf } from '../world.js'

export const namespaceEnds: Invariant = {
  name: 'NamespaceEnds',
  description: 'A namespace that is being deleted is gone within a bound, and with it every object in it.',
  source: 'Kubernetes docs, "Namespaces"; pkg/controller/namespace/deletion',
  begin({ convergenceMs }) {
    const overdue = new Overdue(convergenceMs)
    const gone = new Set<string>()
    return {
      observe({ type, object }, world) {
        if (groupKindOf(object) !== 'Namespace') {
          const { namespace } = object.metadata
          // Only of a namespace that was seen is it known that it is gone.
          return type === 'ADDED' && namespace && gone.has(namespace) && !world.get('Namespace', undefined, namespace)
            ? [{ objects: [describeObject(object)], message: `made in namespace ${namespace}, which is gone` }]
            : undefined
        }
        const { name, deletionTimestamp } = object.metadata
        const key = uidOf(object)
        if (type !== 'DELETED') {
          gone.delete(name)
          overdue.mark(
            key,
            world,
            deletionTimestamp ? { objects: [describeObject(object)], message: 'is being deleted, and still there' } : undefined,
          )
          return undefined
        }
        gone.add(name)
        overdue.restart(key)
        const left = world.everything().filter(({ metadata }) => metadata.namespace === name)
        if (left.length === 0) return undefined
        return [
          {
            objects: [describeObject(object)],
            message: `is gone, but ${left.slice(0, 3).map(describeObject).join(', ')} ${left.length === 1 ? 'is' : 'are'} left`,
          },
        ]
      },
      tick: (world) => overdue.due(world),
    }
  },
}
