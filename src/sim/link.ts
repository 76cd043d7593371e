/**
 * Links between simulated actors: frames travel for a time drawn from the seed and arrive in order; when an end goes,
 * the other end learns of it behind the last frame that was on its way.
 */
import type { Address } from '../kernel/address.js'
import type { Link } from '../kernel/link.js'
import type { Timeline } from './timeline.js'

/** What the wire does to frames from one actor to another; faults are put in here. */
export interface Wire {
  /** Milliseconds a frame travels. */
  latencyMs(from: string, to: string): number
}

/** A wire whose latencies are drawn from the seed: 20 to 300 µs, and now and then 2 ms. */
export function createWire(timeline: Timeline): Wire {
  const random = timeline.random.fork('wire')
  return { latencyMs: () => (random.chance(0.02) ? 2 : 0.02 + random.float() * 0.28) }
}

class End implements Link {
  readonly peer: Address
  readonly #self: Address
  readonly #timeline: Timeline
  readonly #wire: Wire
  other: End | undefined
  #closed = false
  /** When the last thing sent from here arrives; nothing overtakes it. */
  #lastArrival = 0
  #onFrame: ((frame: Uint8Array) => void) | undefined
  #onClose: (() => void) | undefined
  #early: (() => void)[] = []

  constructor(self: Address, peer: Address, timeline: Timeline, wire: Wire) {
    this.#self = self
    this.peer = peer
    this.#timeline = timeline
    this.#wire = wire
  }

  send(frame: Uint8Array<ArrayBuffer>): void {
    if (this.#closed) return
    this.#travel('frame', frame, (other) => other.#arrive(() => other.#onFrame?.(frame)))
  }

  listen(onFrame: (frame: Uint8Array) => void, onClose: () => void): void {
    this.#onFrame = onFrame
    this.#onClose = onClose
    for (const run of this.#early.splice(0)) run()
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#travel('close', undefined, (other) =>
      other.#arrive(() => {
        other.#closed = true
        other.#onClose?.()
      }),
    )
  }

  /** What arrives at an end that is closed on its own side is lost; what comes before listen() waits. */
  #arrive(run: () => void): void {
    if (this.#closed) return
    if (this.#onFrame) run()
    else this.#early.push(run)
  }

  #travel(what: string, frame: Uint8Array | undefined, arrive: (other: End) => void): void {
    const now = this.#timeline.clock.monotonic()
    const at = Math.max(now + this.#wire.latencyMs(this.#self.name, this.peer.name), this.#lastArrival + 0.001)
    this.#lastArrival = at
    const label = `${this.#self.name}>${this.peer.name} ${what}`
    const place = { actor: this.peer.name, lane: `${this.#self.name}>${this.peer.name}` }
    const run = () => {
      if (frame) this.#timeline.note(label, frame)
      if (this.other) arrive(this.other)
    }
    this.#timeline.after(at - now, label, run, place)
  }
}

/** Both ends of a link. */
export function createSimLink(a: Address, b: Address, timeline: Timeline, wire: Wire): [Link, Link] {
  const ends: [End, End] = [new End(a, b, timeline, wire), new End(b, a, timeline, wire)]
  ends[0].other = ends[1]
  ends[1].other = ends[0]
  return ends
}
