/** The key space against a naive model, its bounds, snapshots of it, and watches over it. */
import fc from 'fast-check'
import t from 'tap'
import { CodedError } from '../../src/base/errors.js'
import { ByteReader, ByteWriter } from '../../src/store/bytes.js'
import { prefixEnd } from '../../src/store/client.js'
import { type Command, decodeCommand, encodeCommand } from '../../src/store/command.js'
import { crc32c } from '../../src/store/crc32c.js'
import { KeyIndex } from '../../src/store/mvcc/key-index.js'
import { isWellFormed, keyOf, orderOf } from '../../src/store/mvcc/key-order.js'
import { Keyspace } from '../../src/store/mvcc/keyspace.js'
import { createKeyspaceLoader, takeSnapshot } from '../../src/store/mvcc/snapshot.js'
import { applyTxn, checkTxn } from '../../src/store/mvcc/txn.js'
import type { Compare, KeyValue, Operation, RangeParams, TxnParams } from '../../src/store/protocol.js'
import { NaiveStore } from '../support/naive-store.js'
import { always, bytes, put } from '../support/store-world.js'

const seed = Number(process.env['TROUPE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const runs = { seed, numRuns: 300 }
t.comment(`seed ${seed}`)
t.setTimeout(300_000)

const codeOf = (run: () => unknown): string => {
  try {
    run()
    return 'ok'
  } catch (error) {
    return error instanceof CodedError ? error.code : `bug: ${String(error)}`
  }
}

const utf8Order = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

// Few keys, so that they meet; some of them of the kind that UTF-16 orders otherwise.
const key = fc.constantFrom('a', 'a/1', 'a/2', 'b', 'b\0', 'b/é', 'c', '\ue000', '\ufffd', '\u{10000}', '\u{1f600}', '\ud7ff')
const value = fc.constantFrom('', 'x', 'y', 'zz').map(bytes)
const end = fc.option(fc.oneof(key, fc.constant('\0')), { nil: undefined })
const withEnd = (one: { key: string; end: string | undefined }) =>
  one.end === undefined ? { key: one.key } : { key: one.key, end: one.end }
const range = fc
  .record({
    key,
    end,
    revision: fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat(14) }),
    limit: fc.nat(3),
    keysOnly: fc.boolean(),
    countOnly: fc.boolean(),
  })
  .map(({ end: last, ...rest }): RangeParams => (last === undefined ? rest : { ...rest, end: last }))
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant('put' as const), key, value, lease: fc.nat(3), previous: fc.boolean() }) },
  fc.record({ key, end, previous: fc.boolean() }).map((one): Operation => ({ type: 'delete', previous: one.previous, ...withEnd(one) })),
  range.map((one): Operation => ({ type: 'range', ...one })),
)
const compare: fc.Arbitrary<Compare> = fc.oneof(
  fc.record({
    key,
    target: fc.constantFrom('version' as const, 'createRevision' as const, 'modRevision' as const),
    is: fc.constantFrom('=' as const, '!=' as const, '<' as const, '>' as const),
    value: fc.nat(6),
  }),
  fc.record({
    key,
    target: fc.constant('value' as const),
    is: fc.constantFrom('=' as const, '!=' as const, '<' as const, '>' as const),
    value,
  }),
)
const txn: fc.Arbitrary<TxnParams> = fc
  .record({
    compare: fc.array(compare, { maxLength: 2 }),
    success: fc.array(operation, { maxLength: 4 }),
    failure: fc.array(operation, { maxLength: 2 }),
  })
  .filter((one) => codeOf(() => checkTxn(one)) === 'ok')
const compaction = fc.nat(14).map((revision) => ({ type: 'compact' as const, revision }))
const step = fc.oneof(
  { weight: 10, arbitrary: txn.map((one) => ({ type: 'txn' as const, txn: one })) },
  { weight: 2, arbitrary: compaction },
)

