/** Node lifecycle and taint eviction: tables, and a node that falls silent and comes back. */
import t from 'tap'
import type { Node, Pod } from '../../src/api/types/core-v1.js'
import { formatMicroTime, formatTime } from '../../src/client/time.js'
import { nodeLifecycleController } from '../../src/controllers/node-lifecycle/controller.js'
import { evictionRateOf, silentConditions, wantedTaints, zoneState } from '../../src/controllers/node-lifecycle/reconcile.js'
import { taintEvictionController } from '../../src/controllers/taint-eviction/controller.js'
import { evictionTime } from '../../src/controllers/taint-eviction/reconcile.js'
import { createWorld, readyPod, type World, writePod, writeWithStatus } from '../support/controller-world.js'
import type { Loose } from '../support/memory-api.js'

const now = 1_767_225_600_000
const node = (name: string, conditions: Record<string, string> = { Ready: 'True' }, more: Loose = {}): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, uid: name, creationTimestamp: formatTime(now - 1000_000), ...more.metadata },
  spec: { ...more.spec },
  status: {
    conditions: Object.entries(conditions).map(([type, status]) => ({
      type,
      status,
      reason: 'KubeletReady',
      message: '',
      lastHeartbeatTime: formatTime(now),
      lastTransitionTime: formatTime(now - 5000),
    })),
  },
})

t.test('conditions of a node become taints', (t) => {
  const keys = (one: Node, mayEvict = true) =>
    wantedTaints(one, mayEvict, now).map(({ key, effect }) => `${key.replace('node.kubernetes.io/', '')}:${effect}`)
  t.strictSame(keys(node('a')), [])
  t.strictSame(keys(node('a', { Ready: 'Unknown' })), ['unreachable:NoSchedule', 'unreachable:NoExecute'])
  t.strictSame(keys(node('a', { Ready: 'False' }), false), ['not-ready:NoSchedule'])
  t.strictSame(
    keys(node('a', { Ready: 'True', MemoryPressure: 'True', DiskPressure: 'True', PIDPressure: 'True', NetworkUnavailable: 'True' })),
    ['memory-pressure:NoSchedule', 'disk-pressure:NoSchedule', 'network-unavailable:NoSchedule', 'pid-pressure:NoSchedule'],
  )
  t.strictSame(keys(node('a', { Ready: 'True' }, { spec: { unschedulable: true, taints: [{ key: 'mine', effect: 'NoSchedule' }] } })), [
    'mine:NoSchedule',
    'unschedulable:NoSchedule',
  ])
  const turned = node(
    'a',
    { Ready: 'Unknown' },
    { spec: { taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoExecute', timeAdded: 'x' }] } },
  )
  t.ok(keys(turned, false).includes('unreachable:NoExecute'), 'a NoExecute taint is exchanged without waiting')
  t.end()
})

t.test('silence makes conditions Unknown, once', (t) => {
  const silent = silentConditions(node('a', { Ready: 'True', DiskPressure: 'False' }), now) ?? []
  t.strictSame(
    silent.map(({ type, status, reason }) => [type, status, reason]),
    [
      ['Ready', 'Unknown', 'NodeStatusUnknown'],
      ['DiskPressure', 'Unknown', 'NodeStatusUnknown'],
      ['MemoryPressure', 'Unknown', 'NodeStatusNeverUpdated'],
      ['PIDPressure', 'Unknown', 'NodeStatusNeverUpdated'],
    ],
  )
  t.equal(silentConditions({ ...node('a'), status: { conditions: silent } }, now), undefined)
  t.end()
})

t.test('a zone in which most nodes fail is suspected before its nodes are', (t) => {
  const nodes = (ready: number, unready: number) => [
    ...Array.from({ length: ready }, (_, i) => node(`r${i}`)),
    ...Array.from({ length: unready }, (_, i) => node(`u${i}`, { Ready: 'Unknown' })),
  ]
  t.equal(zoneState(nodes(5, 1)), 'Normal')
  t.equal(zoneState(nodes(2, 3)), 'PartialDisruption')
  t.equal(zoneState(nodes(0, 3)), 'FullDisruption')
  t.equal(evictionRateOf('/', nodes(5, 1)), 0.1)
  t.equal(evictionRateOf('/', nodes(2, 3)), 0)
  t.equal(evictionRateOf('/', nodes(20, 40)), 0.01)
  t.equal(evictionRateOf('/', nodes(0, 3)), 0, 'when all are gone it is ourselves')
  t.end()
})

t.test('a pod goes when it does not tolerate, or no longer', (t) => {
  const taint = { key: 'k', effect: 'NoExecute', timeAdded: formatTime(now) }
  const pod = (tolerations: Loose[], created = now - 1000_000): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', creationTimestamp: formatTime(created) },
    spec: { containers: [], tolerations },
  })
  t.equal(evictionTime(pod([]), []), undefined)
  t.equal(evictionTime(pod([]), [{ key: 'k', effect: 'NoSchedule' }]), undefined)
  t.equal(evictionTime(pod([]), [taint]), 0)
  t.equal(evictionTime(pod([{ operator: 'Exists' }]), [taint]), undefined)
  t.equal(evictionTime(pod([{ key: 'k', operator: 'Exists', tolerationSeconds: 300 }]), [taint]), now + 300_000)
  t.equal(evictionTime(pod([{ key: 'k', operator: 'Exists', tolerationSeconds: 300 }], now + 50_000), [taint]), now + 350_000)
  t.equal(evictionTime(pod([{ key: 'k', operator: 'Exists', tolerationSeconds: -5 }]), [taint]), now)
  t.equal(evictionTime(pod([{ key: 'k', operator: 'Exists', tolerationSeconds: 300 }]), [taint, { key: 'other', effect: 'NoExecute' }]), 0)
  t.end()
})

