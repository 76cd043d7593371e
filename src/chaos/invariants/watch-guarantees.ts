/**
 * The nine guarantees of the store's watches, which are etcd's (https://etcd.io/docs/v3.6/learning/api_guarantees/; its robustness
 * tests check the same nine in validate/watch.go): each over the recorded watches, against the timeline of what was really written.
 *
 * A watch promises from its first batch's revision on (or from the revision it asked for), and up to its last batch's.
 * Read next: store-judge.ts, which makes the timeline.
 */
import type { WatchRecord } from '../history.js'
import { isInRange } from './key-range.js'
import type { RecordedEvent, RecordedItem, StoreWatchRequest } from './store-history.js'
import type { Violation } from './violation.js'

/** All changes after revision `from` up to revision `to`, in order. What lies outside is not known. */
export interface Timeline {
  readonly from: number
  readonly to: number
  readonly events: readonly RecordedEvent[]
  /** What was there at revision `from`. */
  readonly before?: readonly RecordedItem[]
}

/** The first revision that a watch answers for: the one it asked for, or the one after its first answer, which tells that it is open. */
export function firstRevisionOf(startRevision: number, opening: StoreWatch['batches'][number]): number {
  if (startRevision > 0) return startRevision
  return opening.events[0]?.item.modRevision ?? opening.revision + 1
}

export type StoreWatch = WatchRecord<StoreWatchRequest, RecordedEvent>

export interface WatchGuarantee {
  readonly name: string
  readonly description: string
  readonly source: string
  check(watch: StoreWatch, timeline: IndexedTimeline): Finding | undefined
}

/** The first thing that breaks a guarantee. */
interface Finding {
  readonly message: string
  readonly revision: number
  readonly instant?: number
}

const source = 'etcd API guarantees, Watch APIs'

/** The nine, in etcd's order. */
export const watchGuarantees: readonly WatchGuarantee[] = [
  {
    name: 'WatchFilter',
    description: 'A watch sends events of the keys it asked for, and of no others.',
    source,
    check: ({ request, batches }) =>
      first(batches, ({ item }) => (isInRange(item.key, request) ? undefined : `an event of "${item.key}", which it did not ask for`)),
  },
  {
    name: 'WatchOrdered',
    description: 'Events come in the order of their revisions.',
    source,
    check: ({ batches }) => {
      let last = 0
      return first(batches, ({ item }) => {
        if (item.modRevision < last) return `revision ${item.modRevision} after revision ${last}`
        last = item.modRevision
        return undefined
      })
    },
  },
  {
    name: 'WatchUnique',
    description: 'No event comes twice.',
    source,
    check: ({ batches }) => {
      const seen = new Set<string>()
      return first(batches, ({ item }) => {
        const id = `${item.modRevision} ${item.key}`
        if (seen.has(id)) return `the event of "${item.key}" at revision ${item.modRevision} twice`
        seen.add(id)
        return undefined
      })
    },
  },
  {
    name: 'WatchAtomic',
    description: 'The events of one revision come together, never split over two answers.',
    source,
    check: ({ batches }) => {
      let last = 0
      for (const { events, instant } of batches) {
        const [head] = events
        if (head && head.item.modRevision === last)
          return { message: `revision ${last} is split over two answers`, revision: last, instant }
        last = events.at(-1)?.item.modRevision ?? last
      }
      return undefined
    },
  },
  {
    name: 'WatchBookmarkable',
    description: 'After an answer that says how far the watch is, no event comes from before, and no answer says less.',
    source,
    check: checkBookmarkable,
  },
  {
    name: 'WatchResumable',
    description: 'A watch from a revision starts with the first event at or after it.',
    source,
    check: checkResumable,
  },
  {
    name: 'WatchIsCreate',
    description: 'An event tells rightly whether its key was there before: version 1 and createRevision of its own if not.',
    source,
    check: ({ batches }, timeline) => first(batches, (event) => wrongCreation(event, timeline)),
  },
  {
    name: 'WatchReliable',
    description: 'No event is left out, and each is what was written.',
    source,
    check: checkReliable,
  },
  {
    name: 'WatchPrevKv',
    description: 'The value before a change, where it was asked for, is the one that the key had.',
    source,
    check: ({ request, batches }, timeline) => first(batches, (event) => wrongPrevious(event, request, timeline)),
  },
]

/** Judges watches by all nine; of each watch, the first thing that breaks each guarantee. */
export function checkWatches(watches: readonly StoreWatch[], timeline: Timeline): Violation[] {
  const indexed = new IndexedTimeline(timeline)
  return watches.flatMap((watch) =>
    watchGuarantees.flatMap(({ name, check }) => {
      const finding = check(watch, indexed)
      if (!finding) return []
      const { message, revision, instant = watch.opened } = finding
      return [{ invariant: name, objects: [`watch of ${watch.client}`], message, resourceVersion: String(revision), timeMs: instant }]
    }),
  )
}

/** A timeline by key and revision. */
export class IndexedTimeline {
  readonly timeline: Timeline
  readonly #at = new Map<string, RecordedEvent>()
  readonly #previous = new Map<RecordedEvent, RecordedItem | undefined>()

  constructor(timeline: Timeline) {
    this.timeline = timeline
    const items = new Map((timeline.before ?? []).map((item) => [item.key, item]))
    for (const event of timeline.events) {
      const { item } = event
      this.#at.set(`${item.modRevision} ${item.key}`, event)
      this.#previous.set(event, items.get(item.key))
      if (event.type === 'put') items.set(item.key, item)
      else items.delete(item.key)
    }
  }

