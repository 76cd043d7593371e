/**
 * Sees hangs from outside: a thread hangs when its event loop was busy all through a window and its heartbeat did not
 * move in it. Both are needed: a loop that is merely busy still beats, a loop that sleeps is not busy. On a machine with
 * more work than cores a thread stands still because it is not given a core: when this thread's own timer came late the
 * window does not count, and the more work waits for each core the longer a window is (Orleans' local health: do not
 * blame others for one's own delay). A thread that still starts has its start's deadline instead.
 */
import { availableParallelism, loadavg } from 'node:os'
import type { Worker } from 'node:worker_threads'
import type { Incarnation } from '../host.js'

export interface WatchdogOptions {
  /** How long an event loop may stand still; 0 switches the watchdog off. */
  readonly hangMs: number
}

export interface Watchdog {
  watch(incarnation: Incarnation, worker: Worker, heartbeat: Int32Array): void
  forget(incarnation: Incarnation): void
  usage(incarnation: Incarnation): { readonly heapBytes?: number; readonly eventLoopUtilization: number } | undefined
  close(): void
}

type Utilization = ReturnType<Worker['performance']['eventLoopUtilization']>

interface Watched {
  readonly worker: Worker
  readonly heartbeat: Int32Array
  lastBeat: number
  lastBeatAt: number
  utilization: Utilization
  recent: number
}

/** Share of a window that a loop must have been busy for it to count as standing still. */
const busyShare = 0.98
const cores = availableParallelism()

export function createWatchdog({ hangMs }: WatchdogOptions): Watchdog {
  const watched = new Map<Incarnation, Watched>()
  const periodMs = Math.max(20, hangMs / 5)
  let lastLookAt = performance.now()

  function look(): void {
    const now = performance.now()
    const starved = now - lastLookAt > periodMs * 2
    lastLookAt = now
    const patienceMs = hangMs * Math.max(1, (loadavg()[0] ?? 0) / cores)
    for (const [incarnation, one] of watched) {
      const beat = Atomics.load(one.heartbeat, 0)
      const current = one.worker.performance.eventLoopUtilization()
      one.recent = one.worker.performance.eventLoopUtilization(current, one.utilization).utilization
      one.utilization = current
      if (starved || !incarnation.isReady || beat !== one.lastBeat || one.recent < busyShare) {
        one.lastBeat = beat
        one.lastBeatAt = now
      } else if (now - one.lastBeatAt >= patienceMs) {
        watched.delete(incarnation)
        incarnation.kill('hung', `the event loop stood still for ${Math.round(now - one.lastBeatAt)} ms`)
      }
    }
  }

  const timer = hangMs > 0 ? setInterval(look, periodMs).unref() : undefined
  return {
    watch(incarnation, worker, heartbeat) {
      const utilization = worker.performance.eventLoopUtilization()
      watched.set(incarnation, { worker, heartbeat, lastBeat: 0, lastBeatAt: performance.now(), utilization, recent: 0 })
    },
    forget: (incarnation) => void watched.delete(incarnation),
    usage(incarnation) {
      const one = watched.get(incarnation)
      return one && { eventLoopUtilization: one.recent }
    },
    close: () => clearInterval(timer),
  }
}
