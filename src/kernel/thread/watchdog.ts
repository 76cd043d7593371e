/**
 * Sees hangs from outside: a thread hangs when its event loop was busy all through a window and its heartbeat did not
 * move in it. Both are needed: a loop that is merely busy still beats, a loop that sleeps is not busy. On a machine with
 * more work than cores a thread stands still because it is not given a core: when this thread's own timer came late the
 * window does not count, and the more work waits for each core the longer a window is (Orleans' local health: do not
 * blame others for one's own delay). A thread that still starts has its start's deadline instead.
 *
 * Sees memory as well: a heap has its own limit, but what a thread holds outside of it (ArrayBuffers) has none but this.
 */
import { availableParallelism, loadavg } from 'node:os'
import type { Worker } from 'node:worker_threads'
import type { Incarnation, Usage } from '../host.js'
import { readVitalSigns, type VitalSigns } from './vital-signs.js'

export interface WatchdogOptions {
  /** How long an event loop may stand still; 0 switches the watchdog off. */
  readonly hangMs: number
  /** MiB outside the heap that a thread may hold at five looks in a row before it is ended; default 2,048, 0: any. */
  readonly externalMiBMax?: number
}

export interface Watchdog {
  /** Without a worker it is a process: how busy its event loop is cannot be seen from outside, only that it beats. */
  watch(incarnation: Incarnation, worker: Worker | undefined, signs: SharedArrayBuffer): void
  forget(incarnation: Incarnation): void
  usage(incarnation: Incarnation): Usage | undefined
  close(): void
}

type Utilization = ReturnType<Worker['performance']['eventLoopUtilization']>

interface Watched {
  readonly worker: Worker | undefined
  readonly signs: SharedArrayBuffer
  lastBeat: number
  lastBeatAt: number
  utilization: Utilization | undefined
  recent: number
  /** Looks in a row at which it held too much. */
  heavyLooks: number
}

/** Share of a window that a loop must have been busy for it to count as standing still. */
const busyShare = 0.98
const cores = availableParallelism()
/** A peak may pass; what stays does not. */
const heavyLooksMax = 5

export function createWatchdog({ hangMs, externalMiBMax = 2_048 }: WatchdogOptions): Watchdog {
  const watched = new Map<Incarnation, Watched>()
  const periodMs = hangMs > 0 ? Math.max(20, hangMs / 5) : 250
  let lastLookAt = performance.now()

  function look(): void {
    const now = performance.now()
    const starved = now - lastLookAt > periodMs * 2
    lastLookAt = now
    const patienceMs = hangMs * Math.max(1, (loadavg()[0] ?? 0) / cores)
    for (const [incarnation, one] of watched) {
      const signs = readVitalSigns(one.signs)
      const beat = signs.beats
      if (heavy(incarnation, one, signs)) continue
      const current = one.worker?.performance.eventLoopUtilization()
      one.recent = one.worker
        ? one.worker.performance.eventLoopUtilization(current, one.utilization).utilization
        : Number(beat === one.lastBeat)
      one.utilization = current
      if (hangMs === 0 || starved || !incarnation.isReady || beat !== one.lastBeat || one.recent < busyShare) {
        one.lastBeat = beat
        one.lastBeatAt = now
      } else if (now - one.lastBeatAt >= patienceMs) {
        watched.delete(incarnation)
        incarnation.kill('hung', `the event loop stood still for ${Math.round(now - one.lastBeatAt)} ms`)
      }
    }
  }

  /** Ends who holds too much for too long. */
  function heavy(incarnation: Incarnation, one: Watched, { externalBytes }: VitalSigns): boolean {
    const isHeavy = externalMiBMax > 0 && externalBytes > externalMiBMax * 1024 * 1024
    one.heavyLooks = isHeavy ? one.heavyLooks + 1 : 0
    if (one.heavyLooks < heavyLooksMax) return false
    watched.delete(incarnation)
    const heldMiB = Math.round(externalBytes / 1024 / 1024)
    incarnation.kill('out-of-memory', `${heldMiB} MiB outside the heap are more than ${externalMiBMax}`)
    return true
  }

  const timer = setInterval(look, periodMs).unref()
  return {
    watch(incarnation, worker, signs) {
      const utilization = worker?.performance.eventLoopUtilization()
      watched.set(incarnation, { worker, signs, lastBeat: 0, lastBeatAt: performance.now(), utilization, recent: 0, heavyLooks: 0 })
    },
    forget: (incarnation) => void watched.delete(incarnation),
    usage(incarnation) {
      const one = watched.get(incarnation)
      if (!one) return undefined
      const { heapBytes, externalBytes } = readVitalSigns(one.signs)
      return { eventLoopUtilization: one.recent, heapBytes, externalBytes }
    },
    close: () => clearInterval(timer),
  }
}
