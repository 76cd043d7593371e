/** The Lookup that reads a mirror. */
import type { Kind } from '../../api/kind.js'
import type { GroupResource } from '../../api/meta/status.js'
import type { Registry } from '../../api/registry.js'
import { prefixEnd } from '../../store/client.js'
import { keyOf, prefixOf } from './keys.js'
import type { Lookup } from './lookup.js'
import type { Mirror } from './mirror.js'
import type { Reader } from './read.js'

/** A kind that is not served now has nothing: get gives undefined, list nothing. */
export function createLookup({ mirror, reader, registry }: { mirror: Mirror; reader: Reader; registry: Registry }): Lookup {
  const known = new Map<string, Kind>()
  const kindOf = ({ group, resource }: GroupResource): Kind | undefined => {
    const name = `${group}/${resource}`
    const found = known.get(name)
    if (found && registry.findKind(found) === found) return found
    for (const kind of registry.kinds())
      if (kind.group === group && kind.plural === resource) {
        known.set(name, kind)
        return kind
      }
    known.delete(name)
    return undefined
  }
  return {
    get revision() {
      return mirror.revision
    },
    get(resource, namespace, name) {
      const kind = kindOf(resource)
      return kind && mirror.shelf(kind).get(keyOf(kind, namespace, name))?.object
    },
    list(resource, namespace = '') {
      const kind = kindOf(resource)
      if (!kind) return []
      const prefix = prefixOf(kind, namespace)
      return mirror
        .shelf(kind)
        .range(prefix, prefixEnd(prefix))
        .map(({ object }) => object)
    },
    refresh: (signal) => reader.fresh('', signal),
    subscribe(resource, listener) {
      const kind = kindOf(resource)
      if (!kind) return { cancel() {} }
      return mirror
        .shelf(kind)
        .listen(({ type, item, previous }) => listener({ type, object: item.object, ...(previous ? { previous: previous.object } : {}) }))
    },
  }
}
