/**
 * Sees every change of every object where none can be hidden: in the store itself, as one stream in order of revision, which
 * is what invariants are judged on.
 */
import type { KubeObject } from '../../api/meta/object.js'
import type { ObjectEvent } from '../../chaos/invariants/invariant.js'
import { createStoreClient } from '../../store/client.js'
import type { StoreEvent } from '../../store/protocol.js'
import type { Stagehand } from '../stagehand.js'

const decoder = new TextDecoder()
const registry = { key: '/registry/', end: '/registry0' }

/** Calls `observe` with each change from the first on, until the world ends. */
export function observeObjects({ context, replicas }: Stagehand, observe: (event: ObjectEvent) => void): void {
  const store = createStoreClient(context, replicas)
  const known = new Map<string, KubeObject>()
  context.spawn('observer', async () => {
    for await (const { events } of store.watch({ ...registry, startRevision: 1 }, { signal: context.signal }))
      for (const event of events) {
        const seen = objectEvent(event, known, context.clock.monotonic())
        if (seen) observe(seen)
      }
  })
}

function objectEvent({ type, item }: StoreEvent, known: Map<string, KubeObject>, timeMs: number): ObjectEvent | undefined {
  const before = known.get(item.key)
  if (type === 'delete') {
    known.delete(item.key)
    return before && { type: 'DELETED', object: versioned(before, item.modRevision), timeMs }
  }
  const object = versioned(JSON.parse(decoder.decode(item.value)) as KubeObject, item.modRevision)
  // Allocations and the like are no objects.
  if (!object.kind || !object.metadata.name) return undefined
  known.set(item.key, object)
  return { type: before ? 'MODIFIED' : 'ADDED', object, timeMs }
}

function versioned(object: KubeObject, revision: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } }
}
