/** Every kind of fault shown to act in the simulator, to be healed, and plans carried out there; all in virtual time, under a seed. */
import { setMaxListeners } from 'node:events'
import t from 'tap'
import { sleep } from '../../src/base/clock.js'
import { createRandom } from '../../src/base/random.js'
import { type Injection, inject } from '../../src/chaos/injection.js'
import { runPlan } from '../../src/chaos/nemesis.js'
import { parseFault, parsePlan } from '../../src/chaos/parse-plan.js'
import { randomPlan } from '../../src/chaos/random-plan.js'
import type { ChaosEvent } from '../../src/chaos/result.js'
import { nextTurn } from '../../src/kernel/thread/platform.js'
import type { Stagehand } from '../../src/sim/stagehand.js'
import { simulate } from '../../src/sim/world.js'

t.setTimeout(120_000)
// All actors of a world share one thread here, and each may listen to its signals as often as it likes.
setMaxListeners(0)

async function play<T>(seed: string, scenario: (hand: Stagehand) => Promise<T>): Promise<T & { readonly hash: string }> {
  let outcome: T | undefined
  const result = await simulate({ seed, turn: nextTurn, nodes: 1 }, async (hand) => {
    await hand.until('the API', async () => (await hand.stage.transport.request({ method: 'GET', path: '/readyz' })).status === 200)
    outcome = await scenario(hand)
  })
  if (!result.ok) throw new Error(`seed ${seed}: ${result.message}`)
  return { ...(outcome as T), hash: result.hash }
}

const path = '/api/v1/namespaces/default/configmaps'
const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const decode = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes))

/** What one scenario does over and over. */
function tools({ stage, context }: Stagehand) {
  const { transport } = stage
  let ids = 0
  const put = (fault: object): Promise<Injection> => inject(stage, parseFault(fault), { id: `f${++ids}`, random: createRandom(`f${ids}`) })
  const send = (method: string, at: string, body?: object, timeoutMs = 20_000) =>
    transport.request({ method, path: at, headers: { 'user-agent': 'tester' }, ...(body ? { body: encode(body) } : {}) }, { timeoutMs })
  return {
    put,
    create: async (name: string, timeoutMs?: number) => {
      const began = context.clock.monotonic()
      const { status, body } = await send('POST', path, { metadata: { name } }, timeoutMs).catch((error) => ({
        status: error.code as string,
        body: undefined,
      }))
      return { status, ms: context.clock.monotonic() - began, object: body && decode(body) }
    },
    names: async (query = '') =>
      (decode((await send('GET', `${path}${query}`)).body).items as { metadata: { name: string } }[])
        .map(({ metadata }) => metadata.name)
        .filter((name) => name !== 'kube-root-ca.crt'),
    send,
    /** Watches; `seen` fills as events come. */
    watch: async (query = '') => {
      const { chunks } = await transport.open({ method: 'GET', path: `${path}?watch=1&${query}`, headers: { 'user-agent': 'tester' } })
      const watch = { seen: [] as string[], ended: false }
      const read = async () => {
        for await (const chunk of chunks)
          for (const line of new TextDecoder().decode(chunk).split('\n'))
            if (line) {
              const { type, object } = JSON.parse(line)
              watch.seen.push(type === 'ERROR' ? `ERROR ${object.code}` : `${type} ${object.metadata.name ?? ''}`.trim())
            }
      }
      void read()
        .catch(() => {})
        .finally(() => (watch.ended = true))
      return watch
    },
    pause: (ms: number) => sleep(context.clock, ms),
  }
}
const mine = { userAgent: ['tester'] }

