/** Recordings of actors on threads: matched messages, deaths, readers that are slow. */
import t from 'tap'
import type { RunningActor } from '../../src/kernel/actor.js'
import type { StageEvent } from '../../src/kernel/recording.js'
import { createThreadHost } from '../../src/kernel/thread/host.js'
import { createTraceStream, type TraceBatch } from '../../src/kernel/thread/trace-stream.js'
import type { TraceObserver } from '../../src/kernel/tracer.js'
import { keepTrace } from '../../src/trace/recorder.js'
import { happenedBefore, readRun } from '../../src/trace/run.js'
import type { EchoProtocol } from '../support/echo.js'
import { createObserver } from '../support/observer.js'

const describer = new URL('../../src/trace/describe.js', import.meta.url)

t.test('what threads send and receive is matched, in order, over a death', async (t) => {
  const epochMs = Date.now()
  const host = createThreadHost({
    entryOf: (entry) => new URL(`../support/actors/${entry}.js`, import.meta.url),
    seed: '1',
    watchdog: { hangMs: 2_000 },
    heapMiBDefault: 64,
  })
  const trace = keepTrace()
  let wake = () => {}
  const sink = (event: StageEvent) => {
    trace.stage(event)
    wake()
  }
  /** Waits until so many records of a kind are there. */
  const until = async (what: string, enough: () => boolean) => {
    while (!enough())
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    t.pass(what)
  }
  const spec = (name: string) => ({ role: 'test', name, entry: 'echo', config: {} })
  const before = host.start(spec('before'))
  await before.ready
  const recording = host.record({ describer, epochMs, sink })
  t.throws(() => host.record({ describer, epochMs, sink }), { code: 'AlreadyRecording' })
  const threads = [host.start(spec('a')), host.start(spec('b'))]
  await Promise.all(threads.map(({ ready }) => ready))
  const self = createObserver()
  const guest = await host.join('test', self.behaviour)
  const a = self.context().actor<EchoProtocol>('a')
  const received = (method: string) =>
    trace.records.filter((record) => record.kind === 'received' && record.method === method && record.actor === 'test').length
  for (let i = 0; i < 200; i++) await a.call('relay', { to: 'b', method: 'echo', params: i })
  const answered = (actor: string) =>
    trace.records.filter((record) => record.kind === 'sent' && record.type === 'result' && record.actor === actor).length
  await until('every answer is recorded, by both ends', () => received('relay') === 200 && answered('a') === 200 && answered('b') === 200)
  await host.fault('b', { id: 'delays', layer: 'actor', type: 'slow', perMessageMs: 1 })
  threads[1]?.kill('killed', 'test')
  await until('the death is recorded', () => trace.records.some(({ kind, actor }) => kind === 'crashed' && actor === 'b'))
  const again = host.start(spec('b'))
  await again.ready
  await self.context().actor<EchoProtocol>('before').call('echo', 1)
  await until('one that ran before is recorded', () => received('echo') === 1 && answered('before') === 1)

  const run = readRun({ troupeTrace: 1, source: 'cluster', epochMs }, trace.records)
  const { records, partner } = run
  const lonely = records.filter(({ kind, type }, i) => kind === 'received' && (partner[i] ?? -1) < 0 && type !== 'open')
  t.same(lonely, [], 'every receiving has its sending')
  for (let i = 0; i < records.length; i++) {
    const j = partner[i] ?? -1
    if (records[i]?.kind === 'sent' && j >= 0 && !(j > i && happenedBefore(run, i, j))) t.fail(`message ${i} to ${j} is not in order`)
  }
  const calls = records.filter(
    ({ kind, type, method, actor }) => kind === 'received' && type === 'call' && method === 'echo' && actor === 'b',
  )
  t.equal(calls.length, 200)
  t.same(
    records
      .filter(({ actor, kind }) => actor === 'b' && kind !== 'sent' && kind !== 'received')
      .map(({ kind, incarnation }) => `${kind} ${incarnation}`),
    ['started 1', 'ready 1', 'fault 1', 'crashed 1', 'started 2', 'ready 2'],
  )
  t.ok(
    records.every(({ at }) => at > 0 && at < 60_000),
    'all clocks count from one epoch',
  )

  recording.end()
  const total = trace.records.length
  await a.call('echo', 1)
  t.equal(trace.records.length, total, 'nothing is told after the end')
  await guest.leave()
  await host.close()
})

t.test('a thread that is not listened to keeps a bounded number of events and counts the others', async (t) => {
  const batches: TraceBatch[] = []
  const stream = createTraceStream('a', (batch) => batches.push(batch))
  let observer: TraceObserver | undefined
  stream.attach({ observe: (given: TraceObserver | undefined) => (observer = given) } as unknown as RunningActor)
  await stream.begin({ number: 1, describer: describer.href, epochMs: 0 })
  const events = 100_000
  const session = {}
  const trace = { clock: [1], slot: 0 }
  for (let count = 1; count <= events; count++)
    observer?.(
      { at: 0, direction: 'sent', peer: 'b', type: 'cast', method: 'm', count },
      { type: 'cast', method: 'm', params: {}, trace },
      [count],
      session,
    )
  const posted = () => batches.reduce((sum, batch) => sum + batch.events.length, 0)
  t.ok(posted() < 20_000, `${posted()} were sent`)
  stream.taken(posted())
  const told = batches.reduce((sum, { dropped }) => sum + dropped, 0)
  t.equal(posted() + told, events, 'every event was sent or told to be missing')
  t.ok(told > 50_000)
  const counts = batches.flatMap((batch) => batch.events.map(({ count }) => count))
  t.same(
    counts,
    [...counts].sort((a, b) => a - b),
    'in order',
  )
  stream.end()
  t.equal(observer, undefined)
})
