/** The Deployment controller: its arithmetic as tables, single steps as plans, and whole rollouts with ReplicaSets. */
import t from 'tap'
import type { Deployment, ReplicaSet } from '../../src/api/types/apps-v1.js'
import { formatTime } from '../../src/client/time.js'
import { deploymentController } from '../../src/controllers/deployment/controller.js'
import { planDeployment } from '../../src/controllers/deployment/reconcile.js'
import { templateHash, templateKey } from '../../src/controllers/deployment/revision.js'
import { maxSurgeOf, maxUnavailableOf, newReplicasOf, scaleDownOld, scaleProportionally } from '../../src/controllers/deployment/rollout.js'
import { replicaSetController } from '../../src/controllers/replicaset/controller.js'
import { createWorld, simulateNodes, type World } from '../support/controller-world.js'
import type { Loose } from '../support/memory-api.js'

const now = 1_767_225_600_000
const template = (image: string) => ({ metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image }] } })
const deployment = (replicas: number, { image = 'v1', ...spec }: Loose = {}, more: Loose = {}): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default', uid: 'd', generation: 1, ...more.metadata },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: template(image),
    progressDeadlineSeconds: 600,
    revisionHistoryLimit: 10,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    ...spec,
  },
  ...(more.status ? { status: more.status } : {}),
})
const set = (
  name: string,
  replicas: number,
  { available = replicas, image = 'old', max, desired, revision, age = 0 }: Loose = {},
): ReplicaSet => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: {
    name,
    namespace: 'default',
    uid: name,
    generation: 1,
    creationTimestamp: formatTime(now - age * 1000),
    annotations: {
      ...(max === undefined ? {} : { 'deployment.kubernetes.io/max-replicas': String(max) }),
      ...(desired === undefined ? {} : { 'deployment.kubernetes.io/desired-replicas': String(desired) }),
      ...(revision === undefined ? {} : { 'deployment.kubernetes.io/revision': String(revision) }),
    },
  },
  spec: { replicas, selector: {}, template: template(image) },
  status: { replicas, readyReplicas: available, availableReplicas: available, observedGeneration: 1 },
})
const rolling = (maxSurge: number | string, maxUnavailable: number | string) => ({
  strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
})

t.test('fenceposts: surge is rounded up, unavailable down, and never both 0', (t) => {
  for (const [replicas, surge, unavailable, wantSurge, wantUnavailable] of [
    [10, '25%', '25%', 3, 2],
    [1, '25%', '25%', 1, 0],
    [10, 0, 0, 0, 1],
    [4, '0%', '10%', 0, 1],
    [0, '25%', '25%', 0, 0],
    [3, 1, 10, 1, 3],
  ] as const) {
    const one = deployment(replicas, rolling(surge, unavailable))
    t.strictSame([maxSurgeOf(one), maxUnavailableOf(one)], [wantSurge, wantUnavailable], `${replicas} ${surge} ${unavailable}`)
  }
  t.strictSame(
    [maxSurgeOf(deployment(5, { strategy: { type: 'Recreate' } })), maxUnavailableOf(deployment(5, { strategy: { type: 'Recreate' } }))],
    [0, 0],
  )
  t.end()
})

t.test('the new ReplicaSet grows as surge allows', (t) => {
  for (const [desired, surge, sizes, newSize, want] of [
    [10, 0, [10], 0, 0],
    [10, 2, [10], 0, 2],
    [10, 0, [5], 0, 5],
    [10, 0, [10], 5, 5],
    [10, 2, [7], 3, 5],
    [2, 5, [], 0, 2],
  ] as const) {
    const all = [...sizes.map((size, i) => set(`old${i}`, size)), ...(newSize ? [set('new', newSize)] : [])]
    t.equal(newReplicasOf(deployment(desired, rolling(surge, 1)), all, newSize), want, JSON.stringify([desired, surge, sizes, newSize]))
  }
  t.end()
})

