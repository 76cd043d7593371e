/**
 * Controllers as actors on the simulated stage: requests are messages, the API server and the controllers are killed
 * while they work, and everything comes right all the same, the same way for the same seed.
 */
import t from 'tap'
import type { ApiServerProtocol } from '../../src/apiserver/protocol.js'
import { createRandom } from '../../src/base/random.js'
import { controllerActor } from '../../src/controllers/actor.js'
import { type ControllerName, controllerNames, loadController } from '../../src/controllers/catalog.js'
import type { Behaviour } from '../../src/kernel/behaviour.js'
import type { StartSpec } from '../../src/kernel/host.js'
import { createSupervisor } from '../../src/kernel/supervision/supervisor.js'
import { nextTurn } from '../../src/kernel/thread/platform.js'
import { type Casting, createSimHost } from '../../src/sim/host.js'
import { createWire } from '../../src/sim/link.js'
import { createTimeline, type Timeline } from '../../src/sim/timeline.js'
import { readyPod, writePod } from '../support/controller-world.js'
import { createMemoryApi, type Loose, type MemoryApi } from '../support/memory-api.js'

/** The API in memory as an actor; what it stores outlives it, as a store would. */
const apiActor: Behaviour<ApiServerProtocol, unknown, MemoryApi> = {
  role: 'apiserver',
  init: (_context, _config, api) => ({
    calls: { request: (request) => api.transport.request(request) },
    casts: {},
    streams: {
      async open(request, stream, { signal }) {
        const { status, headers, chunks } = await api.transport.open(request, { signal })
        await stream.send({ head: { status, headers } })
        for await (const bytes of chunks) await stream.send({ bytes })
      },
    },
  }),
}

const names: readonly ControllerName[] = ['deployment-controller', 'replicaset-controller', 'garbage-collector-controller']

function stage(timeline: Timeline, api: MemoryApi) {
  const host = createSimHost({
    timeline,
    wire: createWire(timeline),
    cast: ({ role }: StartSpec) =>
      (role === 'apiserver' ? { behaviour: apiActor, ports: api } : { behaviour: controllerActor, ports: {} }) as unknown as Casting,
  })
  const child = (role: string, name: string, config: unknown) => ({
    type: 'worker' as const,
    start: { role, name, entry: role, config },
    restart: 'permanent' as const,
    shutdownMs: 1000,
    startMs: 5000,
  })
  return createSupervisor(
    {
      type: 'supervisor',
      name: 'root',
      strategy: 'one-for-one',
      intensity: 100,
      periodMs: 5000,
      backoff: { minMs: 0, maxMs: 200, jitter: 0.2, resetAfterMs: 1000 },
      order: 'parallel',
      children: [child('apiserver', 'apiserver', {}), ...names.map((name) => child('controller', name, { controller: name }))],
    },
    { host, clock: timeline.clock, random: createRandom('supervisor') },
  )
}

const deployment = (image: string): Loose => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas: 4,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image }] } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    progressDeadlineSeconds: 600,
  },
})

function nodes(timeline: Timeline, api: MemoryApi): void {
  const random = timeline.random.fork('nodes')
  api.onChange(({ collection, type, object }) => {
    const key = `default/${object.metadata.name}`
    if (collection !== 'pods' || type === 'DELETED') return
    timeline.clock.after(random.below(30), () => {
      const pod = api.get('pods', key)
      if (pod?.metadata.uid !== object.metadata.uid) return
      if (pod.metadata.deletionTimestamp) api.remove('pods', key)
      else if (!pod.spec.nodeName) writePod(api, { ...pod, spec: { ...pod.spec, nodeName: 'n1' } })
      else if (pod.status.phase === 'Pending') writePod(api, readyPod(pod, timeline.clock.now()))
    })
  })
}

