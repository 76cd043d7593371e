/**
 * A typed client of a Kubernetes API: JSON over a Transport. What the server answers with a Status that is not success
 * is thrown as ApiError; what has no answer is the Transport's CodedError. Read next: reflector.ts.
 */
import { ApiError, type Status } from '../api/meta/status.js'
import { type Clock, sleep } from '../base/clock.js'
import { type ApiObject, pathOf, type ResourceType } from './resources.js'
import { apiErrorOf } from './status-error.js'
import type { ApiRequest, ApiResponse, Transport } from './transport.js'
import { decodeWatch, type WatchEvent } from './watch-stream.js'

export interface CallOptions {
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
}

export interface ObjectOptions extends CallOptions {
  /** '' or absent for what is in no namespace. */
  readonly namespace?: string
  /** 'status', 'scale', 'finalize', ... */
  readonly subresource?: string
}

export interface WriteOptions extends ObjectOptions {
  /** Default: the server derives it from the User-Agent. */
  readonly fieldManager?: string
  readonly dryRun?: boolean
}

export interface ListOptions extends CallOptions {
  /** Absent: all namespaces. */
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** Absent: the newest state, linearizable. */
  readonly resourceVersion?: string
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan'
  readonly limit?: number
  readonly continue?: string
  /** Ask for PartialObjectMetadata: apiVersion, kind and metadata only. */
  readonly metadataOnly?: boolean
}

export interface WatchOptions extends Omit<ListOptions, 'limit' | 'continue' | 'resourceVersionMatch'> {
  readonly allowWatchBookmarks?: boolean
  readonly timeoutSeconds?: number
}

export interface DeleteOptions extends ObjectOptions {
  readonly gracePeriodSeconds?: number
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
}

export interface DeleteCollectionOptions extends DeleteOptions {
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

export type PatchType = 'merge' | 'strategic' | 'json' | 'apply'

export interface ListResult<T> {
  readonly items: T[]
  readonly resourceVersion: string
  readonly continue: string
}

export interface Client {
  get<T extends ApiObject>(
    resource: ResourceType<T>,
    name: string,
    options?: ObjectOptions & { readonly metadataOnly?: boolean },
  ): Promise<T>
  list<T extends ApiObject>(resource: ResourceType<T>, options?: ListOptions): Promise<ListResult<T>>
  /** Opens a watch; resolves when the server has accepted it. The iterable throws as decodeWatch does. */
  watch<T extends ApiObject>(resource: ResourceType<T>, options?: WatchOptions): Promise<AsyncIterable<WatchEvent<T>>>
  /** Creates `object` in its metadata.namespace, or in options.namespace. Subresources of a named object: options.name. */
  create<T extends ApiObject>(
    resource: ResourceType<T>,
    object: T | Creatable<T>,
    options?: WriteOptions & { readonly name?: string },
  ): Promise<T>
  update<T extends ApiObject>(resource: ResourceType<T>, object: T, options?: WriteOptions): Promise<T>
  updateStatus<T extends ApiObject>(resource: ResourceType<T>, object: T, options?: WriteOptions): Promise<T>
  patch<T extends ApiObject>(
    resource: ResourceType<T>,
    name: string,
    type: PatchType,
    patch: unknown,
    options?: WriteOptions & { readonly force?: boolean },
  ): Promise<T>
  /** Server-side apply. */
  apply<T extends ApiObject>(
    resource: ResourceType<T>,
    object: T | Creatable<T>,
    options: WriteOptions & { readonly fieldManager: string; readonly force?: boolean },
  ): Promise<T>
  /** The answer is the object while it is still there (finalizers, grace), else what the server sent: the object as it went, or a Status. */
  delete<T extends ApiObject>(resource: ResourceType<T>, name: string, options?: DeleteOptions): Promise<T | Status>
  deleteCollection(resource: ResourceType, options?: DeleteCollectionOptions): Promise<void>
  /** A request for any path: discovery, health, metrics. JSON is decoded, anything else is given as text. */
  raw(request: ApiRequest, options?: CallOptions): Promise<unknown>
}

/** An object to be created: the server names it when only generateName is set. */
export type Creatable<T extends ApiObject> = Omit<T, 'metadata'> & { metadata: Omit<T['metadata'], 'name'> & { name?: string } }

const patchTypes: Readonly<Record<PatchType, string>> = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
}
const metadataOnlyAccept = {
  object: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json',
  list: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
}
/** Times a request is sent again because the server said Retry-After (client-go rest/request.go: 10). */
const retriesMax = 10

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export interface ClientConfig {
  readonly transport: Transport
  readonly clock: Clock
  /** The component's name: the server makes it the field manager of what the client writes. */
  readonly userAgent: string
}