t.test('old ReplicaSets shrink as availability allows, unhealthy pods first', (t) => {
  const down = (desired: number, unavailable: number, newSet: ReplicaSet | undefined, old: ReplicaSet[]) =>
    Object.fromEntries(
      scaleDownOld(deployment(desired, rolling(2, unavailable)), newSet, old).map(({ replicaSet, replicas }) => [
        replicaSet.metadata.name,
        replicas,
      ]),
    )
  t.strictSame(down(10, 0, set('new', 2, { available: 0 }), [set('a', 10)]), {}, 'nothing to spare')
  t.strictSame(down(10, 2, set('new', 2, { available: 0 }), [set('a', 10)]), { a: 8 })
  t.strictSame(down(10, 0, set('new', 2), [set('a', 10)]), { a: 8 })
  t.strictSame(down(10, 2, set('new', 0), [set('a', 10, { available: 8 })]), { a: 8 }, 'the two that are not available')
  t.strictSame(down(10, 2, set('new', 0), [set('a', 5, { available: 0 }), set('b', 5)]), { a: 3 })
  t.strictSame(down(10, 2, set('new', 10), [set('a', 1), set('b', 2)]), { a: 0, b: 0 })
  t.end()
})

t.test('a change of scale in the middle of a rollout is shared out in proportion', (t) => {
  const scale = (desired: number, spec: Loose, sets: ReplicaSet[], status = {}) =>
    Object.fromEntries(
      scaleProportionally(deployment(desired, spec, { status }), sets).map(({ replicaSet, replicas }) => [
        replicaSet.metadata.name,
        replicas,
      ]),
    )
  t.strictSame(scale(30, rolling(3, 2), [set('new', 5, { max: 13, desired: 10 }), set('old', 8, { max: 13, desired: 10 })]), {
    old: 20,
    new: 13,
  })
  t.strictSame(
    scale(5, rolling(0, 1), [set('new', 5, { max: 10 }), set('old', 5, { max: 10, age: 9 })]),
    { new: 3, old: 2 },
    "what rounding leaves over is the first one's",
  )
  t.strictSame(scale(0, rolling(3, 2), [set('new', 5, { max: 13 }), set('old', 8, { max: 13 })]), { new: 0, old: 0 })
  t.strictSame(scale(20, rolling(0, 1), [set('a', 3, { max: 6 }), set('b', 2, { max: 6 }), set('c', 1, { max: 6 })]), { a: 10, b: 7, c: 3 })
  t.end()
})

t.test('the template decides which ReplicaSet is the new one; its hash is stable', (t) => {
  const key = templateKey(template('v1'))
  t.equal(templateKey({ ...template('v1'), metadata: { labels: { app: 'web', 'pod-template-hash': 'abc' } } }), key)
  t.equal(
    templateKey({ spec: { containers: [{ image: 'v1', name: 'c', env: [] }] }, metadata: { labels: { app: 'web' }, annotations: {} } }),
    key,
    'order and emptiness do not count',
  )
  t.not(templateKey(template('v2')), key)
  t.match(templateHash(template('v1'), undefined), /^[bcdfghjklmnpqrstvwxz2456789]{5,10}$/)
  t.not(templateHash(template('v1'), 1), templateHash(template('v1'), undefined))
  t.end()
})

const plan = (one: Deployment, replicaSets: ReplicaSet[], running: string[] = []) => {
  const { actions, status, revision, againAfterMs } = planDeployment({
    deployment: one,
    replicaSets,
    hasRunningPods: (uid) => running.includes(uid),
    now,
  })
  return {
    status,
    revision,
    againAfterMs,
    did: actions.map(
      ({ type, replicaSet }) => `${type} ${type === 'create' ? 'new' : replicaSet.metadata.name} ${replicaSet.spec?.replicas}`,
    ),
  }
}
const progressing = ({ status }: { status: Loose }) => status.conditions?.find(({ type }: Loose) => type === 'Progressing')

