/**
 * The Clock port: the only source of time. Behaviours get one from their context; on threads it is the machine's, in the
 * simulator it is virtual and moves only when nothing else can happen.
 */

/** A timer that was set with Clock.after or Clock.every. */
export interface Timer {
  /** Idempotent; after it the callback never runs. */
  cancel(): void
}

export interface Clock {
  /** Wall time, whole milliseconds since the Unix epoch. May jump. Use for timestamps only. */
  now(): number
  /** Milliseconds from an arbitrary start; never goes back. Use for durations and deadlines. */
  monotonic(): number
  /** Runs `run` once, no sooner than `delayMs` from now. */
  after(delayMs: number, run: () => void): Timer
  /** Runs `run` every `periodMs`, first after one period; a late tick is not made up for. */
  every(periodMs: number, run: () => void): Timer
}

/** Resolves after `delayMs`, or rejects with the signal's reason when it is aborted first. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const abort = () => {
      timer.cancel()
      reject(signal?.reason)
    }
    const timer = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', abort)
      resolve()
    })
    signal?.addEventListener('abort', abort, { once: true })
  })
}
