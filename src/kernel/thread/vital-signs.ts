/**
 * What a thread shows of itself in memory it shares with its host, so that it can be read when the thread answers no
 * more: that its event loop turns, how much memory it holds, and, when it is asked to, the message it has in hand.
 *
 * Layout, in 32-bit words: [0] beats, [1] heap in KiB, [2] memory outside the heap (ArrayBuffers above all) in KiB,
 * [3] bytes of the message in hand, 0 for none; then that message as JSON.
 */
import type { Culprit } from '../poison.js'

const headBytes = 16
const inHandBytesMax = 4_080

export function createVitalSigns(): SharedArrayBuffer {
  return new SharedArrayBuffer(headBytes + inHandBytesMax)
}

/** Beats between two looks at the memory, which takes some microseconds. */
const beatsPerLook = 10

/** Beats from now on, in the thread, until the function it returns is called. */
export function beat(signs: SharedArrayBuffer, periodMs: number): () => void {
  const cells = new Int32Array(signs)
  const tick = () => {
    if (Atomics.add(cells, 0, 1) % beatsPerLook !== 0) return
    const { heapUsed, external } = process.memoryUsage()
    Atomics.store(cells, 1, Math.round(heapUsed / 1024))
    Atomics.store(cells, 2, Math.round(external / 1024))
  }
  tick()
  const timer = setInterval(tick, periodMs)
  return () => clearInterval(timer)
}

export interface VitalSigns {
  readonly beats: number
  readonly heapBytes: number
  /** ArrayBuffers and whatever else the thread holds outside its heap; no heap limit bounds it. */
  readonly externalBytes: number
}

export function readVitalSigns(signs: SharedArrayBuffer): VitalSigns {
  const cells = new Int32Array(signs)
  return { beats: Atomics.load(cells, 0), heapBytes: Atomics.load(cells, 1) * 1024, externalBytes: Atomics.load(cells, 2) * 1024 }
}

/** Shows the message whose handler is about to run, or that it is over. */
export function showInHand(signs: SharedArrayBuffer, message: Culprit | undefined): void {
  const cells = new Int32Array(signs)
  if (!message) return void Atomics.store(cells, 3, 0)
  const bytes = new TextEncoder().encode(JSON.stringify(message))
  if (bytes.length > inHandBytesMax) return void Atomics.store(cells, 3, 0)
  new Uint8Array(signs, headBytes).set(bytes)
  Atomics.store(cells, 3, bytes.length)
}

/** The message that a thread which is over had in hand. */
export function readInHand(signs: SharedArrayBuffer): Culprit | undefined {
  const length = Atomics.load(new Int32Array(signs), 3)
  if (length === 0) return undefined
  // A TextDecoder takes no shared memory.
  return JSON.parse(new TextDecoder().decode(new Uint8Array(signs, headBytes, length).slice())) as Culprit
}
