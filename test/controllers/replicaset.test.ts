/** The ReplicaSet controller: tables of its pure parts, then the controller on an API that delays and loses answers. */
import t from 'tap'
import { forbidden } from '../../src/api/meta/status.js'
import type { ReplicaSet } from '../../src/api/types/apps-v1.js'
import type { Pod } from '../../src/api/types/core-v1.js'
import { blindTrust } from '../../src/client/consistency.js'
import { formatTime } from '../../src/client/time.js'
import { replicaSetController } from '../../src/controllers/replicaset/controller.js'
import { planReplicas, rankForDeletion, replicaSetStatus } from '../../src/controllers/replicaset/reconcile.js'
import { createWorld, simulateNodes, type World } from '../support/controller-world.js'
import type { Loose } from '../support/memory-api.js'

const now = 1_767_225_600_000
const replicaSet = (replicas: number, more: Loose = {}): ReplicaSet => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: 'web', namespace: 'default', ...more.metadata },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    ...more.spec,
  },
})
let uids = 0
const pod = (name: string, { phase = 'Running', node = 'n1', ready = true, ageS = 1000, readyS = 500, ...more }: Loose = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace: 'default',
    uid: `u${uids++}`,
    labels: { app: 'web' },
    creationTimestamp: formatTime(now - ageS * 1000),
    ...more.metadata,
  },
  spec: { containers: [], ...(node ? { nodeName: node } : {}) },
  status: {
    phase,
    conditions: ready ? [{ type: 'Ready', status: 'True', lastTransitionTime: formatTime(now - readyS * 1000) }] : [],
    ...more.status,
  },
})

t.test('the least useful pod goes first', (t) => {
  const cost = (value: string) => ({ metadata: { annotations: { 'controller.kubernetes.io/pod-deletion-cost': value } } })
  const restarts = (count: number) => ({
    status: { containerStatuses: [{ name: 'c', restartCount: count, ready: true, image: '', imageID: '' }] },
  })
  const table: [string, Pod, Pod][] = [
    ['unassigned before assigned', pod('a', { node: '', ready: false }), pod('b', { ready: false })],
    ['pending before unknown', pod('a', { phase: 'Pending', ready: false }), pod('b', { phase: 'Unknown', ready: false })],
    ['unknown before running', pod('a', { phase: 'Unknown', ready: false }), pod('b', { ready: false })],
    ['not ready before ready', pod('a', { ready: false }), pod('b')],
    ['cheaper before dearer', pod('a', cost('-5')), pod('b', cost('3'))],
    ['a cost that is no number counts as 0', pod('a', cost('+9')), pod('b', cost('1'))],
    ['just ready before long ready', pod('a', { readyS: 1 }), pod('b', { readyS: 900 })],
    ['many restarts before few', pod('a', restarts(4)), pod('b', restarts(1))],
    ['young before old', pod('a', { ageS: 600 }), pod('b', { ageS: 60_000 })],
  ]
  for (const [what, first, second] of table) {
    t.strictSame(
      rankForDeletion([second, first], [], now).map(({ metadata }) => metadata.name),
      ['a', 'b'],
      what,
    )
    t.strictSame(
      rankForDeletion([first, second], [], now).map(({ metadata }) => metadata.name),
      ['a', 'b'],
      `${what}, given the other way round`,
    )
  }
  const crowded = [pod('alone', { node: 'n2' }), pod('x', { node: 'n1' }), pod('y', { node: 'n1' })]
  t.equal(rankForDeletion(crowded, crowded, now)[2]?.metadata.name, 'alone', 'the one that shares its node with none goes last')
  t.end()
})

t.test('as many are made or deleted as are missing or too many', (t) => {
  const active = [pod('a'), pod('b')]
  const ended = [pod('c', { phase: 'Failed' }), pod('d', { metadata: { deletionTimestamp: formatTime(now) } })]
  t.strictSame(planReplicas(replicaSet(5), [...active, ...ended], [], now), { create: 3, remove: [] })
  t.equal(planReplicas(replicaSet(2000), [], [], now).create, 500, 'in bursts')
  t.equal(planReplicas(replicaSet(1), active, [], now).remove.length, 1)
  t.strictSame(
    planReplicas(replicaSet(0), active, [], now).remove.map(({ metadata }) => metadata.name),
    ['a', 'b'],
  )
  t.end()
})

t.test('status counts what is observed and keeps the time of a failure', (t) => {
  const set = replicaSet(3, { metadata: { generation: 4 }, spec: { minReadySeconds: 60 } })
  const pods = [
    pod('a', { readyS: 100 }),
    pod('b', { readyS: 10 }),
    pod('c', { ready: false, metadata: { labels: {} } }),
    pod('d', { metadata: { deletionTimestamp: formatTime(now) } }),
  ]
  const status = replicaSetStatus(set, pods, undefined, now)
  t.strictSame(status, {
    replicas: 3,
    fullyLabeledReplicas: 2,
    readyReplicas: 2,
    availableReplicas: 1,
    terminatingReplicas: 1,
    observedGeneration: 4,
  })
  const failed = replicaSetStatus(replicaSet(3), [], { message: 'quota' }, now)
  t.match(failed.conditions, [
    { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'quota', lastTransitionTime: formatTime(now) },
  ])
  t.match(replicaSetStatus({ ...replicaSet(3), status: failed }, [], { message: 'again' }, now + 5000).conditions, failed.conditions ?? [])
  t.equal(replicaSetStatus({ ...replicaSet(3), status: failed }, [], undefined, now).conditions, undefined)
  t.end()
})

