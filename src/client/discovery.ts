/**
 * Which resources a server has, for those who must know all of them: the garbage collector and the namespace
 * controller. Aggregated discovery (two requests), or the older form group by group where the server has no other.
 */

import { apiVersionOf } from '../api/meta/object.js'
import { messageOf } from '../base/errors.js'
import type { Client } from './client.js'
import { type ResourceType, resourceType } from './resources.js'

export interface DiscoveredResource extends ResourceType {
  readonly verbs: readonly string[]
}

export interface Discovery {
  /** Each resource once, in its group's preferred version, in the order of the server. */
  readonly resources: readonly DiscoveredResource[]
  /** Group versions that could not be read, and why; what they serve is missing above. */
  readonly failures: readonly { readonly groupVersion: string; readonly message: string }[]
}

interface AggregatedGroup {
  readonly metadata?: { readonly name?: string }
  readonly versions?: readonly {
    readonly version: string
    readonly freshness?: string
    readonly resources?: readonly {
      readonly resource: string
      readonly responseKind?: { readonly kind?: string }
      readonly scope?: string
      readonly verbs?: readonly string[]
    }[]
  }[]
}
interface ResourceList {
  readonly resources?: readonly {
    readonly name: string
    readonly kind: string
    readonly namespaced: boolean
    readonly verbs?: readonly string[]
  }[]
}

const aggregatedAccept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json'

export async function discover(client: Client): Promise<Discovery> {
  const resources: DiscoveredResource[] = []
  const failures: { groupVersion: string; message: string }[] = []
  const seen = new Set<string>()
  const add = (group: string, version: string, resource: string, kind: string, namespaced: boolean, verbs: readonly string[]) => {
    if (resource.includes('/') || seen.has(`${resource}.${group}`)) return
    seen.add(`${resource}.${group}`)
    resources.push({ ...resourceType(apiVersionOf({ group, version }), resource, kind, namespaced), verbs })
  }
  const readOld = async (group: string, version: string) => {
    const groupVersion = apiVersionOf({ group, version })
    try {
      const list = (await client.raw({ method: 'GET', path: group === '' ? `/api/${version}` : `/apis/${groupVersion}` })) as ResourceList
      for (const { name, kind, namespaced, verbs = [] } of list.resources ?? []) add(group, version, name, kind, namespaced, verbs)
    } catch (error) {
      failures.push({ groupVersion, message: messageOf(error) })
    }
  }
  for (const path of ['/api', '/apis']) {
    const answer = (await client.raw({ method: 'GET', path, headers: { accept: aggregatedAccept } })) as {
      readonly kind?: string
      readonly items?: readonly AggregatedGroup[]
      readonly versions?: readonly string[]
      readonly groups?: readonly { readonly name: string; readonly versions: readonly { readonly version: string }[] }[]
    }
    if (answer.kind === 'APIGroupDiscoveryList') {
      for (const { metadata, versions = [] } of answer.items ?? [])
        for (const { version, freshness, resources: served = [] } of versions) {
          const group = metadata?.name ?? ''
          if (freshness === 'Stale')
            failures.push({ groupVersion: apiVersionOf({ group, version }), message: 'stale GroupVersion discovery' })
          for (const { resource, responseKind, scope, verbs = [] } of served)
            add(group, version, resource, responseKind?.kind ?? '', scope === 'Namespaced', verbs)
        }
      continue
    }
    for (const version of answer.versions ?? []) await readOld('', version)
    for (const { name, versions } of answer.groups ?? []) for (const { version } of versions) await readOld(name, version)
  }
  return { resources, failures }
}
