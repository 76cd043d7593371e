/**
 * What clients asked the store and what it answered, in a form that JSON holds: values as texts. Recording an answer turns it into this
 * form at once, so that a history keeps no message alive. Read next: models/store.ts, watch-guarantees.ts.
 */
import type {
  Compare,
  KeyValue,
  Operation,
  OperationResult,
  RangeParams,
  RangeResult,
  StoreEvent,
  TxnParams,
  TxnResult,
} from '../../store/protocol.js'
import type { History } from '../history.js'

/** The protocol's own types with values as texts. */
type Textual<T> = T extends Uint8Array
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Textual<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Textual<T[Key]> }
      : T

export type RecordedItem = Textual<KeyValue>
export type RecordedCompare = Textual<Compare>
export type RecordedOperation = Textual<Operation>
export type RecordedResult = Textual<OperationResult>
export type RecordedEvent = Textual<StoreEvent>
export type RecordedRange = Textual<RangeResult>

/** A read is a range of its own; 'compact' and 'readRevision' are not recorded. */
export type StoreInput = ({ readonly type: 'txn' } & Textual<TxnParams>) | ({ readonly type: 'range' } & RangeParams)

export type StoreOutput = ({ readonly type: 'txn' } & Textual<TxnResult>) | ({ readonly type: 'range' } & RecordedRange)

/** A watch as it was asked for. `startRevision` 0: from when it was opened. */
export interface StoreWatchRequest {
  readonly key: string
  readonly end?: string
  readonly startRevision?: number
  readonly previous?: boolean
}

export type StoreHistory = History<StoreInput, StoreOutput, StoreWatchRequest, RecordedEvent>

/** Values up to this size are kept as they are; of longer ones, their length and a hash. */
const valueBytesMax = 64

/**
 * The text that stands for a value: each byte a character, or `<length>:<hash>` of a long one. Equal for equal values; of two long
 * ones, different for different ones with a probability of 1 - 2^-64 unless somebody wants it otherwise.
 */
export function recordValue(value: Uint8Array): string {
  if (value.length <= valueBytesMax) return String.fromCharCode(...value)
  let [a, b] = [0x811c9dc5, 0x9747b28c]
  for (const byte of value) {
    a = Math.imul(a ^ byte, 0x01000193)
    b = Math.imul(b ^ (byte + 1), 0x85ebca6b)
    b ^= b >>> 13
  }
  return `${value.length}:${hex(a)}${hex(b)}`
}

/** A message of the store, or a part of one, in recorded form. */
export function recorded<T>(message: T): Textual<T> {
  return textual(message) as Textual<T>
}

function textual(value: unknown): unknown {
  if (value instanceof Uint8Array) return recordValue(value)
  if (Array.isArray(value)) return value.map(textual)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, textual(field)]))
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0')
}
