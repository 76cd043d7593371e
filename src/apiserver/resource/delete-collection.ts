/** deletecollection: every object that a list would show is deleted as if by name, a few at a time. */
import { ApiError } from '../../api/meta/status.js'
import type { Answer, ApiCall, ResourceTarget, Served } from '../request.js'
import { deleteObject } from './delete.js'
import { parseDeleteOptions } from './delete-options.js'
import { present } from './present.js'
import type { World } from './world.js'

/** Deletes under way at once (--delete-collection-workers is 1 upstream; one actor has no use for the caution). */
const concurrency = 16

/** Answers with the list of what was to be deleted. Throws what the first failing delete throws; 404s are no failures. */
export async function deleteCollection(world: World, call: ApiCall, target: ResourceTarget): Promise<Answer> {
  const options = parseDeleteOptions(call, world.registry)
  const items = await world.reader.select(target, call.query, call.signal)
  const served: Served[] = items.map((item) => present(target.kind, item))
  let next = 0
  const work = async (): Promise<void> => {
    while (next < items.length) {
      const item = items[next++]
      if (!item) return
      try {
        await deleteObject(world, call, { ...target, namespace: item.namespace, name: item.name, verb: 'delete' }, options)
      } catch (error) {
        if (!(error instanceof ApiError) || error.status.code !== 404) throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, work))
  return { type: 'list', kind: target.kind, items: served, metadata: { resourceVersion: String(world.mirror.revision) } }
}