t.test('API faults', async (t) => {
  const found = await play('api', async (hand) => {
    const { put, create, names, send, watch, pause } = tools(hand)
    const log: Record<string, unknown> = {}
    for (const code of [409, 410, 429, 500, 503, 504]) {
      const fault = await put({ type: 'api-error', requests: { ...mine, verb: 'create' }, code, times: 1 })
      const refused = await create(`refused-${code}`)
      log[`error ${code}`] = [refused.status, refused.object.reason, (await create(`refused-${code}`)).status, await fault.heal()]
    }
    const latency = await put({ type: 'api-latency', requests: mine, delayMs: 500 })
    log['latency'] = (await create('late')).ms >= 500
    await latency.heal()
    log['latency healed'] = (await create('soon')).ms < 300

    const lost = await put({ type: 'api-response-lost', requests: { ...mine, verb: 'create' } })
    log['lost'] = [(await create('lost')).status, (await names()).includes('lost'), await lost.heal()]

    const twice = await put({ type: 'api-applied-twice', requests: { ...mine, verb: 'create' } })
    log['twice'] = [(await create('twice')).status, await twice.heal(), (await names()).includes('twice')]

    const skipped = await put({ type: 'api-error', requests: { ...mine, verb: 'create' }, code: 500, skip: 2, times: 2 })
    log['skip and times'] = []
    for (let i = 0; i < 6; i++) (log['skip and times'] as unknown[]).push((await create(`s${i}`)).status)
    await skipped.heal()

    const elsewhere = await put({ type: 'api-error', requests: { resource: 'pods', ...mine }, code: 500 })
    log['elsewhere'] = [
      (await create('here')).status,
      (await send('GET', '/api/v1/pods')).status,
      await elsewhere.heal(),
      (await send('GET', '/api/v1/pods')).status,
    ]

    const open = await watch('resourceVersion=0')
    const cut = await put({ type: 'api-watch-cut', requests: { ...mine, verb: 'watch' } })
    await pause(50)
    log['cut'] = [open.ended, await cut.heal()]
    const counted = await put({ type: 'api-watch-cut', requests: { ...mine, verb: 'watch' }, afterEvents: 2 })
    const rv = (await send('GET', path).then(({ body }) => decode(body).metadata.resourceVersion)) as string
    const two = await watch(`resourceVersion=${rv}`)
    for (const name of ['w1', 'w2', 'w3']) {
      await create(name)
      await pause(20)
    }
    log['cut after'] = [two.seen, two.ended]
    await counted.heal()
    return log
  })
  const { hash: _, ...log } = found
  t.same(log, {
    'error 409': [409, 'Conflict', 201, 1],
    'error 410': [410, 'Expired', 201, 1],
    'error 429': [429, 'TooManyRequests', 201, 1],
    'error 500': [500, 'InternalError', 201, 1],
    'error 503': [503, 'ServiceUnavailable', 201, 1],
    'error 504': [504, 'Timeout', 201, 1],
    latency: true,
    'latency healed': true,
    lost: ['ActorDown', true, 1],
    twice: [409, 1, true],
    'skip and times': [201, 201, 500, 500, 201, 201],
    elsewhere: [201, 500, 1, 200],
    cut: [true, 1],
    'cut after': [['ADDED w1', 'ADDED w2'], true],
  })
})

t.test('views', async (t) => {
  const found = await play('views', async (hand) => {
    const { put, create, names, send, watch, pause } = tools(hand)
    const log: Record<string, unknown> = {}
    await create('old')
    const rv = decode((await send('GET', path)).body).metadata.resourceVersion as string
    const seen = await watch(`resourceVersion=${rv}`)
    const frozen = await put({ type: 'view-frozen', requests: mine, scope: 'all' })
    await create('new')
    await pause(500)
    log['frozen'] = [await names(), await names('?resourceVersion=0'), [...seen.seen], (await send('GET', `${path}/new`)).status]
    await frozen.heal()
    await pause(50)
    log['thawed'] = [await names(), [...seen.seen], (await send('GET', `${path}/new`)).status]

    const allowed = await put({ type: 'view-frozen', requests: mine })
    await create('newer')
    log['only where it may'] = [(await names()).includes('newer'), (await names('?resourceVersion=0')).includes('newer')]
    await allowed.heal()
    await pause(50)

    const lag = await put({ type: 'view-lagging', requests: mine, lagMs: 1_000, scope: 'all' })
    await pause(2_000)
    await create('lagging')
    await pause(800)
    const before = [seen.seen.includes('ADDED lagging'), (await names()).includes('lagging')]
    await pause(400)
    log['lag'] = [before, [seen.seen.includes('ADDED lagging'), (await names()).includes('lagging')]]
    await lag.heal()

    const hidden = await put({ type: 'view-hidden', requests: mine, events: ['ADDED'], skip: 1, times: 1 })
    for (const name of ['h1', 'h2', 'h3']) await create(name)
    await pause(50)
    log['hidden'] = [seen.seen.filter((event) => / h\d/.test(event)), await hidden.heal()]

    const withheld = await put({ type: 'api-bookmark-withheld', requests: mine })
    const marked = await watch('resourceVersion=0&allowWatchBookmarks=true&timeoutSeconds=3')
    await pause(3_500)
    log['bookmarks withheld'] = [marked.seen.includes('BOOKMARK'), (await withheld.heal()) > 0]
    const unmarked = await watch('resourceVersion=0&allowWatchBookmarks=true&timeoutSeconds=3')
    await pause(3_500)
    log['bookmarks'] = unmarked.seen.includes('BOOKMARK')

    for (let i = 0; i < 3; i++) await create(`p${i}`)
    const past = await put({ type: 'view-past', requests: mine, revisions: 2 })
    await pause(50)
    log['past'] = [(await names()).filter((name) => name.startsWith('p')).length < 3, seen.seen.at(-1), seen.ended]
    await past.heal()
    log['present'] = (await names()).filter((name) => name.startsWith('p')).length
    return log
  })
  const { hash: _, ...log } = found
  t.same(log, {
    frozen: [['old'], ['old'], [], 404],
    thawed: [['new', 'old'], ['ADDED new'], 200],
    'only where it may': [true, false],
    lag: [
      [false, false],
      [true, true],
    ],
    hidden: [['ADDED h1', 'ADDED h3'], 1],
    'bookmarks withheld': [false, true],
    bookmarks: true,
    past: [true, 'ERROR 410', true],
    present: 3,
  })
})

