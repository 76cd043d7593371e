/** The kernel's parts one by one: codec, mailbox, stream ends, restart arithmetic, strategies, tracer. */
import fc from 'fast-check'
import t from 'tap'
import { createRandom } from '../../src/base/random.js'
import { decodeEnvelope, encodeEnvelope } from '../../src/kernel/codec.js'
import type { Envelope } from '../../src/kernel/envelope.js'
import { createMailbox } from '../../src/kernel/mailbox.js'
import { createStreamEnd, type StreamHandle } from '../../src/kernel/stream-end.js'
import { type ChildSpec, checkTree, type SupervisorSpec } from '../../src/kernel/supervision/child-spec.js'
import { createBackoff, createRestartWindow } from '../../src/kernel/supervision/restart-window.js'
import { planRestart } from '../../src/kernel/supervision/strategy.js'
import { createTracer } from '../../src/kernel/tracer.js'

const seed = Number(process.env['SEED'] ?? Date.now() % 1e9)
t.comment(`replay with SEED=${seed}`)
const check = <T>(property: fc.IProperty<T>) => fc.assert(property, { seed, numRuns: 300 })

t.test('a frame decodes to what JSON would make of the same value', async (t) => {
  check(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (params) => {
      const plain = JSON.parse(JSON.stringify(params)) as unknown
      const envelope: Envelope = { type: 'cast', method: 'm', params: plain, trace: { clock: [1, 2] } }
      const back = decodeEnvelope(encodeEnvelope(envelope)) as typeof envelope
      // msgpackr renames the one key that could change a prototype, which is what we want.
      return JSON.stringify(plain).includes('__proto__') || JSON.stringify(back.params) === JSON.stringify(plain)
    }),
  )
  t.throws(() => decodeEnvelope(new Uint8Array([9, 1, 2])), { code: 'BadMessage' })
  t.throws(() => decodeEnvelope(new Uint8Array([1, 0xc1])), { code: 'BadMessage' })
  const bytes = new Uint8Array([0, 255, 7])
  const back = decodeEnvelope(encodeEnvelope({ type: 'cast', method: 'm', params: { bytes }, trace: { clock: [] } })) as {
    params: { bytes: Uint8Array }
  }
  t.same([...back.params.bytes], [0, 255, 7], 'bytes stay bytes')
})

t.test('a mailbox serves its control lane first, keeps order within a lane and refuses beyond its bound', async (t) => {
  const mailbox = createMailbox<string>(2)
  t.ok(mailbox.offer('d1', 'data'))
  t.ok(mailbox.offer('d2', 'data'))
  t.notOk(mailbox.offer('d3', 'data'))
  t.ok(mailbox.offer('i1', 'credited'), 'what credit bounds is never refused')
  t.ok(mailbox.offer('c1', 'control'))
  t.ok(mailbox.offer('c2', 'control'))
  t.same(
    [1, 2, 3, 4, 5, 6].map(() => mailbox.take()),
    ['c1', 'c2', 'd1', 'd2', 'i1', undefined],
  )
})

/** Two ends of a stream on a wire that delivers when the test says so. */
function wired(window: number): { a: StreamHandle; b: StreamHandle; deliver: () => boolean; inFlight: () => number } {
  const wire: (() => void)[] = []
  let ends: { a: StreamHandle; b: StreamHandle } | undefined
  const to = (end: 'a' | 'b') => ({
    item: (item: unknown) => void wire.push(() => ends?.[end].incoming.item(item)),
    credit: (items: number) => void wire.push(() => ends?.[end].incoming.credit(items)),
    end: () => void wire.push(() => ends?.[end].incoming.end()),
    close: (error?: { code: string; message: string }) => void wire.push(() => ends?.[end].incoming.close(error)),
  })
  ends = { a: createStreamEnd(to('b'), { credit: window, window }), b: createStreamEnd(to('a'), { credit: window, window }) }
  return {
    ...ends,
    deliver() {
      const next = wire.shift()
      next?.()
      return next !== undefined
    },
    inFlight: () => wire.length,
  }
}

t.test('a stream delivers every item once and in order, whatever the timing, and ends for both', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 0, max: 40 }),
      fc.infiniteStream(fc.boolean()),
      async (window, count, choices) => {
        const { a, b, deliver } = wired(window)
        const got: unknown[] = []
        let most = 0
        let sentCount = 0
        const sending = (async () => {
          for (let i = 0; i < count; i++) {
            await a.send(i)
            sentCount++
            most = Math.max(most, sentCount - got.length)
          }
          a.end()
        })()
        b.end()
        const reading = (async () => {
          for await (const item of b) got.push(item)
        })()
        let over = false
        void Promise.all([sending, reading, a.closed, b.closed]).then(() => {
          over = true
        })
        for (let i = 0; i < 5000 && !over; i++) {
          if (choices.next().value) deliver()
          await Promise.resolve()
        }
        return over && got.length === count && got.every((item, i) => item === i) && most <= window + 1
      },
    ),
    { seed, numRuns: 100 },
  )
})

