/**
 * Exponential backoff with jitter from the context's Random, so that a crowd that lost one server does not come back as
 * one crowd, and so that the seed decides who comes first.
 */
import type { Random } from '../base/random.js'

export interface BackoffOptions {
  readonly firstMs: number
  readonly maxMs: number
  readonly factor?: number
  /** Each delay is stretched by up to this fraction of itself; default 1. */
  readonly jitter?: number
}

export interface Backoff {
  /** The next delay in milliseconds. */
  next(): number
  /** The next delay is the first one again. */
  reset(): void
}

export function createBackoff(random: Random, { firstMs, maxMs, factor = 2, jitter = 1 }: BackoffOptions): Backoff {
  let delay = firstMs
  return {
    next() {
      const now = delay
      delay = Math.min(maxMs, delay * factor)
      return Math.round(now * (1 + random.float() * jitter))
    },
    reset() {
      delay = firstMs
    },
  }
}
