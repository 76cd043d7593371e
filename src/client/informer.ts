/**
 * An informer keeps a cache of one collection through a reflector and tells its handlers what changed. Handlers run
 * after the cache holds the change, in the order of the changes, and must not throw.
 *
 * An informer also knows how far it has come, as resourceVersion and as count of lists, so that a controller can wait
 * until it sees its own writes: see consistency.ts.
 */
import type { Context } from '../kernel/context.js'
import type { Client, ListOptions } from './client.js'
import { createIndexer, type IndexFunction, type Lister } from './indexer.js'
import { createReflector } from './reflector.js'
import { type ApiObject, compareResourceVersions, keyOf, type ResourceType } from './resources.js'

export interface InformerHandler<T extends ApiObject> {
  add?(object: T): void
  update?(old: T, object: T): void
  /** `object` as it was last seen; its deletion may have been noticed by a list only. */
  delete?(object: T): void
}

/** What anyone may ask of an informer; its owner also has run(). */
export interface Informer<T extends ApiObject> {
  readonly resource: ResourceType<T>
  readonly cache: Lister<T>
  /** Also told of all that is in the cache already, as additions. */
  addHandler(handler: InformerHandler<T>): void
  hasSynced(): boolean
  /** Resolves when the first list is in the cache. */
  synced(): Promise<void>
  progress(): Progress
  /** Asks for a new list. */
  refresh(): void
  /** Follows the collection until the context's signal is aborted. */
  run(): Promise<void>
}

/** How far a cache has come. */
export interface Progress {
  /** The cache shows everything up to this resourceVersion; '' before the first list. */
  readonly resourceVersion: string
  /** Lists asked for so far. */
  readonly listsAsked: number
  /** The ordinal of the newest list that is in the cache; 0: none. */
  readonly listSeen: number
}

export interface InformerOptions<T extends ApiObject> {
  readonly select?: Pick<ListOptions, 'namespace' | 'labelSelector' | 'fieldSelector' | 'metadataOnly'>
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>>
  /** Trims what nobody reads before it is kept; managedFields are dropped in any case. */
  readonly trim?: (object: T) => void
  /** Ends this informer before its actor ends. */
  readonly signal?: AbortSignal
}

export function createInformer<T extends ApiObject>(
  context: Context,
  client: Client,
  resource: ResourceType<T>,
  options: InformerOptions<T> = {},
): Informer<T> {
  const cache = createIndexer<T>(options.indexes)
  const handlers: InformerHandler<T>[] = []
  const waiting: (() => void)[] = []
  let resourceVersion = ''
  let listsAsked = 0
  let listSeen = 0

  function put(object: T): void {
    delete object.metadata.managedFields
    options.trim?.(object)
    const old = cache.get(keyOf(object))
    // Deleted and made again while we did not look: two objects, told as two.
    if (old && old.metadata.uid !== object.metadata.uid) remove(keyOf(object))
    cache.set(object)
    for (const handler of handlers)
      if (old && old.metadata.uid === object.metadata.uid) handler.update?.(old, object)
      else handler.add?.(object)
  }
  function remove(key: string, last?: T): void {
    const old = cache.delete(key)
    if (old) for (const handler of handlers) handler.delete?.(last ?? old)
  }
  const reflector = createReflector<T>({
    client,
    resource,
    clock: context.clock,
    random: context.random,
    log: context.log,
    signal: options.signal ? AbortSignal.any([context.signal, options.signal]) : context.signal,
    ...(options.select ? { select: options.select } : {}),
    sink: {
      listing() {
        listsAsked++
      },
      replace(items, at) {
        resourceVersion = at
        listSeen = listsAsked
        const kept = new Set(items.map(keyOf))
        for (const object of cache.list()) if (!kept.has(keyOf(object))) remove(keyOf(object))
        for (const object of items) if (cache.get(keyOf(object))?.metadata.resourceVersion !== object.metadata.resourceVersion) put(object)
        for (const resolve of waiting.splice(0)) resolve()
      },
      apply(type, object, at) {
        resourceVersion = at
        if (type === 'DELETED') {
          delete object.metadata.managedFields
          remove(keyOf(object), object)
        } else put(object)
      },
      bookmark(at) {
        resourceVersion = at
      },
    },
  })
  return {
    resource,
    cache,
    addHandler(handler) {
      handlers.push(handler)
      for (const object of cache.list()) handler.add?.(object)
    },
    hasSynced: () => listSeen > 0,
    synced: () => (listSeen > 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    progress: () => ({ resourceVersion, listsAsked, listSeen }),
    refresh: () => reflector.relist(),
    run: () => reflector.run(),
  }
}

/** Whether the cache shows a write that was answered with `written`, when `asked` lists had been asked for. */
export function shows({ resourceVersion, listSeen }: Progress, written: string, asked: number): boolean {
  // A list asked for after the write shows it whatever the numbers say: they start again when a store is restored.
  return listSeen > asked || compareResourceVersions(resourceVersion, written) >= 0
}