  /** The change of a key at a revision, as it was written. */
  at({ item }: RecordedEvent): RecordedEvent | undefined {
    return this.#at.get(`${item.modRevision} ${item.key}`)
  }

  /** What the key was before; 'unknown' when that is older than what is known. */
  previous(event: RecordedEvent): RecordedItem | undefined | 'unknown' {
    const own = this.at(event)
    if (!own) return 'unknown'
    return this.#previous.get(own) ?? (this.timeline.before ? undefined : 'unknown')
  }
}

function first(batches: StoreWatch['batches'], check: (event: RecordedEvent) => string | undefined): Finding | undefined {
  for (const { events, instant } of batches)
    for (const event of events) {
      const message = check(event)
      if (message !== undefined) return { message, revision: event.item.modRevision, instant }
    }
  return undefined
}

function checkBookmarkable({ batches }: StoreWatch): Finding | undefined {
  let told = 0
  for (const { events, revision, instant } of batches) {
    const early = events.find(({ item }) => item.modRevision <= told)
    if (early)
      return {
        message: `an event of revision ${early.item.modRevision} after progress to ${told}`,
        revision: early.item.modRevision,
        instant,
      }
    const late = events.find(({ item }) => item.modRevision > revision)
    if (late) return { message: `an event of revision ${late.item.modRevision} in an answer up to ${revision}`, revision, instant }
    if (revision < told) return { message: `progress to ${revision} after progress to ${told}`, revision, instant }
    told = revision
  }
  return undefined
}

function checkResumable({ request, batches }: StoreWatch, { timeline }: IndexedTimeline): Finding | undefined {
  const { startRevision = 0 } = request
  const batch = batches.find(({ events }) => events.length > 0)
  const event = batch?.events[0]
  if (startRevision === 0 || startRevision <= timeline.from || !batch || !event) return undefined
  const { instant } = batch
  const revision = event.item.modRevision
  if (revision < startRevision) return { message: `asked for revision ${startRevision}, it starts with ${revision}`, revision, instant }
  const due = timeline.events.find(({ item }) => item.modRevision >= startRevision && isInRange(item.key, request))
  if (!due || due.item.modRevision >= revision) return undefined
  return {
    message: `asked for revision ${startRevision}, it starts with ${revision}, but ${due.item.modRevision} was the first`,
    revision,
    instant,
  }
}

function wrongCreation(event: RecordedEvent, timeline: IndexedTimeline): string | undefined {
  const { type, item } = event
  const before = timeline.previous(event)
  if (before === 'unknown') return undefined
  if (type === 'delete') return before ? undefined : `"${item.key}" is deleted at ${item.modRevision}, and was not there`
  const saysCreated = item.version === 1 && item.createRevision === item.modRevision
  if (!before && !saysCreated)
    return `"${item.key}" was made at ${item.modRevision}, but has version ${item.version} made at ${item.createRevision}`
  if (before && (item.version !== before.version + 1 || item.createRevision !== before.createRevision))
    return `"${item.key}" has version ${item.version} made at ${item.createRevision}, after version ${before.version} made at ${before.createRevision}`
  return undefined
}

function checkReliable({ request, batches }: StoreWatch, indexed: IndexedTimeline): Finding | undefined {
  const { timeline } = indexed
  const [opening] = batches
  const last = batches.at(-1)
  if (!opening || !last) return undefined
  const received = new Set<RecordedEvent>()
  const strange = first(batches, (event) => {
    const written = indexed.at(event)
    if (written) received.add(written)
    const { modRevision, key } = event.item
    if (modRevision <= timeline.from || modRevision > timeline.to) return undefined
    if (!written) return `an event of "${key}" at revision ${modRevision}, where nothing was written to it`
    const isSame = written.type === event.type && (event.type === 'delete' || written.item.value === event.item.value)
    return isSame ? undefined : `an event of "${key}" at revision ${modRevision} that is not what was written`
  })
  if (strange) return strange
  const start = firstRevisionOf(request.startRevision ?? 0, opening)
  const lost = timeline.events.find((event) => {
    const { modRevision, key } = event.item
    return modRevision >= start && modRevision <= last.revision && isInRange(key, request) && !received.has(event)
  })
  if (!lost) return undefined
  const { key, modRevision } = lost.item
  const { instant } = batches.find(({ revision }) => revision >= modRevision) ?? last
  return { message: `the event of "${key}" at revision ${modRevision} is left out`, revision: modRevision, instant }
}

function wrongPrevious(event: RecordedEvent, request: StoreWatchRequest, timeline: IndexedTimeline): string | undefined {
  const { previous, item } = event
  const name = `"${item.key}" at revision ${item.modRevision}`
  if (!request.previous) return previous ? `the value before ${name}, which was not asked for` : undefined
  const before = timeline.previous(event)
  if (before === 'unknown') return undefined
  if (!before) return previous ? `a value before ${name}, where there was none` : undefined
  if (!previous) return `no value before ${name}, where there was one`
  const isSame = previous.value === before.value && previous.modRevision === before.modRevision
  return isSame ? undefined : `the value before ${name} is that of revision ${previous.modRevision}, not of ${before.modRevision}`
}
