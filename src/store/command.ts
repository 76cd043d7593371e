/**
 * What stands in a normal log entry: one batch of commands from one replica. The batch is encoded once, by the replica
 * that its clients asked; the same bytes are proposed, logged, sent and applied.
 *
 *   batch   = version:1 replica:uint life:uint number:uint command*
 *   command = 1 txn | 2 compaction
 *
 * (replica, life, number) names the batch for ever: `life` counts the starts of the replica, so an entry of an earlier
 * life is never taken for one whose client is waiting now.
 */
import { unreachable } from '../base/assert.js'
import { CodedError } from '../base/errors.js'
import type { ByteReader, ByteWriter } from './bytes.js'
import type { Compare, Operation, RangeParams, TxnParams } from './protocol.js'

export type Command = { readonly type: 'txn'; readonly txn: TxnParams } | { readonly type: 'compact'; readonly revision: number }

export interface BatchId {
  readonly replica: number
  readonly life: number
  readonly number: number
}

const formatVersion = 1
const commandType = { txn: 1, compact: 2 } as const
const targets = ['version', 'createRevision', 'modRevision', 'value'] as const
const relations = ['=', '!=', '<', '>'] as const
const operationType = { put: 1, delete: 2, range: 3 } as const
const flag = { end: 1, previous: 2, keysOnly: 4, countOnly: 8 } as const

/** Begins a batch in `out`. */
export function encodeBatchId(out: ByteWriter, { replica, life, number }: BatchId): void {
  out.byte(formatVersion)
  for (const value of [replica, life, number]) out.uint(value)
}

/** Reads a batch's name; its commands follow until the reader is done. Throws code 'DataCorrupt'. */
export function decodeBatchId(reader: ByteReader): BatchId {
  const version = reader.byte()
  if (version !== formatVersion)
    throw new CodedError('DataCorrupt', `Cannot read a log entry: its format ${version} is not ${formatVersion}`)
  return { replica: reader.uint(), life: reader.uint(), number: reader.uint() }
}

export function encodeCommand(out: ByteWriter, command: Command): void {
  switch (command.type) {
    case 'txn':
      out.byte(commandType.txn)
      out.uint(command.txn.compare.length)
      for (const one of command.txn.compare) encodeCompare(out, one)
      for (const operations of [command.txn.success, command.txn.failure]) {
        out.uint(operations.length)
        for (const one of operations) encodeOperation(out, one)
      }
      return
    case 'compact':
      out.byte(commandType.compact)
      return out.uint(command.revision)
    default:
      return unreachable(command)
  }
}

/** Throws code 'DataCorrupt'. Values are copies, so that the entry's bytes can be let go. */
export function decodeCommand(reader: ByteReader): Command {
  const type = reader.byte()
  if (type === commandType.compact) return { type: 'compact', revision: reader.uint() }
  if (type !== commandType.txn) throw unknown(`a command of type ${type}`)
  const compare = list(reader, decodeCompare)
  const success = list(reader, decodeOperation)
  return { type: 'txn', txn: { compare, success, failure: list(reader, decodeOperation) } }
}

function encodeCompare(out: ByteWriter, { key, target, is, value }: Compare): void {
  out.byte(targets.indexOf(target) * 4 + relations.indexOf(is))
  out.text(key)
  if (typeof value === 'number') out.uint(value)
  else out.blob(value)
}

function decodeCompare(reader: ByteReader): Compare {
  const both = reader.byte()
  const target = targets[both >> 2]
  const is = relations[both & 3]
  if (!target || !is) throw unknown(`a comparison of type ${both}`)
  const key = reader.text()
  return { key, target, is, value: target === 'value' ? reader.blob() : reader.uint() }
}

function encodeOperation(out: ByteWriter, operation: Operation): void {
  out.byte(operationType[operation.type])
  const flags =
    (operation.type !== 'put' && operation.end !== undefined ? flag.end : 0) |
    (operation.type !== 'range' && operation.previous ? flag.previous : 0)
  switch (operation.type) {
    case 'put':
      out.byte(flags)
      out.text(operation.key)
      out.uint(operation.lease ?? 0)
      return out.blob(operation.value)
    case 'delete':
      out.byte(flags)
      out.text(operation.key)
      if (operation.end !== undefined) out.text(operation.end)
      return
    case 'range':
      out.byte(flags | (operation.keysOnly ? flag.keysOnly : 0) | (operation.countOnly ? flag.countOnly : 0))
      out.text(operation.key)
      if (operation.end !== undefined) out.text(operation.end)
      out.uint(operation.revision ?? 0)
      return out.uint(operation.limit ?? 0)
    default:
      return unreachable(operation)
  }
}

function decodeOperation(reader: ByteReader): Operation {
  const type = reader.byte()
  const flags = reader.byte()
  const key = reader.text()
  const previous = (flags & flag.previous) !== 0
  if (type === operationType.put) {
    const lease = reader.uint()
    return { type: 'put', key, lease, value: reader.copy(), previous }
  }
  const range = (flags & flag.end) !== 0 ? { key, end: reader.text() } : { key }
  if (type === operationType.delete) return { type: 'delete', ...range, previous }
  if (type !== operationType.range) throw unknown(`an operation of type ${type}`)
  const params: RangeParams = {
    ...range,
    revision: reader.uint(),
    limit: reader.uint(),
    keysOnly: (flags & flag.keysOnly) !== 0,
    countOnly: (flags & flag.countOnly) !== 0,
  }
  return { type: 'range', ...params }
}

function list<T>(reader: ByteReader, one: (reader: ByteReader) => T): T[] {
  const items: T[] = []
  for (let left = reader.uint(); left > 0; left--) items.push(one(reader))
  return items
}

function unknown(what: string): CodedError {
  return new CodedError('DataCorrupt', `Cannot read a log entry: it has ${what}`)
}
