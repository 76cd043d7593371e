/**
 * A Kubernetes API in memory, for tests of clients and controllers: resourceVersions, optimistic concurrency, finalizers,
 * graceful deletion, status as a subresource, patches, watches with history that can be compacted. It knows no kinds
 * and validates nothing. Everything it does is decided by the requests, the clock and the seed.
 */

import { ApiError, alreadyExists, conflict, expired, forbidden, notFound, objectWasModified } from '../../src/api/meta/status.js'
import type { ApiRequest, ApiResponse } from '../../src/apiserver/protocol.js'
import type { Clock } from '../../src/base/clock.js'
import { sleep } from '../../src/base/clock.js'
import { CodedError } from '../../src/base/errors.js'
import type { Random } from '../../src/base/random.js'
import type { ApiObject } from '../../src/client/resources.js'
import { formatTime } from '../../src/client/time.js'
import type { Transport } from '../../src/client/transport.js'
import { matcherOf } from '../../src/controllers/framework/selector.js'

// biome-ignore lint/suspicious/noExplicitAny: objects of any kind
export type Loose = any

interface Target {
  readonly resource: string
  readonly group: string
  readonly version: string
  readonly namespace: string
  readonly name: string
  readonly subresource: string
  readonly query: URLSearchParams
}

interface Change {
  readonly revision: number
  readonly collection: string
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: ApiObject
}

/** What becomes of a request. 'refuse': it never arrives and that is known. */
export type Fate = 'answer' | 'lose-request' | 'lose-answer' | 'refuse'

export interface MemoryApiOptions {
  readonly clock: Clock
  readonly random: Random
  /** Upper bound of the delay of each request and each answer, milliseconds; default 2. */
  readonly delayMs?: number
  /** Delay of watch events, milliseconds; default 1. */
  readonly watchDelayMs?: () => number
  readonly fate?: (request: ApiRequest) => Fate
}

