/** The scheduler on an API in memory that delays and loses answers, in virtual time. */
import t from 'tap'
import type { Plugin } from '../../src/scheduler/framework/plugin.js'
import { success } from '../../src/scheduler/framework/status.js'
import { writeWithStatus } from '../support/controller-world.js'
import type { Loose } from '../support/memory-api.js'
import { createSchedulerWorld, type SchedulerWorld } from './world.js'

const condition = (world: SchedulerWorld, name: string) =>
  world.pod(name)?.status?.conditions?.find(({ type }: Loose) => type === 'PodScheduled')
const remove = (world: SchedulerWorld, name: string) => world.api.remove('pods', `default/${name}`)
/** Lets terminating pods go after `ms`, as kubelets do. */
const kubelets = (world: SchedulerWorld, ms = 500) =>
  world.api.onChange(({ collection, type, object }) => {
    if (collection !== 'pods' || type === 'DELETED' || !object.metadata.deletionTimestamp) return
    world.clock.after(
      ms,
      () =>
        world.api.get('pods', `default/${object.metadata.name}`)?.metadata.uid === object.metadata.uid &&
        remove(world, object.metadata.name),
    )
  })

t.test('a pod is bound to a node that has room, with an event and its condition', async (t) => {
  const world = createSchedulerWorld('first')
  world.addNode('n1')
  world.schedule()
  world.addPod('a', { cpu: '1' })
  await world.until('a bound', () => world.nodeOf('a') === 'n1')
  await world.run(100)
  t.strictSame(world.events('Scheduled'), ['Successfully assigned default/a to n1'])
  t.equal(condition(world, 'a').status, 'True')
  world.stop()
})

t.test('pods of other schedulers are left alone, and profiles have names', async (t) => {
  const world = createSchedulerWorld('profiles')
  world.addNode('n1')
  world.schedule({ config: { profiles: [{ schedulerName: 'one' }, { schedulerName: 'two', disabled: ['NodeResourcesFit'] }] } })
  world.addPod('a', { schedulerName: 'one', cpu: '100' })
  world.addPod('b', { schedulerName: 'two', cpu: '100' })
  world.addPod('c')
  await world.until('b bound', () => world.nodeOf('b') === 'n1')
  await world.run(5000)
  t.equal(world.nodeOf('a'), undefined, 'it does not fit')
  t.equal(world.nodeOf('c'), undefined, 'nobody schedules it')
  t.strictSame(
    world.api
      .all('events')
      .map(({ reason, source }: Loose) => [reason, source.component])
      .sort(),
    [
      ['FailedScheduling', 'one'],
      ['Scheduled', 'two'],
    ],
  )
  world.stop()
})

t.test('pods are spread over nodes', async (t) => {
  const world = createSchedulerWorld('spread')
  for (let i = 0; i < 5; i++) world.addNode(`n${i}`)
  const scheduler = world.schedule()
  for (let i = 0; i < 20; i++) world.addPod(`p${i}`, { cpu: '100m', memory: '100Mi' })
  await world.until('all bound', () => world.api.all('pods').every((pod: Loose) => pod.spec.nodeName))
  const counts = [0, 1, 2, 3, 4].map((i) => world.api.all('pods').filter((pod: Loose) => pod.spec.nodeName === `n${i}`).length)
  t.strictSame(counts, [4, 4, 4, 4, 4])
  scheduler.check()
  world.stop()
})

