/**
 * A Stream carries items between two actors, in order, in both directions, under credit: a sender may be ahead of its
 * reader by a bounded number of items, so a slow reader slows its sender and never fills a heap. It ends in one way
 * only, which both ends learn: see StreamEnd.
 */

/** How a stream ended. `error` is set when it did not end well; its code is the peer's or a KernelErrorCode. */
export interface StreamEnd {
  readonly error?: { readonly code: string; readonly message: string; readonly details?: unknown }
}

/**
 * One end of a stream that receives `In` and sends `Out`.
 *
 * Reading: iterate it once. Iteration finishes when the peer has ended its direction and all items are read, and throws
 * a CodedError when the stream failed. Breaking out of the loop cancels the stream.
 */
export interface Stream<In, Out> extends AsyncIterable<In> {
  /**
   * Sends an item; resolves when the item is on its way, which is at once while there is credit. Rejects when the
   * stream is over. Items are sent in the order of the calls.
   */
  send(item: Out): Promise<void>
  /** Sends an item if there is credit for it right now; otherwise does nothing and returns false. */
  trySend(item: Out): boolean
  /** No more items from this end; the peer's direction stays open. Idempotent. */
  end(): void
  /** Ends both directions at once; the peer sees `error`, or a clean end without one. Idempotent. */
  close(error?: unknown): void
  /** Resolves when both directions have ended, however that came about. Never rejects. */
  readonly closed: Promise<StreamEnd>
}
