/**
 * An actor's own part in the wait-for graph: reports the calls that have been outstanding for `afterMs`, once in that
 * time, for as long as there are any. While calls are answered sooner it costs one timer.
 */
import type { Timer } from '../base/clock.js'
import type { ReportedWait } from './wait-graph.js'

export interface WaitReporter {
  /** A call has been sent. */
  called(): void
}

/** Calls outstanding for less than this are nobody's business. */
export const waitReportMs = 1_000

export function createWaitReporter(actor: {
  after(delayMs: number, run: () => void): Timer
  /** Outstanding calls, all of them; their ages in milliseconds. */
  waits(): readonly ReportedWait[]
  report(waits: readonly ReportedWait[]): void
}): WaitReporter {
  let armed = false
  let lastReported = 0
  function look(): void {
    const waits = actor.waits()
    const long = waits.filter(({ ageMs }) => ageMs >= waitReportMs)
    if (long.length > 0 || lastReported > 0) actor.report(long)
    lastReported = long.length
    armed = waits.length > 0
    if (armed) actor.after(waitReportMs, look)
  }
  return {
    called() {
      if (armed) return
      armed = true
      actor.after(waitReportMs, look)
    },
  }
}