t.test('no node is filled over its capacity, whatever is lost', async (t) => {
  for (const seed of [1, 2, 3]) {
    let world: SchedulerWorld | undefined
    const created: SchedulerWorld = createSchedulerWorld(`capacity ${seed}`, {
      watchDelayMs: () => (world?.random.below(4) === 0 ? 300 : 5),
      fate: ({ method, path }) =>
        method === 'POST' && path.includes('/binding') && world?.random.chance(0.2)
          ? world.random.pick(['lose-answer', 'lose-request', 'refuse'] as const)
          : 'answer',
    })
    world = created
    for (let i = 0; i < 4; i++) created.addNode(`n${i}`, { cpu: '2' })
    const scheduler = created.schedule()
    for (let i = 0; i < 40; i++) created.addPod(`p${i}`, { cpu: '250m' })
    await created.until('32 bound', () => created.api.all('pods').filter((pod: Loose) => pod.spec.nodeName).length === 32, 300_000)
    await created.run(60_000)
    for (let i = 0; i < 4; i++)
      t.equal(
        created.api.all('pods').filter((pod: Loose) => pod.spec.nodeName === `n${i}`).length,
        8,
        `n${i} is full and no fuller (seed ${seed})`,
      )
    t.strictSame(created.refusedBindings, [], 'none was bound twice')
    scheduler.check()
    created.stop()
  }
})

t.test('a pod that fits nowhere says why, and is tried when a node comes', async (t) => {
  const world = createSchedulerWorld('unschedulable')
  world.addNode('n1', { cpu: '1' })
  world.addNode('n2', { taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }] })
  world.addNode('n3', { taints: [{ key: 'k', value: 'v', effect: 'NoExecute' }] })
  world.schedule()
  world.addPod('a', { cpu: '2' })
  await world.until('it says so', () => condition(world, 'a')?.reason === 'Unschedulable')
  const message =
    '0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint(s). preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.'
  t.equal(condition(world, 'a').message, message)
  t.equal(condition(world, 'a').status, 'False')
  await world.run(20_000)
  t.strictSame(world.events('FailedScheduling'), [message], 'and is not tried again for nothing')
  t.equal(world.api.all('events').find((event: Loose) => event.reason === 'FailedScheduling').count, 1)
  world.addNode('n4', { cpu: '1' })
  await world.run(20_000)
  t.equal(world.api.all('events').find((event: Loose) => event.reason === 'FailedScheduling').count, 1, 'a node too small wakes nobody')
  world.addNode('n5', { cpu: '3' })
  await world.until('a bound', () => world.nodeOf('a') === 'n5', 2000)
  world.stop()
})

t.test('without nodes pods wait for one', async (t) => {
  const world = createSchedulerWorld('empty')
  world.schedule()
  world.addPod('a')
  await world.until('it says so', () => condition(world, 'a')?.message === 'no nodes available to schedule pods')
  await world.run(60_000)
  t.equal(world.events('FailedScheduling').length, 1)
  world.addNode('n1')
  await world.until('a bound', () => world.nodeOf('a') === 'n1', 2000)
  world.stop()
})

t.test('the departure of a pod wakes who waits for its room', async (t) => {
  const world = createSchedulerWorld('departure')
  world.addNode('n1', { cpu: '1' })
  world.schedule()
  world.addPod('a', { cpu: '1' })
  await world.until('a bound', () => world.nodeOf('a') === 'n1')
  world.addPod('b', { cpu: '1' })
  await world.run(20_000)
  t.equal(world.nodeOf('b'), undefined)
  writeWithStatus(world.api, 'pods', { ...world.pod('a'), status: { ...world.pod('a').status, phase: 'Succeeded' } })
  await world.until('b bound', () => world.nodeOf('b') === 'n1', 2000)
  world.stop()
})

t.test('gated pods wait for their gates to go, and are not tried', async (t) => {
  const world = createSchedulerWorld('gates')
  world.addNode('n1')
  world.schedule()
  world.addPod('a', { schedulingGates: [{ name: 'g1' }, { name: 'g2' }] })
  await world.until('it says so', () => condition(world, 'a')?.reason === 'SchedulingGated')
  t.equal(condition(world, 'a').message, 'Scheduling is blocked due to non-empty scheduling gates')
  const lift = (...gates: string[]) =>
    world.api.put('pods', { ...world.pod('a'), spec: { ...world.pod('a').spec, schedulingGates: gates.map((name) => ({ name })) } })
  lift('g2')
  await world.run(10_000)
  t.equal(world.nodeOf('a'), undefined)
  t.strictSame(world.events('FailedScheduling'), [])
  lift()
  await world.until('a bound', () => world.nodeOf('a') === 'n1', 2000)
  world.stop()
})

