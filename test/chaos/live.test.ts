/**
 * Chaos on real threads: faults of each layer through both doors, and a plan with many of them under a writing client.
 * What was acknowledged must be there. CHAOS_SECONDS (default 6) says how long the plan goes on.
 */
import t from 'tap'
import { codeOf } from '../../src/base/errors.js'
import { reportHtml } from '../../src/chaos/report.js'
import type { Cluster } from '../../src/index.js'
import { type Api, apiOf, startCluster, until } from '../support/cluster.js'

t.setTimeout(240_000)

const seconds = Number(process.env['CHAOS_SECONDS'] ?? 6)
const configMaps = '/api/v1/namespaces/default/configmaps'
const mine = { userAgent: 'tester' }
const agent = { 'user-agent': 'tester' }

const actor = async (cluster: Cluster, name: string) => (await cluster.actors()).find((one) => one.name === name)

/** Does `work` while the fault is in force. */
async function under<T>(cluster: Cluster, fault: object, work: () => Promise<T>): Promise<{ outcome: T; hits: number }> {
  const { id } = await cluster.chaos.inject(fault)
  try {
    const outcome = await work()
    return { outcome, hits: await cluster.chaos.heal(id) }
  } catch (error) {
    await cluster.chaos.heal(id).catch(() => {})
    throw error
  }
}

const create = (api: Api, name: string) =>
  api.request('POST', configMaps, { metadata: { name } }, agent).then(
    ({ status, body }) => ({ status, body }),
    (error: Error) => ({ status: error.message, body: undefined }),
  )

