/**
 * What a watch of the Kubernetes API promises its client (KEP-365 and the API concepts, "Efficient detection of changes"): a
 * resourceVersion that only rises, no change of what is not there, no older state of an object after a newer one, and everything
 * that happened since the list it goes on from.
 */
import type { WatchRecord } from '../history.js'
import type { Violation } from './violation.js'

/** One version of one object. */
export interface ObjectVersion {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
}

/** An event of a watch; a BOOKMARK has a resourceVersion only. */
export type ObjectWatchEvent =
  | ({ readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' } & ObjectVersion)
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string }

export interface ObjectWatchRequest {
  /** `pods`, `deployments.apps`. */
  readonly resource: string
  /** Absent: all namespaces. */
  readonly namespace?: string
  /** Whether it selects by labels or fields: then objects come and go as they change. */
  readonly selects?: boolean
  /** The list that the watch goes on from; absent when the watch itself gives what was there as ADDED. */
  readonly list?: { readonly resourceVersion: string; readonly items: readonly ObjectVersion[] }
}

/** Batches of one event each are fine; a batch's `revision` is not looked at. */
export type ObjectWatch = WatchRecord<ObjectWatchRequest, ObjectWatchEvent>

/** Every change of one resource there was, by whoever knows (the store, or the union of all watches), in order. */
export type ObjectChanges = ReadonlyMap<string, readonly ObjectChange[]>

export type ObjectChange = { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' } & ObjectVersion

/** Names, meanings and sources of what checkObjectWatches() finds. */
export const objectWatchGuarantees = [
  {
    name: 'WatchResourceVersionRises',
    description: 'On one watch each event has a higher resourceVersion than the one before.',
    source: 'Kubernetes API concepts, resource versions',
  },
  {
    name: 'WatchNoChangeOfTheAbsent',
    description: 'On one watch no event of an object comes after its DELETED without an ADDED, and no ADDED of what is there.',
    source: 'Kubernetes API concepts, efficient detection of changes',
  },
  {
    name: 'WatchNoTravelBack',
    description: 'A client of one watch never sees an older state of an object after a newer one, nor a uid that was replaced.',
    source: 'kubernetes/kubernetes#59848; Sieve (OSDI 2022), stale states',
  },
  {
    name: 'WatchContinuesList',
    description: 'A watch gives every change since the resourceVersion of its list, up to the last that it speaks of.',
    source: 'Kubernetes API concepts, efficient detection of changes',
  },
] as const

type GuaranteeName = (typeof objectWatchGuarantees)[number]['name']

/** Judges watches; `changes` by resource, of those resources that are fully known. Of each watch, the first of each kind. */
export function checkObjectWatches(watches: readonly ObjectWatch[], changes: ObjectChanges = new Map()): Violation[] {
  return watches.flatMap((watch) => {
    const found = new Map<GuaranteeName, Violation>()
    const report = (invariant: GuaranteeName, message: string, resourceVersion: string, timeMs: number): void => {
      if (!found.has(invariant))
        found.set(invariant, {
          invariant,
          objects: [`watch of ${watch.request.resource} by ${watch.client}`],
          message,
          resourceVersion,
          timeMs,
        })
    }
    follow(watch, report)
    checkContinuity(watch, changes.get(watch.request.resource), report)
    return [...found.values()]
  })
}

type Report = (invariant: GuaranteeName, message: string, resourceVersion: string, timeMs: number) => void

const idOf = ({ namespace, name }: { readonly namespace: string; readonly name: string }): string =>
  namespace === '' ? name : `${namespace}/${name}`

function follow({ request, batches }: ObjectWatch, report: Report): void {
  const there = new Map((request.list?.items ?? []).map((item) => [idOf(item), item]))
  const newest = new Map([...there].map(([id, { resourceVersion }]) => [id, Number(resourceVersion)]))
  /** What was there when the watch began comes as ADDED in any order. */
  let began = request.list !== undefined
  let last = Number(request.list?.resourceVersion ?? 0)
  for (const { events, instant } of batches)
    for (const event of events) {
      const version = Number(event.resourceVersion)
      if (event.type !== 'ADDED') began = true
      if (version < last || (version === last && event.type !== 'BOOKMARK')) {
        if (began) report('WatchResourceVersionRises', `resourceVersion ${version} after ${last}`, event.resourceVersion, instant)
      }
      last = Math.max(last, version)
      if (event.type === 'BOOKMARK') continue
      const id = idOf(event)
      const before = there.get(id)
      if (event.type === 'ADDED' ? before !== undefined : before === undefined)
        report(
          'WatchNoChangeOfTheAbsent',
          `${event.type} of ${id}, which is ${before ? 'there already' : 'not there'}`,
          event.resourceVersion,
          instant,
        )
      if (version < (newest.get(id) ?? 0))
        report('WatchNoTravelBack', `${id} at ${version} after ${newest.get(id)}`, event.resourceVersion, instant)
      else if (event.type === 'MODIFIED' && before !== undefined && before.uid !== event.uid)
        report(
          'WatchNoTravelBack',
          `${id} changes its uid from ${before.uid} to ${event.uid} without a DELETED`,
          event.resourceVersion,
          instant,
        )
      newest.set(id, Math.max(version, newest.get(id) ?? 0))
      if (event.type === 'DELETED') there.delete(id)
      else there.set(id, event)
    }
}

function checkContinuity({ request, batches }: ObjectWatch, changes: readonly ObjectChange[] | undefined, report: Report): void {
  const { list, namespace, selects = false } = request
  if (!list || !changes || selects) return
  const received = new Set<string>()
  let last = Number(list.resourceVersion)
  let lastInstant = 0
  for (const { events, instant } of batches)
    for (const event of events) {
      last = Math.max(last, Number(event.resourceVersion))
      lastInstant = instant
      if (event.type !== 'BOOKMARK') received.add(`${idOf(event)} ${event.resourceVersion}`)
    }
  for (const change of changes) {
    const version = Number(change.resourceVersion)
    if (version <= Number(list.resourceVersion) || version > last || (namespace !== undefined && change.namespace !== namespace)) continue
    if (received.has(`${idOf(change)} ${change.resourceVersion}`)) continue
    report('WatchContinuesList', `${change.type} of ${idOf(change)} at ${version} is left out`, change.resourceVersion, lastInstant)
    return
  }
}
