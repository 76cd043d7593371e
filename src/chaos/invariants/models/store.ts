/**
 * The store: a key space with revisions and transactions, as etcd's. Revisions belong to the whole key space, so it is one part; they
 * also tell where nearly every operation must stand, so that the search stays short however many clients there are.
 *
 * Written from the protocol, not from the store's own code, whose mistakes it must not repeat. Every writer has to be recorded: one
 * that is not looks like a revision out of nowhere. Serializable reads and reads at a revision make no promise about when they
 * take place: they are not given to this model, but to store-reads.ts. Leases are kept with a key and never run out.
 */
import { compareKeys, isInRange, type KeyRange } from '../key-range.js'
import type { Model, Step } from '../model.js'
import type {
  RecordedCompare,
  RecordedEvent,
  RecordedItem,
  RecordedOperation,
  RecordedRange,
  RecordedResult,
  StoreInput,
  StoreOutput,
} from '../store-history.js'

/** The key space at one revision. Never changed once made. */
export interface StoreState {
  readonly revision: number
  /** A hash of all items. */
  readonly hash: number
  /** Items by key, spread over a few maps so that a write copies little. */
  readonly shards: readonly ReadonlyMap<string, RecordedItem>[]
}

const shardsCount = 64
const emptyShards: readonly ReadonlyMap<string, RecordedItem>[] = Array.from({ length: shardsCount }, () => new Map())

/** The key space that holds `items` at `revision`: what was there before the history began. */
export function storeState(revision: number, items: readonly RecordedItem[] = []): StoreState {
  const draft = new Draft({ revision, hash: 0, shards: emptyShards })
  for (const item of items) draft.set(item.key, item)
  return { ...draft.state(), revision }
}

/** The store, from a known state on. An empty store is at revision 1 (etcd's is, too). */
export function createStoreModel(
  initial: StoreState = storeState(1),
  permits?: (before: StoreState, after: StoreState) => boolean,
): Model<StoreState, StoreInput, StoreOutput> {
  return {
    ...(permits ? { permits } : {}),
    name: 'store',
    initial,
    apply: (state, input) =>
      input.type === 'range' ? { state, output: { type: 'range', ...rangeOf(state, input) } } : applyTxn(state, input),
    accepts,
    // The revision is that of the store, and unchanged, when nothing was written: such a transaction has only ranges, or found nothing to delete.
    changesNothing: (input, output) =>
      output.type === 'range' ||
      (input.type === 'txn' && (output.succeeded ? input.success : input.failure).every(({ type }) => type === 'range')),
    key: (state) => `${state.revision} ${state.hash}`,
    equal: (a, b) => a.revision === b.revision && a.shards.every((shard, at) => isSameShard(shard, b.shards[at])),
    describeState: (state) => `the store is at revision ${state.revision}`,
    describe: describeInput,
    describeOutput: (output) =>
      output.type === 'txn'
        ? `${output.succeeded ? 'succeeded' : 'failed'} at revision ${output.revision} ${JSON.stringify(output.results)}`
        : `${output.count} keys at revision ${output.revision} ${JSON.stringify(output.items)}`,
  }
}

/** The items of a range in a state, ordered by key. */
export function rangeOf(
  state: StoreState,
  range: KeyRange & { readonly limit?: number; readonly keysOnly?: boolean; readonly countOnly?: boolean },
): RecordedRange {
  const found: RecordedItem[] = []
  if (range.end === undefined) {
    const item = shardOf(state, range.key).get(range.key)
    if (item) found.push(item)
  } else for (const shard of state.shards) for (const item of shard.values()) if (isInRange(item.key, range)) found.push(item)
  found.sort((a, b) => compareKeys(a.key, b.key))
  const { limit = 0 } = range
  const items = range.countOnly ? [] : limit > 0 ? found.slice(0, limit) : found
  return {
    revision: state.revision,
    items: range.keysOnly ? items.map((item) => ({ ...item, value: '' })) : items,
    more: !range.countOnly && items.length < found.length,
    count: found.length,
  }
}

/** What changed between a state and the one that a single transaction makes of it. */
export function changesBetween(before: StoreState, after: StoreState): RecordedEvent[] {
  const events: RecordedEvent[] = []
  for (const [at, shard] of after.shards.entries()) {
    const old = before.shards[at]
    if (old === undefined || old === shard) continue
    for (const [key, item] of shard) if (old.get(key) !== item) events.push({ type: 'put', item })
    for (const [key, item] of old)
      if (!shard.has(key)) events.push({ type: 'delete', item: { ...item, value: '', modRevision: after.revision } })
  }
  return events
}

function applyTxn(state: StoreState, { compare, success, failure }: StoreInput & { readonly type: 'txn' }): Step<StoreState, StoreOutput> {
  const succeeded = compare.every((one) => holds(shardOf(state, one.key).get(one.key), one))
  const draft = new Draft(state)
  const results = (succeeded ? success : failure).map((operation) => applyOperation(draft, operation))
  const after = draft.state()
  return { state: after, output: { type: 'txn', succeeded, revision: after.revision, results } }
}

