/**
 * Chrome trace events as JSON, which ui.perfetto.dev and chrome://tracing open: one track for each actor, an instant
 * slice for each event, a flow arrow for each message, an async span for each incarnation and each call (spans of one
 * actor overlap, so they are async), and two counters for each actor: messages on their way to it, and calls that it
 * has not answered yet. Times are microseconds.
 *
 * Format: "Trace Event Format", Google, 2016; s/t/f flows, b/e async, C counters, M metadata.
 */
import { type TraceRecord, titleOf } from './event.js'
import { clockOf, type Run } from './run.js'

interface ChromeEvent {
  readonly ph: 'M' | 'X' | 's' | 'f' | 'b' | 'e' | 'C' | 'i'
  readonly name: string
  readonly pid: number
  readonly tid: number
  readonly ts: number
  readonly [key: string]: unknown
}

const pid = 1
/** Slices must have a length to hold a flow's end; a microsecond is what times are told to. */
const sliceMicros = 1

/** The run as Chrome trace JSON. */
export function formatPerfetto(run: Run): string {
  const events: ChromeEvent[] = [
    { ph: 'M', name: 'process_name', pid, tid: 0, ts: 0, args: { name: run.header.name ?? `seed ${run.header.seed ?? ''}` } },
  ]
  for (const [a, { name }] of run.actors.entries()) {
    events.push({ ph: 'M', name: 'thread_name', pid, tid: a + 1, ts: 0, args: { name } })
    events.push({ ph: 'M', name: 'thread_sort_index', pid, tid: a + 1, ts: 0, args: { sort_index: a } })
  }
  const counters = createCounters(events)
  const spans = createSpans(events)
  for (const [i, record] of run.records.entries()) {
    const tid = (run.actorOf[i] ?? 0) + 1
    const ts = micros(record)
    events.push({ ph: 'X', name: nameOf(record), cat: record.type ?? record.kind, pid, tid, ts, dur: sliceMicros, args: argsOf(run, i) })
    flow(events, run, i, tid)
    spans.see(record, tid)
    counters.see(run, i, tid)
    if (record.kind === 'violation' || record.kind === 'fault') events.push({ ph: 'i', name: titleOf(record), s: 'g', pid, tid, ts })
  }
  spans.close(run.records.at(-1))
  return `{"displayTimeUnit":"ms","traceEvents":[\n${events.map((event) => JSON.stringify(event)).join(',\n')}\n]}\n`
}

function micros({ at }: TraceRecord): number {
  return Math.round(at * 1000)
}

function nameOf(record: TraceRecord): string {
  return record.method ? `${record.type} ${record.method}` : (record.type ?? record.kind)
}

function argsOf(run: Run, i: number): Record<string, unknown> {
  const { kind, peer, id, request, objects, detail, incarnation } = run.records[i] as TraceRecord
  return { kind, incarnation, peer, id, request, objects: objects?.join(' '), detail, clock: clockOf(run, i) }
}

/** A flow begins and ends within the slices of its message; only messages that arrived have one. */
function flow(events: ChromeEvent[], run: Run, i: number, tid: number): void {
  const record = run.records[i] as TraceRecord
  const partner = run.partner[i] ?? -1
  if (partner < 0) return
  const id = record.kind === 'sent' ? i : partner
  const common = { name: 'message', cat: 'message', id, pid, tid, ts: micros(record) }
  if (record.kind === 'sent') events.push({ ph: 's', ...common })
  else events.push({ ph: 'f', bp: 'e', ...common })
}

/** Async spans: incarnations from start to death, calls from their sending to what settles them. */
function createSpans(events: ChromeEvent[]): { see(record: TraceRecord, tid: number): void; close(last: TraceRecord | undefined): void } {
  const open = new Map<string, { readonly name: string; readonly cat: string; readonly tid: number; readonly id: number }>()
  let ids = 0
  const begin = (key: string, name: string, cat: string, tid: number, ts: number): void => {
    const span = { name, cat, tid, id: ++ids }
    open.set(key, span)
    events.push({ ph: 'b', name, cat, id: span.id, pid, tid, ts })
  }
  const end = (key: string, ts: number): void => {
    const span = open.get(key)
    if (!span) return
    open.delete(key)
    events.push({ ph: 'e', pid, ts, ...span })
  }
  const calls = new Map<string, Set<string>>()
  return {
    see(record, tid) {
      const { kind, type, actor, incarnation, request } = record
      const ts = micros(record)
      if (kind === 'started') begin(actor, `${actor}#${incarnation}`, 'incarnation', tid, ts)
      else if (kind === 'crashed' || kind === 'stopped') {
        // Its calls died with it.
        for (const call of calls.get(actor) ?? []) end(call, ts)
        calls.delete(actor)
        end(actor, ts)
      } else if (request && kind === 'sent' && type === 'call') {
        begin(request, `${record.method} to ${record.peer}`, 'call', tid, ts)
        calls.set(actor, (calls.get(actor) ?? new Set()).add(request))
      } else if (
        request &&
        ((kind === 'received' && (type === 'result' || type === 'failure')) || (kind === 'sent' && type === 'cancel'))
      ) {
        end(request, ts)
        calls.get(actor)?.delete(request)
      }
    },
    close(last) {
      if (last) for (const key of [...open.keys()]) end(key, micros(last) + sliceMicros)
    },
  }
}

/** Counters: messages that were sent to an actor and are not handled yet, and calls it has taken and not answered. */
function createCounters(events: ChromeEvent[]): { see(run: Run, i: number, tid: number): void } {
  const waiting = new Map<number, number>()
  const open = new Map<number, number>()
  const count = (counts: Map<number, number>, name: string, tid: number, ts: number, by: number): void => {
    const value = Math.max(0, (counts.get(tid) ?? 0) + by)
    counts.set(tid, value)
    events.push({ ph: 'C', name, pid, tid, ts, args: { count: value } })
  }
  return {
    see(run, i, tid) {
      const record = run.records[i] as TraceRecord
      const { kind, type, actor } = record
      const ts = micros(record)
      const partner = run.partner[i] ?? -1
      if (kind === 'sent' && partner >= 0) {
        const to = run.actorOf[partner] ?? 0
        count(waiting, `${run.actors[to]?.name} mailbox`, to + 1, ts, 1)
      }
      if (kind === 'received' && partner >= 0) count(waiting, `${actor} mailbox`, tid, ts, -1)
      if (type === 'call' && kind === 'received') count(open, `${actor} open calls`, tid, ts, 1)
      if ((type === 'result' || type === 'failure') && kind === 'sent') count(open, `${actor} open calls`, tid, ts, -1)
      if (kind === 'started' && open.has(tid)) count(open, `${actor} open calls`, tid, ts, -(open.get(tid) ?? 0))
    },
  }
}
