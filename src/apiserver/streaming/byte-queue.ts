/** Bytes on their way to one reader, bounded: who puts more in than is read is made to wait. */

/** Bytes held for a reader before the writer waits. */
const heldBytesMax = 1024 * 1024

export class ByteQueue implements AsyncIterable<Uint8Array> {
  readonly #held: Uint8Array[] = []
  #size = 0
  #ended = false
  #error: unknown
  #wakeReader: () => void = () => {}
  #wakeWriter: () => void = () => {}

  /** Resolves when there is room for more; what comes after the end is dropped. */
  async put(bytes: Uint8Array): Promise<void> {
    if (this.#ended || bytes.length === 0) return
    this.#held.push(bytes)
    this.#size += bytes.length
    this.#wakeReader()
    if (this.#size > heldBytesMax) await new Promise<void>((resolve) => (this.#wakeWriter = resolve))
  }

  /** No more comes; with an error the reader is told once it has read what is held. */
  end(error?: unknown): void {
    if (this.#ended) return
    this.#ended = true
    this.#error = error
    this.#wakeReader()
    this.#wakeWriter()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const bytes = this.#held.shift()
        if (bytes) {
          this.#size -= bytes.length
          this.#wakeWriter()
          yield bytes
        } else if (this.#ended) {
          if (this.#error !== undefined) throw this.#error
          return
        } else await new Promise<void>((resolve) => (this.#wakeReader = resolve))
      }
    } finally {
      // Nobody reads any more: a writer must not wait for ever.
      this.#held.length = 0
      this.end()
    }
  }
}