export function createClient({ transport, clock, userAgent }: ClientConfig): Client {
  const headers = { accept: 'application/json', 'user-agent': userAgent }

  /** Sends and, when the server asks for it, waits and sends again: it says by Retry-After that it did nothing. */
  async function send(request: ApiRequest, options: CallOptions = {}): Promise<ApiResponse> {
    for (let retries = 0; ; retries++) {
      const response = await transport.request({ ...request, headers: { ...headers, ...request.headers } }, callOptions(options))
      const wait = retryAfterMs(response)
      if (wait === undefined || retries === retriesMax) return response
      await sleep(clock, wait, options.signal)
    }
  }
  async function json<R>(
    method: string,
    path: string,
    options: CallOptions,
    body?: unknown,
    more: Record<string, string> = {},
  ): Promise<R> {
    const request: ApiRequest = { method, path, headers: body === undefined ? more : { 'content-type': 'application/json', ...more } }
    return decodeAnswer(await send(body === undefined ? request : { ...request, body: encoder.encode(JSON.stringify(body)) }, options)) as R
  }

  return {
    get: (resource, name, options = {}) =>
      json(
        'GET',
        pathOf(resource, options.namespace, name, options.subresource),
        options,
        undefined,
        options.metadataOnly ? { accept: metadataOnlyAccept.object } : {},
      ),

    async list<T extends ApiObject>(resource: ResourceType<T>, options: ListOptions = {}) {
      const path = withQuery(pathOf(resource, options.namespace), listQuery(options))
      const list = await json<{ metadata?: { resourceVersion?: string; continue?: string }; items?: T[] | null }>(
        'GET',
        path,
        options,
        undefined,
        options.metadataOnly ? { accept: metadataOnlyAccept.list } : {},
      )
      const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`
      for (const item of list.items ?? []) {
        item.apiVersion ??= apiVersion
        item.kind ??= resource.kind
      }
      return { items: list.items ?? [], resourceVersion: list.metadata?.resourceVersion ?? '', continue: list.metadata?.continue ?? '' }
    },

    async watch<T extends ApiObject>(resource: ResourceType<T>, options: WatchOptions = {}) {
      const query = {
        ...listQuery(options),
        watch: 'true',
        ...(options.allowWatchBookmarks ? { allowWatchBookmarks: 'true' } : {}),
        ...(options.timeoutSeconds === undefined ? {} : { timeoutSeconds: String(options.timeoutSeconds) }),
      }
      const accept = options.metadataOnly ? { accept: metadataOnlyAccept.object } : {}
      const answer = await transport.open(
        { method: 'GET', path: withQuery(pathOf(resource, options.namespace), query), headers: { ...headers, ...accept } },
        options.signal ? { signal: options.signal } : {},
      )
      if (answer.status !== 200) throw decodeError(answer.status, await collect(answer.chunks))
      return decodeWatch<T>(answer.chunks)
    },

    create: (resource, object, options = {}) =>
      json(
        'POST',
        withQuery(pathOf(resource, namespaceOf(resource, object, options), options.name, options.subresource), writeQuery(options)),
        options,
        object,
      ),
    update: (resource, object, options = {}) =>
      json(
        'PUT',
        withQuery(pathOf(resource, namespaceOf(resource, object, options), object.metadata.name, options.subresource), writeQuery(options)),
        options,
        object,
      ),
    updateStatus: (resource, object, options = {}) =>
      json(
        'PUT',
        withQuery(pathOf(resource, namespaceOf(resource, object, options), object.metadata.name, 'status'), writeQuery(options)),
        options,
        object,
      ),
    patch: (resource, name, type, patch, options = {}) =>
      json(
        'PATCH',
        withQuery(pathOf(resource, options.namespace, name, options.subresource), {
          ...writeQuery(options),
          ...(options.force ? { force: 'true' } : {}),
        }),
        options,
        patch,
        { 'content-type': patchTypes[type] },
      ),
    apply: (resource, object, options) =>
      json(
        'PATCH',
        withQuery(pathOf(resource, namespaceOf(resource, object, options), object.metadata.name, options.subresource), {
          ...writeQuery(options),
          ...(options.force ? { force: 'true' } : {}),
        }),
        options,
        object,
        { 'content-type': patchTypes.apply },
      ),
    delete: (resource, name, options = {}) =>
      json('DELETE', pathOf(resource, options.namespace, name, options.subresource), options, deleteBody(options)),
    async deleteCollection(resource, options = {}) {
      await json('DELETE', withQuery(pathOf(resource, options.namespace), listQuery(options)), options, deleteBody(options))
    },
    raw: async (request, options = {}) => decodeAnswer(await send(request, options)),
  }
}

function callOptions({ signal, timeoutMs }: CallOptions): { signal?: AbortSignal; timeoutMs?: number } {
  return { ...(signal ? { signal } : {}), ...(timeoutMs === undefined ? {} : { timeoutMs }) }
}

function namespaceOf(
  resource: ResourceType,
  object: { metadata: { namespace?: string | undefined } },
  options: ObjectOptions,
): string | undefined {
  return resource.namespaced ? (options.namespace ?? object.metadata.namespace) : undefined
}

function listQuery(options: ListOptions): Record<string, string> {
  const query: Record<string, string> = {}
  if (options.labelSelector) query.labelSelector = options.labelSelector
  if (options.fieldSelector) query.fieldSelector = options.fieldSelector
  if (options.resourceVersion !== undefined) query.resourceVersion = options.resourceVersion
  if (options.resourceVersionMatch) query.resourceVersionMatch = options.resourceVersionMatch
  if (options.limit !== undefined) query.limit = String(options.limit)
  if (options.continue) query.continue = options.continue
  return query
}

function writeQuery({ fieldManager, dryRun }: WriteOptions): Record<string, string> {
  return { ...(fieldManager ? { fieldManager } : {}), ...(dryRun ? { dryRun: 'All' } : {}) }
}

function withQuery(path: string, query: Record<string, string>): string {
  const text = new URLSearchParams(query).toString()
  return text === '' ? path : `${path}?${text}`
}

function deleteBody({ gracePeriodSeconds, propagationPolicy, preconditions }: DeleteOptions): unknown {
  return {
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(propagationPolicy ? { propagationPolicy } : {}),
    ...(preconditions ? { preconditions } : {}),
  }
}

/** Milliseconds to wait before sending again, or undefined when the answer is one. */
function retryAfterMs({ status, headers }: ApiResponse): number | undefined {
  if (status !== 429 && status < 500) return undefined
  const seconds = Number(headers['retry-after'])
  return headers['retry-after'] !== undefined && Number.isInteger(seconds) && seconds >= 0 ? seconds * 1000 : undefined
}

function decodeAnswer({ status, headers, body }: ApiResponse): unknown {
  if (status < 200 || status > 299) throw decodeError(status, body)
  const text = decoder.decode(body)
  if (headers['content-type'] !== undefined && !headers['content-type'].includes('json')) return text
  return text === '' ? {} : JSON.parse(text)
}

/** The ApiError of an answer that is not success; one that carries no Status gets a generic one, as client-go makes it. */
function decodeError(code: number, body: Uint8Array): ApiError {
  const text = decoder.decode(body)
  try {
    const status = JSON.parse(text) as Status
    if (status.kind === 'Status') return apiErrorOf({ ...status, code: status.code ?? code })
  } catch {
    // Not JSON: a proxy, or a server that is going down.
  }
  return new ApiError(
    code,
    'InternalError',
    `an error on the server (${JSON.stringify(text.slice(0, 2048))}) has prevented the request from succeeding`,
  )
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
