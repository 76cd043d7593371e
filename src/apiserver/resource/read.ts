/**
 * get and list. What resourceVersion asks for, after apiserver/pkg/storage/cacher:
 *
 *   unset        the newest state: the store tells its revision, the mirror answers when it is there
 *   0            whatever the mirror has
 *   N            as N or newer; waits up to 3 s
 *   N, Exact     as it was at N; and the later pages of a list: the mirror when nothing changed since, else the store
 */
import type { Kind } from '../../api/kind.js'
import { type ApiError, badRequest, expired, type GroupResource, notFound, timeout } from '../../api/meta/status.js'
import { codeOf } from '../../base/errors.js'
import type { StoreClient } from '../../store/client.js'
import { prefixEnd } from '../../store/client.js'
import type { KeyValue } from '../../store/protocol.js'
import type { Answer, ResourceTarget, Served } from '../request.js'
import { decodeContinue, encodeContinue } from './continue-token.js'
import { keyOf, prefixOf, splitKey } from './keys.js'
import { type ListOptions, parseListOptions, parseResourceVersion } from './list-options.js'
import type { Mirror } from './mirror.js'
import { present } from './present.js'
import { type Selection, selectionOf } from './selection.js'
import { StoredItem } from './stored-item.js'

/** How long a read waits for the mirror to reach a revision (cacher's blockTimeout). */
export const freshnessTimeoutMs = 3_000
const storePageKeysMin = 100
const storePageKeysMax = 10_000

export interface Reader {
  /** Waits until the mirror is as new as asked for. Throws 504 when it is not in time. */
  fresh(resourceVersion: string, signal?: AbortSignal): Promise<void>
  get(target: ResourceTarget, query: URLSearchParams, signal?: AbortSignal): Promise<StoredItem>
  list(target: ResourceTarget, query: URLSearchParams, signal?: AbortSignal): Promise<Answer>
  /** The items that a list's options select in the mirror's newest state; for deletecollection. */
  select(target: ResourceTarget, query: URLSearchParams, signal?: AbortSignal): Promise<StoredItem[]>
}

/** A kind as errors name it. */
export function resourceOf({ group, plural }: Pick<Kind, 'group' | 'plural'>): GroupResource {
  return { group, resource: plural }
}

/** A page of a list: what it shows and where the next begins. */
interface Page {
  readonly items: readonly StoredItem[]
  readonly revision: number
  /** Key of the last item looked at, when there are more behind it. */
  readonly last?: string
  /** Keys behind the last one, selected or not. */
  readonly remaining: number
}