function applyOperation(draft: Draft, operation: RecordedOperation): RecordedResult {
  switch (operation.type) {
    case 'range':
      return { type: 'range', ...rangeOf(draft.now(), operation) }
    case 'put': {
      const { key, value, lease = 0 } = operation
      const before = draft.get(key)
      const createRevision = before?.createRevision ?? draft.revision
      draft.set(key, { key, value, createRevision, modRevision: draft.revision, version: (before?.version ?? 0) + 1, lease })
      return operation.previous && before ? { type: 'put', previous: before } : { type: 'put' }
    }
    case 'delete': {
      const { items } = rangeOf(draft.now(), { key: operation.key, ...(operation.end === undefined ? {} : { end: operation.end }) })
      for (const { key } of items) draft.set(key, undefined)
      return { type: 'delete', deleted: items.length, previous: operation.previous ? items : [] }
    }
  }
}

/** An absent key has version and revisions 0, and no value: a comparison with that fails. */
function holds(item: RecordedItem | undefined, { target, is, value }: RecordedCompare): boolean {
  const own = target === 'value' ? item?.value : (item?.[target] ?? 0)
  if (own === undefined) return false
  if (is === '=') return own === value
  if (is === '!=') return own !== value
  return is === '<' ? own < value : own > value
}

/** A state being changed by one transaction: all its writes have the next revision. */
class Draft {
  readonly revision: number
  readonly #before: StoreState
  #shards: ReadonlyMap<string, RecordedItem>[] | undefined
  #hash: number

  constructor(state: StoreState) {
    this.#before = state
    this.#hash = state.hash
    this.revision = state.revision + 1
  }

  get(key: string): RecordedItem | undefined {
    return (this.#shards ?? this.#before.shards)[shardAt(key)]?.get(key)
  }

  set(key: string, item: RecordedItem | undefined): void {
    const at = shardAt(key)
    this.#shards ??= [...this.#before.shards]
    const shard = new Map(this.#shards[at])
    const before = shard.get(key)
    if (before) this.#hash ^= hashOf(before)
    if (item) {
      shard.set(key, item)
      this.#hash ^= hashOf(item)
    } else shard.delete(key)
    this.#shards[at] = shard
  }

  /** What a range in the transaction sees: its own writes, and the revision they will have. */
  now(): StoreState {
    return this.#shards ? { revision: this.revision, hash: this.#hash, shards: this.#shards } : this.#before
  }

  state(): StoreState {
    return this.now()
  }
}

function accepts(expected: StoreOutput, seen: StoreOutput): boolean {
  if (expected.type === 'range') return seen.type === 'range' && isSameRange(expected, seen)
  if (seen.type !== 'txn' || seen.succeeded !== expected.succeeded || seen.revision !== expected.revision) return false
  return seen.results.length === expected.results.length && expected.results.every((result, at) => isSameResult(result, seen.results[at]))
}

function isSameResult(expected: RecordedResult, seen: RecordedResult | undefined): boolean {
  if (expected.type === 'put') return seen?.type === 'put' && isSameItem(expected.previous, seen.previous)
  if (expected.type === 'range') return seen?.type === 'range' && isSameRange(expected, seen)
  return seen?.type === 'delete' && seen.deleted === expected.deleted && areSameItems(expected.previous, seen.previous)
}

/** An answer may be cut off where it grows too large; it then says that there is more. */
function isSameRange(expected: RecordedRange, seen: RecordedRange): boolean {
  if (seen.revision !== expected.revision || seen.count !== expected.count) return false
  if (seen.more && seen.items.length > 0 && seen.items.length < expected.items.length)
    return areSameItems(expected.items.slice(0, seen.items.length), seen.items)
  return seen.more === expected.more && areSameItems(expected.items, seen.items)
}

function areSameItems(a: readonly RecordedItem[], b: readonly RecordedItem[]): boolean {
  return a.length === b.length && a.every((item, at) => isSameItem(item, b[at]))
}

function isSameItem(a: RecordedItem | undefined, b: RecordedItem | undefined): boolean {
  if (a === b) return true
  if (!a || !b) return false
  const isSameVersion = a.modRevision === b.modRevision && a.createRevision === b.createRevision && a.version === b.version
  return isSameVersion && a.key === b.key && a.value === b.value && a.lease === b.lease
}

function isSameShard(a: ReadonlyMap<string, RecordedItem>, b: ReadonlyMap<string, RecordedItem> | undefined): boolean {
  if (a === b) return true
  return b !== undefined && a.size === b.size && [...a].every(([key, item]) => isSameItem(item, b.get(key)))
}

function shardOf(state: StoreState, key: string): ReadonlyMap<string, RecordedItem> {
  return state.shards[shardAt(key)] as ReadonlyMap<string, RecordedItem>
}

function shardAt(key: string): number {
  return (hashText(key) >>> 0) % shardsCount
}

function hashOf({ key, value, modRevision, version }: RecordedItem): number {
  return Math.imul(hashText(key) ^ Math.imul(hashText(value), 31) ^ Math.imul(modRevision, 0x9e3779b1) ^ version, 0x85ebca6b)
}

function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash ^ (hash >>> 15)
}

function describeInput(input: StoreInput): string {
  const range = ({ key, end }: KeyRange): string => (end === undefined ? key : `[${key}, ${end === '\0' ? 'end' : end})`)
  if (input.type === 'range') return `range ${range(input)}`
  const one = (operation: RecordedOperation): string =>
    operation.type === 'put' ? `put ${operation.key}` : `${operation.type} ${range(operation)}`
  const compare = input.compare.map(({ key, target, is, value }) => `${target} of ${key} ${is} ${value}`).join(' and ')
  const list = (operations: readonly RecordedOperation[]): string => operations.map(one).join(', ') || 'nothing'
  return compare === '' ? `txn ${list(input.success)}` : `txn if ${compare} then ${list(input.success)} else ${list(input.failure)}`
}
