/**
 * An object with finalizers waits for them: its deletion begins with a deletionTimestamp, and no finalizer comes after that. The last
 * finalizer and the object go in one write, so that the last version seen may still carry it.
 */
import type { Invariant } from '../invariant.js'
import { describeObject } from '../world.js'

export const finalizers: Invariant = {
  name: 'FinalizersAwaited',
  description: 'An object with finalizers does not vanish before its deletion has begun, and gets none after that.',
  source: 'Kubernetes docs, "Finalizers"; apimachinery ValidateObjectMetaAccessorUpdate',
  begin: () => ({
    observe({ type, object, previous }) {
      if (!previous) return undefined
      const before = previous.metadata
      const objects = [describeObject(object)]
      const waiting = before.finalizers ?? []
      if (type === 'DELETED')
        return waiting.length > 0 && !before.deletionTimestamp
          ? [{ objects, message: `vanishes with the finalizers ${waiting.join(', ')}, its deletion never having begun` }]
          : undefined
      if (!before.deletionTimestamp) return undefined
      const added = (object.metadata.finalizers ?? []).filter((one) => !waiting.includes(one))
      return added.length > 0 ? [{ objects, message: `gets the finalizer ${added.join(', ')} when its deletion has begun` }] : undefined
    },
  }),
}
