/**
 * How often a supervisor may restart, and how long it waits before it does: OTP's intensity within a period, and an
 * exponential backoff with jitter that is reset once a child has run long enough (as Pekko's BackoffSupervisor).
 */
import type { Random } from '../../base/random.js'
import type { Backoff } from './child-spec.js'

export interface RestartWindow {
  /** Counts a restart now; false when that is one too many. */
  allow(nowMs: number): boolean
}

export function createRestartWindow({ intensity, periodMs }: { readonly intensity: number; readonly periodMs: number }): RestartWindow {
  let restarts: number[] = []
  return {
    allow(nowMs) {
      restarts = restarts.filter((at) => nowMs - at < periodMs)
      restarts.push(nowMs)
      return restarts.length <= intensity
    },
  }
}

export interface BackoffCounter {
  /** The delay before the restart of a child that ran for `ranMs`. */
  next(ranMs: number): number
}

export function createBackoff({ minMs, maxMs, jitter, resetAfterMs }: Backoff, random: Random): BackoffCounter {
  let failures = 0
  return {
    next(ranMs) {
      if (ranMs >= resetAfterMs) failures = 0
      // The first restart comes at once when minMs is 0; a burst then doubles from 10 ms.
      const base = failures === 0 ? minMs : Math.min(maxMs, Math.max(minMs, 10) * 2 ** (failures - 1))
      failures++
      return Math.round(base * (1 + jitter * random.float()))
    },
  }
}
