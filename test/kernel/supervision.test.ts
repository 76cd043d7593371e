/** Supervision: strategies, restart types, escalation and degradation, dynamic and significant children, on both stages. */
import t from 'tap'
import { sleep } from '../../src/base/clock.js'
import { createRandom } from '../../src/base/random.js'
import { checkTree, type SupervisorSpec, warnOfTree } from '../../src/kernel/supervision/child-spec.js'
import type { SupervisionEvent, TreeNode } from '../../src/kernel/supervision/supervisor.js'
import { inSim, onBothStages, type Stage, tree, worker } from './stages.js'

const seed = Number(process.env['SEED'] ?? Date.now() % 1e6)
t.comment(`replay with SEED=${seed}`)

const flat = (node: TreeNode): TreeNode[] => [node, ...node.children.flatMap(flat)]
const states = (stage: Stage) => Object.fromEntries(flat(stage.supervisor.tree()).map(({ name, state }) => [name, state]))
const incarnations = (stage: Stage) =>
  flat(stage.supervisor.tree())
    .filter(({ type }) => type === 'worker')
    .map(({ incarnation }) => incarnation)
const told = (stage: Stage, ...types: string[]) => stage.events.filter(({ type }) => types.includes(type)) as SupervisionEvent[]
const running = (stage: Stage) =>
  stage.until('everybody runs', () => flat(stage.supervisor.tree()).every(({ state }) => state === 'running'))

const three = [worker('a'), worker('b'), worker('c')]
for (const [strategy, after] of [
  ['one-for-one', [1, 2, 1]],
  ['rest-for-one', [1, 2, 2]],
  ['one-for-all', [2, 2, 2]],
] as const)
  onBothStages(t, `${strategy}: who is restarted with whom`, tree(three, { strategy, order: 'sequential' }), {}, async (t, stage) => {
    const before = stage.events.length
    await stage.kill('b')
    await stage.until('b is back', () => incarnations(stage)[1] === 2)
    await running(stage)
    t.same(incarnations(stage), after)
    const log = stage.events.slice(before).filter(({ type }) => type === 'ended' || type === 'starting')
    const names = (type: string) => log.filter((event) => event.type === type).map(({ name }) => name)
    const restarted = ['a', 'b', 'c'].filter((_, i) => after[i] === 2)
    t.same(names('ended'), ['b', ...restarted.filter((name) => name !== 'b').reverse()], 'stopped in reverse order')
    t.same(names('starting'), restarted, 'started in order')
    t.notOk(
      told(stage, 'ended').some(({ reason, name }) => name !== 'b' && reason?.type !== 'shutdown'),
      'and not killed',
    )
  })

onBothStages(
  t,
  'children start in order, each when the one before is ready, and stop in reverse within their budgets',
  tree(
    [
      worker('a', { shutdownMs: 'brutal-kill' }, { config: { initTakesMs: 30 } }),
      worker('b', { shutdownMs: 'infinity' }),
      worker('c', { shutdownMs: 30 }, { config: { terminateTakesMs: 600_000 } }),
    ],
    { order: 'sequential' },
  ),
  {},
  async (t, stage) => {
    const log = told(stage, 'starting', 'running').map(({ type, name }) => `${name} ${type}`)
    t.same(log, ['a starting', 'a running', 'b starting', 'b running', 'c starting', 'c running'])
    await stage.supervisor.stop()
    t.match(told(stage, 'ended'), [
      { name: 'c', reason: { type: 'killed', message: 'did not stop within 30 ms' } },
      { name: 'b', reason: { type: 'shutdown' } },
      { name: 'a', reason: { type: 'killed', message: 'killed to stop' } },
    ])
    t.same(new Set(Object.values(states(stage))), new Set(['stopped']))
    await stage.supervisor.start()
    t.same(incarnations(stage), [2, 2, 2], 'a tree that was stopped can be started')
  },
)

onBothStages(
  t,
  'restart types: permanent always, transient after a failure, temporary never',
  tree([worker('p'), worker('t', { restart: 'transient' }), worker('x', { restart: 'temporary' })]),
  {},
  async (t, stage) => {
    for (const name of ['p', 't', 'x']) await stage.kill(name)
    await stage.until('both are back', () => ['p', 't'].every((name) => states(stage)[name] === 'running'))
    t.same(states(stage), { root: 'running', p: 'running', t: 'running', x: 'failed' })
    await stage.until('they are known', () => stage.context.running().length === 2)
    for (const name of ['p', 't'])
      await stage
        .echo(name)
        .call('finish', {})
        .catch(() => {})
    await stage.until('p is back', () => stage.supervisor.tree().children[0]?.incarnation === 3 && states(stage)['p'] === 'running')
    t.same(states(stage), { root: 'running', p: 'running', t: 'stopped', x: 'failed' }, 'who stops by itself has not failed')
    await stage.supervisor.restart('x')
    await stage.supervisor.restart('t')
    t.same(states(stage), { root: 'running', p: 'running', t: 'running', x: 'running' }, 'and can be started by hand')
    t.same(incarnations(stage), [3, 3, 2])
  },
)

