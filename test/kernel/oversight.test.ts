/** What hosts see among their actors: dead letters, poison messages, deadlocks; on threads and in the simulator. */
import t from 'tap'
import { CodedError } from '../../src/base/errors.js'
import { createPoisonRegister, culpritOf } from '../../src/kernel/poison.js'
import { createWaitGraph, type Wait } from '../../src/kernel/wait-graph.js'
import { onBothStages, onThreads, tree, worker } from './stages.js'

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'ok',
    (error) => (error instanceof CodedError ? error.code : String(error)),
  )

onBothStages(t, 'dead letters have reasons, and the last ones can be read', tree([worker('a'), worker('b')]), {}, async (t, stage) => {
  const a = stage.echo('a')
  a.cast('nothing' as 'note', { lost: true })
  t.equal(await codeOf(a.call('nothing' as 'echo', 1)), 'NoSuchMethod')
  // The answer comes after its question was given up.
  const late = a.call('relay', { to: 'b', method: 'later', params: { ms: 60 }, timeoutMs: 20 })
  t.equal((await late).code, 'DeadlineExceeded')
  const letters = () => stage.supervisor.incarnation('a')?.deadLetters()
  await stage.until('the late answer', async () => ((await letters())?.counts['late'] ?? 0) > 0)
  const report = await letters()
  t.same(report?.counts, { 'no-such-method': 2, late: 1 })
  t.match(report?.recent, [
    { reason: 'no-such-method', type: 'cast', method: 'nothing', from: 'cluster/test#1', to: 'test/a#1' },
    { reason: 'no-such-method', type: 'call', method: 'nothing' },
    { reason: 'late', type: 'result', from: 'test/b#1', to: 'test/a#1' },
  ])
})

onBothStages(t, 'a message that crashes its actor again and again is parked', tree([worker('a')]), {}, async (t, stage) => {
  const poison = () => stage.echo('a').call('fail', {})
  const back = (incarnation: number) =>
    stage.until('it is back', () => stage.context.running().some(({ name, incarnation: now }) => name === 'a' && now === incarnation))
  for (let crash = 1; crash <= 3; crash++) {
    t.equal(await codeOf(poison()), 'Internal', `crash ${crash} is told as a bug`)
    await back(crash + 1)
  }
  t.equal(await codeOf(poison()), 'PoisonMessage', 'the fourth is refused')
  t.equal(await codeOf(stage.echo('a').call('fail', { code: 'Teapot' })), 'Teapot', 'the same method with other params is not')
  t.equal(await stage.echo('a').call('echo', 'alive'), 'alive')
  t.match(stage.host.parked(), [{ actor: 'a', type: 'call', method: 'fail', preview: '{}', crashes: 3, from: 'cluster/test#1' }])
  t.match(
    stage.events.filter(({ type }) => type === 'poisoned'),
    [{ name: 'a', incarnation: 3, parked: { method: 'fail' } }],
  )
  t.match(await stage.supervisor.incarnation('a')?.deadLetters(), { counts: { poison: 1 }, recent: [{ reason: 'poison', method: 'fail' }] })
  t.equal(stage.host.release('a'), 1)
  await stage.until('it is let through', async () => (await codeOf(poison())) !== 'PoisonMessage')
  await back(5)
  t.same(stage.host.parked(), [], 'released means forgotten: it starts from nothing')
})

onBothStages(t, 'actors that wait for each other in a circle are told of', tree([worker('a'), worker('b')]), {}, async (t, stage) => {
  const circle = stage.echo('a').call(
    'relay',
    {
      to: 'b',
      method: 'relay' as 'echo',
      params: { to: 'a', method: 'never', params: {}, timeoutMs: 30_000 },
      timeoutMs: 30_000,
    },
    { timeoutMs: 40_000 },
  )
  circle.catch(() => {})
  await stage.until('the deadlock', () => stage.host.deadlocks().length > 0)
  t.match(
    stage.events.filter(({ type }) => type === 'deadlock'),
    [
      {
        name: 'a',
        cycle: [
          { caller: 'a', callee: 'b', method: 'relay' },
          { caller: 'b', callee: 'a', method: 'never' },
        ],
      },
    ],
  )
  t.ok(
    stage.host.waits().some(({ caller, callee }) => caller === 'test' && callee === 'a'),
    'who waits on them is shown too',
  )
  await stage.kill('b')
  await stage.until('it is over', () => stage.events.some(({ type }) => type === 'deadlock-over'))
  t.match(await circle, { code: 'ActorDown' })
})

