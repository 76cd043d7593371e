/**
 * A StoreClient in memory with etcd's semantics: one revision per writing transaction, MVCC reads, compaction, watches
 * that replay and never split a revision. For tests of what sits on the store; `faults` makes transactions fail before
 * or after they were applied, as a real store's can.
 */
import { CodedError } from '../../src/base/errors.js'
import type { StoreClient } from '../../src/store/client.js'
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
  WatchItem,
  WatchParams,
} from '../../src/store/protocol.js'

export interface MemoryStore extends StoreClient {
  readonly revision: number
  /** Called before each transaction: what is to go wrong with it. */
  faults: { onTxn?: (params: TxnParams) => 'lost-before' | 'lost-after' | undefined }
  /** Transactions asked for, those that were refused included. */
  txns: number
  /** Stops delivering watch events until the returned function is called. */
  holdWatches(): () => void
}

interface Version {
  readonly item: KeyValue
  readonly deleted: boolean
}

const empty = new Uint8Array()
const inRange = (key: string, { key: from, end }: Range): boolean =>
  end === undefined ? key === from : key >= from && (end === '\0' || key < end)

export function createMemoryStore(): MemoryStore {
  const versions = new Map<string, Version[]>()
  let keys: string[] = []
  const history: { revision: number; events: StoreEvent[] }[] = []
  const watchers = new Set<() => void>()
  let revision = 1
  let compacted = 0
  let held = 0

  /** Where the key is or would be among the sorted keys. */
  const placeOf = (key: string): number => {
    let low = 0
    let high = keys.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((keys[middle] as string) < key) low = middle + 1
      else high = middle
    }
    return low
  }
  const keysIn = ({ key, end }: Range): string[] => {
    if (end === undefined) return versions.has(key) ? [key] : []
    return keys.slice(placeOf(key), end === '\0' ? keys.length : placeOf(end))
  }
  const at = (key: string, wanted: number): KeyValue | undefined => {
    const list = versions.get(key) ?? []
    for (let i = list.length - 1; i >= 0; i--) {
      const one = list[i] as Version
      if (one.item.modRevision <= wanted) return one.deleted ? undefined : one.item
    }
    return undefined
  }
  const check = (wanted: number): void => {
    if (wanted > revision) throw new CodedError('FutureRevision', `Cannot read revision ${wanted}: the store is at ${revision}`)
    if (wanted < compacted)
      throw new CodedError('Compacted', `Cannot read revision ${wanted}: compacted at ${compacted}`, {
        details: { compactRevision: compacted },
      })
  }
  const range = (params: RangeParams): RangeResult => {
    const wanted = params.revision || revision
    check(wanted)
    const found = keysIn(params).flatMap((key) => at(key, wanted) ?? [])
    const cut = params.limit ? found.slice(0, params.limit) : found
    const items = params.countOnly ? [] : params.keysOnly ? cut.map((item) => ({ ...item, value: empty })) : cut
    return { revision, items, more: cut.length < found.length, count: found.length }
  }
  const holds = ({ key, target, is, value }: Compare): boolean => {
    const item = at(key, revision)
    if (target === 'value') {
      const a = item?.value ?? empty
      const b = value as Uint8Array
      const order = Buffer.compare(a, b)
      return is === '=' ? order === 0 : is === '!=' ? order !== 0 : is === '<' ? order < 0 : order > 0
    }
    const a = item?.[target] ?? 0
    return is === '=' ? a === value : is === '!=' ? a !== value : is === '<' ? a < (value as number) : a > (value as number)
  }
  const record = (key: string, version: Version): void => {
    const list = versions.get(key)
    if (list) {
      if ((list.at(-1) as Version).item.modRevision === version.item.modRevision) list.pop()
      list.push(version)
    } else {
      versions.set(key, [version])
      keys.splice(placeOf(key), 0, key)
    }
  }
  const apply = (operations: readonly Operation[]): OperationResult[] => {
    const next = revision + 1
    const events: StoreEvent[] = []
    const results = operations.map((operation): OperationResult => {
      if (operation.type === 'range') return { type: 'range', ...range(operation) }
      if (operation.type === 'put') {
        const old = at(operation.key, next)
        const item: KeyValue = {
          key: operation.key,
          value: operation.value,
          createRevision: old?.createRevision ?? next,
          modRevision: next,
          version: (old?.version ?? 0) + 1,
          lease: operation.lease ?? 0,
        }
        record(operation.key, { item, deleted: false })
        events.push({ type: 'put', item, ...(old ? { previous: old } : {}) })
        return { type: 'put', ...(operation.previous && old ? { previous: old } : {}) }
      }
      const gone = keysIn(operation).flatMap((key) => at(key, next) ?? [])
      for (const old of gone) {
        const item: KeyValue = { key: old.key, value: empty, createRevision: 0, modRevision: next, version: 0, lease: 0 }
        record(old.key, { item, deleted: true })
        events.push({ type: 'delete', item, previous: old })
      }
      return { type: 'delete', deleted: gone.length, previous: operation.previous ? gone : [] }
    })
    if (events.length > 0) {
      revision = next
      history.push({ revision, events })
      for (const wake of [...watchers]) wake()
    }
    return results
  }

  const store: MemoryStore = {
    faults: {},
    txns: 0,
    get revision() {
      return revision
    },
    async range(params) {
      await Promise.resolve()
      return range(params)
    },
    async txn(params): Promise<TxnResult> {
      store.txns++
      const fault = store.faults.onTxn?.(params)
      await Promise.resolve()
      const lost = () => new CodedError('ActorDown', 'Cannot call txn: the peer died after the message was sent')
      if (fault === 'lost-before') throw lost()
      const succeeded = params.compare.every(holds)
      const results = apply(succeeded ? params.success : params.failure)
      await Promise.resolve()
      if (fault === 'lost-after') throw lost()
      return { succeeded, revision, results }
    },
    async readRevision() {
      await Promise.resolve()
      return revision
    },
    async compact(to) {
      if (to > revision) throw new CodedError('FutureRevision', `Cannot compact at ${to}: the store is at ${revision}`)
      if (to <= compacted) return
      compacted = to
      for (const [key, list] of versions) {
        let keep = 0
        for (let i = 0; i < list.length; i++) if ((list[i] as Version).item.modRevision <= to) keep = i
        const kept = list.slice(keep)
        const first = kept[0]
        if (first?.deleted && first.item.modRevision <= to) kept.shift()
        if (kept.length > 0) versions.set(key, kept)
        else versions.delete(key)
      }
      keys = keys.filter((key) => versions.has(key))
      while (history[0] && history[0].revision < to) history.shift()
    },
    watch: (params, options) => watch(params, options?.signal),
    holdWatches() {
      held++
      return () => {
        held--
        for (const wake of [...watchers]) wake()
      }
    },
  }

  async function* watch(params: WatchParams, signal?: AbortSignal): AsyncGenerator<WatchItem> {
    let next = params.startRevision || revision + 1
    if (next <= compacted)
      throw new CodedError('Compacted', `Cannot watch from ${next}: compacted at ${compacted}`, { details: { compactRevision: compacted } })
    yield { revision: next - 1, events: [] }
    for (;;) {
      if (signal?.aborted) return
      if (held === 0) {
        for (const one of history.slice(Math.max(0, next - (history[0]?.revision ?? next)))) {
          if (signal?.aborted) return
          next = one.revision + 1
          const events = one.events.filter((event) => inRange(event.item.key, params))
          if (events.length > 0) yield { revision: one.revision, events }
        }
        if (history.length > 0 && (history.at(-1) as { revision: number }).revision >= next) continue
      }
      await new Promise<void>((resolve) => {
        const wake = () => {
          watchers.delete(wake)
          signal?.removeEventListener('abort', wake)
          resolve()
        }
        watchers.add(wake)
        signal?.addEventListener('abort', wake, { once: true })
      })
    }
  }
  return store
}
