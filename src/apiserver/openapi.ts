/**
 * OpenAPI's door: /openapi/v2 whole, /openapi/v3 as an index of documents under their hashes, so that clients may keep
 * them for ever (kube-openapi handler and handler3). Documents are made when they are first asked for.
 */
import { ApiError } from '../api/meta/status.js'
import { parseAccept } from './negotiation.js'
import type { Answer } from './request.js'

/** What there is to serve; changes as a whole when the kinds change. */
export interface OpenApiDocuments {
  /** Resolves when documents can be made. */
  readonly ready: () => Promise<void>
  /** Changes when any document does. */
  readonly generation: () => number
  readonly v2: () => unknown
  /** 'api', 'apis', 'api/v1', 'apis/apps/v1', 'version', ... */
  readonly v3Paths: () => readonly string[]
  readonly v3: (path: string) => unknown
}

export interface OpenApi {
  answer(path: string, query: URLSearchParams, headers: Readonly<Record<string, string>>): Promise<Answer | undefined>
}

interface Document {
  readonly body: Uint8Array
  readonly hash: string
}

const encoder = new TextEncoder()
const protobufV2 = [
  'application/com.github.proto-openapi.spec.v2@v1.0+protobuf',
  'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
]
const yearMs = 365 * 24 * 3600 * 1000

/** `now` in milliseconds since the epoch. */
export function createOpenApi(documents: OpenApiDocuments, hash: (text: string) => string, now: () => number): OpenApi {
  let generation = -1
  const kept = new Map<string, Document>()
  function document(path: string, make: () => unknown): Document {
    if (generation !== documents.generation()) {
      generation = documents.generation()
      kept.clear()
    }
    let known = kept.get(path)
    if (!known) {
      const text = JSON.stringify(make())
      kept.set(path, (known = { body: encoder.encode(text), hash: hash(text) }))
    }
    return known
  }
  const v3 = (path: string): Document => document(path, () => documents.v3(path))
  return {
    async answer(path, query, headers) {
      await documents.ready()
      if (path === '/openapi/v2') return answerV2(document('v2', documents.v2), headers)
      const under = path.slice('/openapi/v3'.length + 1)
      if (under === '') {
        const paths = Object.fromEntries(
          documents.v3Paths().map((one) => [one, { serverRelativeURL: `/openapi/v3/${one}?hash=${v3(one).hash}` }]),
        )
        return {
          type: 'bytes',
          code: 200,
          headers: { 'content-type': 'application/json' },
          body: encoder.encode(JSON.stringify({ paths })),
        }
      }
      return documents.v3Paths().includes(under) ? answerV3(under, v3(under), query.get('hash'), headers, now()) : undefined
    },
  }
}

/**
 * Who asks for v2 as protobuf gets an empty document, which is a valid one: kubectl asks for it only to validate Lists and
 * unknown kinds, and takes an empty document as nothing to say.
 */
function answerV2({ body, hash }: Document, headers: Readonly<Record<string, string>>): Answer {
  for (const { type } of parseAccept(headers.accept || '*/*')) {
    if (protobufV2.includes(type))
      return { type: 'bytes', code: 200, headers: { 'content-type': type, vary: 'Accept' }, body: new Uint8Array(0) }
    if (isJson(type)) return unlessKnown(body, { 'content-type': 'application/json', etag: `"${hash}"`, vary: 'Accept' }, headers)
  }
  throw new ApiError(406, 'NotAcceptable', `only the following media types are accepted: application/json, ${protobufV2[1]}`)
}

function answerV3(
  path: string,
  { body, hash }: Document,
  asked: string | null,
  headers: Readonly<Record<string, string>>,
  now: number,
): Answer {
  if (!parseAccept(headers.accept || '*/*').some(({ type }) => isJson(type)))
    throw new ApiError(406, 'NotAcceptable', 'only the following media types are accepted: application/json')
  if (asked !== null && asked !== hash)
    return {
      type: 'bytes',
      code: 301,
      headers: { location: `/openapi/v3/${path}?hash=${hash}`, 'cache-control': 'no-cache, no-store' },
      body: new Uint8Array(0),
    }
  const keeping =
    asked === null ? { 'cache-control': 'no-cache, private' } : { 'cache-control': 'public, immutable', expires: httpDate(now + yearMs) }
  return unlessKnown(body, { 'content-type': 'application/json', etag: `"${hash}"`, vary: 'Accept', ...keeping }, headers)
}

function unlessKnown(body: Uint8Array, headers: Record<string, string>, asked: Readonly<Record<string, string>>): Answer {
  if (asked['if-none-match'] !== headers.etag) return { type: 'bytes', code: 200, headers, body }
  return { type: 'bytes', code: 304, headers, body: new Uint8Array(0) }
}

function isJson(type: string): boolean {
  return type === 'application/json' || type === '*/*' || type === 'application/*'
}

function httpDate(ms: number): string {
  return new Date(ms).toUTCString()
}
