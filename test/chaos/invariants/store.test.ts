/**
 * The judges of the store's histories, on what the real key space answers and sends, and on the same with a planted fault.
 *
 *   CHECK_SEED=7 node dist/test/chaos/invariants/store.test.js    one seed again
 */
import t from 'tap'
import { createRandom, type Random } from '../../../src/base/random.js'
import type { Operation as Recorded } from '../../../src/chaos/history.js'
import { compareKeys, isInRange } from '../../../src/chaos/invariants/key-range.js'
import { checkObjectWatches, type ObjectWatch, type ObjectWatchEvent } from '../../../src/chaos/invariants/object-watch.js'
import {
  type RecordedEvent,
  recorded,
  recordValue,
  type StoreHistory,
  type StoreInput,
  type StoreOutput,
} from '../../../src/chaos/invariants/store-history.js'
import { judgeStore } from '../../../src/chaos/invariants/store-judge.js'
import { checkWatches, type StoreWatch, type Timeline, watchGuarantees } from '../../../src/chaos/invariants/watch-guarantees.js'
import { inRange, orderOf, orderRange } from '../../../src/store/mvcc/key-order.js'
import { Keyspace } from '../../../src/store/mvcc/keyspace.js'
import { applyTxn } from '../../../src/store/mvcc/txn.js'
import type { Operation, TxnParams } from '../../../src/store/protocol.js'

const only = process.env['CHECK_SEED']
const seeds = only === undefined ? Array.from({ length: 40 }, (_, at) => at + 1) : [Number(only)]
const encoder = new TextEncoder()
const keys = ['a/1', 'a/2', 'b/1', 'b/\u{1f600}', 'b/\uffee', 'c/1']

function drawOperation(random: Random): Operation {
  const key = random.pick(keys)
  const dice = random.float()
  if (dice < 0.55) return { type: 'put', key, value: encoder.encode(`v${random.below(1000)}`), previous: random.chance(0.5) }
  if (dice < 0.7) return { type: 'delete', key, previous: random.chance(0.5), ...(random.chance(0.3) ? { end: 'b/~' } : {}) }
  return { type: 'range', key, ...(random.chance(0.5) ? { end: random.pick(['\0', 'b/\uffff']) } : {}), limit: random.pick([0, 0, 1, 2]) }
}

function drawTxn(random: Random, keyspace: Keyspace): TxnParams {
  const operation = drawOperation(random)
  if (random.chance(0.5)) return { compare: [], success: [operation], failure: [] }
  const { key } = operation
  const own = keyspace.get(key)
  const target = random.pick(['modRevision', 'version', 'createRevision'] as const)
  const value = random.chance(0.6) ? (own?.[target] ?? 0) : random.below(20)
  const other = drawOperation(random)
  const success = other.type !== 'range' && isInRange(other.key, operation) ? [operation] : [operation, { type: 'range' as const, key }]
  return { compare: [{ key, target, is: random.pick(['=', '!=', '<', '>'] as const), value }], success, failure: [{ type: 'range', key }] }
}

/** Clients of a real key space: each call takes effect at once, somewhere between its call and its return. */
function run(random: Random, count = 120): StoreHistory {
  const keyspace = new Keyspace()
  const operations: Recorded<StoreInput, StoreOutput>[] = []
  for (let at = 0; at < count; at++) {
    const client = `c${random.below(5)}`
    const call = at - random.float() * 6
    const end = at + random.float() * 6
    const fate = random.float()
    if (random.chance(0.25)) {
      const past = random.chance(0.3)
      const revision = past ? random.between(1, keyspace.revision) : 0
      const params = { key: random.pick(keys), end: '\0', ...(past ? { revision } : random.chance(0.3) ? { serializable: true } : {}) }
      const output: StoreOutput = { type: 'range', ...recorded(keyspace.range(params)) }
      operations.push({ client, input: { type: 'range', ...params }, outcome: 'ok', call, return: end, output })
      continue
    }
    const params = drawTxn(random, keyspace)
    const input: StoreInput = { type: 'txn', ...recorded(params) }
    if (fate < 0.04) operations.push({ client, input, outcome: 'failed', call, return: end })
    else if (fate < 0.08) operations.push({ client, input, outcome: 'unknown', call })
    else {
      const output: StoreOutput = { type: 'txn', ...recorded(applyTxn(keyspace, params)) }
      if (fate < 0.16) operations.push({ client, input, outcome: 'unknown', call })
      else operations.push({ client, input, outcome: 'ok', call, return: end, output })
    }
  }
  const watches = Array.from({ length: 4 }, (_, at) => watch(random, keyspace, `w${at}`))
  return { operations: operations.sort((a, b) => a.call - b.call), watches }
}

