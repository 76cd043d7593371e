/**
 * What clients did and what they saw, as data: operations with the instants of call and return, and watches with all they
 * received. Checkers judge a history, never the system, so the same ones serve live threads and simulated runs, and a saved history
 * can be judged again. Everything here is what JSON can hold.
 *
 * Terms: an *instant* is a time in milliseconds at which something happened at a client, on one clock for the whole history. A recorder
 * never gives the same instant twice, so that the order within one recorder is exact even when the clock stands still.
 *
 * Read next: invariants/linearizable.ts, invariants/store-history.ts.
 */

/** How an operation ended: 'failed' is known to have done nothing; 'unknown' may have done its work, then or later, or never. */
export type Outcome = 'ok' | 'failed' | 'unknown'

/** One operation of one client. */
export interface Operation<Input = unknown, Output = unknown> {
  readonly client: string
  readonly input: Input
  readonly outcome: Outcome
  /** Instant of the call. */
  readonly call: number
  /** Instant of the answer; absent when the outcome is unknown. */
  readonly return?: number
  /** The answer; absent unless the outcome is 'ok'. */
  readonly output?: Output
}

/** One thing that a watch received: events, or none and progress up to `revision`. */
export interface WatchBatch<Event> {
  readonly instant: number
  readonly revision: number
  readonly events: readonly Event[]
}

/** One watch, from its opening to its end. A watch that is opened again where another one broke is another one. */
export interface WatchRecord<Request = unknown, Event = unknown> {
  readonly client: string
  readonly request: Request
  readonly opened: number
  readonly batches: readonly WatchBatch<Event>[]
  /** Instant of its end; absent when it was open when the history ended. */
  readonly closed?: number
  /** Why it ended, as an error's code; absent when its client ended it, or nobody did. */
  readonly code?: string
}

/** A whole history. */
export interface History<Input = unknown, Output = unknown, Request = unknown, Event = unknown> {
  readonly operations: readonly Operation<Input, Output>[]
  readonly watches: readonly WatchRecord<Request, Event>[]
}

/** An operation under way. Exactly one of the three is called, once; until then the outcome is unknown. */
export interface OpenOperation<Output> {
  ok(output: Output): void
  failed(): void
  unknown(): void
}

/** A watch under way. */
export interface OpenWatch<Event> {
  received(batch: { readonly revision: number; readonly events: readonly Event[] }): void
  /** `code` when it broke. */
  closed(code?: string): void
}

export interface HistoryRecorder<Input, Output, Request, Event> {
  called(client: string, input: Input): OpenOperation<Output>
  watching(client: string, request: Request): OpenWatch<Event>
  /** What was recorded so far; operations in the order of their calls. */
  history(): History<Input, Output, Request, Event>
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

/** Two events of one recorder are at least this far apart, in milliseconds: a binary fraction, exact beside any wall-clock time. */
const instantStepMs = 2 ** -10

/** A recorder; `now` is a clock in milliseconds that never goes back. Recording costs one small object per operation or batch. */
export function createHistoryRecorder<Input, Output, Request = never, Event = never>(
  now: () => number,
): HistoryRecorder<Input, Output, Request, Event> {
  const operations: Mutable<Operation<Input, Output>>[] = []
  const watches: (Mutable<WatchRecord<Request, Event>> & { batches: WatchBatch<Event>[] })[] = []
  let last = Number.NEGATIVE_INFINITY
  const instant = (): number => (last = Math.max(now(), last + instantStepMs))

  return {
    called(client, input) {
      const operation: Mutable<Operation<Input, Output>> = { client, input, outcome: 'unknown', call: instant() }
      operations.push(operation)
      return {
        ok: (output) => void Object.assign(operation, { outcome: 'ok', return: instant(), output }),
        failed: () => void Object.assign(operation, { outcome: 'failed', return: instant() }),
        unknown: () => {},
      }
    },
    watching(client, request) {
      const watch: Mutable<WatchRecord<Request, Event>> & { batches: WatchBatch<Event>[] } = {
        client,
        request,
        opened: instant(),
        batches: [],
      }
      watches.push(watch)
      return {
        received: ({ revision, events }) => void watch.batches.push({ instant: instant(), revision, events }),
        closed: (code) => void Object.assign(watch, { closed: instant(), ...(code === undefined ? {} : { code }) }),
      }
    },
    history: () => ({
      operations: operations.map((operation) => ({ ...operation })),
      watches: watches.map((watch) => ({ ...watch, batches: [...watch.batches] })),
    }),
  }
}

/**
 * One history of several recorders' parts, whose clocks differ by at most `clockErrorMs`. Operations are widened by that much, so that
 * no order is claimed that the clocks cannot show: a wider operation never turns a legal history into an illegal one.
 */
export function mergeHistories<Input, Output, Request, Event>(
  parts: readonly History<Input, Output, Request, Event>[],
  clockErrorMs: number,
): History<Input, Output, Request, Event> {
  const widen = (operation: Operation<Input, Output>): Operation<Input, Output> => ({
    ...operation,
    call: operation.call - clockErrorMs / 2,
    ...(operation.return === undefined ? {} : { return: operation.return + clockErrorMs / 2 }),
  })
  return {
    operations: parts.flatMap(({ operations }) => operations.map(widen)).sort((a, b) => a.call - b.call),
    watches: parts.flatMap(({ watches }) => watches).sort((a, b) => a.opened - b.opened),
  }
}
