/**
 * The resources that Troupe's own components speak of, as typed names: group, version, plural, kind and scope, and the
 * TypeScript type of the objects. No schemas: a controller's thread must stay small. Read next: client.ts.
 */
import type { DaemonSet, Deployment, ReplicaSet, StatefulSet } from '../api/types/apps-v1.js'
import type { CronJob, Job } from '../api/types/batch-v1.js'
import type { Lease } from '../api/types/coordination-v1.js'
import type {
  ConfigMap,
  Endpoints,
  Event,
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  Secret,
  Service,
  ServiceAccount,
} from '../api/types/core-v1.js'
import type { EndpointSlice } from '../api/types/discovery-v1.js'
import type { ObjectMeta } from '../api/types/meta-v1.js'

/** What a client must know of any object: the fields all of them have. */
export interface ApiObject {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
}

/** A resource by name. `T` is the type of its objects and exists for the compiler only. */
export interface ResourceType<T extends ApiObject = ApiObject> {
  readonly group: string
  readonly version: string
  /** The plural, as paths have it. */
  readonly resource: string
  readonly kind: string
  readonly namespaced: boolean
  /** Never set; carries T. */
  readonly objectType?: T
}

/** A resource from its parts; `apiVersion` is 'v1' or 'group/version'. */
export function resourceType<T extends ApiObject>(apiVersion: string, resource: string, kind: string, namespaced = true): ResourceType<T> {
  const slash = apiVersion.indexOf('/')
  return { group: slash < 0 ? '' : apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1), resource, kind, namespaced }
}

export const configMaps = resourceType<ConfigMap>('v1', 'configmaps', 'ConfigMap')
export const endpoints = resourceType<Endpoints>('v1', 'endpoints', 'Endpoints')
export const events = resourceType<Event>('v1', 'events', 'Event')
export const namespaces = resourceType<Namespace>('v1', 'namespaces', 'Namespace', false)
export const nodes = resourceType<Node>('v1', 'nodes', 'Node', false)
export const persistentVolumes = resourceType<PersistentVolume>('v1', 'persistentvolumes', 'PersistentVolume', false)
export const persistentVolumeClaims = resourceType<PersistentVolumeClaim>('v1', 'persistentvolumeclaims', 'PersistentVolumeClaim')
export const pods = resourceType<Pod>('v1', 'pods', 'Pod')
export const secrets = resourceType<Secret>('v1', 'secrets', 'Secret')
export const serviceAccounts = resourceType<ServiceAccount>('v1', 'serviceaccounts', 'ServiceAccount')
export const services = resourceType<Service>('v1', 'services', 'Service')
export const daemonSets = resourceType<DaemonSet>('apps/v1', 'daemonsets', 'DaemonSet')
export const deployments = resourceType<Deployment>('apps/v1', 'deployments', 'Deployment')
export const replicaSets = resourceType<ReplicaSet>('apps/v1', 'replicasets', 'ReplicaSet')
export const statefulSets = resourceType<StatefulSet>('apps/v1', 'statefulsets', 'StatefulSet')
export const cronJobs = resourceType<CronJob>('batch/v1', 'cronjobs', 'CronJob')
export const jobs = resourceType<Job>('batch/v1', 'jobs', 'Job')
export const leases = resourceType<Lease>('coordination.k8s.io/v1', 'leases', 'Lease')
export const endpointSlices = resourceType<EndpointSlice>('discovery.k8s.io/v1', 'endpointslices', 'EndpointSlice')

/** `namespace/name`, or `name` for what is in no namespace: how caches and queues name an object. */
export function keyOf({ metadata }: { readonly metadata: { readonly name: string; readonly namespace?: string | undefined } }): string {
  return metadata.namespace ? `${metadata.namespace}/${metadata.name}` : metadata.name
}

/** The parts of a key; namespace is '' for what is in none. */
export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/')
  return slash < 0 ? { namespace: '', name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}

/** The path of a collection or, with `name`, of an object; without namespace: all namespaces. */
export function pathOf({ group, version, resource }: ResourceType, namespace?: string, name?: string, subresource?: string): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const scope = namespace ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  return `${root}${scope}/${resource}${name ? `/${encodeURIComponent(name)}` : ''}${subresource ? `/${subresource}` : ''}`
}

/**
 * Order of two resourceVersions: negative, 0 or positive. They are decimal numbers of any length (KEP-5504 makes them
 * comparable); '' is older than all.
 */
export function compareResourceVersions(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : a > b ? 1 : 0
}
