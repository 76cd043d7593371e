/** One writer, many readers: each iteration sees what is written from its start on, and is bounded by dropping its oldest. */
import { RingQueue } from '../base/ring-queue.js'

export interface EventStream<T> extends AsyncIterable<T> {
  push(event: T): void
  /** Ends every iteration behind what it has not read yet. */
  close(): void
}

export function createEventStream<T>(eventsMax = 10_000): EventStream<T> {
  const readers = new Set<{ queue: RingQueue<T>; wake: () => void }>()
  let closed = false
  return {
    push(event) {
      for (const reader of readers) {
        if (reader.queue.size >= eventsMax) reader.queue.shift()
        reader.queue.push(event)
        reader.wake()
      }
    },
    close() {
      closed = true
      for (const reader of readers) reader.wake()
    },
    // Reading begins when the iterator is made, not at its first next(): nothing in between is missed.
    [Symbol.asyncIterator]() {
      const reader = { queue: new RingQueue<T>(), wake: () => {} }
      readers.add(reader)
      return {
        async next(): Promise<IteratorResult<T>> {
          for (;;) {
            const value = reader.queue.shift()
            if (value !== undefined) return { done: false, value }
            if (closed || !readers.has(reader)) return { done: true, value: undefined }
            await new Promise<void>((resolve) => {
              reader.wake = resolve
            })
          }
        },
        async return(): Promise<IteratorResult<T>> {
          readers.delete(reader)
          reader.wake()
          return { done: true, value: undefined }
        },
      }
    },
  }
}
