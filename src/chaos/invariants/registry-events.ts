/**
 * The stream of all changes of all kinds, from one watch of the store over everything the API server keeps (`/registry/`, with previous
 * values): in order of revision and without a gap, so that it needs no putting in order and sees what no other client may miss. The
 * stored form is the object's JSON without its resourceVersion, which is the revision.
 */
import type { KubeObject } from '../../api/meta/object.js'
import type { StoreEvent, WatchItem } from '../../store/protocol.js'
import type { ObjectEvent } from './observed.js'

/** What to watch. Add `startRevision`; from 1 on it gives what was there before, while the store remembers it. */
export const registryWatch = { key: '/registry/', end: '/registry0', previous: true } as const

const decoder = new TextDecoder()

/** The changes of objects in what such a watch sent, in order. What is no object of the API (counters, allocations) is left out. */
export function registryEvents({ events }: WatchItem, timeMs: number): ObjectEvent[] {
  return events.flatMap((event) => {
    const change = registryEvent(event, timeMs)
    return change ? [change] : []
  })
}

function registryEvent({ type, item, previous }: StoreEvent, timeMs: number): ObjectEvent | undefined {
  if (type === 'delete') {
    const object = previous && objectIn(previous.value, item.modRevision)
    return object && { type: 'DELETED', object, timeMs }
  }
  const object = objectIn(item.value, item.modRevision)
  return object && { type: item.version === 1 ? 'ADDED' : 'MODIFIED', object, timeMs }
}

function objectIn(value: Uint8Array, revision: number): KubeObject | undefined {
  const text = decoder.decode(value)
  if (!text.startsWith('{')) return undefined
  const object = JSON.parse(text) as Partial<KubeObject>
  if (!object.kind || !object.apiVersion || !object.metadata?.name) return undefined
  return { ...(object as KubeObject), metadata: { ...object.metadata, resourceVersion: String(revision) } }
}
