/**
 * Every bound in the system, units in the name, and the relations between them, asserted when this module loads. A
 * queue, batch, retry or timeout that has no bound here is a bug.
 */
import { assert } from './assert.js'

export const limits = {
  /** Default deadline of a call between actors. */
  callTimeoutMsDefault: 10_000,
  /** Items a stream's sender may be ahead of its reader unless the reader says otherwise. */
  streamCreditItemsDefault: 256,
  /** Messages waiting in one actor's mailbox; beyond it calls fail as Overloaded and casts are dead letters. */
  mailboxMessagesMax: 8_192,
  /** Encoded size of one message between actors. */
  messageBytesMax: 16 * 1024 * 1024,
  /** A request body, as kube-apiserver's --max-request-bytes (3 MiB). */
  requestBodyBytesMax: 3 * 1024 * 1024,
  /** Nesting of a JSON or YAML document, as encoding/json's limit in Go. */
  documentDepthMax: 10_000,
} as const

assert(limits.requestBodyBytesMax < limits.messageBytesMax, 'a request body fits into one message')
