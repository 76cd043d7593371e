/**
 * watch: the events of a kind from a revision on, through a selection. A watcher reads the shelf's log at its own pace;
 * one that falls out of the log ends with 410 Expired and lists again, and nobody else notices.
 *
 *   initial     resourceVersion unset or 0, or sendInitialEvents: ADDED for everything there is
 *   following   the log from its place on; BOOKMARK about every minute and two seconds before the end
 *   ended       timeoutSeconds, the client's leaving, the server's stop, or 410
 */

import type { Kind } from '../../api/kind.js'
import type { KubeObject } from '../../api/meta/object.js'
import { apiVersionOf } from '../../api/meta/object.js'
import { expired } from '../../api/meta/status.js'
import type { Timer } from '../../base/clock.js'
import type { Context } from '../../kernel/context.js'
import { prefixEnd } from '../../store/client.js'
import type { Answer, ResourceTarget, ServedEvent } from '../request.js'
import { prefixOf } from './keys.js'
import { type ListOptions, parseListOptions, parseResourceVersion } from './list-options.js'
import type { Mirror } from './mirror.js'
import { present } from './present.js'
import type { Reader } from './read.js'
import { type Selection, selectionOf } from './selection.js'
import type { Follower, Shelf, ShelfEvent } from './shelf.js'
import { type StoredItem, serve } from './stored-item.js'

/** A watch without timeoutSeconds ends after this long, up to twice as long at random (--min-request-timeout). */
const watchMsMin = 1_800_000
const bookmarkEveryMs = 60_000
const bookmarkBeforeEndMs = 2_000
/** Events handed on at once. */
const batchEventsMax = 500

export interface Watching {
  readonly context: Context
  readonly mirror: Mirror
  readonly reader: Reader
}

/** Throws 400, 422 and 504 for options that cannot be; all that goes wrong later is thrown by the events. */
export async function watch(world: Watching, target: ResourceTarget, query: URLSearchParams, signal: AbortSignal): Promise<Answer> {
  const { kind, namespace, name } = target
  const options = parseListOptions(query, true)
  const fieldSelector = name === '' ? options.fieldSelector : [options.fieldSelector, `metadata.name=${name}`].filter(Boolean).join(',')
  const selection = selectionOf(kind, options.labelSelector, fieldSelector)
  const { resourceVersion, sendInitialEvents } = options
  const initial = sendInitialEvents ?? (resourceVersion === '' || resourceVersion === '0')
  // A watch from "now" without the initial state needs to know what now is.
  if (resourceVersion === '' || (sendInitialEvents && resourceVersion !== '0')) await world.reader.fresh(resourceVersion, signal)
  const run = new Watch(world, { kind, namespace, options, selection, initial, signal })
  return { type: 'watch', kind, events: run.events() }
}

interface WatchSettings {
  readonly kind: Kind
  readonly namespace: string
  readonly options: ListOptions
  readonly selection: Selection
  readonly initial: boolean
  readonly signal: AbortSignal
}

interface Beginning {
  readonly snapshot: readonly StoredItem[]
  readonly revision: number
  readonly generation: number
  /** Place in the log; absent when it must be looked for. */
  readonly place?: number
}

class Watch {
  readonly #world: Watching
  readonly #settings: WatchSettings
  readonly #shelf: Shelf
  readonly #prefix: string
  /** Nothing up to this revision is told. */
  readonly #after: number
  /** The state that the watch begins with: taken when it is asked for, not when it is first read. */
  readonly #begin: Beginning
  #due: 'bookmark' | 'last-bookmark' | 'end' | undefined
  #wake: (() => void) | undefined