/** Does the same to both and compares what they say. */
function play(keyspace: Keyspace, naive: NaiveStore, steps: readonly Command[]): void {
  for (const one of steps) {
    const run = <T>(what: () => T): T | string => {
      try {
        return what()
      } catch (error) {
        if (error instanceof CodedError) return error.code
        throw error
      }
    }
    if (one.type === 'txn')
      strict.same(
        run(() => applyTxn(keyspace, one.txn)),
        run(() => naive.txn(one.txn)),
      )
    else
      strict.equal(
        run(() => keyspace.compact(one.revision)),
        run(() => naive.compact(one.revision)),
      )
    keyspace.check()
  }
}
/** Assertions that throw, so that fast-check shrinks; tap would note each of thousands. */
const strict = {
  same(a: unknown, b: unknown): void {
    const [left, right] = [JSON.stringify(a), JSON.stringify(b)]
    if (left !== right) throw new Error(`${left} is not ${right}`)
  },
  equal(a: unknown, b: unknown): void {
    if (a !== b) throw new Error(`${String(a)} is not ${String(b)}`)
  },
}

t.test('CRC-32C gives the check values of RFC 3720', async (t) => {
  t.equal(crc32c(bytes('123456789')), 0xe3069283)
  t.equal(crc32c(new Uint8Array(32)), 0x8a9136aa)
  t.equal(crc32c(new Uint8Array(32).fill(255)), 0x62a8ab43)
  t.equal(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e)
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 100 }),
      fc.nat(100),
      (all, cut) => crc32c(all.subarray(cut), crc32c(all.subarray(0, cut))) === crc32c(all),
    ),
    runs,
  )
  t.pass('no counterexample')
})

t.test('numbers, texts and bytes are read as they were written', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(), fc.maxSafeNat(), fc.string({ unit: 'binary' }), fc.uint8Array())), (values) => {
      const out = new ByteWriter(1)
      for (const one of values) typeof one === 'number' ? out.uint(one) : typeof one === 'string' ? out.text(one) : out.blob(one)
      const reader = new ByteReader(out.finish())
      for (const one of values)
        strict.same(
          typeof one === 'number' ? reader.uint() : typeof one === 'string' ? reader.text() : [...reader.blob()],
          typeof one === 'object' ? [...one] : one,
        )
      strict.equal(reader.done, true)
    }),
    runs,
  )
  t.pass('no counterexample')
})

t.test('a command is decoded as it was encoded', async (t) => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 5 }), (steps) => {
      const out = new ByteWriter()
      for (const one of steps) encodeCommand(out, one as Command)
      const data = out.finish()
      const reader = new ByteReader(data)
      const again = new ByteWriter()
      for (const one of steps) {
        const command = decodeCommand(reader)
        encodeCommand(again, command)
        strict.equal(command.type, one.type)
      }
      strict.same([...again.finish()], [...data])
    }),
    runs,
  )
  t.pass('no counterexample')
})

t.test('keys are ordered as their UTF-8 bytes are', async (t) => {
  const any = fc.string({ unit: 'binary', maxLength: 4 })
  fc.assert(
    fc.property(any, any, (a, b) => {
      strict.equal(Math.sign(orderOf(a) < orderOf(b) ? -1 : orderOf(a) > orderOf(b) ? 1 : 0), Math.sign(utf8Order(a, b)))
      strict.equal(keyOf(orderOf(a)), a)
    }),
    { ...runs, numRuns: 3000 },
  )
  t.notOk(isWellFormed('a\ud800'))
  t.ok(isWellFormed('a\u{10000}'))
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }), any, (prefix, other) => {
      const last = prefixEnd(prefix)
      const inside = utf8Order(other, prefix) >= 0 && (last === '\0' || utf8Order(other, last) < 0)
      strict.equal(inside, other.startsWith(prefix))
      strict.equal(last === '\0' || utf8Order(`${prefix}${other}`, last) < 0, true)
    }),
    { ...runs, numRuns: 3000 },
  )
  t.pass('no counterexample')
})

