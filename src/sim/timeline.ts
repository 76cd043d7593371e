/**
 * Virtual time and the order of everything: a heap of what is to happen, by time and, at the same time, by a number
 * drawn from the seed. A schedule may let what is due a little later come first (schedule/strategy.ts). One thing happens, all
 * promise callbacks it set free run, then the next: a run is decided by the seed and the schedule alone. The hash is over all that happened, in order, with its time and, for messages, its bytes:
 * equal hashes mean equal runs.
 */
import type { Clock, Timer } from '../base/clock.js'
import { Heap } from '../base/heap.js'
import { createRandom, type Random } from '../base/random.js'
import { type Candidate, candidatesMax, type Schedule } from './schedule/strategy.js'

/** Whose happening something is. */
export interface Place {
  /** The actor it happens to. */
  readonly actor: string
  /** What shares a lane stays in order, whatever the schedule. */
  readonly lane: string
}

export interface Timeline {
  readonly clock: Clock
  /** The same time; its timers are this actor's. */
  clockOf(actor: string): Clock
  readonly random: Random
  /** Something that happens `delayMs` from now; `label` names it in the trace. */
  after(delayMs: number, label: string, run: () => void, place?: Place): Timer
  /** Puts what happens into the trace. */
  note(label: string, bytes?: Uint8Array): void
  /**
   * Lets things happen until `done` holds; false when `virtualMs` went by first, `events` happened, or nothing is left
   * to happen.
   */
  run(done: () => boolean, bounds: { readonly virtualMs: number; readonly events?: number }): Promise<boolean>
  /** 16 hexadecimal digits. */
  hash(): string
  readonly events: number
  /** Notes of the trace from now on, for who wants to read along. */
  onNote?: (at: number, label: string, bytes?: Uint8Array) => void
}

interface Happening extends Candidate {
  readonly lane: string | undefined
  readonly tie: number
  readonly sequence: number
  run: (() => void) | undefined
}

/** When every simulated world begins: 2026-01-01T00:00:00Z. */
const epochMs = 1_767_225_600_000

/**
 * `turn` resolves when all promise callbacks that can run have run; the composition root brings it, because it is a
 * feature of the machine's event loop.
 */
export function createTimeline({
  seed,
  turn,
  schedule,
}: {
  readonly seed: number | string
  readonly turn: () => Promise<void>
  readonly schedule?: Schedule | undefined
}): Timeline {
  const random = createRandom(`timeline/${seed}`)
  const order = random.fork('order')
  const heap = new Heap<Happening>(
    (a, b) => a.at < b.at || (a.at === b.at && (a.tie < b.tie || (a.tie === b.tie && a.sequence < b.sequence))),
  )
  const hash = createTraceHash()
  let now = 0
  let sequence = 0
  let events = 0

  const after = (delayMs: number, label: string, run: () => void, place?: Place): Timer => {
    const happening: Happening = {
      at: now + Math.max(0, delayMs),
      tie: order.uint32(),
      sequence: sequence++,
      label,
      actor: place?.actor ?? '',
      lane: place?.lane,
      run,
    }
    heap.push(happening)
    return {
      cancel() {
        happening.run = undefined
      },
    }
  }
  const createClock = (label: string, place: Place | undefined): Clock => ({
    now: () => epochMs + Math.floor(now),
    monotonic: () => now,
    after: (delayMs, run) => after(delayMs, label, run, place),
    every(periodMs, run) {
      let timer: Timer
      const tick = () => {
        timer = after(periodMs, label, tick, place)
        run()
      }
      timer = after(periodMs, label, tick, place)
      return { cancel: () => timer.cancel() }
    },
  })
  const next = schedule ? createChooser(heap, schedule) : () => heap.pop()
  const timeline: Timeline = {
    random,
    after,
    clock: createClock('timer', undefined),
    clockOf: (actor) => createClock(`${actor} timer`, { actor, lane: `${actor} timers` }),
    note(label, bytes) {
      hash.add(now, label, bytes)
      timeline.onNote?.(now, label, bytes)
    },
    async run(done, { virtualMs, events: eventsMax = Number.POSITIVE_INFINITY }) {
      const until = now + virtualMs
      const stopAt = events + eventsMax
      await turn()
      while (!done()) {
        const first = heap.peek()
        if (!first || first.at > until || events >= stopAt) return false
        const happening = next()
        if (!happening?.run) continue
        // What was put off happens now.
        now = Math.max(now, happening.at)
        events++
        timeline.note(happening.label)
        happening.run()
        await turn()
      }
      return true
    },
    hash: () => hash.text(),
    get events() {
      return events
    },
  }
  return timeline
}

/** Takes from the heap what the schedule lets happen next; only called while something is in it. */
function createChooser(heap: Heap<Happening>, { strategy, windowMs }: Schedule): () => Happening | undefined {
  let step = 0
  return () => {
    const taken: Happening[] = []
    const candidates: Happening[] = []
    const lanes = new Set<string>()
    for (let next = heap.peek(); next && taken.length < candidatesMax; next = heap.peek()) {
      if (taken[0] && next.at > taken[0].at + windowMs) break
      heap.pop()
      // Cancelled: nobody's decision.
      if (!next.run) continue
      taken.push(next)
      if (next.lane === undefined || !lanes.has(next.lane)) candidates.push(next)
      if (next.lane !== undefined) lanes.add(next.lane)
    }
    const chosen = candidates.length > 1 ? candidates[strategy.choose(candidates, step++)] : candidates[0]
    for (const one of taken) if (one !== chosen) heap.push(one)
    return chosen
  }
}

/** FNV-1a in two 32-bit lanes: not for secrets, only to tell runs apart. */
function createTraceHash(): { add(at: number, label: string, bytes?: Uint8Array): void; text(): string } {
  let a = 0x811c9dc5
  let b = 0x01000193
  const mix = (byte: number): void => {
    a = Math.imul(a ^ byte, 0x01000193)
    b = Math.imul(b ^ (byte + 0x9e), 0x85ebca6b)
    b ^= b >>> 13
  }
  // Four bytes a step: frames are most of what is hashed.
  const addBytes = (bytes: Uint8Array): void => {
    const whole = bytes.length & ~3
    for (let i = 0; i < whole; i += 4) {
      const word =
        (bytes[i] as number) | ((bytes[i + 1] as number) << 8) | ((bytes[i + 2] as number) << 16) | ((bytes[i + 3] as number) << 24)
      a = Math.imul(a ^ word, 0x01000193)
      a ^= a >>> 15
      b = Math.imul(b ^ (word + 0x9e3779b9), 0x85ebca6b)
      b ^= b >>> 13
    }
    for (let i = whole; i < bytes.length; i++) mix(bytes[i] as number)
  }
  return {
    add(at, label, bytes) {
      const micros = Math.round(at * 1000)
      for (let rest = micros; rest > 0; rest = Math.floor(rest / 256)) mix(rest & 255)
      for (let i = 0; i < label.length; i++) mix(label.charCodeAt(i) & 255)
      if (bytes) addBytes(bytes)
    },
    text: () => (a >>> 0).toString(16).padStart(8, '0') + (b >>> 0).toString(16).padStart(8, '0'),
  }
}
