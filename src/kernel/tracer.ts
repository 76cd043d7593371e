/**
 * What an actor has sent and received of late: a vector clock that every envelope carries, and a ring of the last
 * events, always on, which a crash report includes. Vector clocks make happened-before visible across actors whose
 * messages take different links (Mattern 1988, Fidge 1988).
 */
import type { Envelope, Trace } from './envelope.js'

/** One message event; `count` is the actor's own entry of its vector clock after it. */
export interface TraceEvent {
  readonly at: number
  readonly direction: 'sent' | 'received'
  readonly peer: string
  readonly type: Envelope['type']
  readonly method?: string
  readonly id?: number
  readonly count: number
}

/** Sees each event as it is recorded; `clock` is the actor's own, to be copied. `session` tells links apart. */
export type TraceObserver = (event: TraceEvent, envelope: Envelope, clock: readonly number[], session: object) => void

export interface Tracer {
  /** Counts a sending and gives what the envelope carries. */
  send(): Trace
  /** Counts a receiving and joins the sender's clock into the actor's own. */
  receive(trace: Trace | undefined): void
  record(direction: TraceEvent['direction'], peer: string, envelope: Envelope, session: object): void
  /** From now on `observer` is told of every event; of none with undefined. */
  observe(observer: TraceObserver | undefined): void
  /** The actor's vector clock now. */
  clock(): readonly number[]
  /** The last events, oldest first. */
  recent(): TraceEvent[]
}

/** Events an incarnation may count before its successor's numbers would overlap with its own. */
const eventsPerIncarnation = 2 ** 32

export function createTracer(slot: number, incarnation: number, monotonic: () => number, ringEvents = 512): Tracer {
  const clock: number[] = []
  for (let i = 0; i <= slot; i++) clock.push(0)
  // A successor's events come after its predecessor's, without having to know how far that one got.
  clock[slot] = (incarnation - 1) * eventsPerIncarnation
  const ring: (TraceEvent | undefined)[] = new Array(ringEvents)
  let next = 0
  let observer: TraceObserver | undefined
  const count = (): number => {
    clock[slot] = (clock[slot] ?? 0) + 1
    return clock[slot]
  }
  return {
    send() {
      count()
      return { clock: clock.slice(), slot }
    },
    receive(trace) {
      if (trace)
        for (let i = 0; i < trace.clock.length; i++) {
          const theirs = trace.clock[i] as number
          if (clock[i] === undefined || theirs > (clock[i] as number)) clock[i] = theirs
        }
      count()
    },
    record(direction, peer, envelope, session) {
      const event: TraceEvent = {
        at: monotonic(),
        direction,
        peer,
        type: envelope.type,
        ...('method' in envelope ? { method: envelope.method } : {}),
        ...('id' in envelope ? { id: envelope.id } : {}),
        count: clock[slot] as number,
      }
      ring[next % ringEvents] = event
      next++
      observer?.(event, envelope, clock, session)
    },
    observe(next) {
      observer = next
    },
    clock: () => clock,
    recent() {
      const events = []
      for (let i = Math.max(0, next - ringEvents); i < next; i++) events.push(ring[i % ringEvents] as TraceEvent)
      return events
    },
  }
}
