/**
 * Where objects live in the store: `/registry/<storage>/[<namespace>/]<name>`, as kube-apiserver keeps them in etcd, so
 * that tools which read etcd directly find them.
 */
import type { Kind } from '../../api/kind.js'

/** Before every key of the API server. */
export const registryPrefix = '/registry/'

/** What the store's keys need to know of a kind; with kind and storedAs its schema can be found. */
export type StorageOf = Pick<Kind, 'storage' | 'namespaced'> & Partial<Pick<Kind, 'kind' | 'storedAs'>>

/** The prefix of all objects of a kind, or of those in one namespace. */
export function prefixOf({ storage, namespaced }: StorageOf, namespace = ''): string {
  return namespaced && namespace !== '' ? `${registryPrefix}${storage}/${namespace}/` : `${registryPrefix}${storage}/`
}

/** The key of one object. */
export function keyOf(kind: StorageOf, namespace: string, name: string): string {
  return `${prefixOf(kind, namespace)}${name}`
}

/** What follows a kind's prefix in a key, taken apart; undefined when it is no key of an object. */
export function splitKey(rest: string, namespaced: boolean): { namespace: string; name: string } | undefined {
  if (!namespaced) return rest === '' ? undefined : { namespace: '', name: rest }
  const slash = rest.indexOf('/')
  return slash <= 0 || slash === rest.length - 1 ? undefined : { namespace: rest.slice(0, slash), name: rest.slice(slash + 1) }
}
