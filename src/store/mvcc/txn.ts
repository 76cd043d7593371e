/**
 * Transactions: compare / then / else over the key space, as one revision (etcd server/etcdserver/txn). What can be told
 * from the request alone is checked before it is proposed (checkTxn), so that the log holds only what can be applied;
 * what depends on the state (a range at a compacted revision) is checked before the first write of the branch.
 */
import { unreachable } from '../../base/assert.js'
import { CodedError } from '../../base/errors.js'
import { bounds } from '../bounds.js'
import type { Compare, KeyValue, Operation, OperationResult, Range, RangeParams, TxnParams, TxnResult } from '../protocol.js'
import { inRange, isWellFormed, orderOf, orderRange } from './key-order.js'
import type { Keyspace } from './keyspace.js'

/** Applies a checked transaction. Throws codes 'Compacted' and 'FutureRevision', having changed nothing. */
export function applyTxn(keyspace: Keyspace, { compare, success, failure }: TxnParams): TxnResult {
  const succeeded = compare.every((one) => holds(keyspace.get(one.key), one))
  const operations = succeeded ? success : failure
  for (const operation of operations) {
    const refusal = operation.type === 'range' ? keyspace.refusal(operation.revision ?? 0) : undefined
    if (refusal) throw refusal
  }
  const results = operations.map((operation) => applyOperation(keyspace, operation))
  return { succeeded, revision: keyspace.commit(), results }
}

function applyOperation(keyspace: Keyspace, operation: Operation): OperationResult {
  switch (operation.type) {
    case 'put': {
      const previous = keyspace.put(operation.key, operation.value, operation.lease ?? 0)
      return operation.previous && previous ? { type: 'put', previous } : { type: 'put' }
    }
    case 'delete': {
      const deleted = keyspace.delete(operation)
      return { type: 'delete', deleted: deleted.length, previous: operation.previous ? deleted : [] }
    }
    case 'range':
      return { type: 'range', ...keyspace.range(operation) }
    default:
      return unreachable(operation)
  }
}

function holds(item: KeyValue | undefined, { target, is, value }: Compare): boolean {
  const order =
    target === 'value'
      ? // An absent key has no value to compare with; etcd's comparison of it fails whatever the operator.
        item && compareBytes(item.value, value as Uint8Array)
      : Math.sign((item?.[target] ?? 0) - (value as number))
  if (order === undefined) return false
  switch (is) {
    case '=':
      return order === 0
    case '!=':
      return order !== 0
    case '<':
      return order < 0
    case '>':
      return order > 0
    default:
      return unreachable(is)
  }
}

/** Negative, zero or positive, as the first bytes that differ are. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return (a[i] as number) - (b[i] as number)
  return a.length - b.length
}

/** Throws code 'InvalidRequest' unless the transaction is well formed. */
export function checkTxn(params: TxnParams): void {
  const { compare, success, failure } = params
  if (!Array.isArray(compare) || !Array.isArray(success) || !Array.isArray(failure))
    throw invalid('compare, success and failure must be lists')
  for (const one of params.compare) checkCompare(one)
  for (const operations of [params.success, params.failure]) {
    if (operations.length > bounds.txnOperationsMax || compare.length > bounds.txnOperationsMax)
      throw invalid('etcdserver: too many operations in txn request')
    for (const operation of operations) checkOperation(operation)
    checkWritesApart(operations)
  }
  if (sizeOf(params) > bounds.requestBytesMax) throw invalid('etcdserver: request is too large')
}

/** Throws code 'InvalidRequest' unless the range is well formed. */
export function checkRange(params: RangeParams): void {
  checkKeys(params)
  const { revision = 0, limit = 0 } = params
  if (!isCount(revision)) throw invalid(`revision must be an integer from 0: "${revision}"`)
  if (!isCount(limit)) throw invalid(`limit must be an integer from 0: "${limit}"`)
}

/** Throws code 'InvalidRequest' unless `key` and `end` are keys. */
export function checkKeys({ key, end }: Range): void {
  if (typeof key !== 'string' || (end !== undefined && typeof end !== 'string')) throw invalid('key and end must be texts')
  if (key === '') throw invalid('etcdserver: key is not provided')
  if (!isWellFormed(key)) throw invalid('key is not valid UTF-8')
  if (end !== undefined && !isWellFormed(end)) throw invalid('end is not valid UTF-8')
  if (key.length > bounds.keyBytesMax || (end?.length ?? 0) > bounds.keyBytesMax)
    throw invalid(`a key has at most ${bounds.keyBytesMax} bytes`)
}

function checkCompare(one: Compare): void {
  checkKeys({ key: one.key })
  if (!['=', '!=', '<', '>'].includes(one.is)) throw invalid(`unknown comparison "${one.is}"`)
  if (one.target === 'value') {
    if (!(one.value instanceof Uint8Array)) throw invalid('a value is compared with bytes')
  } else if (!['version', 'createRevision', 'modRevision'].includes(one.target)) throw invalid(`unknown comparison target "${one.target}"`)
  else if (!isCount(one.value)) throw invalid(`${one.target} is compared with an integer from 0`)
}

function checkOperation(operation: Operation): void {
  switch (operation.type) {
    case 'put':
      checkKeys({ key: operation.key })
      if (!(operation.value instanceof Uint8Array)) throw invalid('a value is bytes')
      if (!isCount(operation.lease ?? 0)) throw invalid('a lease is an integer from 0')
      return
    case 'delete':
      return checkKeys(operation)
    case 'range':
      return checkRange(operation)
    default:
      throw invalid(`unknown operation "${(operation as { type: unknown }).type}"`)
  }
}

/** A key is written once in a transaction: no two puts of it, no put under a deletion (etcd checkIntervals). */
function checkWritesApart(operations: readonly Operation[]): void {
  const puts = new Set<string>()
  for (const operation of operations)
    if (operation.type === 'put') {
      if (puts.has(operation.key)) throw invalid('etcdserver: duplicate key given in txn request')
      puts.add(operation.key)
    }
  if (puts.size === 0) return
  for (const operation of operations)
    if (operation.type === 'delete') {
      const range = orderRange(operation)
      for (const key of puts) if (inRange(orderOf(key), range)) throw invalid('etcdserver: duplicate key given in txn request')
    }
}

function sizeOf({ compare, success, failure }: TxnParams): number {
  let bytes = 0
  for (const one of compare) bytes += one.key.length + (one.value instanceof Uint8Array ? one.value.length : 8) + 8
  for (const operations of [success, failure])
    for (const one of operations) bytes += one.key.length + (one.type === 'put' ? one.value.length : (one.end?.length ?? 0)) + 16
  return bytes
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function invalid(message: string): CodedError {
  return new CodedError('InvalidRequest', message)
}
