/** A first-in first-out queue on a ring that doubles when it is full: push and shift in constant time, no holes kept. */
export class RingQueue<T> {
  #ring: (T | undefined)[] = new Array(16)
  #head = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  push(value: T): void {
    if (this.#size === this.#ring.length) this.#grow()
    this.#ring[(this.#head + this.#size) & (this.#ring.length - 1)] = value
    this.#size++
  }

  /** The oldest value, or undefined when the queue is empty. */
  shift(): T | undefined {
    if (this.#size === 0) return undefined
    const value = this.#ring[this.#head]
    this.#ring[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#ring.length - 1)
    this.#size--
    return value
  }

  clear(): void {
    this.#ring = new Array(16)
    this.#head = 0
    this.#size = 0
  }

  #grow(): void {
    const larger: (T | undefined)[] = new Array(this.#ring.length * 2)
    for (let i = 0; i < this.#size; i++) larger[i] = this.#ring[(this.#head + i) & (this.#ring.length - 1)]
    this.#ring = larger
    this.#head = 0
  }
}
