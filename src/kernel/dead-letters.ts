/** Messages that nobody will act on, counted by reason: 'not-running', 'overloaded', 'no-such-method', 'bad-frame'. */
import type { Metrics } from '../telemetry/metrics.js'

export type DeadLetterReason = 'not-running' | 'overloaded' | 'no-such-method' | 'bad-frame'

export interface DeadLetters {
  add(reason: DeadLetterReason): void
  counts(): Readonly<Record<string, number>>
}

export function createDeadLetters(metrics: Metrics): DeadLetters {
  const counter = metrics.counter('troupe_dead_letters_total', 'Messages that nobody acted on, by reason')
  const counts: Record<string, number> = {}
  return {
    add(reason) {
      counts[reason] = (counts[reason] ?? 0) + 1
      counter.add(1, { reason })
    },
    counts: () => counts,
  }
}