onBothStages(
  t,
  'a deadlock can be broken by failing its youngest call',
  tree([worker('a'), worker('b')]),
  { oversight: { breakDeadlocks: true } },
  async (t, stage) => {
    const outcome = await stage.echo('a').call(
      'relay',
      {
        to: 'b',
        method: 'relay' as 'echo',
        params: { to: 'a', method: 'never', params: {}, timeoutMs: 30_000 },
        timeoutMs: 30_000,
      },
      { timeoutMs: 40_000 },
    )
    const { broken } = stage.events.find((event) => event.type === 'deadlock') ?? {}
    // Which of two calls is a fraction of a millisecond younger is certain only where clocks are.
    if (stage.name === 'sim') t.match(broken, { caller: 'b', callee: 'a' })
    t.match(outcome, broken?.caller === 'b' ? { ok: { code: 'Deadlock' } } : { code: 'Deadlock' }, 'one gave up')
  },
)

t.test('a message that hangs its actor is found out, though the actor can say nothing any more', async (t) => {
  await onThreads(tree([worker('a')]), { hangMs: 200 }, async (stage) => {
    const back = (incarnation: number) =>
      stage.until('it is back', () => stage.context.running().some(({ name, incarnation: now }) => name === 'a' && now === incarnation))
    // The first hang only makes the host watch.
    for (let hang = 1; hang <= 4; hang++) {
      t.equal(await codeOf(stage.echo('a').call('spin', { ms: 600_000 })), 'ActorDown')
      await back(hang + 1)
    }
    t.equal(await codeOf(stage.echo('a').call('spin', { ms: 600_000 })), 'PoisonMessage')
    t.match(stage.host.parked(), [{ actor: 'a', method: 'spin', preview: '{"ms":600000}' }])
    t.match(
      stage.events.filter(({ type }) => type === 'ended'),
      [1, 2, 3, 4].map(() => ({ reason: { type: 'hung' } })),
    )
  })
})

t.test('parking is for a time, which doubles with a relapse', async (t) => {
  let now = 0
  const clock = { now: () => now, monotonic: () => now }
  const register = createPoisonRegister({ crashes: 2, withinMs: 1_000, parkMs: 100, parkMsMax: 250 }, clock)
  const culprit = culpritOf({ type: 'cast', method: 'm', params: { bytes: new Uint8Array(3) }, trace: { clock: [] } }, 'r/n#1')
  t.equal(culprit.preview, '{"bytes":"3 bytes"}')
  t.equal(register.crashed('a', culprit), undefined)
  t.match(register.crashed('a', culprit), { forMs: 100, crashes: 2 })
  now = 99
  t.match(register.brief('a').parked, [{ method: 'm', forMs: 1 }])
  t.same(register.brief('b').parked, [], 'for this actor only')
  now = 101
  t.same(register.parked(), [], 'it is tried again')
  t.match(register.crashed('a', culprit), { forMs: 200, crashes: 3 })
  now += 201
  t.match(register.crashed('a', culprit), { forMs: 250 }, 'up to the most')
  now += 2_000
  t.equal(register.crashed('a', culprit), undefined, 'what was well for long enough is forgotten')
  t.notOk(register.brief('a').watch)
  register.crashed('a', undefined)
  t.ok(register.brief('a').watch)
  now += 1_001
  t.notOk(register.brief('a').watch)
})

t.test('a cycle is told of when all of it has been confirmed, once, and only while it stands', async (t) => {
  const told: string[] = []
  const text = (cycle: readonly Wait[]) => cycle.map(({ caller }) => caller).join('>')
  const graph = createWaitGraph(() => 0, { found: (cycle) => told.push(`+${text(cycle)}`), gone: (cycle) => told.push(`-${text(cycle)}`) })
  const at = (name: string, incarnation = 1) => ({ role: 'r', name, incarnation })
  const wait = (callee: string, id = '1.1') => ({ id, callee, method: 'm', ageMs: 1 })
  graph.report(at('a'), [wait('b'), wait('x', '1.2')])
  graph.report(at('b'), [wait('c')])
  graph.report(at('c'), [wait('a')])
  t.same(told, [], 'it may be over by now')
  graph.report(at('a'), [wait('b')])
  graph.report(at('b'), [wait('c')])
  t.same(told, [])
  graph.report(at('c'), [wait('a')])
  t.same(told, ['+a>b>c'])
  graph.report(at('c'), [wait('a')])
  t.equal(told.length, 1, 'once')
  graph.report(at('b'), [wait('c', '1.9')])
  t.same(told, ['+a>b>c', '-a>b>c'], 'another call is another cycle')
  graph.forget(at('b', 2))
  t.equal(graph.waits().length, 3, 'news of another incarnation')
  graph.forget(at('b'))
  t.equal(graph.waits().length, 2)
})