t.test('a pod of higher priority takes the place of the least, after it has gone', async (t) => {
  const world = createSchedulerWorld('preemption')
  kubelets(world, 3000)
  world.addNode('n1', { cpu: '2' })
  world.addNode('n2', { cpu: '2' })
  const scheduler = world.schedule()
  for (const [name, priority] of [
    ['low', 1],
    ['mid', 5],
    ['high', 9],
    ['more', 9],
  ] as const) {
    world.addPod(name, { cpu: '1', priority, nodeName: priority === 9 ? 'n1' : 'n2' })
  }
  await world.run(100)
  world.addPod('boss', { cpu: '1', priority: 7 })
  await world.until('nominated', () => world.pod('boss').status.nominatedNodeName === 'n2')
  await world.until('low goes', () => world.pod('low')?.metadata.deletionTimestamp)
  t.match(world.pod('low').status.conditions, [
    {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'PreemptionByScheduler',
      message: 'default-scheduler: preempting to accommodate a higher priority pod',
    },
  ])
  // One that would fit into the room that is being made must not take it.
  world.addPod('thief', { cpu: '1', priority: 2 })
  await world.until('boss bound', () => world.nodeOf('boss') === 'n2')
  t.notOk(world.pod('low'))
  t.notOk(world.pod('mid').metadata.deletionTimestamp)
  await world.run(20_000)
  t.equal(world.nodeOf('thief'), undefined)
  t.equal(world.events('Preempted')[0], `Preempted by pod ${world.pod('boss').metadata.uid} on node n2`)
  t.match(world.events('FailedScheduling')[0], /^0\/2 nodes are available: 2 Insufficient cpu\.$/)
  t.match(
    condition(world, 'thief').message,
    /^0\/2 nodes are available: 2 Insufficient cpu\. preemption: 0\/2 nodes are available: 2 No preemption victims found for incoming pod\.$/,
  )
  scheduler.check()
  world.stop()
})

t.test('preemptionPolicy Never preempts nobody', async (t) => {
  const world = createSchedulerWorld('never')
  world.addNode('n1', { cpu: '1' })
  world.schedule()
  world.addPod('low', { cpu: '1', nodeName: 'n1' })
  await world.run(100)
  world.addPod('polite', { cpu: '1', priority: 10, preemptionPolicy: 'Never' })
  await world.until('it says so', () => condition(world, 'polite')?.reason === 'Unschedulable')
  t.equal(
    condition(world, 'polite').message,
    '0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never.',
  )
  t.notOk(world.pod('low').metadata.deletionTimestamp)
  world.stop()
})

t.test('while its victims are being taken off, a pod is not tried', async (t) => {
  const world = createSchedulerWorld('victims', { delayMs: 50 })
  kubelets(world, 1)
  world.addNode('n1', { cpu: '4' })
  world.schedule()
  for (const name of ['v1', 'v2', 'v3', 'v4']) world.addPod(name, { cpu: '1', nodeName: 'n1' })
  await world.run(500)
  world.addPod('boss', { cpu: '4', priority: 10 })
  await world.until('boss bound', () => world.nodeOf('boss') === 'n1', 10_000)
  await world.run(1000)
  const refusals = world.api.all('events').filter((event: Loose) => event.reason === 'FailedScheduling')
  t.strictSame(
    refusals.map(({ count, message }: Loose) => [count, message]),
    [[1, '0/1 nodes are available: 1 Insufficient cpu.']],
  )
  t.equal(world.events('Preempted').length, 4)
  world.stop()
})

