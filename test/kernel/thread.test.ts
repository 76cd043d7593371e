/** Actors on real worker threads: messages, deaths, hangs, supervision. */
import t from 'tap'
import { CodedError } from '../../src/base/errors.js'
import { createRandom } from '../../src/base/random.js'
import type { Context } from '../../src/kernel/context.js'
import type { ChildSpec, SupervisorSpec } from '../../src/kernel/supervision/child-spec.js'
import { createSupervisor, type SupervisionEvent } from '../../src/kernel/supervision/supervisor.js'
import { createThreadHost } from '../../src/kernel/thread/host.js'
import { createSystemClock } from '../../src/kernel/thread/platform.js'
import type { EchoProtocol } from '../support/echo.js'
import { createObserver } from '../support/observer.js'

function createHost() {
  return createThreadHost({
    entryOf: (entry) => new URL(`../support/actors/${entry}.js`, import.meta.url),
    seed: '1',
    watchdog: { hangMs: 500 },
    heapMiBDefault: 64,
  })
}

/** Threads of these names and the test itself among them. */
async function withActors(names: string[], run: (context: Context, host: ReturnType<typeof createHost>) => Promise<void>): Promise<void> {
  const host = createHost()
  const self = createObserver()
  const threads = names.map((name) => host.start({ role: 'test', name, entry: 'echo', config: {} }))
  await Promise.all(threads.map(({ ready }) => ready))
  const guest = await host.join('test', self.behaviour)
  try {
    await run(self.context(), host)
  } finally {
    await guest.leave()
    await host.close()
  }
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'ok',
    (error) => (error instanceof CodedError ? error.code : String(error)),
  )

t.test('a call settles: with its answer, with the answer that is an error, or with what the kernel knows', async (t) => {
  await withActors(['a', 'b'], async (context) => {
    const a = context.actor<EchoProtocol>('a')
    const bytes = new Uint8Array([1, 2, 3])
    t.same(await a.call('echo', { text: 'x', n: 5_000_000_000, list: [1, null, { deep: true }], bytes }), {
      text: 'x',
      n: 5_000_000_000,
      list: [1, null, { deep: true }],
      bytes,
    })
    t.equal(await codeOf(a.call('fail', { code: 'Teapot' })), 'Teapot', 'a coded error keeps its code over the hop')
    t.equal(await codeOf(a.call('nothing' as 'echo', {})), 'NoSuchMethod')
    t.equal(await codeOf(context.actor<EchoProtocol>('nobody').call('echo', 1)), 'ActorNotRunning')
    t.equal(await codeOf(a.call('never', {}, { timeoutMs: 20 })), 'DeadlineExceeded')
    const cancel = new AbortController()
    const cancelled = codeOf(a.call('never', {}, { signal: cancel.signal }))
    cancel.abort()
    t.equal(await cancelled, 'Cancelled')
    const relayed = await a.call('relay', { to: 'b', method: 'echo', params: 'via' })
    t.equal(relayed.ok, 'via', 'threads reach each other')
    t.equal(await codeOf(a.call('echo', new Uint8Array(17 * 1024 * 1024))), 'BadMessage', 'an oversized message is refused')
  })
})

t.test('calls to a thread that dies settle as unknown, wherever they come from', async (t) => {
  await withActors(['a', 'b'], async (context, _host) => {
    const a = context.actor<EchoProtocol>('a')
    const b = context.actor<EchoProtocol>('b')
    const hanging = [1, 2, 3].map(() => codeOf(b.call('never', {}, { timeoutMs: 60_000 })))
    const relayed = a.call('relay', { to: 'b', method: 'never', params: {}, timeoutMs: 60_000 })
    await b.call('echo', 1)
    b.call('exit', {}).catch(() => {})
    t.same(await Promise.all(hanging), ['ActorDown', 'ActorDown', 'ActorDown'])
    t.equal((await relayed).code, 'ActorDown')
    t.equal(await codeOf(b.call('echo', 1)), 'ActorNotRunning', 'afterwards it is certain that nothing was sent')
  })
})