t.test('the index holds what was inserted and not removed, in order', async (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), fc.nat(3000)), { maxLength: 3000, minLength: 1000 }),
      fc.nat(3000),
      fc.nat(3000),
      (steps, a, b) => {
        const index = new KeyIndex<{ order: string }>()
        const model = new Map<string, { order: string }>()
        for (const [insert, n] of steps) {
          const order = String(n).padStart(5, '0')
          if (!insert) {
            index.remove(order)
            model.delete(order)
          } else if (!model.has(order)) {
            const record = { order }
            index.insert(record)
            model.set(order, record)
          }
        }
        index.check()
        const [low, high] = [String(a).padStart(5, '0'), String(b).padStart(5, '0')]
        const seen: string[] = []
        index.scan({ low, high }, ({ order }) => {
          seen.push(order)
          return true
        })
        strict.same(seen, [...model.keys()].filter((one) => one >= low && one < high).sort())
      },
    ),
    { seed, numRuns: 40 },
  )
  t.pass('no counterexample')
})

t.test('transactions, reads at any revision and compactions do what the naive store does', async (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.array(range, { maxLength: 10 }), (steps, ranges) => {
      const keyspace = new Keyspace()
      const naive = new NaiveStore()
      play(keyspace, naive, steps)
      play(
        keyspace,
        naive,
        ranges.map((one) => ({ type: 'txn' as const, txn: always({ type: 'range', ...one }) })),
      )
      strict.equal(keyspace.revision, naive.revision)
    }),
    runs,
  )
  t.pass('no counterexample')
})

t.test('a snapshot gives the same key space, also while others write', async (t) => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 40 }),
      fc.array(fc.oneof(step, compaction), { maxLength: 10 }),
      fc.array(range, { maxLength: 8 }),
      (steps, meanwhile, ranges) => {
        const keyspace = new Keyspace()
        const naive = new NaiveStore()
        play(keyspace, naive, steps)
        const before = keyspace.hash
        const making = takeSnapshot(keyspace)
        const loader = createKeyspaceLoader()
        // Whatever is written or compacted between the blocks does not show.
        const other = new NaiveStore(naive)
        let written = 0
        for (const block of making.blocks) {
          const next = meanwhile[written++]
          if (next) play(keyspace, other, [next])
          loader.block(block)
        }
        making.release()
        play(keyspace, other, meanwhile.slice(written))
        const copy = loader.finish()
        copy.check()
        strict.equal(copy.hash, before)
        strict.same(events(copy), naive.events(copy.compactRevision))
        play(copy, naive, [...ranges.map((one) => ({ type: 'txn' as const, txn: always({ type: 'range', ...one }) })), ...meanwhile])
      },
    ),
    runs,
  )
  t.pass('no counterexample')
})

function events(keyspace: Keyspace): unknown {
  const all = []
  for (let revision = Math.max(2, keyspace.history.first); revision <= keyspace.revision; revision++)
    all.push(keyspace.history.at(revision).map(({ full }) => full))
  return all
}

t.test('the history since the compact revision is complete, previous values included', async (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const keyspace = new Keyspace()
      const naive = new NaiveStore()
      play(keyspace, naive, steps)
      strict.same(events(keyspace), naive.events(keyspace.compactRevision))
    }),
    runs,
  )
  t.pass('no counterexample')
})

t.test('a key that was deleted and compacted leaves nothing behind', async (t) => {
  const keyspace = new Keyspace()
  for (let i = 0; i < 100; i++) {
    applyTxn(keyspace, put('gone', String(i)))
    applyTxn(keyspace, always({ type: 'delete', key: 'gone' }))
  }
  applyTxn(keyspace, put('other', ''))
  keyspace.compact(keyspace.revision)
  t.same(
    keyspace.baseAfter(undefined, keyspace.revision + 1, 10).items.map(({ key: one }) => one),
    ['other'],
  )
  t.equal(keyspace.history.last - keyspace.history.first, 0)
})