const quick = { minMs: 20, maxMs: 100, jitter: 0, resetAfterMs: 10_000 }
const failing: SupervisorSpec = tree(
  [tree([worker('bad', {}, { config: {} }), worker('sibling')], { name: 'low', intensity: 2 }), tree([worker('good')], { name: 'other' })],
  { intensity: 1, periodMs: 3_000, degradedRetry: quick },
)

onBothStages(
  t,
  'escalation: intensity by intensity, up to a degraded subtree that is tried again and recovers',
  failing,
  {},
  async (t, stage) => {
    const { supervisor } = stage
    const kill = async () => {
      await stage.until('bad runs', () => states(stage)['bad'] === 'running')
      await stage.kill('bad')
    }
    // Two restarts are allowed below, one above: (2 + 1) * (1 + 1) deaths and the root gives up.
    for (let i = 0; i < 6; i++) await kill()
    await stage.until('it is degraded', () => told(stage, 'degraded').length > 0)
    t.same(
      told(stage, 'escalated').map(({ name }) => name),
      ['low', 'low'],
    )
    t.match(told(stage, 'degraded'), [
      { name: 'low', supervisor: 'root', delayMs: 20, reason: { message: /more than 1 restarts within 3000 ms/ } },
    ])
    t.match(supervisor.tree(), { state: 'degraded', children: [{ name: 'low', degraded: { retries: 0 } }, { state: 'running' }] })
    t.equal(supervisor.tree().children[1]?.children[0]?.incarnation, 1, 'others go on')
    await stage.until('it is tried again', () => states(stage)['bad'] === 'running')
    t.equal(supervisor.tree().state, 'degraded', 'running again is not yet well again')
    for (let i = 0; i < 3; i++) await kill()
    await stage.until('a relapse', () => told(stage, 'degraded').length === 2)
    t.equal(told(stage, 'degraded')[1]?.delayMs, 20, 'a retry that failed waits')
    await stage.until('recovered', () => told(stage, 'recovered').length > 0)
    t.same([...new Set(Object.values(states(stage)))], ['running'], 'after a period without another end')
    t.equal(told(stage, 'retrying').length, 2)
  },
)

onBothStages(
  t,
  'a supervisor may degrade in place, and a restart by hand is a way back',
  tree([
    tree([worker('bad', {}, { config: { initFails: true } }), worker('sibling')], { name: 'node', intensity: 1, onGiveUp: 'degrade' }),
  ]),
  { unstarted: true },
  async (t, stage) => {
    // It does not hold up who starts the tree.
    await stage.supervisor.start()
    await stage.until('the sibling runs', () => states(stage)['sibling'] === 'running')
    t.same(states(stage), { root: 'degraded', node: 'degraded', bad: 'degraded', sibling: 'running' })
    t.equal(told(stage, 'escalated').length, 0, 'its parent was not troubled')
    await t.rejects(stage.supervisor.restart('nobody'), { code: 'NoSuchActor' })
    // By hand means now, not when the backoff allows; what fails still fails.
    const attempts = told(stage, 'starting').filter(({ name }) => name === 'bad').length
    await t.rejects(stage.supervisor.restart('bad'), { code: 'StartFailed' })
    t.equal(told(stage, 'starting').filter(({ name }) => name === 'bad').length, attempts + 1)
  },
)

const significant = (autoShutdown: 'any-significant' | 'all-significant'): SupervisorSpec =>
  tree([
    worker('other'),
    tree(
      [worker('s1', { restart: 'transient', significant: true }), worker('s2', { restart: 'temporary', significant: true }), worker('w')],
      {
        name: 'job',
        restart: 'temporary',
        autoShutdown,
      },
    ),
  ])

onBothStages(
  t,
  'the first significant child that ends takes its supervisor with it',
  significant('any-significant'),
  {},
  async (t, stage) => {
    await stage.kill('s1')
    await stage.until('a failure is a restart', () => states(stage)['s1'] === 'running' && incarnations(stage)[1] === 2)
    await stage.kill('s2')
    await stage.until('the end', () => states(stage)['job'] === 'stopped')
    t.same(states(stage), { root: 'running', other: 'running', job: 'stopped', s1: 'stopped', s2: 'stopped', w: 'stopped' })
    t.match(told(stage, 'stopped'), [{ name: 'job', reason: { type: 'shutdown', message: 'significant child "s2" ended' } }])
  },
)