async function run(seed: string, kills: number): Promise<{ came: boolean; excess: number; hash: string; kinds: string }> {
  const timeline = createTimeline({ seed, turn: nextTurn })
  const api = createMemoryApi({ clock: timeline.clock, random: timeline.random.fork('api') })
  const verbs = ['delete', 'list', 'watch']
  const served = (resource: string, kind: string) => ({ resource, responseKind: { kind }, scope: 'Namespaced', verbs })
  const group = (name: string, resources: unknown[]) => ({
    kind: 'APIGroupDiscoveryList',
    items: [{ metadata: { name }, versions: [{ version: 'v1', resources }] }],
  })
  api.extra.set('GET /api', () => group('', [served('pods', 'Pod')]))
  api.extra.set('GET /apis', () => group('apps', [served('deployments', 'Deployment'), served('replicasets', 'ReplicaSet')]))
  nodes(timeline, api)
  // A Deployment counts sizes, not pods: a ReplicaSet may be slow to shrink. But none ever has more than it was told to.
  const sizes = new Map<string, number>()
  let excess = 0
  api.onChange(({ collection, object }) => {
    const { uid = '' } = object.metadata
    if (collection === 'replicasets.apps') sizes.set(uid, Math.max(sizes.get(uid) ?? 0, (object as Loose).spec.replicas))
    const live = api.all('pods').filter(({ metadata }: Loose) => !metadata.deletionTimestamp)
    for (const [owner, size] of sizes)
      excess = Math.max(excess, live.filter(({ metadata }: Loose) => metadata.ownerReferences?.[0]?.uid === owner).length - size)
  })
  const supervisor = stage(timeline, api)
  const chance = timeline.random.fork('kills')
  const complete = (image: string) => () => {
    const pods = api.all('pods')
    return pods.length === 4 && pods.every(({ spec, status }: Loose) => spec.containers[0].image === image && status.phase === 'Running')
  }
  void supervisor.start()
  api.put('deployments.apps', deployment('v1'))
  let came = await timeline.run(complete('v1'), { virtualMs: 60_000 })
  const current = api.get('deployments.apps', 'default/web')
  api.put('deployments.apps', { ...current, spec: deployment('v2').spec })
  for (let i = 0; i < kills; i++) {
    await timeline.run(() => false, { virtualMs: chance.below(60) })
    supervisor.incarnation(chance.pick(['apiserver', ...names]))?.kill('killed', 'test')
  }
  came &&= await timeline.run(complete('v2'), { virtualMs: 300_000 })
  api.put('pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'stray',
      namespace: 'default',
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'nobody', uid: 'x' }],
    },
    spec: { containers: [{ image: 'v2' }], nodeName: 'n1' },
    status: { phase: 'Running' },
  })
  came &&= await timeline.run(() => !api.get('pods', 'default/stray'), { virtualMs: 60_000 })
  const hash = timeline.hash()
  const kinds = api
    .all('replicasets.apps')
    .map(({ spec }: Loose) => spec.replicas)
    .sort()
    .join()
  const stopping = supervisor.stop()
  let stopped = false
  stopping.then(() => {
    stopped = true
  })
  await timeline.run(() => stopped, { virtualMs: 20_000 })
  return { came, excess, hash, kinds }
}

t.test('a rollout survives the deaths of the API server and of its controllers', async (t) => {
  for (const name of controllerNames) await loadController(name)
  for (let seed = 0; seed < 6; seed++) {
    const { came, excess, kinds } = await run(`kills ${seed}`, 8)
    t.ok(came, `seed ${seed}: it came about`)
    t.equal(excess, 0, `seed ${seed}: no ReplicaSet ever had a pod too many`)
    t.equal(kinds, '0,4', `seed ${seed}: one ReplicaSet is at its size, the other at none`)
  }
})

t.test('a seed decides the whole run', async (t) => {
  const [a, b, c] = [await run('same', 3), await run('same', 3), await run('other', 3)]
  t.equal(a.hash, b.hash)
  t.not(a.hash, c.hash)
})