t.test('a large compaction is done at once, and its memory let go in pieces', async (t) => {
  const keyspace = new Keyspace()
  for (let i = 0; i < 50_000; i++) applyTxn(keyspace, put(`key-${i % 100}`, ''))
  keyspace.compact(50_000)
  t.equal(
    codeOf(() => keyspace.range({ key: 'key-1', revision: 49_999 })),
    'Compacted',
  )
  t.same(
    keyspace.history.at(49_999).map(({ event }) => event.item.key),
    ['key-97'],
    'not all of it is gone yet',
  )
  let pieces = 0
  while (keyspace.trim()) pieces++
  t.ok(pieces > 0)
  t.equal(keyspace.history.first, 50_000)
  keyspace.check()
})

t.test('malformed requests are refused before they reach the log', async (t) => {
  const refused = (one: unknown): string => codeOf(() => checkTxn(one as TxnParams))
  t.equal(refused(always({ type: 'put', key: '', value: bytes('') })), 'InvalidRequest', 'no key')
  t.equal(refused(always({ type: 'put', key: 'a\udc00', value: bytes('') })), 'InvalidRequest', 'no UTF-8')
  t.equal(refused(always({ type: 'put', key: 'a', value: 'text' as never })), 'InvalidRequest', 'a text is no value')
  t.equal(
    refused(always({ type: 'put', key: 'a', value: bytes('') }, { type: 'put', key: 'a', value: bytes('') })),
    'InvalidRequest',
    'a key twice',
  )
  t.equal(
    refused(always({ type: 'put', key: 'ab', value: bytes('') }, { type: 'delete', key: 'a', end: 'b' })),
    'InvalidRequest',
    'a put under a deletion',
  )
  t.equal(refused(always({ type: 'delete', key: 'a', end: 'c' }, { type: 'delete', key: 'b' })), 'ok', 'deletions may overlap')
  t.equal(
    refused(always(...Array.from({ length: 129 }, (_, i): Operation => ({ type: 'range', key: `k${i}` })))),
    'InvalidRequest',
    'too many operations',
  )
  t.equal(refused(put('a', 'x'.repeat(5 * 1024 * 1024))), 'InvalidRequest', 'too large')
  t.equal(refused({ compare: [{ key: 'a', target: 'version', is: '~', value: 1 }], success: [], failure: [] }), 'InvalidRequest')
  t.equal(refused({ compare: [], success: [{ type: 'rename', key: 'a' }], failure: [] }), 'InvalidRequest')
  t.equal(refused(always({ type: 'range', key: 'a', revision: -1 })), 'InvalidRequest')
})

t.test('an answer is cut before it is too large for a message', async (t) => {
  const keyspace = new Keyspace()
  for (let i = 0; i < 10; i++) applyTxn(keyspace, put(`k${i}`, 'x'.repeat(1024 * 1024)))
  const { items, more, count } = keyspace.range({ key: 'k', end: 'l' })
  t.equal(count, 10)
  t.ok(more)
  t.ok(items.length >= 3 && items.length <= 5)
})

t.test('a hundred thousand keys are searched without a scan', async (t) => {
  const keyspace = new Keyspace()
  const name = (i: number): string => `/registry/pods/ns-${i % 100}/pod-${i}`
  for (let i = 0; i < 100_000; i++) applyTxn(keyspace, put(name(i), 'x'))
  const found: KeyValue[] = []
  for (let i = 0; i < 100_000; i += 1000)
    found.push(...keyspace.range({ key: name(i) }).items, ...keyspace.range({ key: name(i), end: `${name(i)}\0` }).items)
  t.equal(found.length, 200)
  t.equal(keyspace.range({ key: '/registry/pods/ns-7/', end: '/registry/pods/ns-70', limit: 10 }).count, 1000)
  keyspace.check()
})
