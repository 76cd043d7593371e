/**
 * A run: its records in an order that respects happened-before, its actors, which receiving belongs to which sending,
 * and vector clocks that count recorded events. All exports and the viewer read this.
 *
 * A record's own clock counts every event of an actor and jumps with every incarnation; here entry `a` of an event's
 * clock is the number of events of actor `a` that are in the run and that it knew of. Event x happened before event y
 * exactly when y's entry for x's actor is at least x's index (Mattern 1988, theorem 2).
 */
import type { TraceHeader, TraceRecord } from './event.js'

export interface RunActor {
  readonly name: string
  readonly slot: number
  /** Its events, by position in Run.records, in order. */
  readonly events: readonly number[]
}

export interface Run {
  readonly header: TraceHeader
  readonly records: readonly TraceRecord[]
  /** In order of slot; what is no actor's has a place behind them. */
  readonly actors: readonly RunActor[]
  /** Index in `actors` of each record. */
  readonly actorOf: Int32Array
  /** Of each record its number among its actor's, from 1. */
  readonly indexOf: Int32Array
  /** Of a sending its receiving, of a receiving its sending; -1 where there is none in the run. */
  readonly partner: Int32Array
  /** Entry `a` of the clock of record `i`, at [i * actors.length + a]. */
  readonly known: Int32Array
}

/** Reads a run out of its records, in whatever order the actors' batches came. */
export function readRun(header: TraceHeader, recorded: readonly TraceRecord[]): Run {
  const records = inCausalOrder(recorded)
  const { actors, actorOf, indexOf } = castOf(records)
  return { header, records, actors, actorOf, indexOf, partner: partnersOf(records), known: clocksOf(records, actors, actorOf, indexOf) }
}

/** Names a sending in the whole run. */
const sendingKey = (name: string, count: number): string => `${name}:${count}`

function ownCount({ clock, slot }: TraceRecord): number {
  return clock[slot] ?? 0
}

/**
 * By time, but no receiving before its sending: clocks of threads differ by microseconds, and batches come when they
 * come. Each actor's own order is kept.
 */
function inCausalOrder(recorded: readonly TraceRecord[]): readonly TraceRecord[] {
  const sendings = new Set<string>()
  for (const record of recorded) if (record.kind === 'sent') sendings.add(sendingKey(record.actor, ownCount(record)))
  const told = new Set<string>()
  const awaited = ({ kind, peer = '', sent }: TraceRecord): string | undefined => {
    if (kind !== 'received' || sent === undefined) return undefined
    const key = sendingKey(peer, sent)
    return sendings.has(key) && !told.has(key) ? key : undefined
  }
  let last = Number.NEGATIVE_INFINITY
  const inOrder = recorded.every((record) => {
    const ok = record.at >= last && awaited(record) === undefined
    last = record.at
    if (record.kind === 'sent') told.add(sendingKey(record.actor, ownCount(record)))
    return ok
  })
  if (inOrder) return recorded
  told.clear()
  return mergeByTime(recorded, told, awaited)
}

function mergeByTime(
  recorded: readonly TraceRecord[],
  told: Set<string>,
  awaited: (record: TraceRecord) => string | undefined,
): readonly TraceRecord[] {
  const queues = new Map<string, { readonly records: TraceRecord[]; next: number }>()
  for (const record of recorded) {
    const queue = queues.get(record.actor)
    if (queue) queue.records.push(record)
    else queues.set(record.actor, { records: [record], next: 0 })
  }
  const ordered: TraceRecord[] = []
  const waiting = [...queues.values()]
  while (ordered.length < recorded.length) {
    let best: (typeof waiting)[number] | undefined
    let blocked: (typeof waiting)[number] | undefined
    for (const queue of waiting) {
      const head = queue.records[queue.next]
      if (!head) continue
      if (awaited(head) === undefined) best = earlier(best, queue, head)
      else blocked = earlier(blocked, queue, head)
    }
    // Nobody free: the records contradict each other, which only a damaged trace does. Time decides.
    const chosen = best ?? blocked
    const record = chosen?.records[chosen.next]
    if (!chosen || !record) break
    chosen.next++
    ordered.push(record)
    if (record.kind === 'sent') told.add(sendingKey(record.actor, ownCount(record)))
  }
  return ordered
}