export interface MemoryApi {
  readonly transport: Transport
  /** Objects of a collection, as 'pods' or 'deployments.apps'. */
  all(collection: string): Loose[]
  get(collection: string, key: string): Loose | undefined
  put(collection: string, object: Loose): Loose
  putStatus(collection: string, object: Loose): Loose
  remove(collection: string, key: string): void
  revision(): number
  /** Forgets history: watches that have to go back before now are told 410. */
  compact(): void
  /** Breaks all watches. */
  cutWatches(): void
  /** Called after each change. */
  onChange(listener: (change: Change) => void): void
  /** Every write that was carried out, as 'POST pods default/x'. */
  readonly writes: string[]
  /** Answers for paths that are not resources: discovery, tokens. */
  readonly extra: Map<string, (request: ApiRequest) => unknown>
  /** Sends a bookmark to every watch that asked for them. */
  bookmark(): void
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export function createMemoryApi({
  clock,
  random,
  delayMs = 2,
  watchDelayMs = () => 1,
  fate = () => 'answer',
}: MemoryApiOptions): MemoryApi {
  const collections = new Map<string, Map<string, Loose>>()
  let revision = 100
  let compacted = 0
  const history: Change[] = []
  const listeners = new Set<(change: Change) => void>()
  const watches = new Set<{ fail(error: unknown): void; bookmark(): void }>()
  const writes: string[] = []
  const extra = new Map<string, (request: ApiRequest) => unknown>()
  let uids = 0

  const collection = (name: string) => {
    let found = collections.get(name)
    if (!found) collections.set(name, (found = new Map()))
    return found
  }
  const keyOf = (object: Loose) =>
    object.metadata.namespace ? `${object.metadata.namespace}/${object.metadata.name}` : object.metadata.name

  function commit(name: string, type: Change['type'], object: Loose): Loose {
    revision++
    const stored = structuredClone(object)
    stored.metadata.resourceVersion = String(revision)
    if (type === 'DELETED') collection(name).delete(keyOf(stored))
    else collection(name).set(keyOf(stored), stored)
    const change: Change = { revision, collection: name, type, object: stored }
    history.push(change)
    for (const listener of listeners) listener(change)
    return stored
  }
  function create(name: string, given: Loose): Loose {
    const object = structuredClone(given)
    const { metadata } = object
    if (!metadata.name && metadata.generateName)
      metadata.name = metadata.generateName + random.fork(`name ${uids}`).uint32().toString(36).padStart(5, '0').slice(-5)
    const namespace = metadata.namespace && collection('namespaces').get(metadata.namespace)
    if (namespace?.metadata.deletionTimestamp)
      throw forbidden(
        resourceOf(name),
        metadata.name,
        `unable to create new content in namespace ${metadata.namespace} because it is being terminated`,
        [{ reason: 'NamespaceTerminating' }],
      )
    if (collection(name).has(keyOf(object))) throw alreadyExists(resourceOf(name), metadata.name)
    metadata.uid = `uid-${String(++uids).padStart(6, '0')}`
    metadata.creationTimestamp = formatTime(clock.now())
    metadata.generation = 1
    if (name === 'pods') object.status ??= { phase: 'Pending' }
    if (name === 'namespaces') {
      object.spec ??= { finalizers: ['kubernetes'] }
      object.status ??= { phase: 'Active' }
    }
    return commit(name, 'ADDED', object)
  }
  /** Stores `next` over `old`, or deletes it when its last finalizer went. */
  function replace(name: string, old: Loose, next: Loose): Loose {
    for (const field of ['uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'generation'])
      if (old.metadata[field] === undefined) delete next.metadata[field]
      else next.metadata[field] = old.metadata[field]
    if (JSON.stringify(old.spec) !== JSON.stringify(next.spec)) next.metadata.generation = (old.metadata.generation ?? 0) + 1
    next.metadata.resourceVersion = old.metadata.resourceVersion
    const done = next.metadata.deletionTimestamp && !next.metadata.finalizers?.length && !next.spec?.finalizers?.length
    if (done && (name !== 'pods' || next.metadata.deletionGracePeriodSeconds === 0)) return commit(name, 'DELETED', next)
    if (JSON.stringify(old) === JSON.stringify(next)) return old
    return commit(name, 'MODIFIED', next)
  }
  function remove(name: string, old: Loose, options: Loose): Loose {
    const { preconditions = {}, gracePeriodSeconds, propagationPolicy } = options ?? {}
    if (preconditions.uid && preconditions.uid !== old.metadata.uid)
      throw conflict(
        resourceOf(name),
        old.metadata.name,
        `Precondition failed: UID in precondition: ${preconditions.uid}, UID in object meta: ${old.metadata.uid}`,
      )
    if (preconditions.resourceVersion && preconditions.resourceVersion !== old.metadata.resourceVersion)
      throw conflict(resourceOf(name), old.metadata.name, objectWasModified)
    const next = structuredClone(old)
    const finalizers = new Set<string>(next.metadata.finalizers ?? [])
    if (propagationPolicy === 'Orphan') finalizers.add('orphan')
    if (propagationPolicy === 'Foreground') finalizers.add('foregroundDeletion')
    next.metadata.finalizers = [...finalizers]
    if (finalizers.size === 0) delete next.metadata.finalizers
    const grace =
      name === 'pods' && next.spec?.nodeName && !['Succeeded', 'Failed'].includes(next.status?.phase)
        ? (gracePeriodSeconds ?? next.spec?.terminationGracePeriodSeconds ?? 30)
        : 0
    if (grace === 0 && finalizers.size === 0 && !next.spec?.finalizers?.length) return commit(name, 'DELETED', next)
    if (
      next.metadata.deletionTimestamp &&
      next.metadata.deletionGracePeriodSeconds <= grace &&
      JSON.stringify(old) === JSON.stringify(next)
    )
      return old
    next.metadata.deletionTimestamp ??= formatTime(clock.now() + grace * 1000)
    next.metadata.deletionGracePeriodSeconds = grace
    if (name === 'namespaces') next.status = { ...next.status, phase: 'Terminating' }
    return commit(name, 'MODIFIED', next)
  }

  function handle(request: ApiRequest): Loose {
    const [path = ''] = request.path.split('?')
    const special = extra.get(`${request.method} ${path}`)
    if (special) return special(request)
    const target = parse(request.path)
    const name = collectionName(target)
    const body = request.body && request.body.length > 0 ? JSON.parse(decoder.decode(request.body)) : undefined
    const key = target.namespace ? `${target.namespace}/${target.name}` : target.name
    if (request.method === 'GET' && !target.name) return list(name, target, request)
    const old = target.name ? collection(name).get(key) : undefined
    if (target.name && !old) throw notFound(resourceOf(name), target.name)
    if (request.method === 'GET') return old
    writes.push(
      `${request.method} ${name}${target.subresource ? `/${target.subresource}` : ''} ${target.name ? key : (body?.metadata?.name ?? target.namespace)}`,
    )
    switch (request.method) {
      case 'POST':
        return create(name, { ...body, metadata: { ...body.metadata, ...(target.namespace ? { namespace: target.namespace } : {}) } })
      case 'PUT': {
        if (body.metadata.resourceVersion && body.metadata.resourceVersion !== old.metadata.resourceVersion)
          throw conflict(resourceOf(name), target.name, objectWasModified)
        if (body.metadata.uid && body.metadata.uid !== old.metadata.uid) throw conflict(resourceOf(name), target.name, 'the UID is another')
        return replace(name, old, merged(old, body, target.subresource))
      }
      case 'PATCH': {
        const next = patched(old, body, request.headers?.['content-type'] ?? '')
        if (next.metadata.uid !== old.metadata.uid)
          throw conflict(
            resourceOf(name),
            target.name,
            `Precondition failed: UID in precondition: ${next.metadata.uid}, UID in object meta: ${old.metadata.uid}`,
          )
        if (body.metadata?.resourceVersion && body.metadata.resourceVersion !== old.metadata.resourceVersion)
          throw conflict(resourceOf(name), target.name, objectWasModified)
        return replace(name, old, merged(old, next, target.subresource))
      }
      case 'DELETE':
        if (old) return remove(name, old, body)
        for (const one of [...collection(name).values()]) if (selects(target, one)) remove(name, one, body)
        return { kind: 'Status', apiVersion: 'v1', status: 'Success' }
      default:
        throw new ApiError(405, 'MethodNotAllowed', request.method)
    }
  }
  function list(name: string, target: Target, request: ApiRequest): Loose {
    const items = [...collection(name).values()].filter((one) => selects(target, one)).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    const limit = Number(target.query.get('limit') ?? 0)
    const token = target.query.get('continue')
    if (token && Number(token.split(':')[0]) < compacted) throw expired('The provided continue parameter is too old')
    const from = token ? Number(token.split(':')[1]) : 0
    const page = limit ? items.slice(from, from + limit) : items
    const more = from + page.length < items.length
    return {
      kind: 'List',
      apiVersion: 'v1',
      metadata: { resourceVersion: String(revision), ...(more ? { continue: `${revision}:${from + page.length}` } : {}) },
      items: page.map((one) => view(one, request)),
    }
  }

  async function request(params: ApiRequest, { signal }: { signal?: AbortSignal } = {}): Promise<ApiResponse> {
    const outcome = fate(params)
    if (outcome === 'refuse') throw new CodedError('ActorNotRunning', 'Cannot call "apiserver": it does not run')
    await sleep(clock, random.between(0, delayMs), signal)
    if (outcome === 'lose-request') throw new CodedError('ActorDown', 'Cannot call "apiserver": it died')
    let status = params.method === 'POST' ? 201 : 200
    let answer: Loose
    try {
      answer = structuredClone(handle(params))
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      answer = error.status
      status = error.status.code ?? 500
    }
    await sleep(clock, random.between(0, delayMs), signal)
    if (outcome === 'lose-answer') throw new CodedError('ActorDown', 'Cannot call "apiserver": it died')
    return { status, headers: {}, body: encoder.encode(JSON.stringify(answer)) }
  }

  async function open(params: ApiRequest, { signal }: { signal?: AbortSignal } = {}) {
    await sleep(clock, random.between(0, delayMs), signal)
    if (fate(params) === 'refuse') throw new CodedError('ActorNotRunning', 'Cannot call "apiserver": it does not run')
    const target = parse(params.path)
    const since = Number(target.query.get('resourceVersion') ?? 0)
    const queue: { at: number; line: string }[] = []
    let failure: unknown
    let wake: (() => void) | undefined
    const push = (line: object, delay: number) => {
      queue.push({ at: Math.max(clock.monotonic() + delay, queue.at(-1)?.at ?? 0), line: `${JSON.stringify(line)}\n` })
      wake?.()
    }
    const tell = ({ collection: name, type, object }: Change) => {
      if (name === collectionName(target) && selects(target, object)) push({ type, object: view(object, params) }, watchDelayMs())
    }
    if (since < compacted) push({ type: 'ERROR', object: expired(`too old resource version: ${since} (${compacted})`).status }, 0)
    else for (const change of history) if (change.revision > since) tell(change)
    const watch = {
      fail(error: unknown) {
        failure = error
        wake?.()
      },
      bookmark() {
        if (target.query.get('allowWatchBookmarks'))
          push({ type: 'BOOKMARK', object: { metadata: { resourceVersion: String(revision) } } }, watchDelayMs())
      },
    }
    watches.add(watch)
    listeners.add(tell)
    signal?.addEventListener('abort', () => watch.fail(new CodedError('Cancelled', 'The caller gave up')), { once: true })
    async function* chunks(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          if (failure) throw failure
          const next = queue[0]
          if (!next)
            await new Promise<void>((resolve) => {
              wake = resolve
            })
          else if (next.at > clock.monotonic())
            await Promise.race([
              sleep(clock, next.at - clock.monotonic()),
              new Promise<void>((resolve) => {
                wake = resolve
              }),
            ])
          else yield encoder.encode(queue.shift()?.line ?? '')
        }
      } finally {
        watches.delete(watch)
        listeners.delete(tell)
      }
    }
    return { status: 200, headers: {}, chunks: chunks() }
  }

  return {
    transport: { request, open },
    all: (name) => [...collection(name).values()].map((one) => structuredClone(one)),
    get: (name, key) => structuredClone(collection(name).get(key)),
    put(name, object) {
      const old = collection(name).get(keyOf(object))
      return structuredClone(old ? replace(name, old, merged(old, object, '')) : create(name, object))
    },
    putStatus(name, object) {
      const old = collection(name).get(keyOf(object))
      return structuredClone(replace(name, old, { ...structuredClone(old), status: structuredClone(object.status) }))
    },
    remove(name, key) {
      const old = collection(name).get(key)
      if (old) commit(name, 'DELETED', old)
    },
    revision: () => revision,
    compact() {
      compacted = revision
      history.length = 0
    },
    cutWatches() {
      for (const watch of [...watches]) watch.fail(new CodedError('ActorDown', 'The peer died'))
    },
    onChange: (listener) => void listeners.add(listener),
    writes,
    extra,
    bookmark() {
      for (const watch of watches) watch.bookmark()
    },
  }
}

/** What a PUT or PATCH of the main resource or of a subresource may change. */
function merged(old: Loose, next: Loose, subresource: string): Loose {
  const copy = structuredClone(next)
  if (subresource === 'status') {
    const result = { ...structuredClone(old), status: copy.status }
    result.metadata.annotations = copy.metadata.annotations
    if (result.metadata.annotations === undefined) delete result.metadata.annotations
    return result
  }
  if (subresource === 'finalize') return { ...structuredClone(old), spec: copy.spec }
  if (old.status === undefined) delete copy.status
  else copy.status = structuredClone(old.status)
  return copy
}

function patched(old: Loose, patch: Loose, type: string): Loose {
  const next = structuredClone(old)
  if (type.startsWith('application/json-patch')) throw new ApiError(415, 'UnsupportedMediaType', type)
  return merge(next, patch, type.startsWith('application/strategic'))
}

const mergeKeys: Readonly<Record<string, string>> = { ownerReferences: 'uid', conditions: 'type', taints: 'key' }

function merge(target: Loose, patch: Loose, strategic: boolean): Loose {
  for (const [key, value] of Object.entries<Loose>(patch)) {
    if (strategic && key.startsWith('$deleteFromPrimitiveList/')) {
      const field = key.slice(key.indexOf('/') + 1)
      target[field] = (target[field] ?? []).filter((one: Loose) => !value.includes(one))
      if (target[field].length === 0) delete target[field]
    } else if (value === null) delete target[key]
    else if (strategic && Array.isArray(value) && key === 'finalizers') target[key] = [...new Set([...(target[key] ?? []), ...value])]
    else if (strategic && Array.isArray(value) && mergeKeys[key]) target[key] = mergeList(target[key] ?? [], value, mergeKeys[key])
    else if (typeof value === 'object' && !Array.isArray(value)) target[key] = merge(target[key] ?? {}, value, strategic)
    else target[key] = value
  }
  return target
}

function mergeList(list: Loose[], patch: Loose[], by: string): Loose[] {
  const result = [...list]
  for (const one of patch) {
    const at = result.findIndex((other) => other[by] === one[by])
    if (one.$patch === 'delete') {
      if (at < 0) throw new ApiError(422, 'Invalid', 'nothing to delete')
      result.splice(at, 1)
    } else if (at < 0) result.push(one)
    else result[at] = { ...result[at], ...one }
  }
  return result
}

function view(object: Loose, { headers }: ApiRequest): Loose {
  if (!headers?.accept?.includes('PartialObjectMetadata')) return object
  return { apiVersion: object.apiVersion, kind: object.kind, metadata: object.metadata }
}

function parse(text: string): Target {
  const [path = '', query = ''] = text.split('?')
  const parts = path.split('/').slice(1).map(decodeURIComponent)
  const core = parts[0] === 'api'
  const [group, version, ...rest] = core ? ['', parts[1] ?? '', ...parts.slice(2)] : [parts[1] ?? '', parts[2] ?? '', ...parts.slice(3)]
  const inNamespace = rest[0] === 'namespaces' && rest.length > 2 && !['status', 'finalize'].includes(rest[2] ?? '')
  const [resource = '', name = '', subresource = ''] = inNamespace ? rest.slice(2) : rest
  return {
    group: group ?? '',
    version: version ?? '',
    resource,
    namespace: inNamespace ? (rest[1] ?? '') : '',
    name,
    subresource,
    query: new URLSearchParams(query),
  }
}

function collectionName({ resource, group }: Target): string {
  return group ? `${resource}.${group}` : resource
}

function resourceOf(name: string): { group: string; resource: string } {
  const [resource = '', ...group] = name.split('.')
  return { resource, group: group.join('.') }
}

function selects({ namespace, query }: Target, { metadata }: ApiObject): boolean {
  if (namespace && metadata.namespace !== namespace) return false
  const field = query.get('fieldSelector')
  if (field?.startsWith('metadata.name=') && field !== `metadata.name=${metadata.name}`) return false
  const labels = query.get('labelSelector')
  return (
    !labels ||
    matcherOf({ matchLabels: Object.fromEntries(labels.split(',').map((pair) => pair.split('=') as [string, string])) })(metadata.labels)
  )
}
