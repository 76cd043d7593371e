/** The machine's clock, chance and turns: the only place where ambient time and randomness are read. */
import { randomBytes } from 'node:crypto'
import type { Clock } from '../../base/clock.js'
import type { Platform } from '../platform.js'

/** Node's longest timer, 24 days; what asks for more means never. */
const timerMsMax = 2 ** 31 - 1

/** The machine's time. Its timers do not keep the process alive by themselves when `unref` is set. */
export function createSystemClock({ unref = false }: { readonly unref?: boolean } = {}): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    after(delayMs, run) {
      const timer = setTimeout(run, Math.min(delayMs, timerMsMax))
      if (unref) timer.unref()
      return { cancel: () => clearTimeout(timer) }
    },
    every(periodMs, run) {
      const timer = setInterval(run, periodMs)
      if (unref) timer.unref()
      return { cancel: () => clearInterval(timer) }
    },
  }
}

/** A seed that nobody can guess. */
export function randomSeed(): string {
  return randomBytes(16).toString('hex')
}

/** Runs `run` in a later turn of the event loop, after the I/O that is due. */
export function defer(run: () => void): void {
  setImmediate(run)
}

/** Resolves when all promise callbacks that can run have run. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Stands still, or takes memory until the thread's heap limit ends it; once what is due now has run. */
export const hurt: NonNullable<Platform['hurt']> = (fault) => {
  setImmediate(() => {
    if (fault.type === 'hang') return standStill(fault.forMs ?? Number.POSITIVE_INFINITY)
    takeMemory([])
  })
}

/** Eight megabytes a turn: it is to end for its memory, not because it stands still. */
function takeMemory(taken: unknown[]): void {
  taken.push(new Array(1_000_000).fill(0.5))
  setImmediate(() => takeMemory(taken))
}

function standStill(ms: number): void {
  const until = performance.now() + ms

  while (performance.now() < until);
}