  constructor(world: Watching, settings: WatchSettings) {
    this.#world = world
    this.#settings = settings
    this.#shelf = world.mirror.shelf(settings.kind)
    this.#prefix = prefixOf(settings.kind, settings.namespace)
    this.#after = settings.initial ? 0 : parseResourceVersion(settings.options.resourceVersion)
    const shelf = this.#shelf
    this.#begin = {
      snapshot: settings.initial ? shelf.range(this.#prefix, prefixEnd(this.#prefix)).filter(settings.selection.matches) : [],
      revision: world.mirror.revision,
      generation: shelf.generation,
      ...(this.#after === 0 ? { place: shelf.end } : {}),
    }
  }

  async *events(): AsyncGenerator<readonly ServedEvent[]> {
    const { signal } = this.#settings
    const follower: Follower = {
      cursor: this.#begin.place ?? this.#place(),
      concerns: (event) => this.#eventOf(event) !== undefined,
      wake: undefined,
    }
    const following = this.#shelf.follow(follower)
    const wake = (): void => {
      this.#wake?.()
    }
    const timers = this.#timers(wake)
    const stop = this.#world.context.signal
    signal.addEventListener('abort', wake, { once: true })
    const stopping = onStop(stop, wake)
    try {
      yield* this.#initialEvents()
      while (!signal.aborted && !stop.aborted && this.#shelf.generation === this.#begin.generation) {
        const batch = this.#take(follower)
        if (batch.length > 0) yield batch
        else if (this.#due === 'end') return
        else if (this.#due !== undefined) {
          this.#due = undefined
          if (this.#settings.options.allowWatchBookmarks) yield [this.#bookmark(this.#world.mirror.revision, false)]
        } else await this.#wait(follower)
      }
    } finally {
      following.cancel()
      for (const timer of timers) timer.cancel()
      signal.removeEventListener('abort', wake)
      stopping.cancel()
    }
  }

  *#initialEvents(): Generator<readonly ServedEvent[]> {
    const { kind, options } = this.#settings
    const { snapshot, revision } = this.#begin
    for (let i = 0; i < snapshot.length; i += batchEventsMax)
      yield snapshot.slice(i, i + batchEventsMax).map((item) => ({ type: 'ADDED', served: present(kind, item) }))
    if (options.sendInitialEvents && options.allowWatchBookmarks) yield [this.#bookmark(revision, true)]
  }

  /** Where a watch after this revision begins. Throws 410 when that is forgotten. */
  #place(): number {
    if (this.#after < this.#shelf.start) throw expired(`too old resource version: ${this.#after} (${this.#shelf.start})`)
    return this.#shelf.placeAfter(this.#after)
  }

  /** The next events that concern this watch. Throws 410 when its place is forgotten. */
  #take(follower: Follower): ServedEvent[] {
    const batch: ServedEvent[] = []
    for (; follower.cursor < this.#shelf.end && batch.length < batchEventsMax; follower.cursor++) {
      if (this.#shelf.forgotten(follower.cursor)) throw expired('too old resource version: the watch fell too far behind')
      const event = this.#eventOf(this.#shelf.event(follower.cursor) as ShelfEvent)
      if (event) batch.push(event)
    }
    return batch
  }

  /** What the watcher is told: an object that leaves the selection is DELETED, one that enters it ADDED. */
  #eventOf({ type, revision, item, previous }: ShelfEvent): ServedEvent | undefined {
    const { kind, namespace, selection } = this.#settings
    if (namespace !== '' && item.namespace !== namespace) return undefined
    // A watch from a revision that is still to come says nothing until then.
    if (revision <= this.#after) return undefined
    const now = type !== 'DELETED' && selection.matches(item)
    const before = previous !== undefined && selection.matches(previous)
    if (now) return { type: before ? 'MODIFIED' : 'ADDED', served: present(kind, item) }
    if (!before) return undefined
    return { type: 'DELETED', served: present(kind, type === 'DELETED' ? item : leaving(previous as StoredItem, revision)) }
  }

  #bookmark(revision: number, initialEnd: boolean): ServedEvent {
    const { kind } = this.#settings
    const object = {
      kind: kind.kind,
      apiVersion: apiVersionOf(kind),
      metadata: { resourceVersion: String(revision), ...(initialEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}) },
    }
    return { type: 'BOOKMARK', served: serve(object as unknown as KubeObject) }
  }

  #timers(wake: () => void): Timer[] {
    const { clock, random } = this.#world.context
    const { timeoutSeconds } = this.#settings.options
    const totalMs = timeoutSeconds !== undefined && timeoutSeconds > 0 ? timeoutSeconds * 1000 : watchMsMin * (1 + random.float())
    const set = (due: 'bookmark' | 'last-bookmark' | 'end') => () => {
      if (this.#due !== 'end') this.#due = due
      wake()
    }
    return [
      clock.every(bookmarkEveryMs, set('bookmark')),
      clock.after(totalMs, set('end')),
      ...(totalMs > bookmarkBeforeEndMs ? [clock.after(totalMs - bookmarkBeforeEndMs, set('last-bookmark'))] : []),
    ]
  }

  #wait(follower: Follower): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        follower.wake = undefined
        this.#wake = undefined
        resolve()
      }
      follower.wake = wake
      this.#wake = wake
    })
  }
}

/** The object as its leaving is told: as it was, at the revision of the change; made once for all watchers. */
function leaving(previous: StoredItem, revision: number): StoredItem {
  const known = left.get(previous)
  if (known?.revision === revision) return known
  const item = previous.at(revision)
  left.set(previous, item)
  return item
}
const left = new WeakMap<StoredItem, StoredItem>()

/** Everybody who waits for the server's stop, behind one listener: there may be thousands. */
const stops = new WeakMap<AbortSignal, Set<() => void>>()

function onStop(signal: AbortSignal, wake: () => void): { cancel(): void } {
  let waiting = stops.get(signal)
  if (!waiting) {
    const all = new Set<() => void>()
    waiting = all
    stops.set(signal, all)
    signal.addEventListener('abort', () => wakeAll(all), { once: true })
  }
  waiting.add(wake)
  return { cancel: () => void waiting.delete(wake) }
}

function wakeAll(waiting: ReadonlySet<() => void>): void {
  for (const wake of [...waiting]) wake()
}