t.test('victims that go by themselves do not leave the pod waiting', async (t) => {
  const world = createSchedulerWorld('vanish', { delayMs: 20 })
  world.addNode('n1', { cpu: '2' })
  world.schedule()
  for (const name of ['v1', 'v2']) world.addPod(name, { cpu: '1', nodeName: 'n1' })
  await world.run(500)
  world.api.onChange(({ type, object }) => {
    if (type !== 'MODIFIED' || !(object as Loose).status?.conditions?.some((one: Loose) => one.type === 'DisruptionTarget')) return
    for (const name of ['v1', 'v2']) if (world.pod(name)) world.clock.after(0, () => remove(world, name))
  })
  world.addPod('boss', { cpu: '2', priority: 10 })
  await world.until('boss bound', () => world.nodeOf('boss') === 'n1', 10_000)
  t.pass('it was woken')
  world.stop()
})

t.test('a pod that changes while it is being bound is bound once', async (t) => {
  let bindings = 0
  const world = createSchedulerWorld('changes', {
    delayMs: 100,
    fate: ({ path }) => {
      if (path.includes('/binding')) bindings++
      return 'answer'
    },
  })
  world.addNode('n1')
  world.schedule()
  await world.run(1000)
  world.addPod('a')
  await world.until('a is being bound', () => bindings === 1)
  world.api.put('pods', { ...world.pod('a'), metadata: { ...world.pod('a').metadata, labels: { changed: 'yes' } } })
  await world.until('a bound', () => world.nodeOf('a') === 'n1')
  await world.run(5000)
  t.equal(bindings, 1)
  world.stop()
})

t.test('disruption budgets are kept when another node will do', async (t) => {
  const world = createSchedulerWorld('budgets')
  kubelets(world)
  for (const name of ['n1', 'n2', 'n3']) {
    world.addNode(name, { cpu: '1' })
    world.addPod(`on-${name}`, { cpu: '1', nodeName: name, labels: { app: name } })
  }
  for (const name of ['n1', 'n3'])
    writeWithStatus(world.api, 'poddisruptionbudgets.policy', {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name, namespace: 'default' },
      spec: { selector: { matchLabels: { app: name } } },
      status: { disruptionsAllowed: 0 },
    })
  world.schedule()
  await world.run(100)
  world.addPod('boss', { cpu: '1', priority: 10 })
  await world.until('boss bound', () => world.nodeOf('boss') !== undefined)
  t.equal(world.nodeOf('boss'), 'n2')
  world.stop()
})

t.test('a scheduler that dies between assuming and binding loses nothing', async (t) => {
  for (const seed of [1, 2, 3, 4]) {
    const world = createSchedulerWorld(`crash ${seed}`, { delayMs: 20 })
    for (let i = 0; i < 3; i++) world.addNode(`n${i}`, { cpu: '4' })
    let scheduler = world.schedule()
    for (let i = 0; i < 12; i++) world.addPod(`p${i}`, { cpu: '1' })
    for (let crashes = 0; crashes < 6; crashes++) {
      await world.run(15 + world.random.below(40))
      scheduler.kill()
      scheduler = world.schedule()
    }
    await world.until('all bound', () => world.api.all('pods').every((pod: Loose) => pod.spec.nodeName))
    for (let i = 0; i < 3; i++)
      t.equal(world.api.all('pods').filter((pod: Loose) => pod.spec.nodeName === `n${i}`).length, 4, `seed ${seed}`)
    await world.run(1000)
    scheduler.check()
    world.stop()
  }
})

t.test('a binding whose answer is lost is looked up, not repeated', async (t) => {
  let lost = 0
  const world = createSchedulerWorld('lost', { fate: ({ path }) => (path.includes('/binding') && ++lost === 1 ? 'lose-answer' : 'answer') })
  world.addNode('n1')
  world.schedule()
  world.addPod('a')
  await world.until('a bound', () => world.nodeOf('a') === 'n1')
  await world.run(5000)
  t.equal(lost, 1)
  t.strictSame(world.events('Scheduled'), ['Successfully assigned default/a to n1'])
  t.strictSame(world.events('FailedScheduling'), [])
  world.stop()
})

