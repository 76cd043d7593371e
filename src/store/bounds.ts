/** The store's bounds, units in the name. Those with a counterpart in etcd have its value unless said otherwise. */
import { assert } from '../base/assert.js'
import { limits } from '../base/limits.js'

export const bounds = {
  /** Operations of one transaction (etcd --max-txn-ops). */
  txnOperationsMax: 128,
  /** Keys and values of one request. etcd's default is 1.5 MiB; an API server's largest body (3 MiB) must fit. */
  requestBytesMax: 4 * 1024 * 1024,
  /** A key. etcd has no bound of its own for it. */
  keyBytesMax: 4096,
  /** Keys and values in one answer to a range; what is over it is left to the next page (`more`). */
  rangeBytesMax: 4 * 1024 * 1024,
  /** Transactions in one Raft entry, and the bytes at which it takes no more. */
  batchCommandsMax: 512,
  batchBytesMax: 256 * 1024,
  /** Events and bytes at which a watch item is sent; a single larger revision is sent whole. */
  watchItemEventsMax: 512,
  watchItemBytesMax: 1024 * 1024,
  /** Revisions a watcher that catches up looks through before others get their turn. */
  watchScanRevisionsMax: 20_000,
  /** Revisions whose memory is let go at a time after a compaction. */
  trimRevisionsMax: 20_000,
  /** One block of a snapshot. */
  snapshotBlockBytes: 256 * 1024,
  /** Messages to a peer in one cast, by the bytes of their entries. */
  castBytesMax: 4 * 1024 * 1024,
} as const

assert(bounds.requestBytesMax * 2 < limits.messageBytesMax, 'a transaction and its answer fit into one message')
assert(bounds.rangeBytesMax + bounds.requestBytesMax < limits.messageBytesMax, 'a page of a range fits into one message')
assert(bounds.castBytesMax + bounds.requestBytesMax < limits.messageBytesMax, 'what one cast carries fits into one message')
