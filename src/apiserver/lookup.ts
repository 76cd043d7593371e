/**
 * Lookup: what the API server itself may read of the objects it serves, at once and without a request: the watch cache
 * as plain functions. Authentication, authorization and the streaming subresources decide by it.
 */
import type { KubeObject } from '../api/meta/object.js'
import type { GroupResource } from '../api/meta/status.js'

export interface Lookup {
  /** The object as the cache has it now; '' as namespace for cluster-scoped ones. Not to be changed. */
  get(resource: GroupResource, namespace: string, name: string): KubeObject | undefined
  /** All objects of a resource, or those of one namespace, in order of key. Not to be changed. */
  list(resource: GroupResource, namespace?: string): readonly KubeObject[]
  /** A number that is another one whenever any object of the resource has changed; what was computed from them is kept by it. */
  generation(resource: GroupResource): number
}