t.test('one step of a Deployment', (t) => {
  const first = plan(deployment(3), [])
  t.strictSame(first.did, ['create new 3'])
  t.equal(first.revision, '1')
  t.match(progressing(first), { status: 'True', reason: 'NewReplicaSetCreated' })
  t.strictSame(
    plan(deployment(10, { image: 'v2' }), [set('a', 10, { image: 'v1', revision: 1 })]).did,
    ['create new 3', 'update a 8'],
    'surge, and what may be unavailable',
  )
  const rollback = plan(deployment(4, { image: 'v1' }), [
    set('a', 0, { image: 'v1', revision: 1, age: 9 }),
    set('b', 4, { image: 'v2', revision: 2, desired: 4 }),
  ])
  t.strictSame(rollback.did, ['update a 1'], 'an undo takes up the old ReplicaSet again')
  t.equal(rollback.revision, '3')
  const paused = plan(deployment(4, { image: 'v2', paused: true }), [set('a', 4, { image: 'v1', revision: 1, desired: 4, max: 5 })])
  t.strictSame(paused.did, [], 'a paused Deployment rolls nothing out')
  t.match(progressing(paused), { status: 'Unknown', reason: 'DeploymentPaused', message: 'Deployment is paused' })
  t.strictSame(
    plan(deployment(6, { image: 'v2', paused: true }), [set('a', 4, { image: 'v1', desired: 4 })]).did,
    ['update a 6'],
    'but scales',
  )
  t.strictSame(plan(deployment(3, { image: 'v2', strategy: { type: 'Recreate' } }), [set('a', 3, { image: 'v1' })]).did, ['update a 0'])
  const emptied = { ...set('a', 0, { image: 'v1' }) }
  t.strictSame(plan(deployment(3, { image: 'v2', strategy: { type: 'Recreate' } }), [emptied], ['a']).did, [], 'old pods still run')
  t.strictSame(plan(deployment(3, { image: 'v2', strategy: { type: 'Recreate' } }), [emptied]).did, ['create new 3'])
  t.strictSame(
    plan({ ...deployment(3, { image: 'v2' }), metadata: { ...deployment(3).metadata, deletionTimestamp: formatTime(now) } }, [set('a', 3)])
      .did,
    [],
    'one that goes away is left alone',
  )
  t.end()
})

t.test('history beyond the limit goes, the oldest revision first, once a rollout is complete', (t) => {
  const complete = { replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2, observedGeneration: 1 }
  const sets = [
    set('new', 2, { image: 'v1', revision: 5, desired: 2 }),
    ...[4, 2, 3, 1].map((revision) => set(`r${revision}`, 0, { image: `i${revision}`, revision })),
  ]
  const did = plan(deployment(2, { revisionHistoryLimit: 2 }, { status: complete }), sets)
    .did.filter((one) => one.startsWith('delete'))
    .sort()
  t.strictSame(did, ['delete r1 0', 'delete r2 0'])
  t.end()
})

t.test('progress is complete, under way, or timed out', (t) => {
  const condition = (reason: string, agoS: number, status = 'True') => [
    {
      type: 'Progressing',
      status,
      reason,
      message: '',
      lastUpdateTime: formatTime(now - agoS * 1000),
      lastTransitionTime: formatTime(now - 5000_000),
    },
  ]
  const half = { replicas: 2, updatedReplicas: 2, readyReplicas: 1, availableReplicas: 1, observedGeneration: 1 }
  const at = (available: number, status: Loose) =>
    plan(deployment(2, {}, { status }), [set('new', 2, { image: 'v1', available, revision: 1, desired: 2 })])
  t.match(progressing(at(2, { ...half, conditions: condition('ReplicaSetUpdated', 10) })), {
    reason: 'NewReplicaSetAvailable',
    message: 'ReplicaSet "new" has successfully progressed.',
    lastTransitionTime: formatTime(now - 5000_000),
  })
  t.match(progressing(at(1, { ...half, readyReplicas: 0, availableReplicas: 0, conditions: condition('ReplicaSetUpdated', 10) })), {
    reason: 'ReplicaSetUpdated',
    lastUpdateTime: formatTime(now),
  })
  const late = at(1, { ...half, conditions: condition('ReplicaSetUpdated', 601) })
  t.match(progressing(late), {
    status: 'False',
    reason: 'ProgressDeadlineExceeded',
    message: 'ReplicaSet "new" has timed out progressing.',
  })
  t.equal(late.againAfterMs, undefined)
  const waiting = at(1, { ...half, conditions: condition('ReplicaSetUpdated', 10) })
  t.equal(waiting.againAfterMs, 591_000)
  t.equal(progressing(waiting).reason, 'ReplicaSetUpdated')
  t.end()
})

