/** Keys of objects in traces: RESOURCE/NAMESPACE/NAME or RESOURCE/NAME, whichever way a message names them. */

/** What a path of the API asks for. */
export interface PathTarget {
  readonly resource: string
  readonly namespace?: string
  readonly name?: string
}

/** The resource in `/api/v1/namespaces/default/pods/web-1/status?x=y`; undefined where the path names none. */
export function resourceOfPath(path: string): PathTarget | undefined {
  const parts = (path.split('?')[0] ?? '').split('/').filter((part) => part !== '')
  const rest = parts[0] === 'api' ? parts.slice(2) : parts[0] === 'apis' ? parts.slice(3) : []
  const [first, second, third, fourth] = rest
  if (first === undefined) return undefined
  const namespaced = first === 'namespaces' && third !== undefined && !namespaceSubresources.has(third)
  if (namespaced) return target(third, second, fourth)
  return target(first, undefined, second)
}

const namespaceSubresources: ReadonlySet<string> = new Set(['status', 'finalize'])

function target(resource: string, namespace?: string, name?: string): PathTarget {
  return { resource, ...(namespace === undefined ? {} : { namespace }), ...(name === undefined ? {} : { name }) }
}

/** The key of the one object that a path names; undefined when it names none, or many. */
export function objectOfPath(path: string): string[] | undefined {
  const found = resourceOfPath(path)
  if (found?.name === undefined) return undefined
  return [[found.resource, found.namespace, found.name].filter((part) => part !== undefined).join('/')]
}

/** Where kube-apiserver's storage names differ from those of the API (pkg/registry/core/rest/storage_core.go). */
const storageNames: readonly (readonly [string, string])[] = [
  ['services/specs/', 'services/'],
  ['services/endpoints/', 'endpoints/'],
  ['minions/', 'nodes/'],
]

/** The key of the object at `/registry/pods/default/web-1`; undefined for any other key and for prefixes. */
export function objectOfKey(key: string): string | undefined {
  if (!key.startsWith('/registry/') || key.endsWith('/')) return undefined
  let rest = key.slice('/registry/'.length)
  for (const [stored, served] of storageNames) if (rest.startsWith(stored)) rest = served + rest.slice(stored.length)
  const parts = rest.split('/')
  // Storage of a custom resource is below its group.
  if (parts[0]?.includes('.') && parts.length > 2) parts.shift()
  return parts.length === 2 || parts.length === 3 ? parts.join('/') : undefined
}
