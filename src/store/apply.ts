/**
 * A committed entry becomes a change of the key space and the answers to those who asked for it. A pure function of the
 * key space and the entry: every replica that applies the same log comes to the same state.
 */
import { unreachable } from '../base/assert.js'
import { CodedError } from '../base/errors.js'
import type { Entry } from '../raft/types.js'
import { ByteReader } from './bytes.js'
import { type BatchId, type Command, decodeBatchId, decodeCommand } from './command.js'
import type { Keyspace } from './mvcc/keyspace.js'
import { applyTxn } from './mvcc/txn.js'
import type { TxnResult } from './protocol.js'

/** What became of one command: its answer, or the refusal that is its answer ('Compacted', 'FutureRevision'). */
export type Outcome =
  | { readonly type: 'txn'; readonly result: TxnResult }
  | { readonly type: 'compact'; readonly revision: number }
  | { readonly type: 'refused'; readonly error: CodedError }

export interface AppliedBatch {
  readonly id: BatchId
  /** One for each command, in order. */
  readonly outcomes: readonly Outcome[]
}

/** Applies a normal entry; undefined for an empty one, a new leader's first. Throws code 'DataCorrupt' for what no replica wrote. */
export function applyEntry(keyspace: Keyspace, { data }: Entry): AppliedBatch | undefined {
  if (data.length === 0) return undefined
  const reader = new ByteReader(data)
  const id = decodeBatchId(reader)
  const outcomes: Outcome[] = []
  while (!reader.done) outcomes.push(applyCommand(keyspace, decodeCommand(reader)))
  return { id, outcomes }
}

function applyCommand(keyspace: Keyspace, command: Command): Outcome {
  try {
    switch (command.type) {
      case 'txn':
        return { type: 'txn', result: applyTxn(keyspace, command.txn) }
      case 'compact':
        keyspace.compact(command.revision)
        return { type: 'compact', revision: keyspace.revision }
      default:
        return unreachable(command)
    }
  } catch (error) {
    if (error instanceof CodedError && (error.code === 'Compacted' || error.code === 'FutureRevision')) return { type: 'refused', error }
    throw error
  }
}