/** A watch over what a key space remembers, from some revision to some other, in answers of any size. */
function watch(random: Random, keyspace: Keyspace, client: string): StoreWatch {
  const { revision, history } = keyspace
  const request = {
    key: random.pick(['a/1', 'a/', 'b/']),
    end: random.pick(['\0', 'b/\uffff', 'c/']),
    startRevision: random.between(2, revision),
    previous: random.chance(0.5),
  }
  const batches: StoreWatch['batches'][number][] = [{ instant: 0, revision: request.startRevision - 1, events: [] }]
  let events: RecordedEvent[] = []
  for (let at = request.startRevision; at <= revision; at++) {
    for (const { order, event, full } of history.at(at))
      if (inRange(order, orderRange(request))) events.push(recorded(request.previous ? full : event))
    if (random.chance(0.6)) continue
    batches.push({ instant: at, revision: at, events })
    events = []
  }
  if (events.length > 0) batches.push({ instant: revision, revision, events })
  return { client, request, opened: 0, batches }
}

t.test('what the real key space answers and sends breaks nothing', async (t) => {
  let past = 0
  for (const seed of seeds) {
    const history = run(createRandom(`store ${seed}`))
    const { linearizability, violations } = judgeStore(JSON.parse(JSON.stringify(history)))
    if (linearizability.verdict !== 'ok') t.fail(`seed ${seed}: ${linearizability.verdict} ${violations[0]?.message}`)
    if (violations.length > 0) t.fail(`seed ${seed}: ${JSON.stringify(violations[0])}`)
    past += history.operations.filter(({ input }) => input.type === 'range' && (input.revision || input.serializable)).length
  }
  t.ok(past > seeds.length, 'reads of the past were judged')
})

type StoreOperation = Recorded<StoreInput, StoreOutput>

/** Faults in answers: each finds one it can spoil, or gives undefined. */
const spoils: Readonly<Record<string, (output: StoreOutput, input: StoreInput) => StoreOutput | undefined>> = {
  'a revision that is taken': (output) => (output.type === 'txn' ? { ...output, revision: output.revision - 1 } : undefined),
  'a comparison turned round': (output, input) =>
    output.type === 'txn' && input.type === 'txn' && input.compare.length > 0 ? { ...output, succeeded: !output.succeeded } : undefined,
  'a lost key': (output) =>
    output.type === 'range' && output.items.length > 1 ? { ...output, items: output.items.slice(1), count: output.count - 1 } : undefined,
  'another value': (output) =>
    output.type === 'range' && output.items.length > 0
      ? { ...output, items: output.items.map((item) => ({ ...item, value: `${item.value}!` })) }
      : undefined,
  'a version too many': (output) =>
    output.type === 'range' && output.items.length > 0
      ? { ...output, items: output.items.map((item) => ({ ...item, version: item.version + 1 })) }
      : undefined,
}

t.test('a wrong answer is seen', async (t) => {
  for (const [name, spoil] of Object.entries(spoils)) {
    let planted = 0
    for (const seed of seeds) {
      const random = createRandom(`wrong ${name} ${seed}`)
      const history = run(random, 60)
      const found = random.shuffle(history.operations).flatMap((operation: StoreOperation) => {
        const output = operation.output && spoil(operation.output, operation.input)
        return output ? [{ operation, output }] : []
      })[0]
      if (!found) continue
      planted++
      const operations = history.operations.map((one) => (one === found.operation ? { ...one, output: found.output } : one))
      const { violations } = judgeStore({ ...history, operations })
      if (violations.length === 0) t.fail(`seed ${seed}: ${name} is not seen`)
    }
    if (only === undefined) t.ok(planted > seeds.length / 2, `${name}: ${planted} planted`)
  }
})

/** One fault for each guarantee, planted in a watch of many events. */
const broken: Readonly<Record<string, (watch: StoreWatch) => StoreWatch>> = {
  WatchFilter: (watch) => ({ ...watch, request: { ...watch.request, key: 'b/', end: 'c/' } }),
  WatchOrdered: (watch) => swapBatches(watch),
  WatchUnique: (watch) => change(watch, 2, (events) => [...events, ...events]),
  WatchAtomic: (watch) => ({
    ...watch,
    batches: watch.batches.flatMap((batch) =>
      batch.events.length < 2
        ? [batch]
        : [
            { ...batch, events: batch.events.slice(0, 1) },
            { ...batch, events: batch.events.slice(1) },
          ],
    ),
  }),
  WatchBookmarkable: (watch) => ({
    ...watch,
    batches: watch.batches.flatMap((batch) => [{ ...batch, events: [] }, batch]),
  }),
  WatchResumable: (watch) => ({ ...watch, batches: watch.batches.filter((_, at) => at !== 1) }),
  WatchIsCreate: (watch) =>
    mapEvents(watch, (event) => ({ ...event, item: { ...event.item, version: 1, createRevision: event.item.modRevision } })),
  WatchReliable: (watch) => change(watch, 3, () => []),
  WatchPrevKv: (watch) =>
    mapEvents(watch, (event) => (event.previous ? { ...event, previous: { ...event.previous, value: 'other' } } : event)),
}

