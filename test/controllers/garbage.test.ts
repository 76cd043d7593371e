/** The garbage collector and the namespace controller: the graph as a model, then deletions of every kind on an API. */
import t from 'tap'
import { createRandom } from '../../src/base/random.js'
import type { ApiObject } from '../../src/client/resources.js'
import { pathOf, pods, replicaSets } from '../../src/client/resources.js'
import { garbageCollectorController } from '../../src/controllers/garbage-collector/controller.js'
import { checkGraph, createGraph } from '../../src/controllers/garbage-collector/graph.js'
import { judge } from '../../src/controllers/garbage-collector/judge.js'
import { namespaceController } from '../../src/controllers/namespace/controller.js'
import { rootCaCertificatePublisherController } from '../../src/controllers/root-ca-certificate-publisher/controller.js'
import { serviceAccountController } from '../../src/controllers/serviceaccount/controller.js'
import { serviceAccountTokenController } from '../../src/controllers/serviceaccount-token/controller.js'
import { createWorld, type World } from '../support/controller-world.js'
import type { Loose } from '../support/memory-api.js'

const served = [
  ['v1', 'pods', 'Pod', true],
  ['v1', 'configmaps', 'ConfigMap', true],
  ['v1', 'namespaces', 'Namespace', false],
  ['apps/v1', 'replicasets', 'ReplicaSet', true],
  ['apps/v1', 'deployments', 'Deployment', true],
  ['example.com/v1', 'widgets', 'Widget', true],
] as const
function serveDiscovery({ api }: World, format: 'aggregated' | 'old' = 'aggregated'): void {
  const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']
  const groups = new Map<string, Loose[]>()
  for (const [apiVersion, resource, kind, namespaced] of served)
    groups.set(apiVersion, [...(groups.get(apiVersion) ?? []), { resource, kind, namespaced }])
  const aggregate = (core: boolean) => ({
    kind: 'APIGroupDiscoveryList',
    items: [...groups]
      .filter(([one]) => (one === 'v1') === core)
      .map(([apiVersion, list]) => ({
        metadata: { name: core ? '' : apiVersion.split('/')[0] },
        versions: [
          {
            version: core ? 'v1' : apiVersion.split('/')[1],
            freshness: 'Current',
            resources: list.map(({ resource, kind, namespaced }) => ({
              resource,
              responseKind: { kind },
              scope: namespaced ? 'Namespaced' : 'Cluster',
              verbs,
            })),
          },
        ],
      })),
  })
  api.extra.set('GET /api', () => (format === 'aggregated' ? aggregate(true) : { kind: 'APIVersions', versions: ['v1'] }))
  api.extra.set('GET /apis', () =>
    format === 'aggregated'
      ? aggregate(false)
      : {
          kind: 'APIGroupList',
          groups: [...groups.keys()]
            .filter((one) => one !== 'v1')
            .map((one) => ({ name: one.split('/')[0], versions: [{ version: one.split('/')[1] }] })),
        },
  )
  for (const [apiVersion, list] of groups)
    api.extra.set(`GET ${apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`}`, () => ({
      kind: 'APIResourceList',
      resources: list.flatMap(({ resource, kind, namespaced }) => [
        { name: resource, kind, namespaced, verbs },
        { name: `${resource}/status`, kind, namespaced, verbs: ['get'] },
      ]),
    }))
}
const object = (kind: string, name: string, owner?: Loose, more: Loose = {}): Loose => ({
  apiVersion: served.find(([, , one]) => one === kind)?.[0],
  kind,
  metadata: {
    name,
    namespace: 'default',
    ...(owner
      ? {
          ownerReferences: [owner].flat().map((one: Loose) => ({
            apiVersion: one.apiVersion,
            kind: one.kind,
            name: one.metadata.name,
            uid: one.metadata.uid,
            controller: true,
            blockOwnerDeletion: true,
          })),
        }
      : {}),
    ...more.metadata,
  },
  ...(kind === 'Pod' ? { spec: {} } : {}),
})
async function call(world: World, work: Promise<unknown>): Promise<void> {
  let done: unknown
  work.then(
    () => {
      done = true
    },
    (error) => {
      done = error
    },
  )
  await world.until('answered', () => done !== undefined)
  if (done !== true) throw done
}

t.test('the graph keeps its invariants whatever comes in what order', (t) => {
  for (let seed = 0; seed < 200; seed++) {
    const random = createRandom(`graph ${seed}`)
    const graph = createGraph()
    const shown = new Set<string>()
    for (let step = 0; step < 60; step++) {
      const uid = `u${random.below(8)}`
      if (random.chance(0.3)) {
        graph.remove(uid)
        shown.delete(uid)
      } else {
        const owners = random
          .shuffle(['u0', 'u1', 'u2', 'u3', 'u9'])
          .slice(0, random.below(3))
          .filter((one) => one !== uid)
        graph.observe({
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: {
            name: uid,
            namespace: 'default',
            uid,
            ownerReferences: owners.map((one) => ({ apiVersion: 'v1', kind: 'ConfigMap', name: one, uid: one })),
          },
        })
        shown.add(uid)
      }
      checkGraph(graph)
      const real = [...graph.nodes()]
        .filter(({ virtual }) => !virtual)
        .map(({ identity }) => identity.uid)
        .sort()
      if (real.join() !== [...shown].sort().join()) t.fail(`seed ${seed}: ${real} instead of ${[...shown]}`)
    }
  }
  t.pass('200 seeds')
  t.end()
})

t.test('what becomes of an object is decided by its owners', (t) => {
  const one: ApiObject = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } }
  const ref = (uid: string) => ({ apiVersion: 'v1', kind: 'X', name: uid, uid })
  const none = { count: 0, someWaiting: false }
  t.strictSame(judge(one, [], none), { type: 'keep' })
  t.strictSame(judge(one, [[ref('a'), 'solid']], none), { type: 'keep' })
  t.strictSame(
    judge(
      one,
      [
        [ref('a'), 'solid'],
        [ref('b'), 'dangling'],
        [ref('c'), 'waiting'],
      ],
      none,
    ),
    { type: 'disown', uids: ['b', 'c'] },
  )
  t.strictSame(judge(one, [[ref('a'), 'dangling']], none), { type: 'delete', propagationPolicy: 'Background', unblock: false })
  t.strictSame(judge(one, [[ref('a'), 'waiting']], { count: 2, someWaiting: true }), {
    type: 'delete',
    propagationPolicy: 'Foreground',
    unblock: true,
  })
  t.strictSame(judge({ ...one, metadata: { name: 'p', finalizers: ['orphan'] } }, [[ref('a'), 'dangling']], none), {
    type: 'delete',
    propagationPolicy: 'Orphan',
    unblock: false,
  })
  t.end()
})

async function family(seed: string, format?: 'old'): Promise<{ world: World; client: Loose }> {
  const world = createWorld(seed)
  serveDiscovery(world, format)
  world.start(garbageCollectorController)
  const deployment = world.api.put('deployments.apps', object('Deployment', 'web'))
  const set = world.api.put('replicasets.apps', object('ReplicaSet', 'web-1', deployment))
  for (const name of ['a', 'b', 'c']) world.api.put('pods', object('Pod', name, set))
  await world.run(500)
  return { world, client: world.actor('user').client }
}
const left = ({ api }: World) => ['deployments.apps', 'replicasets.apps', 'pods'].map((name) => api.all(name).length)

t.test('background: the owner goes at once, its dependents after it', async (t) => {
  for (const format of [undefined, 'old'] as const) {
    const { world, client } = await family('background', format)
    t.strictSame(left(world), [1, 1, 3])
    await call(
      world,
      client.delete({ ...replicaSets, resource: 'deployments' }, 'web', { namespace: 'default', propagationPolicy: 'Background' }),
    )
    t.equal(world.api.all('deployments.apps').length, 0)
    await world.until('all are gone', () => left(world).join() === '0,0,0')
    world.stop()
  }
})

t.test('foreground: dependents go first, the owner last', async (t) => {
  const { world, client } = await family('foreground')
  const order: string[] = []
  world.api.onChange(({ type, collection }) => {
    if (type === 'DELETED') order.push(collection)
  })
  await call(
    world,
    client.delete({ ...replicaSets, resource: 'deployments' }, 'web', { namespace: 'default', propagationPolicy: 'Foreground' }),
  )
  t.equal(world.api.all('deployments.apps').length, 1)
  await world.until('all are gone', () => left(world).join() === '0,0,0')
  t.strictSame(order, ['pods', 'pods', 'pods', 'replicasets.apps', 'deployments.apps'])
  world.stop()
})

t.test('foreground waits for a dependent that has a finalizer of its own', async (t) => {
  const { world, client } = await family('guarded')
  const a = world.api.get('pods', 'default/a')
  world.api.put('pods', { ...a, metadata: { ...a.metadata, finalizers: ['example.com/guard'] } })
  await call(world, client.delete(replicaSets, 'web-1', { namespace: 'default', propagationPolicy: 'Foreground' }))
  await world.run(5000)
  t.strictSame(left(world), [1, 1, 1])
  const guarded = world.api.get('pods', 'default/a')
  world.api.put('pods', { ...guarded, metadata: { ...guarded.metadata, finalizers: [] } })
  await world.until('both are gone', () => left(world).join() === '1,0,0')
  world.stop()
})

t.test('orphan: dependents stay and forget their owner', async (t) => {
  const { world, client } = await family('orphan')
  await call(world, client.delete(replicaSets, 'web-1', { namespace: 'default', propagationPolicy: 'Orphan' }))
  await world.until('the owner is gone', () => world.api.all('replicasets.apps').length === 0)
  await world.run(2000)
  t.equal(world.api.all('pods').length, 3)
  t.notOk(world.api.all('pods').some(({ metadata }: Loose) => metadata.ownerReferences?.length))
  world.stop()
})

t.test('an owner that never was, or has another uid, is as good as gone; one of two owners is enough to stay', async (t) => {
  const world = createWorld('absent')
  serveDiscovery(world)
  world.start(garbageCollectorController)
  const real = world.api.put('configmaps', object('ConfigMap', 'real'))
  world.api.put('pods', object('Pod', 'never', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'nobody', uid: 'x' } }))
  world.api.put('pods', object('Pod', 'namesake', { ...real, metadata: { name: 'real', uid: 'y' } }))
  world.api.put('pods', object('Pod', 'both', [real, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'nobody', uid: 'x' } }]))
  world.api.put('pods', object('Pod', 'owned', real))
  world.api.put(
    'widgets.example.com',
    object('Widget', 'custom', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'nobody', uid: 'z' } }),
  )
  world.api.put(
    'pods',
    object('Pod', 'unknown-kind', { apiVersion: 'gone.example.com/v1', kind: 'Gone', metadata: { name: 'g', uid: 'g' } }),
  )
  await world.until(
    'those without owners are gone',
    () =>
      !world.api.get('pods', 'default/never') &&
      !world.api.get('pods', 'default/namesake') &&
      !world.api.get('widgets.example.com', 'default/custom'),
  )
  await world.run(2000)
  t.strictSame(
    world.api
      .all('pods')
      .map(({ metadata }: Loose) => metadata.name)
      .sort(),
    ['both', 'owned', 'unknown-kind'],
    'nothing is concluded from a kind that nobody serves',
  )
  t.strictSame(
    world.api.get('pods', 'default/both').metadata.ownerReferences.map(({ uid }: Loose) => uid),
    [real.metadata.uid],
  )
  world.stop()
})

t.test('a circle of owners, each waiting in the foreground, is not waited for in a circle', async () => {
  const world = createWorld('circle')
  serveDiscovery(world)
  world.start(garbageCollectorController)
  const a = world.api.put('configmaps', object('ConfigMap', 'a'))
  const b = world.api.put('configmaps', object('ConfigMap', 'b', a))
  const c = world.api.put('configmaps', object('ConfigMap', 'c', b))
  world.api.put('configmaps', { ...a, metadata: { ...a.metadata, ownerReferences: object('ConfigMap', 'a', c).metadata.ownerReferences } })
  await world.run(500)
  await call(
    world,
    world.actor('user').client.delete({ ...pods, resource: 'configmaps' }, 'a', { namespace: 'default', propagationPolicy: 'Foreground' }),
  )
  await world.until('all are gone', () => world.api.all('configmaps').length === 0)
  world.stop()
})

t.test('a namespace is emptied, pods first, and goes; what holds it up is told', async (t) => {
  const world = createWorld('namespace')
  serveDiscovery(world)
  world.start(namespaceController)
  world.api.put('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } })
  world.api.put('pods', object('Pod', 'guarded', undefined, { metadata: { finalizers: ['example.com/guard'] } }))
  world.api.put('pods', object('Pod', 'plain'))
  world.api.put('configmaps', object('ConfigMap', 'data'))
  world.api.put('configmaps', { ...object('ConfigMap', 'elsewhere'), metadata: { name: 'elsewhere', namespace: 'other' } })
  await world.run(500)
  t.equal(world.api.all('pods').length, 2, 'nothing happens to a namespace that stays')
  await call(world, world.actor('user').client.delete({ ...pods, resource: 'namespaces', namespaced: false }, 'default'))
  const conditions = () =>
    Object.fromEntries(
      (world.api.get('namespaces', 'default').status.conditions ?? []).map(({ type, status, reason, message }: Loose) => [
        type,
        `${status} ${reason}: ${message}`,
      ]),
    )
  await world.until('it tells', () => conditions().NamespaceContentRemaining !== undefined)
  t.match(conditions(), {
    NamespaceDeletionDiscoveryFailure: 'False ResourcesDiscovered: All resources successfully discovered',
    NamespaceContentRemaining: 'True SomeResourcesRemain: Some resources are remaining: pods. has 1 resource instances',
    NamespaceFinalizersRemaining:
      'True SomeFinalizersRemain: Some content in the namespace has finalizers remaining: example.com/guard in 1 resource instances',
  })
  t.equal(world.api.all('configmaps').length, 2, 'pods first')
  const guarded = world.api.get('pods', 'default/guarded')
  world.api.put('pods', { ...guarded, metadata: { ...guarded.metadata, finalizers: [] } })
  await world.until('it is gone', () => !world.api.get('namespaces', 'default'))
  t.strictSame(
    world.api.all('configmaps').map(({ metadata }: Loose) => metadata.name),
    ['elsewhere'],
  )
  world.stop()
})

t.test('every namespace has an account and the CA; token Secrets live and die with their account', async (t) => {
  const world = createWorld('accounts')
  const settings = { rootCa: 'PEM' }
  world.start(serviceAccountController)
  world.start(rootCaCertificatePublisherController, { settings })
  world.start(serviceAccountTokenController, { settings })
  world.api.put('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'one' } })
  await world.until(
    'both are there',
    () => world.api.get('serviceaccounts', 'one/default') && world.api.get('configmaps', 'one/kube-root-ca.crt'),
  )
  t.strictSame(world.api.get('configmaps', 'one/kube-root-ca.crt').data, { 'ca.crt': 'PEM' })
  world.api.remove('serviceaccounts', 'one/default')
  const map = world.api.get('configmaps', 'one/kube-root-ca.crt')
  world.api.put('configmaps', { ...map, data: { 'ca.crt': 'forged' } })
  await world.until(
    'both are put right',
    () => world.api.get('serviceaccounts', 'one/default') && world.api.get('configmaps', 'one/kube-root-ca.crt').data['ca.crt'] === 'PEM',
  )
  let asked: Loose
  world.api.extra.set(`POST ${pathOf(pods, 'one', 'default', 'token').replace('pods', 'serviceaccounts')}`, ({ body }) => {
    asked = JSON.parse(new TextDecoder().decode(body))
    return { status: { token: 'TOKEN' } }
  })
  const secret = world.api.put('secrets', {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/service-account-token',
    metadata: { name: 'old-style', namespace: 'one', annotations: { 'kubernetes.io/service-account.name': 'default' } },
  })
  await world.until('it is filled', () => world.api.get('secrets', 'one/old-style').data?.token)
  t.strictSame(world.api.get('secrets', 'one/old-style').data, { token: btoa('TOKEN'), namespace: btoa('one'), 'ca.crt': btoa('PEM') })
  t.match(asked.spec.boundObjectRef, { kind: 'Secret', name: 'old-style', uid: secret.metadata.uid })
  t.equal(
    world.api.get('secrets', 'one/old-style').metadata.annotations['kubernetes.io/service-account.uid'],
    world.api.get('serviceaccounts', 'one/default').metadata.uid,
  )
  world.api.remove('serviceaccounts', 'one/default')
  await world.until('it dies with its account', () => !world.api.get('secrets', 'one/old-style'))
  world.stop()
})
