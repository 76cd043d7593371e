/**
 * A queue of keys for level-triggered work (client-go util/workqueue). Invariants: a key waits at most once; a key is
 * with at most one worker; a key added while it is with a worker waits again when that worker is done.
 *
 * Bound: one entry a key, so the cache of objects bounds the queue.
 */
import { assert } from '../base/assert.js'
import type { Clock, Timer } from '../base/clock.js'

export interface WorkQueueOptions {
  /** First delay of a failing key, doubled with each failure; upstream's default 5 ms. */
  readonly itemDelayMsMin?: number
  /** Upstream's default 1000 s. */
  readonly itemDelayMsMax?: number
  /** Failing keys let through a second in all, and at once after a pause; upstream's defaults 10 and 100. */
  readonly overallPerSecond?: number
  readonly overallBurst?: number
}

export interface WorkQueue {
  add(key: string): void
  addAfter(key: string, delayMs: number): void
  /** Adds a key that failed, after its own backoff and the queue's rate, whichever is longer. */
  addRateLimited(key: string): void
  /** The key did not fail: its next failure is its first. */
  forget(key: string): void
  /** Failures of the key since it was last forgotten. */
  failures(key: string): number
  /** The next key, which the caller owns until done(key); undefined when the queue is shut down. */
  next(): Promise<string | undefined>
  done(key: string): void
  /** Keys that wait now. */
  readonly size: number
  shutDown(): void
}

export function createWorkQueue(clock: Clock, options: WorkQueueOptions = {}): WorkQueue {
  const { itemDelayMsMin = 5, itemDelayMsMax = 1_000_000, overallPerSecond = 10, overallBurst = 100 } = options
  const waiting = new Set<string>()
  const working = new Set<string>()
  const again = new Set<string>()
  const failures = new Map<string, number>()
  const delayed = new Map<string, { at: number; timer: Timer }>()
  const takers: ((key: string | undefined) => void)[] = []
  let down = false
  let tokens = overallBurst
  let refilledAt = clock.monotonic()

  function add(key: string): void {
    if (down || waiting.has(key)) return
    if (working.has(key)) {
      again.add(key)
      return
    }
    const taker = takers.shift()
    if (!taker) {
      waiting.add(key)
      return
    }
    working.add(key)
    taker(key)
  }
  function addAfter(key: string, delayMs: number): void {
    if (down) return
    if (delayMs <= 0) return add(key)
    const at = clock.monotonic() + delayMs
    const known = delayed.get(key)
    if (known && known.at <= at) return
    known?.timer.cancel()
    delayed.set(key, {
      at,
      timer: clock.after(delayMs, () => {
        delayed.delete(key)
        add(key)
      }),
    })
  }
  /** Milliseconds until the bucket has a token for one more; the token is taken. */
  function takeToken(): number {
    const now = clock.monotonic()
    tokens = Math.min(overallBurst, tokens + ((now - refilledAt) / 1000) * overallPerSecond)
    refilledAt = now
    tokens--
    return tokens >= 0 ? 0 : (-tokens / overallPerSecond) * 1000
  }
  return {
    add,
    addAfter,
    addRateLimited(key) {
      const before = failures.get(key) ?? 0
      failures.set(key, before + 1)
      addAfter(key, Math.max(Math.min(itemDelayMsMax, itemDelayMsMin * 2 ** before), takeToken()))
    },
    forget: (key) => void failures.delete(key),
    failures: (key) => failures.get(key) ?? 0,
    next() {
      if (down) return Promise.resolve(undefined)
      for (const key of waiting) {
        waiting.delete(key)
        working.add(key)
        return Promise.resolve(key)
      }
      return new Promise((resolve) => takers.push(resolve))
    },
    done(key) {
      assert(working.delete(key), `the key "${key}" was with a worker`)
      if (again.delete(key)) add(key)
    },
    get size() {
      return waiting.size
    },
    shutDown() {
      down = true
      waiting.clear()
      again.clear()
      for (const { timer } of delayed.values()) timer.cancel()
      delayed.clear()
      for (const taker of takers.splice(0)) taker(undefined)
    },
  }
}