export function createReader({ mirror, store }: { mirror: Mirror; store: StoreClient }): Reader {
  const fresh = async (resourceVersion: string, signal?: AbortSignal): Promise<void> => {
    if (resourceVersion === '0') return
    const wanted = resourceVersion === '' ? await store.readRevision(signal ? { signal } : {}) : parseResourceVersion(resourceVersion)
    if (!(await mirror.reached(wanted, freshnessTimeoutMs, signal))) throw tooLarge(wanted, mirror.revision)
  }

  const get = async ({ kind, namespace, name }: ResourceTarget, query: URLSearchParams, signal?: AbortSignal): Promise<StoredItem> => {
    await fresh(query.get('resourceVersion') ?? '', signal)
    const item = mirror.shelf(kind).get(keyOf(kind, namespace, name))
    if (!item) throw notFound(resourceOf(kind), name)
    return item
  }

  const list = async (target: ResourceTarget, query: URLSearchParams, signal?: AbortSignal): Promise<Answer> => {
    const options = parseListOptions(query, false)
    const selection = selectionOf(target.kind, options.labelSelector, options.fieldSelector)
    const prefix = prefixOf(target.kind, target.namespace)
    const page = await pageOf({ target, options, selection, prefix, signal })
    const { kind } = target
    const more = page.last !== undefined
    return {
      type: 'list',
      kind,
      items: page.items.map((item): Served => present(kind, item)),
      metadata: {
        resourceVersion: String(page.revision),
        ...(more
          ? { continue: encodeContinue({ revision: page.revision, start: `${(page.last as string).slice(prefix.length)}\0` }) }
          : {}),
        ...(more && selection.everything ? { remainingItemCount: page.remaining } : {}),
      },
    }
  }

  interface Request {
    readonly target: ResourceTarget
    readonly options: ListOptions
    readonly selection: Selection
    readonly prefix: string
    readonly signal: AbortSignal | undefined
  }

  const pageOf = async (request: Request): Promise<Page> => {
    const { target, options, prefix, signal } = request
    const shelf = mirror.shelf(target.kind)
    let from = prefix
    let revision = 0
    let { limit } = options
    if (options.continue !== '') {
      const token = decodeContinue(options.continue)
      if (options.resourceVersion !== '' && options.resourceVersion !== '0')
        throw badRequest('specifying resource version is not allowed when using continue')
      from = `${prefix}${token.start}`
      if (token.revision > 0) revision = token.revision
      else await fresh('', signal)
    } else if (options.resourceVersionMatch === 'Exact') {
      revision = parseResourceVersion(options.resourceVersion)
    } else {
      await fresh(options.resourceVersion, signal)
      if (options.resourceVersion === '0') limit = 0
    }
    if (revision === 0) return mirrorPage(request, from, mirror.revision, limit)
    if (!(await mirror.reached(revision, freshnessTimeoutMs, signal))) throw tooLarge(revision, mirror.revision)
    if (shelf.changed <= revision && revision >= shelf.start) return mirrorPage(request, from, revision, limit)
    return storePage(request, from, revision, limit)
  }

  /** From the mirror, whose state is that at `revision`. */
  const mirrorPage = ({ target, selection, prefix }: Request, from: string, revision: number, limit: number): Page => {
    const shelf = mirror.shelf(target.kind)
    if (selection.name !== undefined && from === prefix && (target.namespace !== '' || !target.kind.namespaced)) {
      const item = shelf.get(`${prefix}${selection.name}`)
      return { items: item && selection.matches(item) ? [item] : [], revision, remaining: 0 }
    }
    const all = shelf.range(from, prefixEnd(prefix))
    if (limit === 0 || (selection.everything && all.length <= limit))
      return { items: selection.everything ? all : all.filter(selection.matches), revision, remaining: 0 }
    const items: StoredItem[] = []
    let at = 0
    for (; at < all.length && items.length < limit; at++) if (selection.matches(all[at] as StoredItem)) items.push(all[at] as StoredItem)
    if (at >= all.length) return { items, revision, remaining: 0 }
    return { items, revision, last: (all[at - 1] as StoredItem).key, remaining: all.length - at }
  }

  /** From the store's past. Throws 410 when it is compacted. */
  const storePage = async (request: Request, from: string, revision: number, limit: number): Promise<Page> => {
    const { target, selection, prefix, options } = request
    const shelf = mirror.shelf(target.kind)
    const items: StoredItem[] = []
    let key = from
    let size = limit > 0 ? Math.max(limit, selection.everything ? limit : storePageKeysMin) : storePageKeysMax
    for (;;) {
      const result = await store
        .range({ key, end: prefixEnd(prefix), revision, limit: size }, request.signal ? { signal: request.signal } : {})
        .catch((error: unknown) => {
          throw codeOf(error) === 'Compacted' ? compacted(options, from.slice(prefix.length)) : error
        })
      for (const [i, keyValue] of result.items.entries()) {
        const item = itemOf(target.kind, keyValue, shelf.get(keyValue.key))
        if (item && selection.matches(item)) items.push(item)
        const remaining = result.count - i - 1
        if (limit > 0 && items.length === limit && remaining > 0) return { items, revision, last: keyValue.key, remaining }
      }
      const last = result.items.at(-1)
      if (!result.more || !last) return { items, revision, remaining: 0 }
      key = `${last.key}\0`
      size = Math.min(size * 2, storePageKeysMax)
    }
  }

  /** The item of a stored value; the mirror's own when it is the same revision, so that nothing is encoded twice. */
  const itemOf = (kind: Kind, { key, value, modRevision }: KeyValue, known: StoredItem | undefined): StoredItem | undefined => {
    if (known?.revision === modRevision) return known
    const place = splitKey(key.slice(prefixOf(kind).length), kind.namespaced)
    return place && new StoredItem({ key, ...place }, modRevision, value, mirror.shelf(kind).form)
  }

  const select = async (target: ResourceTarget, query: URLSearchParams, signal?: AbortSignal): Promise<StoredItem[]> => {
    const options = parseListOptions(query, false)
    const selection = selectionOf(target.kind, options.labelSelector, options.fieldSelector)
    const page = await pageOf({ target, options, selection, prefix: prefixOf(target.kind, target.namespace), signal })
    return [...page.items]
  }

  return { fresh, get, list, select }
}

/** storage.NewTooLargeResourceVersionError. */
function tooLarge(wanted: number, current: number): ApiError {
  return timeout(`Too large resource version: ${wanted}, current: ${current}`, 1, [
    { reason: 'ResourceVersionTooLarge', message: 'Too large resource version' },
  ])
}

const inconsistentHelp =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use ' +
  'the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent ' +
  'list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.'

/** What to say when the revision of a list is no longer there (etcd3 interpretListError). */
function compacted(options: ListOptions, start: string): ApiError {
  if (options.continue === '') return expired('The resourceVersion for the provided list is too old.')
  return expired(inconsistentHelp, { continue: encodeContinue({ revision: -1, start }) })
}
