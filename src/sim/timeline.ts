/**
 * Virtual time and the order of everything: a heap of what is to happen, by time and, at the same time, by a number
 * drawn from the seed. One thing happens, all promise callbacks it set free run, then the next: a run is decided by the
 * seed and by nothing else. The hash is over all that happened, in order, with its time and, for messages, its bytes:
 * equal hashes mean equal runs.
 */
import type { Clock, Timer } from '../base/clock.js'
import { Heap } from '../base/heap.js'
import { createRandom, type Random } from '../base/random.js'

export interface Timeline {
  readonly clock: Clock
  readonly random: Random
  /** Something that happens `delayMs` from now; `label` names it in the trace. */
  after(delayMs: number, label: string, run: () => void): Timer
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

interface Happening {
  readonly at: number
  readonly tie: number
  readonly sequence: number
  readonly label: string
  run: (() => void) | undefined
}

/** When every simulated world begins: 2026-01-01T00:00:00Z. */
const epochMs = 1_767_225_600_000

/**
 * `turn` resolves when all promise callbacks that can run have run; the composition root brings it, because it is a
 * feature of the machine's event loop.
 */
export function createTimeline({ seed, turn }: { readonly seed: number | string; readonly turn: () => Promise<void> }): Timeline {
  const random = createRandom(`timeline/${seed}`)
  const order = random.fork('order')
  const heap = new Heap<Happening>(
    (a, b) => a.at < b.at || (a.at === b.at && (a.tie < b.tie || (a.tie === b.tie && a.sequence < b.sequence))),
  )
  const hash = createTraceHash()
  let now = 0
  let sequence = 0
  let events = 0

  const after = (delayMs: number, label: string, run: () => void): Timer => {
    const happening: Happening = { at: now + Math.max(0, delayMs), tie: order.uint32(), sequence: sequence++, label, run }
    heap.push(happening)
    return {
      cancel() {
        happening.run = undefined
      },
    }
  }
  const timeline: Timeline = {
    random,
    after,
    clock: {
      now: () => epochMs + Math.floor(now),
      monotonic: () => now,
      after: (delayMs, run) => after(delayMs, 'timer', run),
      every(periodMs, run) {
        let timer: Timer
        const tick = () => {
          timer = after(periodMs, 'timer', tick)
          run()
        }
        timer = after(periodMs, 'timer', tick)
        return { cancel: () => timer.cancel() }
      },
    },
    note(label, bytes) {
      hash.add(now, label, bytes)
      timeline.onNote?.(now, label, bytes)
    },
    async run(done, { virtualMs, events: eventsMax = Number.POSITIVE_INFINITY }) {
      const until = now + virtualMs
      const stopAt = events + eventsMax
      await turn()
      while (!done()) {
        const next = heap.peek()
        if (!next || next.at > until || events >= stopAt) return false
        heap.pop()
        if (!next.run) continue
        now = next.at
        events++
        timeline.note(next.label)
        next.run()
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

/** FNV-1a in two 32-bit lanes: not for secrets, only to tell runs apart. */
function createTraceHash(): { add(at: number, label: string, bytes?: Uint8Array): void; text(): string } {
  let a = 0x811c9dc5
  let b = 0x01000193
  const mix = (byte: number): void => {
    a = Math.imul(a ^ byte, 0x01000193)
    b = Math.imul(b ^ (byte + 0x9e), 0x85ebca6b)
    b ^= b >>> 13
  }
  return {
    add(at, label, bytes) {
      const micros = Math.round(at * 1000)
      for (let rest = micros; rest > 0; rest = Math.floor(rest / 256)) mix(rest & 255)
      for (let i = 0; i < label.length; i++) mix(label.charCodeAt(i) & 255)
      if (bytes) for (let i = 0; i < bytes.length; i++) mix(bytes[i] as number)
    },
    text: () => (a >>> 0).toString(16).padStart(8, '0') + (b >>> 0).toString(16).padStart(8, '0'),
  }
}
