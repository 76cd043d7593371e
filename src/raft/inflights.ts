/**
 * The window of append messages on their way to one follower, bounded in messages and in bytes. It keeps a fast leader
 * from drowning a slow follower. The last message may overshoot the bytes: the bound is checked before each.
 *
 * Invariants: 1. indexes rise strictly. 2. at most messagesMax messages. 3. bytes is the sum over the window.
 * Next: progress.ts, which owns one.
 */
import { assert } from '../base/assert.js'

export class Inflights {
  readonly messagesMax: number
  readonly bytesMax: number
  #window: { readonly index: number; readonly bytes: number }[] = []
  #bytes = 0

  constructor(messagesMax: number, bytesMax: number) {
    this.messagesMax = messagesMax
    this.bytesMax = bytesMax
  }

  /** Messages on their way. */
  get count(): number {
    return this.#window.length
  }

  /** Nothing more may be sent until something is acknowledged. */
  get full(): boolean {
    return this.#window.length >= this.messagesMax || this.#bytes >= this.bytesMax
  }

  /** Notes a message whose last entry is `index`. The window is not full. */
  add(index: number, bytes: number): void {
    assert(!this.full, 'a message is added to a window that is not full')
    this.#window.push({ index, bytes })
    this.#bytes += bytes
  }

  /** Acknowledged up to `index`. */
  freeTo(index: number): void {
    const kept = this.#window.findIndex((message) => message.index > index)
    for (const message of this.#window.splice(0, kept < 0 ? this.#window.length : kept)) this.#bytes -= message.bytes
  }

  reset(): void {
    this.#window = []
    this.#bytes = 0
  }

  /** Asserts the invariants in this module's header. */
  check(): void {
    assert(this.#window.length <= this.messagesMax, 'the window holds at most messagesMax messages')
    assert(
      this.#window.every((message, at) => at === 0 || message.index > (this.#window[at - 1]?.index ?? 0)),
      'indexes in the window rise',
    )
    assert(this.#bytes === this.#window.reduce((sum, message) => sum + message.bytes, 0), 'the bytes of the window are counted right')
  }
}