function earlier<Q extends { readonly records: readonly TraceRecord[]; readonly next: number }>(
  best: Q | undefined,
  queue: Q,
  head: TraceRecord,
): Q {
  const other = best?.records[best.next]
  return best && other && other.at <= head.at ? best : queue
}

function castOf(records: readonly TraceRecord[]): Pick<Run, 'actors' | 'actorOf' | 'indexOf'> {
  const found = new Map<string, { name: string; slot: number; events: number[] }>()
  for (const [i, { actor, slot }] of records.entries()) {
    const known = found.get(actor)
    if (known) known.events.push(i)
    else found.set(actor, { name: actor, slot, events: [i] })
  }
  const last = Number.MAX_SAFE_INTEGER
  const actors = [...found.values()].sort((a, b) => (a.slot < 0 ? last : a.slot) - (b.slot < 0 ? last : b.slot))
  const actorOf = new Int32Array(records.length)
  const indexOf = new Int32Array(records.length)
  for (const [a, { events }] of actors.entries())
    for (const [n, i] of events.entries()) {
      actorOf[i] = a
      indexOf[i] = n + 1
    }
  return { actors, actorOf, indexOf }
}

function partnersOf(records: readonly TraceRecord[]): Int32Array {
  const partner = new Int32Array(records.length).fill(-1)
  const sendings = new Map<string, number>()
  for (const [i, record] of records.entries()) if (record.kind === 'sent') sendings.set(sendingKey(record.actor, ownCount(record)), i)
  for (const [i, { kind, peer = '', sent }] of records.entries()) {
    const from = kind === 'received' && sent !== undefined ? sendings.get(sendingKey(peer, sent)) : undefined
    if (from === undefined) continue
    partner[i] = from
    partner[from] = i
  }
  return partner
}

/** Renumbers clocks: the highest event of each actor whose own count is at most the entry. */
function clocksOf(records: readonly TraceRecord[], actors: readonly RunActor[], actorOf: Int32Array, indexOf: Int32Array): Int32Array {
  const width = actors.length
  const known = new Int32Array(records.length * width)
  // Only messages are counted by their actor; a start or a death has the count of the message before it.
  const counts = actors.map(({ events }) => {
    const messages = events.filter((i) => records[i]?.kind === 'sent' || records[i]?.kind === 'received')
    return { own: messages.map((i) => ownCount(records[i] as TraceRecord)), index: messages.map((i) => indexOf[i] ?? 0) }
  })
  const previous = new Int32Array(width).fill(-1)
  for (const [i, record] of records.entries()) {
    const self = actorOf[i] ?? 0
    const before = previous[self] ?? -1
    const base = i * width
    if (before >= 0) known.copyWithin(base, before * width, (before + 1) * width)
    const last = before >= 0 ? records[before]?.clock : undefined
    for (const [a, { slot }] of actors.entries()) {
      const entry = record.clock[slot] ?? 0
      if (a === self || entry === 0 || entry === last?.[slot]) continue
      const { own = [], index = [] } = counts[a] ?? {}
      known[base + a] = Math.max(known[base + a] ?? 0, index[lastAtMost(own, entry)] ?? 0)
    }
    known[base + self] = indexOf[i] ?? 0
    previous[self] = i
  }
  return known
}

/** Position of the last of the ascending `values` that is at most `value`; -1 when there is none. */
function lastAtMost(values: readonly number[], value: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((values[middle] as number) <= value) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** The clock of record `i` as names and counts, without zeros. */
export function clockOf({ actors, known }: Run, i: number): Record<string, number> {
  const clock: Record<string, number> = {}
  for (const [a, { name }] of actors.entries()) {
    const entry = known[i * actors.length + a] ?? 0
    if (entry > 0) clock[name] = entry
  }
  return clock
}

/** Whether record `i` happened before record `j`. */
export function happenedBefore({ actors, actorOf, indexOf, known }: Run, i: number, j: number): boolean {
  return i !== j && (known[j * actors.length + (actorOf[i] ?? 0)] ?? 0) >= (indexOf[i] ?? 0)
}
