/** Kubelets with simulated containers in virtual time: a seed decides everything, and a crash of the kubelet loses nothing. */
import t from 'tap'
import { type KubeletPorts, kubeletActor } from '../../../src/node/kubelet/actor.js'
import { createSimulatedProber, createSimulatedVolumes } from '../../../src/node/kubelet/simulated.js'
import { createSimulatedMachine, createSimulatedRuntime } from '../../../src/node/runtime/simulated.js'
import { planCommand } from '../../../src/node/runtime/stages.js'
import { createWorld } from '../../support/controller-world.js'
import type { Loose } from '../../support/memory-api.js'
import { nodeTransport } from '../support/kubelet-world.js'

async function simulate(
  seed: number,
  scenario: (world: ReturnType<typeof createWorld>, start: () => Promise<() => void>) => Promise<void>,
): Promise<string[]> {
  const world = createWorld(seed)
  const machine = createSimulatedMachine()
  const history: string[] = []
  world.api.onChange(({ type, collection, object }) =>
    history.push(
      `${world.clock.now()} ${type} ${collection} ${object.metadata.name} ${JSON.stringify((object as Loose).status?.phase ?? '')}`,
    ),
  )
  const start = async () => {
    const actor = world.actor('kubelet-n1')
    const ports: KubeletPorts = {
      runtime: (_, context) =>
        createSimulatedRuntime({ clock: context.clock, random: context.random.fork('runtime'), node: 'n1', machine }),
      volumes: createSimulatedVolumes,
      prober: createSimulatedProber,
      transport: () => nodeTransport(world.api),
    }
    await kubeletActor.init(actor.context, { node: 'n1', runtime: 'sim', directory: '/sim', podCidr: '127.244.1.0/24' }, ports)
    return () => actor.kill()
  }
  await scenario(world, start)
  world.stop()
  return history
}
const pod = (name: string, spec: Loose, annotations: Loose = {}): Loose => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', annotations },
  spec: { nodeName: 'n1', restartPolicy: 'Always', containers: [{ name: 'c', image: 'nginx' }], ...spec },
})

const phases = (world: ReturnType<typeof createWorld>, wanted: string) =>
  world.api.all('pods').filter(({ status }) => status?.phase === wanted)

/** Fifteen pods, three of them jobs, brought up and deleted again. */
function manyPods(seed: number, check: (running: Loose[]) => void = () => {}): Promise<string[]> {
  return simulate(seed, async (world, start) => {
    await start()
    const job = { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox', command: ['sh', '-c', 'sleep 3; exit 0'] }] }
    for (let i = 0; i < 15; i++) world.api.put('pods', pod(`p${i}`, i % 5 === 0 ? job : {}))
    await world.until('all are up or done', () => phases(world, 'Running').length === 12 && phases(world, 'Succeeded').length === 3)
    check(phases(world, 'Running'))
    for (let i = 0; i < 15; i++) void world.api.transport.request({ method: 'DELETE', path: `/api/v1/namespaces/default/pods/p${i}` })
    await world.until('all are gone', () => world.api.all('pods').length === 0)
  })
}

t.test('pods come up, some finish, all go, the same way for the same seed', async (t) => {
  const first = await manyPods(3, (running) =>
    t.equal(new Set(running.map(({ status }) => status.podIP)).size, 12, 'each has an address of its own'),
  )
  t.same(await manyPods(3), first)
  t.notSame(await manyPods(4), first)
})

t.test('annotations decide how a simulated pod runs', async (t) => {
  await simulate(5, async (world, start) => {
    await start()
    world.api.put('pods', pod('fails', { restartPolicy: 'Never' }, { 'troupe.dev/run-seconds': '2', 'troupe.dev/exit-code': '7' }))
    await world.until('it fails', () => phases(world, 'Failed').length === 1)
    t.match(world.api.get('pods', 'default/fails').status.containerStatuses[0].state, { terminated: { exitCode: 7, reason: 'Error' } })
  })
})

t.test('a kubelet that crashes at any moment loses no pod and starts no container twice', async (t) => {
  for (let seed = 1; seed <= 5; seed++) {
    await simulate(seed, async (world, start) => {
      let kill = await start()
      for (let i = 0; i < 4; i++) world.api.put('pods', pod(`p${i}`, {}))
      for (let crash = 0; crash < 4; crash++) {
        await world.run(world.random.fork(`crash ${crash}`).between(10, 400))
        kill()
        await world.run(50)
        kill = await start()
      }
      await world.until(`all run (seed ${seed})`, () => phases(world, 'Running').length === 4)
      const restarts = world.api.all('pods').map(({ status }) => status.containerStatuses[0].restartCount)
      if (restarts.some((count) => count !== 0)) t.fail(`restarted without need: ${restarts} (seed ${seed})`)
      await world.run(6_000)
      t.equal(phases(world, 'Running').length, 4)
    })
  }
})

t.test('what a command says of itself', async (t) => {
  t.same(planCommand(['sleep', '5']), { runMs: 5001, code: 0 })
  t.same(planCommand(['sh', '-c', 'echo x; sleep 2 && exit 3']), { runMs: 2001, code: 3 })
  t.same(planCommand(['false']), { runMs: 1, code: 1 })
  t.same(planCommand(['nginx', '-g', 'daemon off;']), { runMs: undefined, code: 0 })
  t.same(planCommand([]), { runMs: undefined, code: 0 })
})