t.test('closing a stream settles everybody who waits on it', async (t) => {
  const { a, b, deliver } = wired(1)
  await a.send(1)
  const blocked = a.send(2)
  const reader = b[Symbol.asyncIterator]()
  const first = reader.next()
  a.close(new Error('broken'))
  while (deliver());
  await t.rejects(blocked, { code: 'Internal' })
  t.same(await first, { done: false, value: 1 }, 'what arrived before is still read')
  await t.rejects(reader.next(), { code: 'Internal' })
  t.match((await b.closed).error, { code: 'Internal', message: 'broken' })
  await t.rejects(b.send(1), { code: 'Internal' })
  t.notOk(b.trySend(1))
})

t.test('restarts are counted within their period and slowed down within a burst', async (t) => {
  const window = createRestartWindow({ intensity: 2, periodMs: 1000 })
  t.same(
    [0, 100, 200].map((at) => window.allow(at)),
    [true, true, false],
  )
  t.ok(createRestartWindow({ intensity: 1, periodMs: 1000 }).allow(0))
  const later = createRestartWindow({ intensity: 1, periodMs: 1000 })
  t.same(
    [0, 1000, 2000].map((at) => later.allow(at)),
    [true, true, true],
    'what is older than the period is forgotten',
  )
  const backoff = createBackoff({ minMs: 0, maxMs: 100, jitter: 0, resetAfterMs: 5000 }, createRandom(1))
  t.same(
    [0, 0, 0, 0, 0, 0, 0].map((ran) => backoff.next(ran)),
    [0, 10, 20, 40, 80, 100, 100],
  )
  t.equal(backoff.next(5000), 0, 'a child that ran long enough starts anew')
})

const child = (name: string, restart: 'permanent' | 'transient' | 'temporary' = 'permanent'): ChildSpec => ({
  type: 'worker',
  start: { role: 'r', name, entry: 'e', config: {} },
  restart,
  shutdownMs: 1,
  startMs: 1,
})

t.test('a strategy says who stops and who starts', async (t) => {
  const children = [child('a'), child('b'), child('c')]
  const crash = { type: 'crashed', message: '' } as const
  t.same(planRestart('one-for-one', children, 1, crash), { stop: [], start: [1] })
  t.same(planRestart('rest-for-one', children, 1, crash), { stop: [2], start: [1, 2] })
  t.same(planRestart('one-for-all', children, 1, crash), { stop: [2, 0], start: [0, 1, 2] })
  t.equal(planRestart('one-for-one', [child('a', 'temporary')], 0, crash), undefined)
  t.equal(planRestart('one-for-one', [child('a', 'transient')], 0, { type: 'shutdown', message: '' }), undefined)
  t.ok(planRestart('one-for-one', [child('a', 'transient')], 0, crash))
})

t.test('a tree that cannot be run is refused', async (t) => {
  const tree = (children: ChildSpec[], more: Partial<SupervisorSpec> = {}): SupervisorSpec => ({
    type: 'supervisor',
    name: 'root',
    strategy: 'one-for-one',
    intensity: 1,
    periodMs: 5,
    backoff: { minMs: 0, maxMs: 1, jitter: 0, resetAfterMs: 1 },
    order: 'sequential',
    children,
    ...more,
  })
  t.doesNotThrow(() => checkTree(tree([child('a'), child('b')])))
  t.throws(() => checkTree(tree([child('a'), child('a')])), { code: 'InvalidChildSpec' })
  t.throws(() => checkTree(tree([child('root')])), { code: 'InvalidChildSpec' })
  t.throws(() => checkTree(tree([], { periodMs: 0 })), { code: 'InvalidChildSpec' })
})

t.test('vector clocks order what happened before, over restarts too', async (t) => {
  const a = createTracer(0, 1, () => 0)
  const b = createTracer(1, 1, () => 0)
  const sent = a.send()
  b.receive(sent)
  const relayed = b.send()
  t.ok((relayed.clock[0] as number) >= (sent.clock[0] as number), 'b knows what a did')
  const again = createTracer(0, 2, () => 0).send()
  t.ok((again.clock[0] as number) > (a.send().clock[0] as number), "a successor's events come after its predecessor's")
})
