/**
 * What the key space should do, said as plainly as possible: the whole state is copied for every revision, and everything
 * is found by looking at all of it.
 */
import { CodedError } from '../../src/base/errors.js'
import type {
  Compare,
  KeyValue,
  Operation,
  OperationResult,
  Range,
  RangeParams,
  RangeResult,
  StoreEvent,
  TxnParams,
  TxnResult,
} from '../../src/store/protocol.js'

const utf8Order = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

function within(key: string, { key: from, end }: Range): boolean {
  if (end === undefined) return key === from
  return utf8Order(key, from) >= 0 && (end === '\0' || utf8Order(key, end) < 0)
}

export class NaiveStore {
  revision = 1
  compacted = 0
  /** The state after each revision. */
  readonly states = new Map<number, Map<string, KeyValue>>([[1, new Map()]])
  readonly log = new Map<number, StoreEvent[]>()

  /** Empty, or a copy. */
  constructor(from?: NaiveStore) {
    if (!from) return
    this.revision = from.revision
    this.compacted = from.compacted
    this.states = new Map([...from.states].map(([revision, state]) => [revision, new Map(state)]))
    this.log = new Map([...from.log].map(([revision, events]) => [revision, [...events]]))
  }

  refuse(revision: number): void {
    if (revision > this.revision) throw new CodedError('FutureRevision', '')
    if (revision > 0 && revision < this.compacted) throw new CodedError('Compacted', '')
  }

  range(state: Map<string, KeyValue>, now: number, { revision = 0, limit = 0, keysOnly, countOnly, ...range }: RangeParams): RangeResult {
    const from = revision === 0 ? state : (this.states.get(revision) as Map<string, KeyValue>)
    const all = [...from.values()].filter(({ key }) => within(key, range)).sort((a, b) => utf8Order(a.key, b.key))
    const items = countOnly ? [] : all.slice(0, limit || all.length).map((item) => (keysOnly ? { ...item, value: new Uint8Array() } : item))
    return { revision: now, items, more: !countOnly && items.length < all.length, count: all.length }
  }

  holds(state: Map<string, KeyValue>, { key, target, is, value }: Compare): boolean {
    const item = state.get(key)
    if (target === 'value' && !item) return false
    const order =
      target === 'value' ? Buffer.compare(item?.value as Uint8Array, value as Uint8Array) : (item?.[target] ?? 0) - (value as number)
    return is === '=' ? order === 0 : is === '!=' ? order !== 0 : is === '<' ? order < 0 : order > 0
  }

  txn({ compare, success, failure }: TxnParams): TxnResult {
    const state = new Map(this.states.get(this.revision))
    const events: StoreEvent[] = []
    const succeeded = compare.every((one) => this.holds(state, one))
    const operations = succeeded ? success : failure
    for (const one of operations) if (one.type === 'range') this.refuse(one.revision ?? 0)
    const results = operations.map((one) => this.apply(state, events, one))
    if (events.length > 0) {
      this.revision++
      this.states.set(this.revision, state)
      this.log.set(this.revision, events)
    }
    return { succeeded, revision: this.revision, results }
  }

  apply(state: Map<string, KeyValue>, events: StoreEvent[], one: Operation): OperationResult {
    const modRevision = this.revision + 1
    if (one.type === 'range') return { type: 'range', ...this.range(state, events.length > 0 ? modRevision : this.revision, one) }
    if (one.type === 'put') {
      const previous = state.get(one.key)
      const item: KeyValue = {
        key: one.key,
        value: one.value,
        createRevision: previous?.createRevision ?? modRevision,
        modRevision,
        version: (previous?.version ?? 0) + 1,
        lease: one.lease ?? 0,
      }
      state.set(one.key, item)
      events.push({ type: 'put', item, ...(previous ? { previous } : {}) })
      return { type: 'put', ...(one.previous && previous ? { previous } : {}) }
    }
    const found = [...state.values()].filter(({ key }) => within(key, one)).sort((a, b) => utf8Order(a.key, b.key))
    for (const previous of found) {
      state.delete(previous.key)
      events.push({
        type: 'delete',
        item: { key: previous.key, value: new Uint8Array(), createRevision: 0, modRevision, version: 0, lease: 0 },
        previous,
      })
    }
    return { type: 'delete', deleted: found.length, previous: one.previous ? found : [] }
  }

  compact(revision: number): void {
    if (revision <= this.compacted) throw new CodedError('Compacted', '')
    if (revision > this.revision) throw new CodedError('FutureRevision', '')
    this.compacted = revision
  }

  /** Events by revision, from `first` on. */
  events(first: number): StoreEvent[][] {
    return [...this.log].filter(([revision]) => revision >= first).map(([, events]) => events)
  }
}
