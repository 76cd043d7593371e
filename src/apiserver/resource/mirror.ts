/**
 * A mirror of all the store holds for the API server: one list, then one watch, for all kinds together. Reads and watches
 * are answered from it; a linearizable read asks the store for its revision only and waits until the mirror is there.
 *
 * The list is taken at a revision some way below the current one, so that right after a start the recent past is known
 * and watchers of the server before this one can go on where they were.
 *
 * Invariants:
 * 1. At `revision` R the shelves show exactly the store's state at R.
 * 2. `revision` never falls.
 * 3. Keys that no kind claims are kept, with their changes, until one does (custom resources after a start).
 *
 * Next: shelf.ts for one kind's part; lookup.ts for who reads it without waiting.
 */
import type { Timer } from '../../base/clock.js'
import { sleep } from '../../base/clock.js'
import { CodedError, codeOf, messageOf } from '../../base/errors.js'
import type { Context } from '../../kernel/context.js'
import type { StoreClient } from '../../store/client.js'
import { prefixEnd } from '../../store/client.js'
import type { KeyValue, StoreEvent, WatchItem } from '../../store/protocol.js'
import { prefixOf, registryPrefix, type StorageOf, splitKey } from './keys.js'
import { Shelf } from './shelf.js'
import { StoredItem } from './stored-item.js'
import type { Form } from './wire-form.js'

/** How far below the current revision the list is taken. */
const historyRevisions = 5_000
const listPageKeys = 2_000
const retryMs = 100
/** Changes of unclaimed keys that are remembered one by one. */
const unclaimedEventsMax = 4_096

export interface Mirror {
  readonly revision: number
  /** The kind's part; made, and filled with what is there, at the first call. */
  shelf(kind: StorageOf): Shelf
  /** True when the mirror has reached `revision`, false when it did not within `timeoutMs`. Rejects when the signal is aborted. */
  reached(revision: number, timeoutMs: number, signal?: AbortSignal): Promise<boolean>
  /** Follows the store until the context's signal is aborted. */
  run(): Promise<void>
  /** Resolves when the mirror is as new as the store was when run() began. */
  readonly filled: Promise<void>
}

interface Waiter {
  readonly revision: number
  readonly settle: (reached: boolean) => void
}

export function createMirror(options: { context: Context; store: StoreClient; formOf: (kind: StorageOf) => Form }): Mirror {
  return new StoreMirror(options)
}

class StoreMirror implements Mirror {
  readonly #context: Context
  readonly #store: StoreClient
  readonly #formOf: (kind: StorageOf) => Form
  readonly #shelves = new Map<string, Shelf>()
  readonly #waiters = new Set<Waiter>()
  readonly #unclaimed = new Map<string, KeyValue>()
  #unclaimedEvents: StoreEvent[] = []
  /** Unclaimed changes up to this revision are in #unclaimed only. */
  #folded = 0
  #start = 0
  revision = 0
  readonly filled: Promise<void>
  #markFilled: () => void = () => {}

  constructor({ context, store, formOf }: { context: Context; store: StoreClient; formOf: (kind: StorageOf) => Form }) {
    this.#context = context
    this.#store = store
    this.#formOf = formOf
    this.filled = new Promise((resolve) => {
      this.#markFilled = resolve
    })
  }