t.test('what broke is tried again after a pause, and what it took is given back', async (t) => {
  let refusals = 0
  const world = createSchedulerWorld('refused', {
    fate: ({ path }) => (path.includes('/binding') && ++refusals <= 2 ? 'lose-request' : 'answer'),
  })
  world.addNode('n1', { cpu: '1' })
  const scheduler = world.schedule()
  world.addPod('a', { cpu: '1' })
  await world.until('a bound', () => world.nodeOf('a') === 'n1')
  t.equal(refusals, 3)
  t.ok(world.clock.monotonic() >= 3000, 'one second, then two')
  t.equal(world.pod('a').status.conditions.length, 1)
  scheduler.check()
  world.stop()
})

t.test('a pod deleted while it is being bound leaves nothing behind', async (t) => {
  const world = createSchedulerWorld('deleted', { delayMs: 30 })
  world.addNode('n1', { cpu: '1' })
  const scheduler = world.schedule()
  await world.run(200)
  for (let i = 0; i < 10; i++) {
    world.addPod(`a${i}`, { cpu: '1' })
    await world.run(world.random.below(60))
    if (world.pod(`a${i}`)) remove(world, `a${i}`)
    await world.run(1)
  }
  world.addPod('b', { cpu: '1' })
  await world.until('b bound', () => world.nodeOf('b') === 'n1')
  await world.run(1000)
  scheduler.check()
  t.strictSame((scheduler.inspect() as Loose).queue, { active: 0, backoff: 0, unschedulable: 0, gated: 0, inFlight: 0 })
  world.stop()
})

t.test('Permit holds a pod back until it is allowed, or gives its room back', async (t) => {
  const world = createSchedulerWorld('permit')
  world.addNode('n1', { cpu: '1' })
  const holds = new Map<string, (allow: boolean) => void>()
  const log: string[] = []
  world.schedule({
    plugins: [
      {
        factory: (handle): Plugin => ({
          name: 'Holder',
          reserve: (_state, { name }) => {
            log.push(`reserve ${name}`)
            return success
          },
          unreserve: (_state, { name }) => void log.push(`unreserve ${name}`),
          permit: (_state, pod) => {
            holds.set(pod.name, (allow) =>
              allow ? handle.waitingPod(pod.uid)?.allow('Holder') : handle.waitingPod(pod.uid)?.reject('Holder', 'no'),
            )
            return { status: { code: 'Wait', reasons: [] }, timeoutMs: 60_000 }
          },
        }),
      },
    ],
  })
  world.addPod('a', { cpu: '1' })
  await world.until('a held', () => holds.has('a'))
  world.addPod('b', { cpu: '1' })
  await world.run(3000)
  t.equal(world.nodeOf('a'), undefined)
  t.notOk(holds.has('b'), 'a counts as being there')
  holds.get('a')?.(false)
  await world.until('b held', () => holds.has('b'))
  await world.until('a says so', () => condition(world, 'a') !== undefined)
  t.equal(condition(world, 'a').message, '0/1 nodes are available: 1 pod "a" rejected while waiting on permit: no.')
  holds.get('b')?.(true)
  await world.until('b bound', () => world.nodeOf('b') === 'n1')
  t.strictSame(log, ['reserve a', 'unreserve a', 'reserve b'])
  world.stop()
})

t.test('a run is decided by its seed', async (t) => {
  const run = async () => {
    const world = createSchedulerWorld('same')
    for (let i = 0; i < 6; i++) world.addNode(`n${i}`)
    world.schedule()
    for (let i = 0; i < 30; i++) world.addPod(`p${i}`)
    await world.run(3000)
    world.stop()
    return world.api.writes
  }
  t.strictSame(await run(), await run())
})
