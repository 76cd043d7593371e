/**
 * Ready: what one round of the core wants done. The order in which it is done is Raft's safety; RaftNode in node.ts says it.
 */
import type { Entry, HardState, Message, NodeId, Role, Snapshot, StorageAppend, StorageApply } from './types.js'

/** What need not be persisted: for routing of requests and for status. */
export interface SoftState {
  /** The leader as far as this member knows; noNode when it knows none. */
  readonly leader: NodeId
  readonly role: Role
}

/** The answer to RaftNode.readIndex: read the state machine once it has applied `index`. */
export interface ReadState {
  readonly index: number
  readonly context: string
}

export interface Ready {
  /** Present when it changed. */
  readonly softState?: SoftState
  /** To persist; present when it changed. */
  readonly hardState?: HardState
  /** To persist, after the snapshot if there is one. The first one's index may lie inside the stored log: all from there on is replaced. */
  readonly entries: readonly Entry[]
  /** To persist and to load into the state machine, in place of the whole log and of all that was applied. */
  readonly snapshot?: Snapshot
  /** To apply, in order. 'config' entries go to RaftNode.applyConfigChange. */
  readonly committedEntries: readonly Entry[]
  /** May be sent at once, in parallel with the write (the leader's appends and heartbeats: thesis, section 10.2.1). */
  readonly messages: readonly Message[]
  /** To send after hardState, entries and snapshot of this Ready are durable: they promise what was persisted. Empty if asyncStorageWrites. */
  readonly messagesAfterPersist: readonly Message[]
  readonly readStates: readonly ReadState[]
  /** The write must be flushed to the disk before messagesAfterPersist are sent; false when only the commit index moved. */
  readonly mustSync: boolean
  /** With asyncStorageWrites only, and if there is anything to write: all of the above that concerns the log, as an order. */
  readonly append?: StorageAppend
  /** With asyncStorageWrites only, and if there is anything to apply: committedEntries, as an order. */
  readonly apply?: StorageApply
}