t.test('chaos on threads', async (t) => {
  const cluster = await startCluster(t, { nodes: 1, runtime: 'sim', hangMs: 1_500, seed: 'chaos' })
  const api = apiOf(cluster.kubeconfig)
  t.teardown(async () => api.close())

  await t.test('API faults meet clients of HTTPS', async (t) => {
    const refused = await under(cluster, { type: 'api-error', requests: { ...mine, verb: 'create' }, code: 429 }, () => create(api, 'a'))
    t.match(refused, { outcome: { status: 429, body: { reason: 'TooManyRequests' } }, hits: 1 })
    t.match(await create(api, 'a'), { status: 201 })
    const lost = await under(cluster, { type: 'api-response-lost', requests: { ...mine, verb: 'create' } }, () => create(api, 'b'))
    t.type(lost.outcome.status, 'string', `no answer: ${lost.outcome.status}`)
    t.match(await create(api, 'b'), { status: 409, body: { reason: 'AlreadyExists' } }, 'it was carried out')
    const twice = await under(cluster, { type: 'api-applied-twice', requests: { ...mine, verb: 'create' } }, () => create(api, 'c'))
    t.match(twice, { outcome: { status: 409 }, hits: 1 })
    const names = async (query = '') =>
      ((await api.request('GET', `${configMaps}${query}`, undefined, agent)).body.items as { metadata: { name: string } }[]).map(
        ({ metadata }) => metadata.name,
      )
    const frozen = await under(cluster, { type: 'view-frozen', requests: mine, scope: 'all' }, async () => {
      await create(api, 'd')
      return names()
    })
    t.notOk(frozen.outcome.includes('d'), 'not seen while frozen')
    t.ok((await names()).includes('d'))
    t.match(
      await under(cluster, { type: 'api-error', requests: { actor: 'scheduler' }, code: 500 }, () => create(api, 'e')),
      { outcome: { status: 201 } },
      "another's faults",
    )
  })

  await t.test('threads are hurt, and come back', async (t) => {
    for (const fault of [{ type: 'hang' }, { type: 'out-of-memory' }, { type: 'kill' }]) {
      const before = (await actor(cluster, 'job-controller'))?.incarnation ?? 0
      await cluster.chaos.inject({ ...fault, actors: 'job-controller' })
      const after = await until(`it is back after ${fault.type}`, async () => {
        const now = await actor(cluster, 'job-controller')
        return now?.state === 'running' && now.incarnation > before && now
      })
      const why = { hang: 'hung', 'out-of-memory': 'out-of-memory', kill: 'killed' }[fault.type] ?? ''
      t.match(after.lastExit, new RegExp(`^${why}`), fault.type)
    }
    const paused = await under(cluster, { type: 'pause', actors: 'apiserver' }, () =>
      Promise.race([create(api, 'paused').then(() => 'answered'), new Promise((resolve) => setTimeout(resolve, 300, 'silent'))]),
    )
    t.equal(paused.outcome, 'silent')
    t.equal((await api.request('GET', `${configMaps}/e`)).status, 200, 'and speaks again')
    const skewed = await under(cluster, { type: 'clock-skew', actors: 'apiserver', offsetMs: '-24h' }, () => create(api, 'yesterday'))
    const made = Date.parse(skewed.outcome.body?.metadata.creationTimestamp ?? '')
    t.ok(Math.abs(Date.now() - 86_400_000 - made) < 60_000, 'made yesterday')
    const slow = await under(cluster, { type: 'disk-slow', actors: 'store-*', delayMs: 150 }, async () => {
      const began = performance.now()
      await create(api, 'slow')
      return performance.now() - began
    })
    t.ok(slow.outcome >= 150 && slow.hits > 0, `${Math.round(slow.outcome)} ms`)
  })

  await t.test('a bad fault is refused', async (t) => {
    const refused = await cluster.chaos.inject({ type: 'kill', actors: 'etcd' }).catch((error) => error)
    t.match(refused, { code: 'InvalidPlan', message: /^Cannot use the plan: fault.actors has "etcd", which means no actor; there are / })
    t.equal(await cluster.chaos.heal('nothing').catch(codeOf), 'NoSuchFault')
    t.throws(() => cluster.chaos.run('name: x\nduration: never'), { code: 'InvalidPlan' })
  })

  await t.test('nothing acknowledged is lost', async (t) => {
    const ms = seconds * 1_000
    const store = { from: 'store-replica', to: 'store-replica' }
    const writer = { userAgent: 'troupe-chaos' }
    const run = cluster.chaos.run({
      name: 'everything',
      duration: ms,
      settle: '90s',
      steps: [
        { name: 'leader', at: ms * 0.1, fault: { type: 'kill', actors: 'store-*', pick: 'leader' } },
        { name: 'api', at: ms * 0.55, fault: { type: 'kill', actors: 'apiserver' } },
        { name: 'controller', when: { actors: 'apiserver', event: 'ended' }, fault: { type: 'kill', actors: 'deployment-controller' } },
        { name: 'split', at: ms * 0.3, for: ms * 0.2, fault: { type: 'partition', a: 'store-1', b: ['store-2', 'store-3'] } },
        { name: 'storm', at: ms * 0.3, fault: { type: 'restart-storm', actors: 'scheduler', kills: 2 } },
        { name: 'loss', for: ms * 0.3, fault: { type: 'drop', ...store, probability: 0.1 } },
        { name: 'busy', at: 100, for: ms * 0.3, fault: { type: 'api-error', requests: writer, code: 429, probability: 0.2 } },
        { name: 'broken', at: 100, for: ms * 0.8, fault: { type: 'api-error', requests: writer, code: 500, probability: 0.1 } },
        {
          name: 'lost',
          at: 100,
          for: ms * 0.8,
          fault: { type: 'api-response-lost', requests: { ...writer, verb: 'write' }, probability: 0.1 },
        },
        { name: 'late', at: 100, for: ms * 0.5, fault: { type: 'api-latency', requests: writer, delayMs: 5, jitterMs: 30 } },
        { name: 'cut', at: ms * 0.2, every: ms * 0.2, for: 50, fault: { type: 'api-watch-cut', requests: { verb: 'watch' } } },
      ],
      probes: [
        { name: 'ready', check: { type: 'object', path: '/readyz' }, timeout: '30s' },
        { name: 'healthz', phases: ['during'], every: '500ms', tolerance: 1, check: { type: 'http', url: `${cluster.server}/healthz` } },
        { name: 'program', phases: ['after'], check: { type: 'command', command: ['true'] } },
      ],
    })
    const types = new Set<string>()
    for await (const event of run) types.add(event.type)
    t.ok(types.has('injected') && types.has('healed') && types.has('ended'), 'its events are told')
    const result = await run.result
    const { workload } = result
    t.comment(`${workload?.acknowledged} acknowledged, ${workload?.refused} refused, ${workload?.unknown} unknown`)
    t.same(workload?.lost, [])
    t.ok(workload && workload.acknowledged > 10 && workload.refused > 0 && workload.unknown > 0, 'there was something to lose')
    t.same(result.verdict, { outcome: 'passed', within: 'safe', reasons: [] })
    t.ok(result.recoveries.length >= 5 && result.recoveries.every(({ ms }) => ms !== undefined), 'everybody came back')
    t.match(reportHtml(result), /everything.*passed/s)
    t.equal(cluster.state, 'running')
  })
})
