/**
 * OpenAPI's door: /openapi/v2 whole, /openapi/v3 as an index of documents under their hashes, so that clients may keep
 * them for ever (kube-openapi handler and handler3). Documents are made when they are first asked for.
 */
import { ApiError } from '../api/meta/status.js'
import type { CompiledOpenApi } from '../api/openapi/compile.js'
import { parseAccept } from './negotiation.js'
import type { Answer } from './request.js'

/** Makes all documents; elsewhere, because that takes a second. */
export type CompileOpenApi = () => Promise<CompiledOpenApi>

export interface OpenApi {
  answer(path: string, query: URLSearchParams, headers: Readonly<Record<string, string>>): Promise<Answer | undefined>
}

interface Document {
  readonly body: Uint8Array
  readonly hash: string
}

interface Documents {
  readonly v2: Document & { readonly protobuf: Uint8Array }
  readonly v3: ReadonlyMap<string, Document>
  /** /openapi/v3 itself. */
  readonly index: Uint8Array
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const protobufV2 = [
  'application/com.github.proto-openapi.spec.v2@v1.0+protobuf',
  'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
]
/** What is answered to either name: Go's parser refuses the '@' of the older one. */
const protobufV2Type = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'
const yearMs = 365 * 24 * 3600 * 1000

/** `now` in milliseconds since the epoch. Documents are compiled once, when they are first asked for. */
export function createOpenApi(compile: CompileOpenApi, hash: (text: string) => string, now: () => number): OpenApi {
  let documents: Promise<Documents> | undefined
  async function make(): Promise<Documents> {
    const { v2, v3 } = await compile()
    const document = (body: Uint8Array): Document => ({ body, hash: hash(decoder.decode(body)) })
    const all = new Map(v3.map(([path, json]) => [path, document(json)]))
    const paths = Object.fromEntries([...all].map(([path, one]) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${one.hash}` }]))
    return { v2: { ...document(v2.json), protobuf: v2.protobuf }, v3: all, index: encoder.encode(JSON.stringify({ paths })) }
  }
  return {
    async answer(path, query, headers) {
      documents ??= make()
      const { v2, v3, index } = await documents.catch((error: unknown) => {
        // The next who asks has it tried again.
        documents = undefined
        throw error
      })
      if (path === '/openapi/v2') return answerV2(v2, headers)
      const under = path.slice('/openapi/v3'.length + 1)
      if (under === '') return { type: 'bytes', code: 200, headers: { 'content-type': 'application/json' }, body: index }
      const one = v3.get(under)
      return one && answerV3(under, one, query.get('hash'), headers, now())
    },
  }
}

function answerV2({ body, hash, protobuf }: Documents['v2'], headers: Readonly<Record<string, string>>): Answer {
  for (const { type } of parseAccept(headers.accept || '*/*')) {
    if (protobufV2.includes(type))
      return unlessKnown(protobuf, { 'content-type': protobufV2Type, etag: `"${hash}-pb"`, vary: 'Accept' }, headers)
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