t.test('actor, message, clock and disk faults', async (t) => {
  const found = await play('others', async (hand) => {
    const { put, create, pause, send } = tools(hand)
    const { stage, supervisor, context } = hand
    const log: Record<string, unknown> = {}
    const restarts = async (what: string, actor: string, fault: object): Promise<void> => {
      const before = supervisor.incarnation(actor)?.address.incarnation ?? 0
      const injection = await put({ actors: actor, ...fault })
      await hand.until(
        `${actor} restarts`,
        async () => (supervisor.incarnation(actor)?.address.incarnation ?? 0) > before && supervisor.incarnation(actor)?.isReady === true,
      )
      await injection.heal()
      log[what] = (supervisor.incarnation(actor)?.address.incarnation ?? 0) - before
    }
    await restarts('kill', 'scheduler', { type: 'kill' })
    await restarts('hang', 'scheduler', { type: 'hang' })
    await restarts('out of memory', 'scheduler', { type: 'out-of-memory' })
    const first = supervisor.incarnation('scheduler')?.address.incarnation ?? 0
    const storm = await put({ type: 'restart-storm', actors: 'scheduler', kills: 3, everyMs: 100 })
    await storm.heal()
    await hand.until('the scheduler is back', async () => supervisor.incarnation('scheduler')?.isReady === true)
    log['storm'] = [(supervisor.incarnation('scheduler')?.address.incarnation ?? 0) - first, storm.hits()]

    const pause1 = await put({ type: 'pause', actors: 'apiserver' })
    log['paused'] = (await create('paused', 1_000)).status
    await pause1.heal()
    log['resumed'] = (await create('resumed')).status
    const slow = await put({ type: 'slow', actors: 'apiserver', perMessageMs: 200 })
    log['slow'] = (await create('slow')).ms > 200
    await slow.heal()
    await create('faster')
    log['fast'] = (await create('fast')).ms < 200

    const leader = await hand.leader()
    const others = ['store-1', 'store-2', 'store-3'].filter((name) => name !== leader)
    const cut = await put({ type: 'partition', a: [leader], b: others })
    await hand.until('another leads', async () => {
      const now = await stage.leader()
      return now !== undefined && now !== leader
    })
    log['partition'] = [(await create('other-side', 20_000)).status, cut.hits() > 0]
    await cut.heal()
    log['partition healed'] = (await create('healed')).status

    for (const fault of [
      { type: 'drop', probability: 0.3 },
      { type: 'duplicate', probability: 0.5 },
      { type: 'reorder', windowMs: 20 },
      { type: 'delay', delayMs: 30, jitterMs: 10 },
    ]) {
      const injection = await put({ ...fault, from: 'store-replica', to: 'store-replica' })
      const { status, ms } = await create(`under-${fault.type}`, 20_000)
      log[fault.type] = [status, (await injection.heal()) > 0, fault.type !== 'delay' || ms >= 60]
    }
    const clog = await put({ type: 'clog', from: 'cluster-nobody', to: 'apiserver' }).catch((error) => error.message)
    log['clog of nobody'] = typeof clog
    const clogged = await put({ type: 'clog', from: 'apiserver', to: 'store-replica' })
    log['clog'] = (await create('clogged', 1_000)).status
    await clogged.heal()
    await hand.until('what was clogged arrives', async () => (await send('GET', `${path}/clogged`)).status === 200)

    const skew = await put({ type: 'clock-skew', actors: 'apiserver', offsetMs: 3_600_000 })
    const skewed = (await create('skewed')).object.metadata.creationTimestamp
    log['skew'] = Math.round((Date.parse(skewed) - context.clock.now()) / 60_000)
    await skew.heal()
    log['skew healed'] = Math.round((Date.parse((await create('right')).object.metadata.creationTimestamp) - context.clock.now()) / 60_000)
    const drift = await put({ type: 'clock-drift', actors: 'apiserver', rate: 10 })
    await pause(60_000)
    const ahead = Date.parse((await create('ahead')).object.metadata.creationTimestamp) - context.clock.now()
    log['drift'] = Math.round(ahead / 60_000)
    await drift.heal()
    await put({ type: 'clock-jump', actors: 'apiserver', byMs: 600_000 })
    const jumped = Date.parse((await create('jumped')).object.metadata.creationTimestamp) - context.clock.now()
    log['jump'] = Math.round((jumped - ahead) / 60_000)
    return log
  })
  const { hash: _, ...log } = found
  t.same(log, {
    kill: 1,
    hang: 1,
    'out of memory': 1,
    storm: [3, 3],
    paused: 'DeadlineExceeded',
    resumed: 201,
    slow: true,
    fast: true,
    partition: [201, true],
    'partition healed': 201,
    drop: [201, true, true],
    duplicate: [201, true, true],
    reorder: [201, true, true],
    delay: [201, true, true],
    'clog of nobody': 'object',
    clog: 'DeadlineExceeded',
    skew: 60,
    'skew healed': 0,
    drift: 9,
    jump: 10,
  })
})

