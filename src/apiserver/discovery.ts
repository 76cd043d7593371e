/**
 * Discovery's door: which of the documents of src/api/discovery a path and an Accept header mean, and the ETag that saves
 * clients from reading the aggregated one twice (apiserver/pkg/endpoints/discovery/aggregated).
 */
import { aggregatedDiscovery, apiGroup, apiGroupList, apiResourceList, apiVersions } from '../api/discovery/documents.js'
import { apiVersionOf } from '../api/meta/object.js'
import type { Registry } from '../api/registry.js'
import { parseAccept } from './negotiation.js'
import type { Answer } from './request.js'

export interface Discovery {
  /** The answer at a path under /api or /apis; undefined when there is nothing. */
  answer(path: string, headers: Readonly<Record<string, string>>): Answer | undefined
  /** Paths it answers at, for the index. */
  paths(): readonly string[]
}

const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
const encoder = new TextEncoder()

/** `hash` gives the ETag of a text; `serverAddress` is host:port as clients reach it. */
export function createDiscovery(registry: Registry, serverAddress: () => string, hash: (text: string) => string): Discovery {
  return {
    answer(path, headers) {
      if ((path === '/api' || path === '/apis') && wantsAggregated(headers.accept)) {
        const text = JSON.stringify(aggregatedDiscovery(registry, path === '/api' ? 'api' : 'apis'))
        return withEtag(text, aggregatedType, hash(text), headers['if-none-match'])
      }
      const document = documentAt(registry, path.split('/').slice(1), serverAddress()) as object | undefined
      return (
        document && {
          type: 'bytes',
          code: 200,
          headers: { 'content-type': 'application/json' },
          body: encoder.encode(`${JSON.stringify(document)}\n`),
        }
      )
    },
    paths: () => [
      '/api',
      '/apis',
      ...registry
        .groups()
        .flatMap(({ group, versions }) => [
          ...(group === '' ? [] : [`/apis/${group}`]),
          ...versions.map((version) => (group === '' ? `/api/${version}` : `/apis/${apiVersionOf({ group, version })}`)),
        ]),
    ],
  }
}

function documentAt(registry: Registry, [root, first, second, ...rest]: readonly string[], serverAddress: string): unknown {
  if (rest.length > 0) return undefined
  if (root === 'api') {
    if (first === undefined) return apiVersions(registry, serverAddress)
    return second === undefined ? apiResourceList(registry, '', first) : undefined
  }
  if (first === undefined) return apiGroupList(registry)
  return second === undefined ? apiGroup(registry, first) : apiResourceList(registry, first, second)
}

/** Whether the first clause that can be served asks for the aggregated form. v2beta1 is not served since 1.33. */
function wantsAggregated(accept: string | undefined): boolean {
  for (const { type, params } of parseAccept(accept ?? '')) {
    if (type !== 'application/json' && type !== '*/*' && type !== 'application/*') continue
    if (!params.has('as') && !params.has('g')) return false
    if (
      type === 'application/json' &&
      params.get('as') === 'APIGroupDiscoveryList' &&
      params.get('g') === 'apidiscovery.k8s.io' &&
      params.get('v') === 'v2'
    )
      return true
  }
  return false
}

function withEtag(text: string, contentType: string, hash: string, known: string | undefined): Answer {
  const etag = `"${hash}"`
  const headers = { 'content-type': contentType, etag, vary: 'Accept', 'cache-control': 'public' }
  if (known === etag)
    return { type: 'bytes', code: 304, headers: { etag, vary: 'Accept', 'cache-control': 'public' }, body: new Uint8Array(0) }
  return { type: 'bytes', code: 200, headers, body: encoder.encode(text) }
}
