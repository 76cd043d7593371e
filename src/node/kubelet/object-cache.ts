/**
 * Objects that pods refer to, read when they are needed and kept for a few seconds, so that fifty pods with the same
 * ConfigMap cost one request. Upstream watches each of them; here a change shows at the next refresh of the volumes.
 */
import type { Clock } from '../../base/clock.js'
import type { Client } from '../../client/client.js'
import type { ApiObject, ResourceType } from '../../client/resources.js'
import { isNotFound } from '../../client/status-error.js'

const freshMs = 3_000
const entriesMax = 1_024

export interface ObjectCache {
  /** The object, at most a few seconds old; undefined when there is none. */
  get<T extends ApiObject>(resource: ResourceType<T>, namespace: string, name: string): Promise<T | undefined>
}

export function createObjectCache(client: Client, clock: Clock): ObjectCache {
  const entries = new Map<string, { at: number; object: Promise<ApiObject | undefined> }>()
  return {
    get<T extends ApiObject>(resource: ResourceType<T>, namespace: string, name: string) {
      const key = `${resource.resource}/${namespace}/${name}`
      const known = entries.get(key)
      if (known && clock.monotonic() - known.at < freshMs) return known.object as Promise<T | undefined>
      const object = client.get(resource, name, namespace ? { namespace } : {}).catch((error: unknown) => {
        if (isNotFound(error)) return undefined
        entries.delete(key)
        throw error
      })
      entries.delete(key)
      entries.set(key, { at: clock.monotonic(), object })
      for (const oldest of entries.keys()) {
        if (entries.size <= entriesMax) break
        entries.delete(oldest)
      }
      return object as Promise<T | undefined>
    },
  }
}
