/**
 * The discovery documents of a registry: what /api, /apis, /apis/<group>, /api/v1, /apis/<group>/<version> and the
 * aggregated form of /api and /apis (apidiscovery.k8s.io/v2) answer. Clients learn from them which resources there are.
 */
import type { Kind, Subresource } from '../kind.js'
import { apiVersionOf } from '../meta/object.js'
import type { GroupVersions, Registry } from '../registry.js'

export interface GroupVersionForDiscovery {
  readonly groupVersion: string
  readonly version: string
}

/** meta.k8s.io/v1 APIGroup. */
export interface ApiGroup {
  readonly kind?: 'APIGroup'
  readonly apiVersion?: 'v1'
  readonly name: string
  readonly versions: readonly GroupVersionForDiscovery[]
  readonly preferredVersion: GroupVersionForDiscovery
}

/** meta.k8s.io/v1 APIResource. */
export interface ApiResource {
  readonly name: string
  readonly singularName: string
  readonly namespaced: boolean
  readonly group?: string
  readonly version?: string
  readonly kind: string
  readonly verbs: readonly string[]
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  readonly storageVersionHash?: string
}

/** meta.k8s.io/v1 APIResourceList; `apiVersion` is left out of the core group's, as upstream does. */
export interface ApiResourceList {
  readonly kind: 'APIResourceList'
  readonly apiVersion?: 'v1'
  readonly groupVersion: string
  readonly resources: readonly ApiResource[]
}

/** GET /api. `serverAddress` is host:port as clients reach it. */
export function apiVersions(registry: Registry, serverAddress: string): unknown {
  return {
    kind: 'APIVersions',
    versions: registry.groups().find(({ group }) => group === '')?.versions ?? [],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
  }
}

/** GET /apis. */
export function apiGroupList(registry: Registry): { kind: 'APIGroupList'; apiVersion: 'v1'; groups: ApiGroup[] } {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: namedGroups(registry).map(groupOf) }
}

/** GET /apis/<group>; undefined when there is no such group. */
export function apiGroup(registry: Registry, group: string): ApiGroup | undefined {
  const found = namedGroups(registry).find((candidate) => candidate.group === group)
  return found && { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(found) }
}

/** GET /api/<version> (group '') and /apis/<group>/<version>; undefined when nothing is served there. */
export function apiResourceList(registry: Registry, group: string, version: string): ApiResourceList | undefined {
  if (!registry.serves({ group, version })) return undefined
  const resources = registry
    .kindsOf(group, version)
    .flatMap((kind) => [resourceOf(kind), ...kind.subresources.map((subresource) => subresourceOf(kind, subresource))])
  return {
    kind: 'APIResourceList',
    ...(group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: apiVersionOf({ group, version }),
    resources,
  }
}

/** GET /api or /apis with `as=APIGroupDiscoveryList`: apidiscovery.k8s.io v2 (or v2beta1, which says the same). */
export function aggregatedDiscovery(registry: Registry, root: 'api' | 'apis', version: 'v2' | 'v2beta1' = 'v2'): unknown {
  const groups = root === 'api' ? registry.groups().filter(({ group }) => group === '') : namedGroups(registry)
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map(({ group, versions }) => ({
      metadata: group === '' ? {} : { name: group },
      versions: versions.map((name) => ({
        version: name,
        resources: registry.kindsOf(group, name).map(discoveredResource),
        freshness: 'Current',
      })),
    })),
  }
}

const namedGroups = (registry: Registry): GroupVersions[] => registry.groups().filter(({ group }) => group !== '')

function groupOf({ group, versions }: GroupVersions): ApiGroup {
  const forDiscovery = (version: string): GroupVersionForDiscovery => ({ groupVersion: apiVersionOf({ group, version }), version })
  return { name: group, versions: versions.map(forDiscovery), preferredVersion: forDiscovery(versions[0] ?? '') }
}

function resourceOf(kind: Kind): ApiResource {
  return {
    name: kind.plural,
    singularName: kind.singular,
    namespaced: kind.namespaced,
    kind: kind.kind,
    verbs: kind.verbs,
    ...(kind.shortNames.length ? { shortNames: kind.shortNames } : {}),
    ...(kind.categories.length ? { categories: kind.categories } : {}),
    ...(kind.storageVersionHash ? { storageVersionHash: kind.storageVersionHash } : {}),
  }
}

function subresourceOf(kind: Kind, { name, group, version, kind: body, verbs }: Subresource): ApiResource {
  return {
    name: `${kind.plural}/${name}`,
    singularName: '',
    namespaced: kind.namespaced,
    ...(version === undefined ? {} : { group: group ?? '', version }),
    kind: body,
    verbs,
  }
}

function discoveredResource(kind: Kind): unknown {
  return {
    resource: kind.plural,
    responseKind: { group: '', version: '', kind: kind.kind },
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs: kind.verbs,
    ...(kind.shortNames.length ? { shortNames: kind.shortNames } : {}),
    ...(kind.categories.length ? { categories: kind.categories } : {}),
    ...(kind.subresources.length
      ? {
          subresources: kind.subresources.map(({ name, group = '', version = '', kind: body, verbs }) => ({
            subresource: name,
            responseKind: { group, version, kind: body },
            verbs,
          })),
        }
      : {}),
  }
}
