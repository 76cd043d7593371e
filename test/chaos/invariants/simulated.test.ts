/**
 * The real cluster in the simulator, with crashes, breaks none of the invariants: each checker is shown to be right about what is right.
 *
 *   CHECK_SEED=7 node dist/test/chaos/invariants/simulated.test.js    one seed again
 *   CHECK_CRASH=kubelet-node-2 ...                                    with another crash in the middle of the rollout
 */
import t from 'tap'
import { sleep } from '../../../src/base/clock.js'
import { createMonitor } from '../../../src/chaos/invariants/monitor.js'
import type { Observed } from '../../../src/chaos/invariants/observed.js'
import { registryEvents, registryWatch } from '../../../src/chaos/invariants/registry-events.js'
import { describeViolation } from '../../../src/chaos/invariants/violation.js'
import { deployments, namespaces, pods } from '../../../src/client/resources.js'
import { simulate } from '../../../src/sim/world.js'
import { createStoreClient } from '../../../src/store/client.js'

const only = process.env['CHECK_SEED']
const seeds = only === undefined ? [1, 2] : [Number(only)]

const alsoCrash = process.env['CHECK_CRASH'] ?? 'kubelet-node-1'

type Stagehand = Parameters<NonNullable<Parameters<typeof simulate>[1]>>[0]

t.setTimeout(300_000)

/** Short enough that a run need not last long; pods have 30 s to go. */
const bounds = { reactionMs: 10_000, convergenceMs: 40_000 }

const web = (name: string, namespace: string, replicas: number, image: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'web', image, command: ['sleep', 'infinity'] }] } },
  },
})

/** Everything that happens in the store, told to `observe` as it happens, until the signal. */
async function follow({ context }: Stagehand, observe: (event: Observed) => void, signal: AbortSignal): Promise<void> {
  const store = createStoreClient(context, ['store-1', 'store-2', 'store-3'])
  for await (const item of store.watch({ ...registryWatch, startRevision: 1 }, { signal }))
    for (const event of registryEvents(item, context.clock.monotonic())) observe(event)
}

/** A rollout, a scaling, a namespace that goes, and a crash in each. */
async function scenario(stage: Stagehand, observe: (event: Observed) => void): Promise<void> {
  const { client, context, kill, leader, until } = stage
  const done = new AbortController()
  context.spawn('observer', () => follow(stage, observe, done.signal))
  const crash = (actor: string): void => {
    const timeMs = context.clock.monotonic()
    observe({ type: 'FAULT', id: actor, phase: 'begin', timeMs })
    kill(actor)
    observe({ type: 'FAULT', id: actor, phase: 'end', timeMs })
  }
  const available = (name: string, namespace: string, replicas: number, image: string) =>
    until(`${name} is there`, async () => {
      const { items } = await client.list(pods, { namespace, labelSelector: `app=${name}` })
      const { status } = await client.get(deployments, name, { namespace })
      return (
        status?.availableReplicas === replicas &&
        status.updatedReplicas === replicas &&
        items.every(({ spec }) => spec?.containers[0]?.image === image)
      )
    })
  await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'brief' } })
  await until('the deployments are made', async () => {
    for (const [name, namespace] of [
      ['web', 'default'],
      ['gone', 'brief'],
    ] as const)
      await client.get(deployments, name, { namespace }).catch(() => client.create(deployments, web(name, namespace, 3, 'one')))
    return true
  })
  await available('web', 'default', 3, 'one')
  crash(await leader())
  await until('the rollout begins', async () => {
    await client.patch(deployments, 'web', 'merge', { spec: web('web', 'default', 5, 'two').spec }, { namespace: 'default' })
    return true
  })
  crash('deployment-controller')
  await until('the namespace goes', async () => {
    await client.delete(namespaces, 'brief')
    return true
  })
  if (alsoCrash) crash(alsoCrash)
  crash('apiserver')
  await available('web', 'default', 5, 'two')
  await until('the namespace is gone', () =>
    client.get(namespaces, 'brief').then(
      () => false,
      (error) => String(error).includes('not found'),
    ),
  )
  await sleep(context.clock, 45_000)
  observe({ type: 'QUIET', timeMs: context.clock.monotonic() })
  crash('replicaset-controller')
  await sleep(context.clock, 15_000)
  done.abort()
}

t.test('a cluster with crashes keeps every invariant', { timeout: 300_000 }, async (t) => {
  for (const seed of seeds) {
    const monitor = createMonitor({ bounds })
    let events = 0
    const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
    const result = await simulate({ seed: `invariants ${seed}`, turn }, (stage) =>
      scenario(stage, (event) => {
        events++
        monitor.observe(event)
      }),
    )
    monitor.finish()
    t.ok(result.ok, `seed ${seed}: ${result.message}`)
    t.same(monitor.violations.map(describeViolation), [], `seed ${seed}`)
    t.equal(monitor.world.all('Pod').length, 5, `seed ${seed}: the pods of the stream are those that run`)
    t.ok(events > 300, `seed ${seed}: ${events} events, ${result.virtualMs} ms`)
  }
})
