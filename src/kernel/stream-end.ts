/**
 * One end of a Stream (see stream.ts for what it promises): the queue of what came in, the credit for what goes out,
 * and the two half-closes.
 *
 * Terms: `credit` = items this end may still send. `unread` = items received and not yet read.
 *
 * Invariants (checkStreamEnd):
 *   1. credit >= 0.
 *   2. unread + granted and not yet used credit of the peer <= window, so a queue here is bounded by the window.
 *   3. Once over, nothing is sent any more and every waiting promise has been settled.
 */
import { assert } from '../base/assert.js'
import { CodedError, fromWire, toWire, type WireError } from '../base/errors.js'
import { RingQueue } from '../base/ring-queue.js'
import type { Stream, StreamEnd } from './stream.js'

/** How an end talks to its peer. */
export interface StreamWire {
  item(item: unknown): void
  credit(items: number): void
  end(): void
  close(error?: WireError): void
}

export interface StreamHandle extends Stream<unknown, unknown> {
  /** What the peer sent. */
  readonly incoming: {
    item(item: unknown): void
    credit(items: number): void
    end(): void
    close(error?: WireError): void
  }
}

/** `credit`: items this end may send at first; `window`: items the peer was allowed to send at first. */
export function createStreamEnd(wire: StreamWire, { credit: initialCredit, window }: { credit: number; window: number }): StreamHandle {
  const unread = new RingQueue<unknown>()
  let credit = initialCredit
  let readSinceGrant = 0
  let ended = false
  let endSent = false
  let peerEnded = false
  let over: StreamEnd | undefined
  let reader: { resolve: (result: IteratorResult<unknown>) => void; reject: (error: unknown) => void } | undefined
  const senders = new RingQueue<{ item: unknown; resolve: () => void; reject: (error: unknown) => void }>()
  let settleClosed: (end: StreamEnd) => void = () => {}
  const closed = new Promise<StreamEnd>((resolve) => {
    settleClosed = resolve
  })

  const failure = (): CodedError =>
    over?.error ? fromWire(over.error) : new CodedError('Cancelled', 'Cannot use the stream: it is closed')

  function finish(end: StreamEnd): void {
    if (over) return
    over = end
    for (let waiting = senders.shift(); waiting; waiting = senders.shift()) waiting.reject(failure())
    if (reader && unread.size === 0) {
      const waiting = reader
      reader = undefined
      if (end.error) waiting.reject(failure())
      else waiting.resolve({ done: true, value: undefined })
    }
    settleClosed(end)
  }

  function finishWhenBothEnded(): void {
    if (endSent && peerEnded) finish({})
  }

  /** The end goes out behind the last item that waited for credit. */
  function sendEndWhenDrained(): void {
    if (!ended || endSent || over || senders.size > 0) return
    endSent = true
    wire.end()
    finishWhenBothEnded()
  }

  function granted(): void {
    readSinceGrant++
    if (readSinceGrant * 2 < window || over || peerEnded) return
    wire.credit(readSinceGrant)
    readSinceGrant = 0
  }

  function next(): Promise<IteratorResult<unknown>> {
    if (unread.size > 0) {
      const value = unread.shift()
      granted()
      return Promise.resolve({ done: false, value })
    }
    if (over?.error) return Promise.reject(failure())
    if (peerEnded || over) return Promise.resolve({ done: true, value: undefined })
    assert(!reader, 'a stream is iterated once')
    return new Promise((resolve, reject) => {
      reader = { resolve, reject }
    })
  }

  function close(error?: unknown): void {
    if (over) return
    const wired = error === undefined ? undefined : toWire(error)
    wire.close(wired)
    finish(wired ? { error: wired } : {})
  }

  return {
    send(item) {
      if (over) return Promise.reject(failure())
      if (ended) return Promise.reject(new CodedError('Cancelled', 'Cannot send: this end of the stream was ended'))
      if (credit > 0) {
        credit--
        wire.item(item)
        return Promise.resolve()
      }
      return new Promise((resolve, reject) => senders.push({ item, resolve, reject }))
    },
    trySend(item) {
      if (over || ended || credit === 0 || senders.size > 0) return false
      credit--
      wire.item(item)
      return true
    },
    end() {
      if (over || ended) return
      ended = true
      sendEndWhenDrained()
    },
    close,
    closed,
    [Symbol.asyncIterator]: () => ({
      next,
      return: async () => {
        close()
        return { done: true, value: undefined }
      },
    }),
    incoming: {
      item(item) {
        if (over || peerEnded) return
        if (!reader) return unread.push(item)
        const waiting = reader
        reader = undefined
        granted()
        waiting.resolve({ done: false, value: item })
      },
      credit(items) {
        credit += items
        while (credit > 0 && senders.size > 0) {
          const waiting = senders.shift()
          credit--
          wire.item(waiting?.item)
          waiting?.resolve()
        }
        sendEndWhenDrained()
        assert(credit >= 0, 'a stream never owes credit')
      },
      end() {
        if (over || peerEnded) return
        peerEnded = true
        if (reader) {
          const waiting = reader
          reader = undefined
          waiting.resolve({ done: true, value: undefined })
        }
        finishWhenBothEnded()
      },
      close(error) {
        finish(error ? { error } : {})
      },
    },
  }
}
