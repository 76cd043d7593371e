/**
 * Messages that nobody will act on: counted by reason, and the last ones kept to be read. A dead letter is news of a
 * fault or of a race, never an error by itself: the sender of a call or stream was told, the sender of a cast asked not
 * to be. docs/internals/messages.md has the table of reasons.
 */
import type { Metrics } from '../telemetry/metrics.js'
import type { Envelope } from './envelope.js'

export type DeadLetterReason =
  /** Nobody of that name runs, or whoever did was gone before the message left. Kept by the sender. */
  | 'not-running'
  /** The mailbox was full. */
  | 'overloaded'
  /** There is no handler of that name. */
  | 'no-such-method'
  /** The frame was no envelope. */
  | 'bad-frame'
  /** An answer came to a call that no longer waited: it was cancelled, or its deadline had passed. */
  | 'late'
  /** The same message crashed the actor before: it is parked (poison.ts). */
  | 'poison'

/** One of them. `at` is the clock's wall time; names without an incarnation are those of actors never reached. */
export interface DeadLetter {
  readonly at: number
  readonly reason: DeadLetterReason
  readonly from: string
  readonly to: string
  readonly type: Envelope['type'] | 'unknown'
  readonly method?: string
}

export interface DeadLetterReport {
  readonly counts: Readonly<Record<string, number>>
  /** The last ones, oldest first. */
  readonly recent: readonly DeadLetter[]
}

export interface DeadLetters {
  add(letter: Omit<DeadLetter, 'at'>): void
  counts(): Readonly<Record<string, number>>
  report(): DeadLetterReport
}

export function createDeadLetters(metrics: Metrics, now: () => number, kept = 64): DeadLetters {
  const counter = metrics.counter('troupe_dead_letters_total', 'Messages that nobody acted on, by reason')
  const counts: Record<string, number> = {}
  const ring: DeadLetter[] = []
  let next = 0
  return {
    add(letter) {
      const { reason } = letter
      counts[reason] = (counts[reason] ?? 0) + 1
      counter.add(1, { reason })
      ring[next++ % kept] = { at: now(), ...letter }
    },
    counts: () => counts,
    report: () => ({
      counts: { ...counts },
      recent: next <= kept ? [...ring] : [...ring.slice(next % kept), ...ring.slice(0, next % kept)],
    }),
  }
}
