/**
 * The mirror's part for one kind: its objects in order of key, the changes of the recent past, and those who watch.
 *
 * Invariants:
 * 1. `items` is sorted by key and holds each key once.
 * 2. `log` holds every change after revision `start`, in order; what is older is forgotten, oldest first.
 * 3. A watcher has a place in the log and no buffer of its own: however slow it is it costs nobody memory, and when its
 *    place is forgotten it is told so and ends.
 *
 * Next: mirror.ts, which feeds it; watch.ts, which follows it.
 */
import type { StorageOf } from './keys.js'
import type { StoredItem } from './stored-item.js'
import type { Form } from './wire-form.js'

/** A change of one object. For 'DELETED' `item` is the last object with the revision of its deletion. */
export interface ShelfEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly revision: number
  readonly item: StoredItem
  readonly previous?: StoredItem
}

/** Somebody who follows the log. */
export interface Follower {
  /** The place in the log of the next event it has not seen. */
  cursor: number
  /** Whether it has something to say about this event. */
  readonly concerns: (event: ShelfEvent) => boolean
  /** Set while it waits: called when an event concerns it, or when the shelf was replaced. */
  wake: (() => void) | undefined
}

/** Changes of one kind that are remembered for watchers that come back. */
export const shelfEventsMax = 4_096

export class Shelf {
  readonly storage: string
  readonly namespaced: boolean
  readonly form: Form
  /** Watches can start after any revision from here on. */
  start: number
  /** The revision of the last change. */
  changed: number
  /** Counts rebuilds: a watcher of an earlier one must end. */
  generation = 0
  #items: StoredItem[] = []
  #log: ShelfEvent[] = []
  #first = 0
  readonly #followers = new Set<Follower>()
  readonly #listeners = new Set<(event: ShelfEvent) => void>()

  constructor({ storage, namespaced }: StorageOf, form: Form, start: number) {
    this.storage = storage
    this.namespaced = namespaced
    this.form = form
    this.start = start
    this.changed = start
  }

  get size(): number {
    return this.#items.length
  }

  get(key: string): StoredItem | undefined {
    const item = this.#items[this.#position(key)]
    return item?.key === key ? item : undefined
  }

  /** The items from `from` (included) to `to` (excluded), in order of key. */
  range(from: string, to: string): StoredItem[] {
    return this.#items.slice(this.#position(from), this.#position(to))
  }

  /** The place after the newest event. */
  get end(): number {
    return this.#first + this.#log.length
  }

  /** The event at a place; undefined when it is forgotten or has not come yet. */
  event(place: number): ShelfEvent | undefined {
    return this.#log[place - this.#first]
  }

  /** Whether the event at this place is no longer known. */
  forgotten(place: number): boolean {
    return place < this.#first
  }

  /** The place of the first event after `revision`, which must not be below `start`. */
  placeAfter(revision: number): number {
    let low = 0
    let high = this.#log.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#log[middle] as ShelfEvent).revision <= revision) low = middle + 1
      else high = middle
    }
    return this.#first + low
  }

  /** The events of one key after `revision`, oldest first; undefined when they may be forgotten. */
  eventsOf(key: string, revision: number): ShelfEvent[] | undefined {
    if (revision < this.start) return undefined
    return this.#log.slice(this.placeAfter(revision) - this.#first).filter(({ item }) => item.key === key)
  }

  /** Takes the object in without an event: the state that the log starts from. */
  fill(item: StoredItem): void {
    const at = this.#position(item.key)
    this.#items.splice(at, this.#items[at]?.key === item.key ? 1 : 0, item)
    this.changed = Math.max(this.changed, item.revision)
  }

  /** Takes a new value of an object in. */
  put(item: StoredItem): void {
    const at = this.#position(item.key)
    const found = this.#items[at]
    const previous = found?.key === item.key ? found : undefined
    if (previous) this.#items[at] = item
    else if (at === this.#items.length) this.#items.push(item)
    else this.#items.splice(at, 0, item)
    this.#append({ type: previous ? 'MODIFIED' : 'ADDED', revision: item.revision, item, ...(previous ? { previous } : {}) })
  }

  /** Takes a deletion in; of an unknown key it is ignored. */
  delete(key: string, revision: number): void {
    const at = this.#position(key)
    const previous = this.#items[at]
    if (previous?.key !== key) return
    this.#items.splice(at, 1)
    this.#append({ type: 'DELETED', revision, item: previous.at(revision), previous })
  }

  /** Tells the followers that wait about events that concern them. Called once after a batch of changes. */
  notify(): void {
    for (const follower of this.#followers) {
      if (!follower.wake) continue
      for (; follower.cursor < this.end; follower.cursor++) {
        const event = this.event(follower.cursor)
        if (event === undefined || follower.concerns(event)) {
          follower.wake()
          break
        }
      }
    }
  }

  follow(follower: Follower): { cancel(): void } {
    this.#followers.add(follower)
    return { cancel: () => void this.#followers.delete(follower) }
  }

  listen(listener: (event: ShelfEvent) => void): { cancel(): void } {
    this.#listeners.add(listener)
    return { cancel: () => void this.#listeners.delete(listener) }
  }

  /** Replaces everything: a new past begins at `start`. Listeners hear the differences, watchers must end. */
  replace(items: StoredItem[], start: number): void {
    const old = new Map(this.#items.map((item) => [item.key, item]))
    this.#items = items.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    this.#first = this.end
    this.#log = []
    this.start = start
    this.changed = start
    this.generation++
    for (const item of items) {
      const previous = old.get(item.key)
      old.delete(item.key)
      if (previous?.revision === item.revision) continue
      this.#tell({ type: previous ? 'MODIFIED' : 'ADDED', revision: item.revision, item, ...(previous ? { previous } : {}) })
    }
    for (const previous of old.values()) this.#tell({ type: 'DELETED', revision: start, item: previous.at(start), previous })
    for (const follower of this.#followers) follower.wake?.()
  }

  #append(event: ShelfEvent): void {
    this.changed = event.revision
    this.#log.push(event)
    // Cut by halves so that forgetting costs the same, whatever the size.
    if (this.#log.length >= shelfEventsMax * 2) {
      const gone = this.#log.splice(0, shelfEventsMax)
      this.#first += gone.length
      this.start = (gone.at(-1) as ShelfEvent).revision
    }
    this.#tell(event)
  }

  #tell(event: ShelfEvent): void {
    for (const listener of this.#listeners) listener(event)
  }

  /** Where the key is or would be. */
  #position(key: string): number {
    let low = 0
    let high = this.#items.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#items[middle] as StoredItem).key < key) low = middle + 1
      else high = middle
    }
    return low
  }
}
