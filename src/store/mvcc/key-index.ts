/**
 * The sorted index of the key space: records in order of their key, in chunks of a few hundred. A lookup by key is a
 * Map's; an insert moves half a chunk at most; a scan walks arrays. At 100,000 keys this beats a balanced tree and is a
 * quarter of its size.
 *
 * Invariants (check()): no chunk is empty; none is longer than chunkMax; order grows strictly; the Map holds the
 * same records.
 */
import { assert } from '../../base/assert.js'
import type { OrderRange } from './key-order.js'

const chunkMax = 512

export class KeyIndex<T extends { readonly order: string }> {
  readonly #byOrder = new Map<string, T>()
  #chunks: T[][] = []

  get size(): number {
    return this.#byOrder.size
  }

  get(order: string): T | undefined {
    return this.#byOrder.get(order)
  }

  /** Adds a record whose key is not there yet. */
  insert(record: T): void {
    assert(!this.#byOrder.has(record.order), 'a key is inserted once')
    this.#byOrder.set(record.order, record)
    const c = Math.max(0, this.#chunkOf(record.order))
    const chunk = this.#chunks[c]
    if (!chunk) {
      this.#chunks.push([record])
      return
    }
    const last = chunk[chunk.length - 1] as T
    if (last.order < record.order) chunk.push(record)
    else chunk.splice(lowerBound(chunk, record.order), 0, record)
    // Keys that come in ascending order leave full chunks behind, not half-full ones.
    if (chunk.length > chunkMax) this.#chunks.splice(c + 1, 0, chunk.splice(c === this.#chunks.length - 1 ? chunkMax : chunkMax >> 1))
  }

  remove(order: string): void {
    if (!this.#byOrder.delete(order)) return
    const c = this.#chunkOf(order)
    const chunk = this.#chunks[c] as T[]
    chunk.splice(lowerBound(chunk, order), 1)
    if (chunk.length === 0) this.#chunks.splice(c, 1)
  }

  /** Visits the records of a range in order until `visit` returns false. The index must not change meanwhile. */
  scan({ low, high }: OrderRange, visit: (record: T) => boolean): void {
    const first = Math.max(0, this.#chunkOf(low))
    for (let c = first; c < this.#chunks.length; c++) {
      const chunk = this.#chunks[c] as T[]
      for (let i = c === first ? lowerBound(chunk, low) : 0; i < chunk.length; i++) {
        const record = chunk[i] as T
        if (high !== undefined && record.order >= high) return
        if (!visit(record)) return
      }
    }
  }

  /** The last chunk that begins at or before `order`; -1 when all begin after it. */
  #chunkOf(order: string): number {
    let low = 0
    let high = this.#chunks.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (((this.#chunks[middle] as T[])[0] as T).order <= order) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  /** @internal Asserts the invariants. */
  check(): void {
    let count = 0
    let before: string | undefined
    for (const chunk of this.#chunks) {
      assert(chunk.length > 0 && chunk.length <= chunkMax, 'a chunk is neither empty nor too long')
      for (const record of chunk) {
        assert(before === undefined || before < record.order, 'records are in order')
        assert(this.#byOrder.get(record.order) === record, 'the Map knows every record')
        before = record.order
        count++
      }
    }
    assert(count === this.#byOrder.size, 'the Map knows no other record')
  }
}

/** The first position whose record is not before `order`. */
function lowerBound<T extends { readonly order: string }>(chunk: readonly T[], order: string): number {
  let low = 0
  let high = chunk.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((chunk[middle] as T).order < order) low = middle + 1
    else high = middle
  }
  return low
}
