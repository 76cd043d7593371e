/**
 * What form an answer takes: the Accept header is walked clause by clause in order of quality, and the first that can be
 * served wins (apiserver/pkg/endpoints/handlers/negotiation). JSON and YAML are spoken; a client that would like protobuf
 * better always lists JSON too. Next: encoding.ts, which makes the bytes.
 */
import { ApiError } from '../api/meta/status.js'

/** How a client wants its answer. */
export interface Negotiated {
  readonly format: 'json' | 'yaml'
  /** A meta.k8s.io form in place of the kind's own. */
  readonly transform?: { readonly as: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList'; readonly version: string }
  readonly pretty: boolean
}

export interface Negotiable {
  /** Whether Table may be asked for; the review kinds have none. */
  readonly table: boolean
  /** A watch: a sequence of events, which YAML cannot frame. */
  readonly watch: boolean
}

interface Clause {
  readonly type: string
  readonly params: ReadonlyMap<string, string>
  readonly quality: number
}

const plainJson: Negotiated = { format: 'json', pretty: false }
const prettyJson: Negotiated = { format: 'json', pretty: true }
/** What most requests send, answered without parsing. */
const common: ReadonlySet<string> = new Set(['', '*/*', 'application/json', 'application/json, */*'])
const accepted = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']

/** Throws ApiError 406. `pretty` is the query parameter; without it what looks like a person's client gets indented JSON. */
export function negotiate(headers: Readonly<Record<string, string>>, pretty: string | null, of: Negotiable): Negotiated {
  const accept = headers.accept ?? ''
  const indent = isPretty(pretty, headers['user-agent'])
  if (common.has(accept)) return indent ? prettyJson : plainJson
  for (const { type, params } of parseAccept(accept)) {
    const format = formatOf(type, of.watch)
    if (!format) continue
    const transform = transformOf(params)
    if (transform === 'none') return { format, pretty: indent || params.get('pretty') === '1' }
    if (transform === 'unknown' || (transform.as === 'Table' && !of.table)) continue
    return { format, transform, pretty: indent || params.get('pretty') === '1' }
  }
  const types = of.watch ? ['application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch'] : accepted
  throw notAcceptable(`only the following media types are accepted: ${types.join(', ')}`)
}

export function notAcceptable(message: string): ApiError {
  return new ApiError(406, 'NotAcceptable', message)
}

/** The clauses of an Accept header, best first; equal qualities stay in the order they were written. */
export function parseAccept(accept: string): Clause[] {
  const clauses = accept.split(',').map((text) => {
    const [type = '', ...rest] = text.split(';').map((part) => part.trim())
    const params = new Map(rest.map((part) => splitParam(part)))
    const quality = Number(params.get('q') ?? '1')
    return { type: type.toLowerCase(), params, quality: Number.isNaN(quality) ? 0 : quality }
  })
  return clauses.filter(({ type, quality }) => type !== '' && quality > 0).sort((a, b) => b.quality - a.quality)
}

function splitParam(part: string): [string, string] {
  const at = part.indexOf('=')
  if (at < 0) return [part.toLowerCase(), '']
  return [
    part.slice(0, at).trim().toLowerCase(),
    part
      .slice(at + 1)
      .trim()
      .replace(/^"|"$/g, ''),
  ]
}

function formatOf(type: string, watch: boolean): 'json' | 'yaml' | undefined {
  if (type === 'application/json' || type === '*/*' || type === 'application/*') return 'json'
  return type === 'application/yaml' && !watch ? 'yaml' : undefined
}

function transformOf(params: ReadonlyMap<string, string>): 'none' | 'unknown' | NonNullable<Negotiated['transform']> {
  const as = params.get('as')
  if (as === undefined) return params.has('g') || params.has('v') ? 'unknown' : 'none'
  const version = params.get('v') ?? ''
  if (params.get('g') !== 'meta.k8s.io' || !(version === 'v1' || version === 'v1beta1')) return 'unknown'
  return as === 'Table' || as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList' ? { as, version } : 'unknown'
}

function isPretty(query: string | null, userAgent: string | undefined): boolean {
  if (query !== null) return query === '' || query === '1' || query.toLowerCase() === 'true'
  return userAgent !== undefined && (userAgent.startsWith('curl') || userAgent.startsWith('Wget') || userAgent.startsWith('Mozilla/5.0'))
}
