/**
 * What has arrived at an actor and not been handled yet: a control lane, always served first, and a bounded data lane.
 * Overflow policy of the data lane: refuse. The sender is told Overloaded, or the message is a dead letter; stream items
 * are never refused, credit bounds them.
 */
import { RingQueue } from '../base/ring-queue.js'

export interface Mailbox<T> {
  /** False when the message was refused. */
  offer(message: T, lane: 'control' | 'data' | 'credited'): boolean
  take(): T | undefined
  readonly size: number
}

export function createMailbox<T>(messagesMax: number): Mailbox<T> {
  const control = new RingQueue<T>()
  const data = new RingQueue<T>()
  return {
    offer(message, lane) {
      if (lane === 'control') control.push(message)
      else if (lane === 'data' && data.size >= messagesMax) return false
      else data.push(message)
      return true
    },
    take: () => control.shift() ?? data.shift(),
    get size() {
      return control.size + data.size
    },
  }
}
