/**
 * The versioned key space: every key with all its versions since the compact revision, and the history of revisions
 * that watches read. etcd's semantics (server/storage/mvcc): the empty store is at revision 1, each transaction that
 * writes takes the next one, a deletion leaves a tombstone, reads go to any revision from the compact revision on.
 *
 * KeyValue objects are made once, at the write, and shared from then on by versions, answers and events: never change one.
 *
 * Invariants (check()): versions of a key ascend in modRevision, none is above the revision (or one above, in the middle of a
 * write); createRevision <= modRevision; live counts keys whose newest version is no tombstone; the hash is the sum of
 * theirs.
 *
 * Next: txn.ts for compare / then / else, snapshot.ts for how it is stored whole.
 */
import { assert } from '../../base/assert.js'
import { CodedError } from '../../base/errors.js'
import { bounds } from '../bounds.js'
import { crc32c } from '../crc32c.js'
import type { KeyValue, Range, RangeParams, RangeResult, StoreEvent } from '../protocol.js'
import { type Change, History } from './history.js'
import { KeyIndex } from './key-index.js'
import { keyOf, type OrderRange, orderOf, orderRange } from './key-order.js'

interface KeyRecord {
  readonly order: string
  /** Ascending; a version of 0 is a tombstone. */
  readonly versions: KeyValue[]
  /** itemHash of the newest version; 0 for a tombstone. */
  hash: number
}

const nothing = new Uint8Array(0)

export class Keyspace {
  readonly #index = new KeyIndex<KeyRecord>()
  #history: History
  #revision: number
  #compactRevision = 0
  #live = 0
  #hash = 0
  #pins = 0
  /** Changes of the write under way. */
  #pending: Change[] = []

  /** An empty key space, which is at revision 1, or at the one from which it is to be filled. */
  constructor(revision = 1) {
    this.#revision = revision
    this.#history = new History(revision + 1)
  }

  get revision(): number {
    return this.#revision
  }

  /** 0 until the first compaction. */
  get compactRevision(): number {
    return this.#compactRevision
  }

  /** Keys that are there now. */
  get keys(): number {
    return this.#live
  }

  /** Sum of the CRC-32Cs of all keys that are there now, modulo 2^32: the same however the state came about. */
  get hash(): number {
    return this.#hash
  }

  get history(): History {
    return this.#history
  }