  shelf(kind: StorageOf): Shelf {
    const known = this.#shelves.get(kind.storage)
    if (known) return known
    const shelf = new Shelf(kind, this.#formOf(kind), this.#start)
    this.#shelves.set(kind.storage, shelf)
    this.#claim(shelf)
    return shelf
  }

  reached(revision: number, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    if (this.revision >= revision) return Promise.resolve(true)
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const done = (): void => {
        timer.cancel()
        signal?.removeEventListener('abort', abort)
        this.#waiters.delete(waiter)
      }
      const waiter: Waiter = {
        revision,
        settle: (reached) => {
          done()
          resolve(reached)
        },
      }
      const abort = (): void => {
        done()
        reject(signal?.reason)
      }
      const timer: Timer = this.#context.clock.after(timeoutMs, () => waiter.settle(false))
      signal?.addEventListener('abort', abort, { once: true })
      this.#waiters.add(waiter)
    })
  }

  async run(): Promise<void> {
    const { signal, clock, log } = this.#context
    let listed = false
    while (!signal.aborted) {
      try {
        if (!listed) {
          const goal = await this.#list()
          listed = true
          void this.reached(goal, Number.MAX_SAFE_INTEGER, signal).then(this.#markFilled, () => {})
        }
        // All keys, not only ours: so every revision is seen to pass, whoever wrote it.
        for await (const item of this.#store.watch({ key: '\0', end: '\0', startRevision: this.revision + 1 }, { signal })) this.#take(item)
      } catch (error) {
        if (signal.aborted) return
        if (codeOf(error) === 'Compacted') listed = false
        else if (!(error instanceof CodedError)) throw error
        log.warn('The mirror lost the store and starts again', { code: codeOf(error), message: messageOf(error) })
      }
      if (!signal.aborted) await sleep(clock, retryMs, signal).catch(() => {})
    }
  }

  /** Fills the shelves and gives the revision the store had reached. */
  async #list(): Promise<number> {
    const current = await this.#store.readRevision({ signal: this.#context.signal })
    const again = this.revision > 0
    let at = Math.max(1, again ? current : current - historyRevisions)
    let items: KeyValue[]
    try {
      items = await this.#listAt(at)
    } catch (error) {
      if (codeOf(error) !== 'Compacted') throw error
      const details = (error as CodedError).details as { compactRevision?: number } | undefined
      at = Math.min(current, Math.max(details?.compactRevision ?? current, at))
      items = await this.#listAt(at)
    }
    this.#reset(items, at)
    return current
  }

  async #listAt(revision: number): Promise<KeyValue[]> {
    const { signal } = this.#context
    const items: KeyValue[] = []
    const end = prefixEnd(registryPrefix)
    for (let key = registryPrefix; ; ) {
      const page = await this.#store.range({ key, end, revision, limit: listPageKeys }, { signal })
      items.push(...page.items)
      const last = page.items.at(-1)
      if (!page.more || !last) return items
      key = `${last.key}\0`
    }
  }

  #reset(items: readonly KeyValue[], at: number): void {
    const perShelf = new Map<Shelf, StoredItem[]>()
    this.#unclaimed.clear()
    this.#unclaimedEvents = []
    this.#folded = 0
    for (const item of items) {
      const shelf = this.#shelfOf(item.key)
      const stored = shelf && this.#itemOf(shelf, item)
      if (!shelf || !stored) this.#unclaimed.set(item.key, item)
      else {
        const list = perShelf.get(shelf)
        if (list) list.push(stored)
        else perShelf.set(shelf, [stored])
      }
    }
    this.#start = at
    for (const shelf of this.#shelves.values()) shelf.replace(perShelf.get(shelf) ?? [], at)
    this.#advance(at)
  }

  #take({ revision, events }: WatchItem): void {
    const touched = new Set<Shelf>()
    for (const event of events) {
      if (!event.item.key.startsWith(registryPrefix)) continue
      const shelf = this.#shelfOf(event.item.key)
      if (!shelf) this.#keepUnclaimed(event)
      else {
        this.#apply(shelf, event)
        touched.add(shelf)
      }
    }
    this.#advance(revision)
    for (const shelf of touched) shelf.notify()
  }

  #apply(shelf: Shelf, { type, item }: StoreEvent): void {
    if (type === 'delete') return shelf.delete(item.key, item.modRevision)
    const stored = this.#itemOf(shelf, item)
    if (stored) shelf.put(stored)
  }

  #advance(revision: number): void {
    if (revision <= this.revision) return
    this.revision = revision
    for (const waiter of this.#waiters) if (waiter.revision <= revision) waiter.settle(true)
  }

  #itemOf(shelf: Shelf, { key, value, modRevision }: KeyValue): StoredItem | undefined {
    const place = splitKey(key.slice(prefixOf(shelf).length), shelf.namespaced)
    return place && new StoredItem({ key, ...place }, modRevision, value, shelf.form)
  }

  /** The shelf whose prefix the key has; the longest, as one storage may lie below another. */
  #shelfOf(key: string): Shelf | undefined {
    let found: Shelf | undefined
    let slash = key.indexOf('/', registryPrefix.length)
    for (let parts = 0; parts < 3 && slash > 0; parts++) {
      found = this.#shelves.get(key.slice(registryPrefix.length, slash)) ?? found
      slash = key.indexOf('/', slash + 1)
    }
    return found
  }

  #keepUnclaimed(event: StoreEvent): void {
    this.#unclaimedEvents.push(event)
    if (this.#unclaimedEvents.length <= unclaimedEventsMax * 2) return
    for (const { type, item } of this.#unclaimedEvents.splice(0, unclaimedEventsMax)) {
      this.#folded = item.modRevision
      if (type === 'delete') this.#unclaimed.delete(item.key)
      else this.#unclaimed.set(item.key, item)
    }
  }

  /** Gives a new shelf the keys below its prefix that nobody had claimed. */
  #claim(shelf: Shelf): void {
    const mine = (key: string): boolean => this.#shelfOf(key) === shelf
    shelf.start = Math.max(this.#start, this.#folded)
    for (const item of [...this.#unclaimed.values()].filter(({ key }) => mine(key))) {
      this.#unclaimed.delete(item.key)
      const stored = this.#itemOf(shelf, item)
      if (stored) shelf.fill(stored)
    }
    const events = this.#unclaimedEvents.filter(({ item }) => mine(item.key))
    if (events.length === 0) return
    this.#unclaimedEvents = this.#unclaimedEvents.filter(({ item }) => !mine(item.key))
    for (const event of events) this.#apply(shelf, event)
  }
}