const beat = (world: World, name: string) => {
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, namespace: 'kube-node-lease' },
    spec: { renewTime: formatMicroTime(world.clock.now()) },
  }
  world.api.put('leases.coordination.k8s.io', lease)
}

t.test('a node falls silent, its pods go after what they tolerate, and it comes back', async (t) => {
  const world = createWorld('silent')
  world.start(nodeLifecycleController)
  world.start(taintEvictionController)
  const alive = new Set(['a', 'b', 'c'])
  for (const name of alive) writeWithStatus(world.api, 'nodes', node(name))
  const timer = world.clock.every(10_000, () => {
    for (const name of alive) beat(world, name)
  })
  const tolerations = [{ key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }]
  for (const [name, nodeName] of [
    ['on-a', 'a'],
    ['on-b', 'b'],
  ] as const) {
    world.api.put('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default' },
      spec: { containers: [], nodeName, tolerations },
    })
    writePod(world.api, readyPod(world.api.get('pods', `default/${name}`), world.clock.now()))
  }
  await world.run(200_000)
  t.notOk(
    world.api.all('nodes').some(({ spec }: Loose) => spec.taints?.length),
    'all is well',
  )
  alive.delete('a')
  const from = world.clock.monotonic()
  const ready = (name: string) => world.api.get('nodes', name).status.conditions.find(({ type }: Loose) => type === 'Ready')
  await world.until('it is Unknown', () => ready('a').status === 'Unknown')
  const took = world.clock.monotonic() - from
  t.ok(took >= 40_000 && took <= 60_000, `after ${took} ms`)
  await world.until('it is tainted', () => world.api.get('nodes', 'a').spec.taints?.length === 2)
  await world.until('its pod is not ready', () => world.api.get('pods', 'default/on-a').status.conditions[0].status === 'False', 10_000)
  await world.run(290_000)
  t.notOk(world.api.get('pods', 'default/on-a').metadata.deletionTimestamp, 'tolerated still')
  await world.until('its pod is deleted', () => world.api.get('pods', 'default/on-a')?.metadata.deletionTimestamp, 20_000)
  t.match(
    world.api.get('pods', 'default/on-a').status.conditions.find(({ type }: Loose) => type === 'DisruptionTarget'),
    { reason: 'DeletionByTaintManager' },
  )
  t.notOk(world.api.get('pods', 'default/on-b').metadata.deletionTimestamp)
  alive.add('a')
  beat(world, 'a')
  world.api.putStatus('nodes', node('a'))
  await world.until('the taints go', () => !world.api.get('nodes', 'a').spec.taints?.length)
  timer.cancel()
  world.stop()
})