function mapEvents(watch: StoreWatch, map: (event: RecordedEvent) => RecordedEvent): StoreWatch {
  return { ...watch, batches: watch.batches.map((batch) => ({ ...batch, events: batch.events.map(map) })) }
}

function change(watch: StoreWatch, at: number, map: (events: readonly RecordedEvent[]) => readonly RecordedEvent[]): StoreWatch {
  return { ...watch, batches: watch.batches.map((batch, index) => (index === at ? { ...batch, events: map(batch.events) } : batch)) }
}

function swapBatches(watch: StoreWatch): StoreWatch {
  const [opening, first, second, ...rest] = watch.batches
  return { ...watch, batches: [opening, second, first, ...rest].filter((batch) => batch !== undefined) }
}

t.test('each of the nine guarantees is broken by one fault, and seen by its own name', async (t) => {
  const put = (revision: number, key: string, value: string, before?: RecordedEvent): RecordedEvent => ({
    type: 'put',
    item: {
      key,
      value,
      modRevision: revision,
      createRevision: before?.item.createRevision ?? revision,
      version: (before?.item.version ?? 0) + 1,
      lease: 0,
    },
    ...(before ? { previous: before.item } : {}),
  })
  const [a2, b2] = [put(2, 'a/1', 'x'), put(2, 'b/1', 'x')]
  const a3 = put(3, 'a/1', 'y', a2)
  const a4 = put(4, 'a/1', 'z', a3)
  const gone: RecordedEvent = {
    type: 'delete',
    item: { key: 'b/1', value: '', modRevision: 5, createRevision: 0, version: 0, lease: 0 },
    previous: b2.item,
  }
  const timeline: Timeline = { from: 1, to: 5, events: [a2, b2, a3, a4, gone], before: [] }
  const batch = (revision: number, ...events: RecordedEvent[]) => ({ instant: revision, revision, events })
  const good: StoreWatch = {
    client: 'w',
    request: { key: 'a/', end: '\0', startRevision: 2, previous: true },
    opened: 0,
    batches: [batch(1), batch(2, a2, b2), batch(3, a3), batch(4, a4), batch(5, gone)],
  }
  t.same(checkWatches([good], timeline), [])
  t.same(Object.keys(broken).sort(), watchGuarantees.map(({ name }) => name).sort())
  for (const [name, plant] of Object.entries(broken)) {
    const found = checkWatches([plant(good)], timeline)
    t.ok(
      found.some(({ invariant }) => invariant === name),
      `${name} among ${found.map(({ invariant }) => invariant)}`,
    )
  }
  const strange = checkWatches([mapEvents(good, (event) => ({ ...event, item: { ...event.item, value: 'never written' } }))], timeline)
  t.match(strange, [
    { invariant: 'WatchReliable', resourceVersion: '2', message: 'an event of "a/1" at revision 2 that is not what was written' },
  ])
})

t.test('an event left out of any watch is seen', async (t) => {
  let planted = 0
  for (const seed of seeds) {
    const random = createRandom(`left out ${seed}`)
    const history = run(random, 60)
    const watches = history.watches.map((watch) => {
      const full = watch.batches.flatMap(({ events }, at) => (events.length > 0 ? [at] : []))
      if (full.length === 0) return watch
      planted++
      return change(watch, random.pick(full), (events) => events.slice(1))
    })
    const { violations } = judgeStore({ ...history, watches })
    const spoiled = watches.filter((watch) => !history.watches.includes(watch))
    for (const { client } of spoiled)
      if (!violations.some(({ objects }) => objects[0] === `watch of ${client}`))
        t.fail(`seed ${seed}: a lost event of ${client} is not seen`)
  }
  if (only === undefined) t.ok(planted > seeds.length, `${planted} planted`)
})

