/**
 * What a store replica can be asked: etcd's v3 key-value semantics as messages. Keys are strings in byte order of their
 * UTF-8 form; values are bytes. Revisions are integers; one revision per write transaction, shared by all its keys.
 *
 * Any replica takes any call: a follower forwards writes and linearizable reads to the leader by itself, so a client
 * need only find one replica that runs.
 */
import type { Protocol } from '../kernel/protocol.js'

/** One key at one revision (etcd mvccpb.KeyValue). */
export interface KeyValue {
  readonly key: string
  readonly value: Uint8Array
  /** Revision of the write that made the key, since it was last absent. */
  readonly createRevision: number
  /** Revision of the write that gave it this value. */
  readonly modRevision: number
  /** 1 at creation, one more for each write since. */
  readonly version: number
  /** 0, or the lease the key is attached to. */
  readonly lease: number
}

/** Keys from `key` (included) to `end` (excluded); without `end` just `key`; `end: '\0'` means to the last key. */
export interface Range {
  readonly key: string
  readonly end?: string
}

export interface RangeParams extends Range {
  /** 0 or absent: the newest revision. */
  readonly revision?: number
  readonly limit?: number
  readonly keysOnly?: boolean
  readonly countOnly?: boolean
  /** Without it the read is linearizable; with it the replica answers from what it has applied. */
  readonly serializable?: boolean
}

export interface RangeResult {
  /** The store's revision when the answer was made (not the revision read at). */
  readonly revision: number
  readonly items: readonly KeyValue[]
  /** Whether keys were cut off, by `limit` or because an answer holds 4 MiB at most; StoreClient.range joins the latter. */
  readonly more: boolean
  /** Keys in the whole range, whatever the limit. */
  readonly count: number
}

/**
 * A condition on one key. An absent key has version, createRevision and modRevision 0; a comparison with its value fails,
 * whatever the operator (etcd's applyCompare).
 */
export interface Compare {
  readonly key: string
  readonly target: 'version' | 'createRevision' | 'modRevision' | 'value'
  readonly is: '=' | '!=' | '<' | '>'
  readonly value: number | Uint8Array
}

export type Operation =
  | { readonly type: 'put'; readonly key: string; readonly value: Uint8Array; readonly lease?: number; readonly previous?: boolean }
  | ({ readonly type: 'delete'; readonly previous?: boolean } & Range)
  | ({ readonly type: 'range' } & RangeParams)

/** compare / then / else, applied as one (etcd Txn). */
export interface TxnParams {
  readonly compare: readonly Compare[]
  readonly success: readonly Operation[]
  readonly failure: readonly Operation[]
}

export type OperationResult =
  | { readonly type: 'put'; readonly previous?: KeyValue }
  | { readonly type: 'delete'; readonly deleted: number; readonly previous: readonly KeyValue[] }
  | ({ readonly type: 'range' } & RangeResult)

export interface TxnResult {
  readonly succeeded: boolean
  /** The revision of this transaction; of the store, when it wrote nothing. */
  readonly revision: number
  readonly results: readonly OperationResult[]
}

export interface WatchParams extends Range {
  /** First revision to report; 0 or absent: only what comes after the watch was opened. */
  readonly startRevision?: number
  /** Also send the value before each change. */
  readonly previous?: boolean
}

/** One change. For 'delete' the value is empty and modRevision is the revision of the deletion. */
export interface StoreEvent {
  readonly type: 'put' | 'delete'
  readonly item: KeyValue
  readonly previous?: KeyValue
}

/**
 * What a watch sends. Events come in order of revision, never split within one revision, none twice, none left out
 * (etcd's watch guarantees). `revision` is what the watch has reached: with no events it is progress. The first item
 * of every watch is sent at once and tells that it is open. A watch from a compacted revision ends with code
 * 'Compacted' and details {compactRevision}.
 */
export interface WatchItem {
  readonly revision: number
  readonly events: readonly StoreEvent[]
}

export interface ReplicaStatus {
  readonly id: number
  readonly name: string
  readonly role: 'leader' | 'follower' | 'candidate' | 'pre-candidate' | 'learner'
  readonly term: number
  readonly leader: number
  readonly commitIndex: number
  readonly appliedIndex: number
  readonly lastIndex: number
  readonly revision: number
  readonly compactRevision: number
  readonly keys: number
  /** Sum of the CRC-32Cs of all live keys and values at appliedIndex; equal on replicas at the same index. */
  readonly hash: number
}

/** Codes of the store's own answers. */
export type StoreErrorCode =
  /** failed: no leader was known long enough; nothing was written. */
  | 'NoLeader'
  /** unknown: the leader changed while a write was under way. */
  | 'LeaderChanged'
  /** The revision is below the compact revision. */
  | 'Compacted'
  /** The revision has not been reached yet. */
  | 'FutureRevision'
  /** A malformed or oversized request. */
  | 'InvalidRequest'

/** A store replica. Raft's own messages travel as casts between replicas. */
export interface StoreProtocol extends Protocol {
  calls: {
    range: { params: RangeParams; result: RangeResult }
    txn: { params: TxnParams; result: TxnResult }
    /** The store's revision, linearizable: every write acknowledged before the call is at or below it. */
    readRevision: { params: Record<string, never>; result: { revision: number } }
    compact: { params: { revision: number }; result: { revision: number } }
    status: { params: Record<string, never>; result: ReplicaStatus }
    transferLeadership: { params: { to?: number }; result: Record<string, never> }
  }
  casts: {
    /** Encoded Raft messages, see store/replica. */
    raft: { readonly messages: readonly unknown[] }
  }
  streams: {
    watch: { params: WatchParams; down: WatchItem; up: never }
    /** Between replicas: the bytes of a stored snapshot at this Raft index, from byte `begin` on (default 0), see store/snapshots. */
    snapshot: { params: { readonly index: number; readonly begin?: number }; down: Uint8Array; up: never }
  }
}