const mine = ({ api }: World) => api.all('pods').filter((one: Loose) => !one.metadata.deletionTimestamp)
const settled = (world: World, replicas: number) => () => {
  const set = world.api.get('replicasets.apps', 'default/web')
  return (
    mine(world).length === replicas &&
    (set?.status?.readyReplicas ?? 0) === replicas &&
    set?.status?.observedGeneration === set?.metadata.generation
  )
}

t.test('a ReplicaSet is brought to its size, up and down, with events', async (t) => {
  const world = createWorld('scale')
  simulateNodes(world)
  world.start(replicaSetController)
  world.api.put('replicasets.apps', replicaSet(7))
  await world.until('7 ready', settled(world, 7))
  const [one] = mine(world)
  t.match(one.metadata.ownerReferences, [
    { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', controller: true, blockOwnerDeletion: true },
  ])
  t.match(one.metadata.name, /^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
  t.equal(one.metadata.generateName, 'web-')
  world.api.put('replicasets.apps', { ...world.api.get('replicasets.apps', 'default/web'), spec: replicaSet(2).spec })
  await world.until('2 left', settled(world, 2))
  await world.run(1000)
  const reasons = world.api.all('events').map(({ reason, count }: Loose) => [reason, count])
  t.equal(reasons.filter(([reason]) => reason === 'SuccessfulCreate').length, 7)
  t.equal(reasons.filter(([reason]) => reason === 'SuccessfulDelete').length, 5)
  world.stop()
})

t.test('orphans that match are adopted, own pods that match no more are released and replaced', async (t) => {
  const world = createWorld('adopt')
  simulateNodes(world)
  world.start(replicaSetController)
  world.api.put('pods', pod('orphan'))
  const set = world.api.put('replicasets.apps', replicaSet(2))
  await world.until('2 ready', settled(world, 2))
  t.equal(world.api.get('pods', 'default/orphan').metadata.ownerReferences[0].uid, set.metadata.uid)
  const orphan = world.api.get('pods', 'default/orphan')
  world.api.put('pods', { ...orphan, metadata: { ...orphan.metadata, labels: { app: 'debug' } } })
  await world.until('3 pods', () => mine(world).length === 3)
  t.notOk(world.api.get('pods', 'default/orphan').metadata.ownerReferences?.length)
  world.stop()
})

/** Runs a set of `replicas` on caches that lag and answers that get lost; returns the most pods there ever were. */
async function mostPods(seed: number, writes?: typeof blindTrust): Promise<number> {
  let world: World | undefined
  const created: World = createWorld(`stale ${seed}`, {
    watchDelayMs: () => (world?.random.below(4) === 0 ? 400 : 5),
    fate: ({ method, path }) =>
      method === 'POST' && path.endsWith('/pods') && world?.random.chance(0.15)
        ? world.random.pick(['lose-answer', 'lose-request'] as const)
        : 'answer',
  })
  world = created
  let most = 0
  created.api.onChange(() => {
    most = Math.max(most, created.api.all('pods').length)
  })
  created.start(replicaSetController, writes ? { writes } : {})
  created.api.put('replicasets.apps', replicaSet(5))
  // A foreign label on the set makes it due again and again, as busy clusters do.
  for (let i = 0; i < 20; i++) {
    await created.run(30)
    const set = created.api.get('replicasets.apps', 'default/web')
    created.api.put('replicasets.apps', { ...set, metadata: { ...set.metadata, labels: { poke: String(i) } } })
  }
  await created.until(`5 pods under seed ${seed}`, () => created.api.all('pods').length === 5)
  await created.run(3000)
  if (created.api.all('pods').length !== 5) throw new Error(`not at rest under seed ${seed}`)
  created.stop()
  return most
}

t.test('with read-your-own-writes there is never a pod too many, without there is', async (t) => {
  let without = 0
  for (let seed = 0; seed < 20; seed++) {
    t.equal(await mostPods(seed), 5, `with, seed ${seed}`)
    without = Math.max(without, await mostPods(seed, blindTrust))
  }
  t.ok(without > 5, `without, the most was ${without}`)
})

t.test('a refusal of everything is met with few requests, then reported', async (t) => {
  const world = createWorld('quota')
  world.start(replicaSetController)
  let asked = 0
  world.api.extra.set('POST /api/v1/namespaces/default/pods', () => {
    asked++
    throw forbiddenByQuota()
  })
  world.api.put('replicasets.apps', replicaSet(50))
  await world.until('the failure is reported', () => world.api.get('replicasets.apps', 'default/web').status?.conditions?.length === 1)
  t.ok(asked <= 3, `asked ${asked} times`)
  t.match(world.api.get('replicasets.apps', 'default/web').status.conditions[0], { reason: 'FailedCreate', message: /exceeded quota/ })
  world.api.extra.clear()
  await world.until('pods come when the quota allows', () => world.api.all('pods').length === 50)
  await world.until('the condition goes', () => !world.api.get('replicasets.apps', 'default/web').status?.conditions?.length)
  world.stop()
})

function forbiddenByQuota(): Error {
  return forbidden({ group: '', resource: 'pods' }, 'web-x', 'exceeded quota: q')
}
