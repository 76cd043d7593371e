/** Nobody writes to one object without end, nor writes what is there already. */
import type { KubeObject } from '../../../api/meta/object.js'
import type { Invariant } from '../invariant.js'
import { describeObject, uidOf } from '../world.js'
import { isSame } from './same.js'

const minuteMs = 60_000

export const hotLoop: Invariant = {
  name: 'NoHotLoop',
  description: 'No object is written more often in a minute than a bound, nor more than a few times with nothing changed.',
  source: 'Kubernetes API conventions (controllers are level-based and idempotent); Sieve (OSDI 2022)',
  begin({ writesPerMinuteMax, emptyWritesMax }) {
    const writes = new Map<string, number[]>()
    const empty = new Map<string, number>()
    return {
      observe({ type, object, previous, timeMs }) {
        const uid = uidOf(object)
        if (type === 'DELETED') {
          writes.delete(uid)
          empty.delete(uid)
          return undefined
        }
        const objects = [describeObject(object)]
        const recent = (writes.get(uid) ?? []).filter((at) => at > timeMs - minuteMs)
        recent.push(timeMs)
        writes.set(uid, recent)
        if (recent.length > writesPerMinuteMax) return [{ objects, message: `written ${recent.length} times in a minute` }]
        if (!previous || !isEmptyWrite(object, previous)) return undefined
        const count = (empty.get(uid) ?? 0) + 1
        empty.set(uid, count)
        return count > emptyWritesMax ? [{ objects, message: `written ${count} times with nothing changed` }] : undefined
      },
    }
  },
}

/** The API server writes nothing when nothing changes, so such a write differs in its bookkeeping alone. */
function isEmptyWrite(object: KubeObject, previous: KubeObject): boolean {
  return object.metadata.uid === previous.metadata.uid && isSame(withoutBookkeeping(object), withoutBookkeeping(previous))
}

function withoutBookkeeping(object: KubeObject): unknown {
  const { resourceVersion: _, managedFields: __, ...metadata } = object.metadata
  return { ...object, metadata }
}