  /** Whether a read at `revision` can be answered: the error if not. 0 is the newest. */
  refusal(revision: number): CodedError | undefined {
    if (revision === 0) return undefined
    if (revision > this.#revision) return new CodedError('FutureRevision', 'mvcc: required revision is a future revision')
    if (revision < this.#compactRevision) return compacted(this.#compactRevision)
    return undefined
  }

  /** The newest version of a key; undefined when it is absent. */
  get(key: string): KeyValue | undefined {
    const record = this.#index.get(orderOf(key))
    return record && live(record)
  }

  /** Throws codes 'Compacted' and 'FutureRevision'. */
  range(params: RangeParams): RangeResult {
    const { revision = 0, limit = 0, keysOnly = false, countOnly = false } = params
    const refusal = this.refusal(revision)
    if (refusal) throw refusal
    const items: KeyValue[] = []
    let count = 0
    let room: number = bounds.rangeBytesMax
    const visit = (record: KeyRecord): boolean => {
      const item = revision === 0 ? live(record) : liveAt(record, revision)
      if (!item) return true
      count++
      if (countOnly || (limit > 0 && items.length >= limit) || room <= 0) return true
      items.push(keysOnly ? { ...item, value: nothing } : item)
      room -= item.key.length + (keysOnly ? 64 : item.value.length + 64)
      return true
    }
    if (params.end === undefined) {
      const record = this.#index.get(orderOf(params.key))
      if (record) visit(record)
    } else this.#index.scan(orderRange(params), visit)
    return { revision: this.#seen(), items, more: !countOnly && count > items.length, count }
  }

  /** Puts a key in the write under way. Returns the version before. */
  put(key: string, value: Uint8Array, lease: number): KeyValue | undefined {
    const order = orderOf(key)
    const previous = this.get(key)
    const modRevision = this.#revision + 1
    const item: KeyValue = {
      key,
      value,
      createRevision: previous?.createRevision ?? modRevision,
      modRevision,
      version: (previous?.version ?? 0) + 1,
      lease,
    }
    this.#write(order, item, previous)
    return previous
  }

  /** Deletes the keys of a range in the write under way. Returns their last versions. */
  delete(range: Range): KeyValue[] {
    const found: KeyValue[] = []
    const collect = (record: KeyRecord): boolean => {
      const item = live(record)
      if (item) found.push(item)
      return true
    }
    if (range.end === undefined) {
      const record = this.#index.get(orderOf(range.key))
      if (record) collect(record)
    } else this.#index.scan(orderRange(range), collect)
    const modRevision = this.#revision + 1
    for (const previous of found) {
      const item: KeyValue = { key: previous.key, value: nothing, createRevision: 0, modRevision, version: 0, lease: 0 }
      this.#write(orderOf(previous.key), item, previous)
    }
    return found
  }

  /** Ends the write under way: all its changes become one revision, if there are any. Returns the revision then. */
  commit(): number {
    if (this.#pending.length === 0) return this.#revision
    this.#revision++
    this.#history.push(this.#revision, this.#pending)
    this.#pending = []
    return this.#revision
  }

  /**
   * Forgets versions that no read from `revision` on can see. Throws codes 'Compacted' (not above the last one) and
   * 'FutureRevision'. The state just before `revision` is kept as well: a watch from there tells previous values.
   */
  compact(revision: number): void {
    if (revision <= this.#compactRevision) throw compacted(this.#compactRevision)
    if (revision > this.#revision) throw new CodedError('FutureRevision', 'mvcc: required revision is a future revision')
    this.#compactRevision = revision
    this.trim()
  }

  /**
   * Lets the memory of what was compacted go, a piece at a time; returns whether there is more. Nothing that can be asked
   * of the key space shows how far this is. Keys that changed below the compact revision are the only ones with
   * something to forget.
   */
  trim(): boolean {
    if (this.#pins > 0) return false
    const { first } = this.#history
    const end = Math.min(this.#compactRevision, first + bounds.trimRevisionsMax)
    for (let revision = first; revision < end; revision++)
      for (const { order } of this.#history.at(revision)) {
        const record = this.#index.get(order)
        if (!record) continue
        const { versions } = record
        const below = newestAt(versions, this.#compactRevision - 1)
        if (below < 0) continue
        versions.splice(0, (versions[below] as KeyValue).version === 0 ? below + 1 : below)
        if (versions.length === 0) this.#index.remove(order)
      }
    this.#history.dropBefore(end)
    return end < this.#compactRevision
  }

  /**
   * Keeps every version and revision that is here now until released, whatever is compacted meanwhile (reads obey the
   * compact revision all the same). For writing a snapshot in pieces.
   */
  pin(): () => void {
    this.#pins++
    let pinned = true
    return () => {
      if (!pinned) return
      pinned = false
      this.#pins--
      this.trim()
    }
  }

  /** Up to `count` keys after `after` with the versions that were there before `revision`: the base of a snapshot. */
  baseAfter(after: string | undefined, revision: number, count: number): { readonly items: KeyValue[]; readonly last: string | undefined } {
    const range: OrderRange = { low: after === undefined ? '' : `${orderOf(after)}\0`, high: undefined }
    const items: KeyValue[] = []
    let seen = 0
    let last: string | undefined
    this.#index.scan(range, (record) => {
      const item = liveAt(record, revision - 1)
      if (item) items.push(item)
      last = keyOf(record.order)
      return ++seen < count
    })
    return { items, last: seen < count ? undefined : last }
  }

  /** Puts a key as it was into a key space that is being filled; keys come in any order, each once. */
  restore(item: KeyValue): void {
    const hash = itemHash(item)
    this.#index.insert({ order: orderOf(item.key), versions: [item], hash })
    this.#live++
    this.#hash = (this.#hash + hash) >>> 0
  }

  /** @internal Asserts the invariants. */
  check(): void {
    this.#index.check()
    let keys = 0
    let hash = 0
    this.#index.scan({ low: '', high: undefined }, (record) => {
      assert(record.versions.length > 0, 'a record has a version')
      let before = 0
      for (const item of record.versions) {
        assert(orderOf(item.key) === record.order && item.modRevision > before && item.modRevision <= this.#revision, 'versions ascend')
        assert(item.createRevision <= item.modRevision, 'a key is created before it is changed')
        before = item.modRevision
      }
      const item = live(record)
      assert(record.hash === (item ? itemHash(item) : 0), 'the hash of a record is that of its newest version')
      if (item) keys++
      hash = (hash + record.hash) >>> 0
      return true
    })
    assert(keys === this.#live, 'live keys are counted')
    assert(hash === this.#hash, 'the hash is the sum of the records')
    assert(this.#history.last === this.#revision, 'history reaches the revision')
  }

  /** The revision a read sees: that of the write under way once it has changed something. */
  #seen(): number {
    return this.#pending.length > 0 ? this.#revision + 1 : this.#revision
  }

  #write(order: string, item: KeyValue, previous: KeyValue | undefined): void {
    let record = this.#index.get(order)
    if (!record) {
      record = { order, versions: [], hash: 0 }
      this.#index.insert(record)
    }
    record.versions.push(item)
    const hash = item.version === 0 ? 0 : itemHash(item)
    this.#hash = (this.#hash - record.hash + hash) >>> 0
    record.hash = hash
    this.#live += (item.version === 0 ? 0 : 1) - (previous ? 1 : 0)
    const event: StoreEvent = { type: item.version === 0 ? 'delete' : 'put', item }
    this.#pending.push({ order, event, full: previous ? { ...event, previous } : event })
  }
}

function compacted(compactRevision: number): CodedError {
  return new CodedError('Compacted', 'mvcc: required revision has been compacted', { details: { compactRevision } })
}

function live({ versions }: KeyRecord): KeyValue | undefined {
  const item = versions[versions.length - 1]
  return item && item.version > 0 ? item : undefined
}

function liveAt({ versions }: KeyRecord, revision: number): KeyValue | undefined {
  const item = versions[newestAt(versions, revision)]
  return item && item.version > 0 ? item : undefined
}

/** The position of the newest version at or below `revision`; -1 when there is none. */
function newestAt(versions: readonly KeyValue[], revision: number): number {
  let low = 0
  let high = versions.length
  if (high > 0 && (versions[high - 1] as KeyValue).modRevision <= revision) return high - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((versions[middle] as KeyValue).modRevision <= revision) low = middle + 1
    else high = middle
  }
  return low - 1
}

const scratch = new Uint8Array(40)
const scratchView = new DataView(scratch.buffer)

/** A checksum over all that a client can see of a key. */
function itemHash({ key, value, createRevision, modRevision, version, lease }: KeyValue): number {
  scratchView.setFloat64(0, createRevision)
  scratchView.setFloat64(8, modRevision)
  scratchView.setFloat64(16, version)
  scratchView.setFloat64(24, lease)
  scratchView.setFloat64(32, value.length)
  let crc = crc32c(scratch)
  for (let i = 0; i < key.length; i++) crc = (Math.imul(crc ^ key.charCodeAt(i), 0x9e3779b1) >>> 0) ^ (crc >>> 15)
  return crc32c(value, crc >>> 0)
}