function start(seed: string): World {
  const world = createWorld(seed)
  simulateNodes(world)
  world.start(deploymentController)
  world.start(replicaSetController)
  return world
}
const current = (world: World): Loose => world.api.get('deployments.apps', 'default/web')
const complete = (world: World, image: string, replicas: number) => () => {
  const { status, metadata } = current(world)
  const pods = world.api.all('pods')
  return (
    status?.updatedReplicas === replicas &&
    status.availableReplicas === replicas &&
    status.replicas === replicas &&
    status.observedGeneration === metadata.generation &&
    pods.length === replicas &&
    pods.every(({ spec }: Loose) => spec.containers[0].image === image)
  )
}
const change = (world: World, spec: Loose) =>
  world.api.put('deployments.apps', { ...current(world), spec: { ...current(world).spec, ...spec } })

t.test('a rollout never has too few available pods nor too many in all, and can be undone', async (t) => {
  for (let seed = 0; seed < 5; seed++) {
    const world = start(`roll ${seed}`)
    world.api.put('deployments.apps', deployment(8))
    await world.until(`v1 is out (seed ${seed})`, complete(world, 'v1', 8))
    let fewest = 8
    let most = 8
    world.api.onChange(() => {
      const live = world.api.all('pods').filter(({ metadata }: Loose) => !metadata.deletionTimestamp)
      most = Math.max(most, live.length)
      fewest = Math.min(fewest, live.filter(({ status }: Loose) => status.conditions?.length).length)
    })
    change(world, { template: template('v2') })
    await world.until(`v2 is out (seed ${seed})`, complete(world, 'v2', 8))
    t.ok(fewest >= 6, `at least 6 were available: ${fewest} (seed ${seed})`)
    t.ok(most <= 10, `at most 10 were there: ${most} (seed ${seed})`)
    change(world, { template: template('v1') })
    await world.until(`v1 is out again (seed ${seed})`, complete(world, 'v1', 8))
    t.equal(current(world).metadata.annotations['deployment.kubernetes.io/revision'], '3')
    const sets = world.api.all('replicasets.apps')
    t.equal(sets.length, 2)
    t.match(sets.find(({ spec }: Loose) => spec.replicas === 8).metadata.annotations, {
      'deployment.kubernetes.io/revision': '3',
      'deployment.kubernetes.io/revision-history': '1',
    })
    await world.run(2000)
    t.match(current(world).status.conditions, [
      { type: 'Available', status: 'True' },
      { type: 'Progressing', reason: 'NewReplicaSetAvailable' },
    ])
    t.match(
      world.api.all('events').find(({ reason }: Loose) => reason === 'ScalingReplicaSet').message,
      /^Scaled up replica set web-\w+ from 0 to 8$/,
    )
    world.stop()
  }
})

t.test('a rollout is overtaken by the next one, and scaled while it is under way', async (t) => {
  const world = start('rollover')
  world.api.put('deployments.apps', deployment(6))
  await world.until('v1 is out', complete(world, 'v1', 6))
  change(world, { template: template('v2') })
  await world.run(60)
  change(world, { template: template('v3') })
  await world.run(30)
  change(world, { replicas: 12 })
  await world.until('v3 is out', complete(world, 'v3', 12))
  change(world, { replicas: 0 })
  await world.until('none is left', complete(world, 'v3', 0))
  t.equal(world.api.all('replicasets.apps').length, 3)
  world.stop()
})

t.test('Recreate lets no two revisions run at once', async (t) => {
  const world = start('recreate')
  world.api.put('deployments.apps', deployment(4, { strategy: { type: 'Recreate' } }))
  await world.until('v1 is out', complete(world, 'v1', 4))
  let mixed = false
  world.api.onChange(() => {
    mixed ||= new Set(world.api.all('pods').map(({ spec }: Loose) => spec.containers[0].image)).size > 1
  })
  change(world, { template: template('v2') })
  await world.until('v2 is out', complete(world, 'v2', 4))
  t.notOk(mixed)
  world.stop()
})

t.test('a name that is taken by a stranger costs a new hash', async (t) => {
  const world = start('collision')
  const name = `web-${templateHash(template('v1'), undefined)}`
  world.api.put('replicasets.apps', {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name, namespace: 'default' },
    spec: { replicas: 0, selector: { matchLabels: { other: 'x' } }, template: template('other') },
  })
  world.api.put('deployments.apps', deployment(2))
  await world.until('v1 is out', complete(world, 'v1', 2))
  t.equal(current(world).status.collisionCount, 1)
  world.stop()
})