onBothStages(t, 'or the last of them', significant('all-significant'), {}, async (t, stage) => {
  await stage.kill('s2')
  await stage.until('it stays down', () => states(stage)['s2'] === 'failed')
  t.equal(states(stage)['job'], 'running')
  await stage
    .echo('s1')
    .call('finish', {})
    .catch(() => {})
  await stage.until('the end', () => states(stage)['job'] === 'stopped')
  t.equal(states(stage)['other'], 'running')
})

const simple = tree(
  [
    tree([], {
      name: 'pods',
      strategy: 'simple-one-for-one',
      template: { start: { role: 'test', entry: 'echo' }, restart: 'transient', shutdownMs: 1_000, startMs: 5_000 },
    }),
  ],
  {},
)
onBothStages(t, 'children come and go at run time', simple, {}, async (t, stage) => {
  const { supervisor } = stage
  await Promise.all(['p1', 'p2'].map((name) => supervisor.startChild('pods', { name, config: {} })))
  t.same(supervisor.names(), ['p1', 'p2'])
  await t.rejects(supervisor.startChild('pods', { name: 'p1', config: {} }), { code: 'InvalidChildSpec' })
  await t.rejects(supervisor.startChild('pods', worker('x')), { code: 'InvalidChildSpec' }, 'from the template only')
  await t.rejects(supervisor.startChild('p1', worker('x')), { code: 'NoSuchActor' })
  await stage.kill('p1')
  await stage.until('p1 is back', () => incarnations(stage)[0] === 2 && states(stage)['p1'] === 'running')
  await supervisor.removeChild('p1')
  t.same(supervisor.names(), ['p2'])
  await stage.until('p1 is gone', () => !stage.context.running().some(({ name }) => name === 'p1'))
  await supervisor.startChild('root', worker('late', { restart: 'temporary' }))
  await stage.kill('late')
  await stage.until('it is forgotten', () => !supervisor.names().includes('late'))
  await supervisor.startChild('root', tree([worker('deep')], { name: 'branch' }))
  t.equal(states(stage)['deep'], 'running')
})

t.test('whatever dies whenever, a tree comes back whole and every name runs once', async (t) => {
  for (let i = 0; i < 12; i++) {
    const random = createRandom(seed + i)
    const strategy = random.pick(['one-for-one', 'rest-for-one', 'one-for-all'] as const)
    const order = random.pick(['sequential', 'parallel'] as const)
    const spec = tree(
      [
        worker('a'),
        tree([worker('b'), worker('c'), worker('d')], { name: 'inner', strategy, order, intensity: 4, periodMs: 1_000 }),
        worker('e'),
      ],
      { strategy: random.pick(['one-for-one', 'rest-for-one', 'one-for-all'] as const), order, intensity: 6, degradedRetry: quick },
    )
    await inSim(spec, { seed: seed + i }, async (stage) => {
      for (let kills = 0; kills < 40; kills++) {
        void stage.kill(random.pick(stage.supervisor.names()))
        await sleep(stage.context.clock, random.below(80))
        if (random.chance(0.05))
          await stage.supervisor.restart(random.pick(['inner', 'a', 'b', 'root'])).catch((error) => t.equal(error.code, 'StartFailed'))
      }
      await running(stage)
      const alive = new Map<string, number>()
      for (const event of stage.events) {
        if (event.type === 'starting') alive.set(event.name, (alive.get(event.name) ?? 0) + 1)
        if (event.type === 'ended') alive.set(event.name, (alive.get(event.name) ?? 0) - 1)
        if ((alive.get(event.name) ?? 0) > 1) t.fail(`${event.name} runs twice; SEED=${seed + i}`)
      }
      t.same([...alive.values()], [1, 1, 1, 1, 1], `seed ${seed + i}: ${strategy} ${order}`)
    })
  }
})

t.test('contradictory trees are refused, doubtful ones warned of', async (t) => {
  const refused = (spec: SupervisorSpec) => t.throws(() => checkTree(spec), { code: 'InvalidChildSpec' })
  refused(tree([worker('a', { significant: true })], { autoShutdown: 'any-significant' }))
  refused(tree([worker('a', { significant: true, restart: 'transient' })]))
  refused(tree([worker('a', { shutdownMs: -1 })]))
  refused(tree([], { strategy: 'simple-one-for-one' }))
  refused({ ...simple, children: [{ ...(simple.children[0] as SupervisorSpec), children: [worker('a')] }] })
  refused(tree([], { degradedRetry: { ...quick, maxMs: 1 } }))
  t.same(warnOfTree(tree([worker('a')])), [])
  t.match(warnOfTree(tree([tree([tree([], { name: 'z' })], { name: 'y' })])), [/"z": restarts multiply over levels, here up to 8000/])
  t.match(warnOfTree(tree([], { intensity: 1 })), [/before a poison message is parked/])
  t.match(warnOfTree(tree([tree([], { name: 'y', autoShutdown: 'any-significant' })])), [/its parent starts it again/])
})