t.test('a stream carries items under credit, both ways, and ends with its peer', async (t) => {
  await withActors(['a'], async (context) => {
    const a = context.actor<EchoProtocol>('a')
    const got: number[] = []
    for await (const item of a.stream('count', { of: 1000 })) got.push(item)
    t.same(got, [...Array(1000).keys()])

    const slow = a.stream('count', { of: 1000 }, { credit: 10 })
    const reader = slow[Symbol.asyncIterator]()
    await reader.next()
    const before = await a.call('sent', {})
    t.ok(before - 1000 <= 20, `a sender is at most its credit ahead: ${before - 1000}`)
    await reader.return?.()
    await a.call('echo', 1)
    t.equal((await slow.closed).error, undefined)

    const sum = a.stream('sum', {})
    for (let i = 1; i <= 600; i++) await sum.send(i)
    sum.end()
    for await (const total of sum) t.equal(total, 180300)

    const broken = a.stream('count', { of: 1e9 })
    a.call('exit', {}).catch(() => {})
    await t.rejects(
      (async () => {
        for await (const _ of broken);
      })(),
      { code: 'ActorDown' },
    )
  })
})

const worker = (name: string, config: unknown = {}): ChildSpec => ({
  type: 'worker',
  start: { role: 'test', name, entry: 'echo', config },
  restart: 'permanent',
  shutdownMs: 1_000,
  startMs: 5_000,
})
const tree = (children: ChildSpec[], more: Partial<SupervisorSpec> = {}): SupervisorSpec => ({
  type: 'supervisor',
  name: 'root',
  strategy: 'one-for-one',
  intensity: 10,
  periodMs: 5_000,
  backoff: { minMs: 0, maxMs: 1_000, jitter: 0.2, resetAfterMs: 10_000 },
  order: 'parallel',
  children,
  ...more,
})

/** A supervised tree, and a way to wait for what its supervisor reports. */
function supervise(spec: SupervisorSpec) {
  const host = createHost()
  const waiters: { match: (event: SupervisionEvent) => boolean; resolve: (event: SupervisionEvent) => void }[] = []
  const supervisor = createSupervisor(spec, {
    host,
    clock: createSystemClock(),
    random: createRandom(1),
    onEvent: (event) => {
      for (const { match, resolve } of waiters) if (match(event)) resolve(event)
    },
  })
  const event = (type: SupervisionEvent['type'], name: string, incarnation?: number) =>
    new Promise<SupervisionEvent>((resolve) =>
      waiters.push({
        match: (e) => e.type === type && e.name === name && (incarnation === undefined || e.incarnation === incarnation),
        resolve,
      }),
    )
  return { host, supervisor, event }
}

t.test('a supervisor restarts a thread that is killed, that crashes, that hangs and that runs out of memory', async (t) => {
  const { host, supervisor, event } = supervise(tree([worker('a'), worker('b')]))
  await supervisor.start()
  const self = createObserver()
  const guest = await host.join('test', self.behaviour)
  const a = self.context().actor<EchoProtocol>('a')
  const after = async (incarnation: number, hurt: () => unknown) => {
    const ended = event('ended', 'a', incarnation - 1)
    const running = event('running', 'a', incarnation)
    await hurt()
    const { reason } = await ended
    await running
    return reason?.type
  }
  t.equal(await after(2, () => supervisor.incarnation('a')?.kill('killed', 'test')), 'killed')
  t.equal(await after(3, () => void a.call('fail', {}).catch(() => {})), 'crashed')
  t.equal(await after(4, () => void a.call('spin', { ms: 60_000 }).catch(() => {})), 'hung')
  t.equal(await after(5, () => void a.call('leak', {}).catch(() => {})), 'out-of-memory')
  t.same(
    supervisor.tree().children.map(({ name, state, restarts }) => [name, state, restarts]),
    [
      ['a', 'running', 4],
      ['b', 'running', 0],
    ],
    'nobody else was touched',
  )
  await guest.leave()
  await supervisor.stop()
  t.same(
    supervisor.tree().children.map((child) => child.state),
    ['stopped', 'stopped'],
  )
  await host.close()
})

t.test('a supervisor that restarts too often gives up visibly, and what still runs goes on', async (t) => {
  const { host, supervisor, event } = supervise(tree([worker('good'), worker('bad', { initFails: true })], { intensity: 2 }))
  const degraded = event('degraded', 'bad')
  await t.rejects(supervisor.start(), /gave up/)
  t.match((await degraded).reason?.message, /more than 2 restarts/)
  t.match(
    supervisor.tree().children.map((child) => child.state),
    ['running', 'degraded'],
  )
  await supervisor.stop()
  await host.close()
})