t.test('disk faults', async (t) => {
  const found = await play('disks', async (hand) => {
    const { put, create, names } = tools(hand)
    const { supervisor } = hand
    const log: Record<string, unknown> = {}
    const ready = (name: string) => hand.until(`${name} runs`, async () => supervisor.incarnation(name)?.isReady === true)
    const follower = ['store-1', 'store-2', 'store-3'].find((name) => name !== 'x') ?? ''
    const torn = await put({ type: 'disk-torn-write', actors: follower, probability: 1 })
    for (let i = 0; i < 3; i++) log[`torn ${i}`] = (await create(`torn-${i}`)).status
    log['torn'] = (await torn.heal()) >= 0 && torn.hits() > 0
    await ready(follower)
    const full = await put({ type: 'disk-full', actors: follower })
    log['full'] = (await create('full')).status
    await full.heal()
    await ready(follower)
    const slow = await put({ type: 'disk-slow', actors: ['store-*'], delayMs: 100, calls: ['sync'] })
    log['slow'] = (await create('slow')).ms >= 100
    await slow.heal()
    const lost = await put({ type: 'disk-lost-fsync', actors: follower })
    let unsynced = 0
    await hand.until('a sync is lost', async () => {
      await create(`unsynced-${++unsynced}`)
      return lost.hits() > 0
    })
    hand.kill(follower)
    await lost.heal()
    await ready(follower)
    log['lost'] = (await names()).filter((name) => name.startsWith('unsynced')).length - unsynced
    const all = await put({ type: 'disk-lost-fsync', actors: ['store-*'] })
    log['written to memory only'] = (await create('gone')).status
    for (const name of ['store-1', 'store-2', 'store-3']) hand.kill(name)
    await all.heal()
    for (const name of ['store-1', 'store-2', 'store-3']) await ready(name)
    // Outside what the system promises: what was acknowledged is gone, once the API server has no memory of it either.
    hand.kill('apiserver')
    await ready('apiserver')
    log['gone'] = (await names()).includes('gone')
    return log
  })
  const { hash: _, ...log } = found
  t.match(log, { torn: true, full: 201, slow: true, lost: 0, 'written to memory only': 201, gone: false })
})

