/**
 * A small fast seedable generator (sfc32, Chris Doty-Humphrey's PractRand): the only source of randomness. Not for
 * secrets: keys and tokens come from the Crypto ports.
 */

export interface Random {
  /** Uniform in [0, 2^32). */
  uint32(): number
  /** Uniform in [0, 1). */
  float(): number
  /** Uniform integer in [0, bound); bound >= 1. */
  below(bound: number): number
  /** Uniform integer in [low, high], both included. */
  between(low: number, high: number): number
  /** True with this probability. */
  chance(probability: number): boolean
  /** One element of a list that is not empty. */
  pick<T>(items: readonly T[]): T
  /** A shuffled copy. */
  shuffle<T>(items: readonly T[]): T[]
  /** `size` uniform bytes. */
  bytes(size: number): Uint8Array
  /** A generator of its own, decided by this one's seed and the label, and independent of how much was drawn from either. */
  fork(label: string): Random
}

/** A generator whose whole future is decided by `seed`. */
export function createRandom(seed: number | string): Random {
  const label = String(seed)
  let [a, b, c, d] = scramble(label)
  const uint32 = (): number => {
    const t = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + t
    c |= 0
    return t >>> 0
  }
  for (let i = 0; i < 12; i++) uint32()
  const float = (): number => uint32() / 4294967296
  const below = (bound: number): number => Math.floor(float() * bound)
  return {
    uint32,
    float,
    below,
    between: (low, high) => low + below(high - low + 1),
    chance: (probability) => float() < probability,
    pick: (items) => items[below(items.length)] as (typeof items)[number],
    shuffle: (items) => {
      const copy = [...items]
      for (let i = copy.length - 1; i > 0; i--) {
        const j = below(i + 1)
        ;[copy[i], copy[j]] = [copy[j] as (typeof copy)[number], copy[i] as (typeof copy)[number]]
      }
      return copy
    },
    bytes: (size) => Uint8Array.from({ length: size }, () => uint32() & 255),
    fork: (child) => createRandom(`${label}/${child}`),
  }
}

/** Four words from a string (cyrb128 by bryc, public domain algorithm). */
function scramble(text: string): [number, number, number, number] {
  let [h1, h2, h3, h4] = [1779033703, 3144134277, 1013904242, 2773480762]
  for (let i = 0; i < text.length; i++) {
    const k = text.charCodeAt(i)
    h1 = h2 ^ Math.imul(h1 ^ k, 597399067)
    h2 = h3 ^ Math.imul(h2 ^ k, 2869860233)
    h3 = h4 ^ Math.imul(h3 ^ k, 951274213)
    h4 = h1 ^ Math.imul(h4 ^ k, 2716044179)
  }
  h1 = Math.imul(h3 ^ (h1 >>> 18), 597399067)
  h2 = Math.imul(h4 ^ (h2 >>> 22), 2869860233)
  h3 = Math.imul(h1 ^ (h3 >>> 17), 951274213)
  h4 = Math.imul(h2 ^ (h4 >>> 19), 2716044179)
  return [h1 ^ h2 ^ h3 ^ h4, h1 ^ h2, h1 ^ h3, h1 ^ h4]
}
