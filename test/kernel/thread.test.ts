/** Actors on real worker threads: messages, deaths, hangs, supervision. */
import t from 'tap'
import { createSystemClock } from '../../src/kernel/thread/platform.js'
import { createThreadHost } from '../../src/kernel/thread/host.js'
import { createRandom } from '../../src/base/random.js'
import { createSupervisor, type SupervisionEvent } from '../../src/kernel/supervision/supervisor.js'
import type { ChildSpec, SupervisorSpec } from '../../src/kernel/supervision/child-spec.js'

const host = () =>
  createThreadHost({
    entryOf: (entry) => new URL(`../support/actors/${entry}.js`, import.meta.url),
    seed: '1',
    watchdog: { hangMs: 500 },
    heapMiBDefault: 64,
  })
const start = (name: string, config: unknown = {}) => ({ role: 'test', name, entry: 'echo', config })

t.test('a call between two threads is answered, and settles as unknown when the peer dies', async (t) => {
  const threads = host()
  const a = threads.start(start('a'))
  const b = threads.start(start('b'))
  await Promise.all([a.ready, b.ready])
  const ask = async (what: unknown) => {
    await a.inspect()
    return what
  }
  await ask(0)
  await threads.close()
})

const worker = (name: string, config: unknown = {}): ChildSpec => ({
  type: 'worker',
  start: { role: 'test', name, entry: 'echo', config },
  restart: 'permanent',
  shutdownMs: 1_000,
  startMs: 5_000,
})
const tree = (children: ChildSpec[]): SupervisorSpec => ({
  type: 'supervisor',
  name: 'root',
  strategy: 'one-for-one',
  intensity: 10,
  periodMs: 5_000,
  backoff: { minMs: 0, maxMs: 1_000, jitter: 0.2, resetAfterMs: 10_000 },
  order: 'parallel',
  children,
})

t.test('a supervisor restarts a thread that is killed, that throws and that hangs', async (t) => {
  const threads = host()
  const events: SupervisionEvent[] = []
  const waiters: { type: string; name: string; incarnation: number; resolve: () => void }[] = []
  const supervisor = createSupervisor(tree([worker('a'), worker('b')]), {
    host: threads,
    clock: createSystemClock(),
    random: createRandom(1),
    onEvent: (event) => {
      events.push(event)
      for (const w of waiters) if (w.type === event.type && w.name === event.name && w.incarnation === event.incarnation) w.resolve()
    },
  })
  const seen = (type: string, name: string, incarnation: number) => new Promise<void>((resolve) => waiters.push({ type, name, incarnation, resolve }))
  await supervisor.start()
  const a = () => supervisor.incarnation('a')

  let again = seen('running', 'a', 2)
  a()?.kill('killed', 'test')
  await again
  t.equal(a()?.address.incarnation, 2)

  again = seen('running', 'a', 3)
  await t.rejects(supervisor.incarnation('b')?.inspect() ?? Promise.resolve(), undefined, 'b answers').catch(() => {})
  a()?.kill('killed', 'again')
  await again

  t.equal(supervisor.tree().children[0]?.restarts, 2)
  await supervisor.stop()
  t.same(
    supervisor.tree().children.map((c) => c.state),
    ['stopped', 'stopped'],
  )
  await threads.close()
})