t.test('a plan is carried out, its triggers counted, and the same twice', async (t) => {
  const plan = parsePlan({
    name: 'third-write',
    duration: '4s',
    seed: 5,
    steps: [
      {
        name: 'at-third',
        when: { requests: { userAgent: 'troupe-chaos', verb: 'create', resource: 'configmaps' }, count: 3 },
        fault: { type: 'kill', actors: 'apiserver' },
      },
      { name: 'leader', at: '1s', every: '2s', times: 2, fault: { type: 'kill', actors: 'store-*', pick: 'leader' } },
      {
        name: 'errors',
        at: '500ms',
        for: '2s',
        fault: { type: 'api-error', requests: { userAgent: 'troupe-chaos' }, code: 429, probability: 0.3 },
      },
      { name: 'after-death', when: { actors: 'apiserver', event: 'running' }, for: '1s', fault: { type: 'pause', actors: 'scheduler' } },
    ],
    probes: [
      { name: 'ready', phases: ['before', 'after'], check: { type: 'object', path: '/readyz' } },
      { name: 'replicas', phases: ['during'], every: '10ms', tolerance: 1, check: { type: 'actor', actors: 'store-*' } },
    ],
  })
  const run = () =>
    play('plan', async (hand) => {
      const events: ChaosEvent[] = []
      const result = await runPlan(hand.stage, plan, { onEvent: (event) => events.push(event) })
      return { result, events }
    })
  const once = await run()
  t.same(once.result.verdict, { outcome: 'passed', within: 'safe', reasons: [] })
  const { workload } = once.result
  t.same(workload?.lost, [])
  t.ok((workload?.acknowledged ?? 0) > 20 && (workload?.refused ?? 0) > 3, `${workload?.acknowledged} writes`)
  const injected = once.events.filter((event) => event.type === 'injected').map((event) => ('step' in event ? event.step : ''))
  t.same([...injected].sort(), ['after-death', 'at-third', 'errors', 'leader', 'leader'])
  const third = workload?.writes.filter(({ answer }) => answer === '201')[2]
  const killed = once.events.find((event) => event.type === 'injected' && event.step === 'at-third')
  t.ok(third === undefined || (killed?.atMs ?? 0) < (workload?.writes[4]?.atMs ?? 0) + 100, 'at the third write')
  t.same(
    once.result.recoveries.map(({ ms }) => ms !== undefined),
    [true, true, true],
    'all came back',
  )
  t.ok(
    once.result.probes.some(({ name, failures }) => name === 'replicas' && failures > 0),
    'the probe saw them missing',
  )
  const twice = await run()
  t.equal(twice.hash, once.hash)
  t.same(twice.result, once.result)
})

t.test('a violated probe ends the plan; an idle step proves nothing; a lost write is told', async (t) => {
  const outcome = (plan: object) =>
    play('verdicts', async (hand) => ({
      result: await runPlan(hand.stage, parsePlan({ name: 'v', duration: '3s', settle: '20s', ...plan })),
    }))
  const violated = await outcome({
    steps: [{ name: 'kill', at: '1s', fault: { type: 'kill', actors: 'scheduler' } }],
    probes: [{ name: 'up', phases: ['during'], every: '5ms', abort: true, check: { type: 'actor', actors: 'scheduler' } }],
  })
  t.match(violated.result.verdict, { outcome: 'failed', reasons: ['probe "up" did not hold: scheduler not running'] })
  t.ok(violated.result.lengthMs < 3_000)
  const idle = await outcome({
    steps: [{ name: 'never', when: { requests: { name: 'nobody' } }, fault: { type: 'kill', actors: 'scheduler' } }],
  })
  t.match(idle.result.verdict, { outcome: 'inconclusive', reasons: ['step "never" never acted'] })
  const unsteady = await outcome({ probes: [{ name: 'moon', timeout: '1s', check: { type: 'object', path: '/api/v1/namespaces/moon' } }] })
  t.match(unsteady.result.verdict, { outcome: 'aborted', reasons: ['the cluster was not steady before', /does not hold before/] })
})

t.test('random plans lose nothing', async (t) => {
  for (const seed of (process.env['SEEDS'] ?? '1,2,3').split(',')) {
    const found = await play(seed, async (hand) => {
      const plan = randomPlan({ seed, stage: 'sim', actors: hand.stage.actors(), durationMs: 4_000, stepsMax: 4 })
      return { result: await runPlan(hand.stage, plan, { workload: { everyMs: 50 } }) }
    })
    const { verdict, plan } = found.result
    t.ok(
      verdict.outcome === 'passed' || verdict.outcome === 'inconclusive',
      `seed ${seed}: ${verdict.outcome} ${verdict.reasons.join('; ')}`,
    )
    t.same(found.result.workload?.lost, [], plan.steps.map(({ name }) => name).join(', '))
  }
})