t.test('answers and watches that cannot both be, and reads of the past that are wrong, are told by name', async (t) => {
  const caught = { AnswersAgreeWithWatches: 0, ReadAtRevision: 0 }
  for (const seed of seeds.slice(0, 20)) {
    const random = createRandom(`torn ${seed}`)
    const history = run(random, 60)
    const names = (one: StoreHistory) => new Set(judgeStore(one).violations.map(({ invariant }) => invariant))
    const watches = history.watches.map((watch) =>
      mapEvents(watch, (event) => ({ ...event, item: { ...event.item, value: `${event.item.value}?` } })),
    )
    // A deletion has no value to spoil.
    if (
      watches.some(({ batches }) => batches.some(({ events }) => events.some(({ type, item }) => type === 'put' && item.modRevision < 20)))
    ) {
      const found = names({ ...history, watches })
      if (found.has('AnswersAgreeWithWatches') && found.has('WatchReliable')) caught.AnswersAgreeWithWatches++
      else t.fail(`seed ${seed}: ${[...found]}`)
    }
    const isPast = ({ input, output }: StoreOperation): boolean =>
      input.type === 'range' && Boolean(input.revision) && output?.type === 'range' && output.items.length > 0
    const past = history.operations.find(isPast)
    if (past?.output?.type !== 'range') continue
    const output = { ...past.output, items: past.output.items.map((item) => ({ ...item, value: 'other' })) }
    const found = names({ ...history, operations: history.operations.map((one) => (one === past ? { ...one, output } : one)) })
    if (found.has('ReadAtRevision') && found.size === 1) caught.ReadAtRevision++
    else t.fail(`seed ${seed}: ${[...found]}`)
  }
  if (only === undefined) for (const [name, count] of Object.entries(caught)) t.ok(count > 5, `${name}: ${count}`)
})

t.test('keys are ordered as the store orders them', async (t) => {
  const random = createRandom('keys')
  const units = ['a', 'z', '\u00e9', '\ud7ff', '\u{1f600}', '\uffee', '\ue000']
  const draw = (): string => Array.from({ length: random.below(4) }, () => random.pick(units)).join('')
  for (let i = 0; i < 500; i++) {
    const [key, low, end] = [draw(), draw(), draw()]
    const [x, y] = [orderOf(key), orderOf(low)]
    if (Math.sign(compareKeys(key, low)) !== (x < y ? -1 : x > y ? 1 : 0)) t.fail(`${JSON.stringify([key, low])} are in another order`)
    if (isInRange(key, { key: low, end }) !== inRange(x, orderRange({ key: low, end }))) t.fail(`${JSON.stringify([key, low, end])}`)
  }
  t.equal(recordValue(encoder.encode('short')), 'short')
  const long = random.bytes(500)
  t.match(recordValue(long), /^500:[0-9a-f]{16}$/)
  t.not(recordValue(long), recordValue(long.map((byte, at) => (at === 99 ? byte ^ 1 : byte))))
})

const event = (type: 'ADDED' | 'MODIFIED' | 'DELETED', name: string, version: number, uid = 'u1'): ObjectWatchEvent => ({
  type,
  namespace: 'default',
  name,
  uid,
  resourceVersion: String(version),
})
const objectWatch = (events: readonly ObjectWatchEvent[], list?: { resourceVersion: string; items: never[] }): ObjectWatch => ({
  client: 'informer',
  request: { resource: 'pods', ...(list ? { list } : {}) },
  opened: 0,
  batches: events.map((one, at) => ({ instant: at, revision: 0, events: [one] })),
})

t.test('watches of the API: rising, of what is there, never back, and without a gap', async (t) => {
  const empty = { resourceVersion: '10', items: [] }
  const names = (...args: Parameters<typeof checkObjectWatches>) => checkObjectWatches(...args).map(({ invariant }) => invariant)
  const life = [
    event('ADDED', 'a', 11),
    event('MODIFIED', 'a', 12),
    { type: 'BOOKMARK', resourceVersion: '15' } as const,
    event('DELETED', 'a', 16),
    event('ADDED', 'a', 17, 'u2'),
  ]
  const changes = new Map([['pods', life.flatMap((one) => (one.type === 'BOOKMARK' ? [] : [one]))]])
  t.same(names([objectWatch(life, empty)], changes), [])
  t.same(
    names([objectWatch([event('ADDED', 'b', 9), event('ADDED', 'a', 5), event('MODIFIED', 'a', 12)])]),
    [],
    'what was there comes in any order',
  )
  t.same(names([objectWatch(life.toSpliced(1, 1), empty)], changes), ['WatchContinuesList'])
  t.same(names([objectWatch([event('ADDED', 'a', 11), event('DELETED', 'a', 12), event('MODIFIED', 'a', 13)], empty)]), [
    'WatchNoChangeOfTheAbsent',
  ])
  t.same(names([objectWatch([event('ADDED', 'a', 11), event('ADDED', 'a', 12)], empty)]), ['WatchNoChangeOfTheAbsent'])
  t.same(names([objectWatch([event('ADDED', 'a', 12), event('MODIFIED', 'a', 11)], empty)]), [
    'WatchResourceVersionRises',
    'WatchNoTravelBack',
  ])
  t.same(names([objectWatch([event('ADDED', 'a', 12), event('MODIFIED', 'a', 13, 'u2')], empty)]), ['WatchNoTravelBack'])
  t.same(names([objectWatch([event('ADDED', 'a', 12), { type: 'BOOKMARK', resourceVersion: '11' }], empty)]), ['WatchResourceVersionRises'])
})
