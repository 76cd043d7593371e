/** A pod's life as a state machine: what follows from which event, and that no order of events breaks its invariants. */
import t from 'tap'
import { createRandom, type Random } from '../../../src/base/random.js'
import { backoff } from '../../../src/node/kubelet/container-lifecycle.js'
import { advance } from '../../../src/node/kubelet/pod-lifecycle.js'
import { newPodState, type PodAction, type PodEvent, type PodState } from '../../../src/node/kubelet/pod-state.js'
import { podStatus, qosClassOf } from '../../../src/node/kubelet/status.js'
import type { Loose } from '../../support/memory-api.js'

const epoch = Date.UTC(2026, 0, 1)

/** A pod played by hand: events in, actions out, time as told. */
function play(spec: Loose, metadata: Loose = {}) {
  const pod: Loose = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns', uid: 'u', generation: 1, ...metadata }, spec }
  const state = newPodState(pod as never, epoch)
  let now = epoch
  let ids = 0
  const step = (event: PodEvent): PodAction[] => advance(state, event, now)
  return {
    state,
    step,
    at: (ms: number) => (now = epoch + ms),
    get now() {
      return now
    },
    /** Volumes and sandbox; returns what follows. */
    ground(): PodAction[] {
      step({ type: 'spec', pod: state.pod })
      step({ type: 'volumes-ready' })
      return step({ type: 'sandbox-ready', id: 'box', ip: '127.244.1.10' })
    },
    run(name: string, hook = false): PodAction[] {
      const id = `${name}-${++ids}`
      step({ type: 'container-created', name, id, imageId: 'image' })
      return step({ type: 'container-started', name, id, hook })
    },
    exit(name: string, code: number): PodAction[] {
      const record = state.containers.find((each) => each.name === name)
      return step({
        type: 'container-exited',
        id: record?.id ?? '',
        exit: { code, reason: code ? 'Error' : 'Completed', message: '', startedAt: now, finishedAt: now, containerId: record?.id ?? '' },
      })
    },
    remove(graceSeconds = 30): PodAction[] {
      return step({
        type: 'spec',
        pod: {
          ...state.pod,
          metadata: { ...state.pod.metadata, deletionTimestamp: new Date(now).toISOString(), deletionGracePeriodSeconds: graceSeconds },
        },
      })
    },
    status: (): Loose => podStatus(state, '127.244.1.1', now, state.pod.status ?? {}),
    phaseOf: (name: string) => state.containers.find((each) => each.name === name)?.phase,
  }
}
const names = (actions: readonly PodAction[]) =>
  actions
    .filter(({ type }) => type !== 'event' && type !== 'wake')
    .map((action) => ('name' in action ? `${action.type} ${action.name}` : action.type))
const wakes = (actions: readonly PodAction[]) => actions.flatMap((action) => (action.type === 'wake' ? [action.at - epoch] : []))
const container = (name: string, more: Loose = {}) => ({ name, image: 'busybox', ...more })
const conditionOf = (status: Loose, type: string) => status.conditions.find((each: Loose) => each.type === type)

t.test('a pod is brought up in order', async (t) => {
  const pod = play({ containers: [container('a'), container('b')] })
  t.same(names(pod.step({ type: 'spec', pod: pod.state.pod })), ['set-up-volumes'])
  t.same(names(pod.step({ type: 'volumes-ready' })), ['run-sandbox'])
  t.match(pod.status(), { phase: 'Pending', containerStatuses: [{ state: { waiting: { reason: 'ContainerCreating' } } }, {}] })
  t.same(names(pod.step({ type: 'sandbox-ready', id: 'box', ip: '127.244.1.10' })), ['start-container a', 'start-container b'])
  t.same(names(pod.run('a')), [])
  t.match(pod.status(), { phase: 'Pending' }, 'one of two')
  t.match(conditionOf(pod.status(), 'Ready'), {
    status: 'False',
    reason: 'ContainersNotReady',
    message: 'containers with unready status: [b]',
  })
  pod.run('b')
  t.match(pod.status(), { phase: 'Running', podIP: '127.244.1.10' })
  t.equal(conditionOf(pod.status(), 'Ready').status, 'True')
})

t.test('volumes and sandboxes that fail are tried again', async (t) => {
  const pod = play({ containers: [container('a')] })
  pod.step({ type: 'spec', pod: pod.state.pod })
  t.same(wakes(pod.step({ type: 'volumes-failed', message: 'no' })), [backoff.syncMs])
  pod.at(backoff.syncMs)
  t.same(names(pod.step({ type: 'timer' })), ['set-up-volumes'])
  pod.step({ type: 'volumes-ready' })
  t.match(pod.step({ type: 'sandbox-failed', message: 'no' })[0], { reason: 'FailedCreatePodSandBox' })
  pod.at(2 * backoff.syncMs)
  t.same(names(pod.step({ type: 'timer' })), ['run-sandbox'])
})

t.test('restart policies', async (t) => {
  const table: [string, number, string, string][] = [
    ['Always', 0, 'starting', 'Running'],
    ['Always', 1, 'starting', 'Running'],
    ['OnFailure', 0, 'exited', 'Succeeded'],
    ['OnFailure', 1, 'starting', 'Running'],
    ['Never', 0, 'exited', 'Succeeded'],
    ['Never', 1, 'exited', 'Failed'],
  ]
  for (const [restartPolicy, code, phase, podPhase] of table) {
    const pod = play({ restartPolicy, containers: [container('a')] })
    pod.ground()
    pod.run('a')
    pod.exit('a', code)
    if (podPhase !== 'Running') pod.step({ type: 'cleaned' })
    t.same([pod.phaseOf('a'), pod.status().phase], [phase, podPhase], `${restartPolicy}, exit ${code}`)
  }
})

t.test('back-off: at once, 10 s, 20 s, … 300 s, and forgotten after ten good minutes', async (t) => {
  const pod = play({ containers: [container('a')] })
  pod.ground()
  let ms = 0
  const delays: number[] = []
  for (let i = 0; i < 8; i++) {
    pod.run('a')
    pod.at((ms += 1000))
    const [wake] = wakes(pod.exit('a', 1))
    delays.push(wake === undefined ? 0 : wake - ms)
    if (wake === undefined) continue
    t.match(pod.status().containerStatuses[0].state, {
      waiting: { reason: 'CrashLoopBackOff', message: /^back-off (\d+m)?\d+s restarting failed container=a pod=p_ns\(u\)$/ },
    })
    pod.at((ms = wake))
    t.same(names(pod.step({ type: 'timer' })), ['start-container a'])
  }
  t.same(delays, [0, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000])
  pod.run('a')
  pod.at((ms += 601_000))
  t.same(names(pod.exit('a', 1)), ['start-container a'])
  t.equal(pod.status().containerStatuses[0].restartCount, 9)
})

t.test('init containers one by one, a sidecar before what follows it and after what it serves', async (t) => {
  const pod = play({
    restartPolicy: 'Never',
    initContainers: [container('i1'), container('s', { restartPolicy: 'Always', startupProbe: {} }), container('i2')],
    containers: [container('m')],
  })
  t.same(names(pod.ground()), ['start-container i1'])
  t.match(pod.status(), { phase: 'Pending', containerStatuses: [{ state: { waiting: { reason: 'PodInitializing' } } }] })
  pod.run('i1')
  t.same(names(pod.exit('i1', 0)), ['start-container s'])
  t.same(names(pod.run('s')), [], 'it has not started yet')
  t.same(names(pod.step({ type: 'probe', name: 's', id: 's-2', probe: 'startup', healthy: true })), ['start-container i2'])
  t.match(conditionOf(pod.status(), 'Initialized'), { status: 'False', message: 'containers with incomplete status: [i2]' })
  pod.run('i2')
  t.same(names(pod.exit('i2', 0)), ['start-container m'])
  pod.run('m')
  t.same(names(pod.exit('s', 1)), ['start-container s'], 'a sidecar is kept up')
  pod.run('s')
  t.same(names(pod.exit('m', 0)), ['stop-container s'])
  t.same(names(pod.exit('s', 137)), ['clean-up'], 'and is not restarted when its pod is done')
  t.match(pod.status(), { phase: 'Succeeded' })
})

t.test('a failing init container fails a pod that never restarts, and is retried elsewhere', async (t) => {
  const never = play({ restartPolicy: 'Never', initContainers: [container('i')], containers: [container('m')] })
  never.ground()
  never.run('i')
  t.same(names(never.exit('i', 1)), ['clean-up'])
  t.match(never.status(), { phase: 'Failed' })
  const always = play({ initContainers: [container('i')], containers: [container('m')] })
  always.ground()
  always.run('i')
  t.same(names(always.exit('i', 1)), ['start-container i'])
})

t.test('images that cannot be pulled back off', async (t) => {
  const pod = play({ containers: [container('a')] })
  pod.ground()
  const fail = () => pod.step({ type: 'container-failed', name: 'a', reason: 'ErrImagePull', message: 'why' })
  fail()
  t.match(pod.status().containerStatuses[0].state, { waiting: { reason: 'ErrImagePull', message: 'why' } })
  pod.at(1000)
  t.same(wakes(pod.step({ type: 'timer' })), [10_000])
  t.match(pod.status().containerStatuses[0].state, {
    waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "busybox": ErrImagePull: why' },
  })
  pod.at(10_000)
  t.same(names(pod.step({ type: 'timer' })), ['start-container a'])
  fail()
  t.match(pod.state.containers[0]?.retryAt, epoch + 30_000)
})

t.test('deletion stops, cleans up, and then deletes the object', async (t) => {
  const pod = play({ containers: [container('a')] })
  pod.ground()
  pod.run('a')
  const actions = pod.remove(7)
  t.match(
    actions.filter(({ type }) => type === 'stop-container'),
    [{ graceMs: 7000, runPreStop: true }],
  )
  t.equal(conditionOf(pod.status(), 'Ready').status, 'True', 'a pod that ends is ready until it is gone')
  t.same(names(pod.remove(7)), [], 'its own status coming back changes nothing')
  pod.at(1000)
  t.match(
    pod.remove(2).filter(({ type }) => type === 'stop-container'),
    [{ graceMs: 2000 }],
    'less grace: stopped again',
  )
  t.same(names(pod.exit('a', 0)), ['clean-up'])
  t.same(names(pod.step({ type: 'cleaned' })), ['delete-object'])
  t.match(pod.status(), { phase: 'Succeeded', containerStatuses: [{ ready: false, state: { terminated: { exitCode: 0 } } }] })
  t.same(names(pod.step({ type: 'gone' })), ['forget'])
})

t.test('deletion while a container starts waits for it to have started', async (t) => {
  const pod = play({ containers: [container('a')] })
  pod.ground()
  t.same(names(pod.remove()), [])
  t.same(names(pod.run('a')), ['stop-container a'])
})

t.test('probes', async (t) => {
  const pod = play({
    containers: [container('a', { startupProbe: {}, readinessProbe: {}, livenessProbe: { terminationGracePeriodSeconds: 3 } })],
  })
  pod.ground()
  pod.run('a')
  const probe = (kind: 'startup' | 'liveness' | 'readiness', healthy: boolean) =>
    pod.step({ type: 'probe', name: 'a', id: 'a-1', probe: kind, healthy })
  t.match(pod.status().containerStatuses[0], { started: false, ready: false })
  probe('startup', true)
  t.match(pod.status().containerStatuses[0], { started: true, ready: false })
  probe('readiness', true)
  t.match(pod.status().containerStatuses[0], { ready: true })
  probe('readiness', false)
  t.equal(conditionOf(pod.status(), 'Ready').status, 'False')
  t.match(probe('liveness', false), [
    { type: 'event', reason: 'Killing', message: 'Container a failed liveness probe, will be restarted' },
    { type: 'stop-container', graceMs: 3000 },
  ])
  t.same(names(pod.exit('a', 0)), ['start-container a'])
})

t.test('readiness gates hold a pod back until others open them', async (t) => {
  const pod = play({ readinessGates: [{ conditionType: 'example.com/gate' }], containers: [container('a')] })
  pod.ground()
  pod.run('a')
  t.match(conditionOf(pod.status(), 'Ready'), {
    status: 'False',
    reason: 'ReadinessGatesNotReady',
    message: 'corresponding condition of pod readiness gate "example.com/gate" does not exist.',
  })
  t.equal(conditionOf(pod.status(), 'ContainersReady').status, 'True')
  pod.step({ type: 'spec', pod: { ...pod.state.pod, status: { conditions: [{ type: 'example.com/gate', status: 'True' }] } } })
  t.equal(conditionOf(pod.status(), 'Ready').status, 'True')
})

t.test('a deadline fails the pod', async (t) => {
  const pod = play({ activeDeadlineSeconds: 5, terminationGracePeriodSeconds: 2, containers: [container('a')] })
  t.same(wakes(pod.ground()), [5000])
  pod.run('a')
  pod.at(5000)
  t.match(pod.step({ type: 'timer' }), [{ reason: 'DeadlineExceeded' }, { reason: 'Killing' }, { type: 'stop-container', graceMs: 2000 }])
  pod.exit('a', 0)
  t.match(pod.status(), { phase: 'Failed', reason: 'DeadlineExceeded' })
})

t.test('a lost sandbox is made again, with the init containers, unless the pod never restarts', async (t) => {
  const pod = play({ initContainers: [container('i')], containers: [container('m')] })
  pod.ground()
  pod.run('i')
  pod.exit('i', 0)
  pod.run('m')
  const actions = pod.step({ type: 'sandbox-lost' })
  t.same(names(actions), ['run-sandbox'])
  t.match(actions[0], { reason: 'SandboxChanged' })
  t.same(names(pod.step({ type: 'sandbox-ready', id: 'box2', ip: '127.244.1.10' })), ['start-container i'])
  const never = play({ restartPolicy: 'Never', containers: [container('m')] })
  never.ground()
  never.run('m')
  t.same(names(never.step({ type: 'sandbox-lost' })), ['clean-up'])
  t.match(never.status(), {
    phase: 'Failed',
    containerStatuses: [{ state: { terminated: { exitCode: 137, reason: 'ContainerStatusUnknown' } } }],
  })
})

t.test('a changed image restarts its container, whatever the exit code', async (t) => {
  const pod = play({ restartPolicy: 'OnFailure', containers: [container('a')] })
  pod.ground()
  pod.run('a')
  t.match(
    pod.step({ type: 'spec', pod: { ...pod.state.pod, spec: { ...pod.state.pod.spec, containers: [{ name: 'a', image: 'node' }] } } }),
    [{ message: 'Container a definition changed, will be restarted' }, { type: 'stop-container' }],
  )
  t.same(names(pod.exit('a', 0)), ['start-container a'])
})

t.test('QoS classes', async (t) => {
  const of = (...resources: Loose[]) =>
    qosClassOf({ spec: { containers: resources.map((each) => ({ name: 'c', resources: each })) } } as never)
  t.equal(of({}), 'BestEffort')
  t.equal(of({ limits: { cpu: '1', memory: '1Gi' } }), 'Guaranteed')
  t.equal(of({ limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } }), 'Burstable')
  t.equal(of({ limits: { cpu: '1', memory: '1Gi' } }, {}), 'Burstable')
})

t.test('no order of events breaks an invariant, and a deleted pod always goes', async (t) => {
  const seed = Number(process.env['SEED'] ?? 1)
  t.comment(`SEED=${seed}`)
  for (let run = 0; run < 400; run++) {
    const random = createRandom(`${seed}/${run}`)
    const forgotten = wander(random)
    if (!forgotten) t.fail(`a pod did not go: SEED=${seed}, run ${run}`)
  }
  t.pass()
})

/** Plays a random pod with random luck, then deletes it; true when it went. */
function wander(random: Random): boolean {
  const spec = {
    restartPolicy: random.pick(['Always', 'OnFailure', 'Never']),
    ...(random.chance(0.3) ? { activeDeadlineSeconds: random.between(1, 50) } : {}),
    initContainers: Array.from({ length: random.below(3) }, (_, i) =>
      container(`i${i}`, random.chance(0.4) ? { restartPolicy: 'Always' } : {}),
    ),
    containers: Array.from({ length: random.between(1, 3) }, (_, i) =>
      container(`c${i}`, random.chance(0.5) ? { livenessProbe: {}, readinessProbe: {} } : {}),
    ),
  }
  const pod = play(spec)
  let ms = 0
  let ids = 0
  let deletedAt = random.between(20, 80)
  const pending: PodEvent[] = [{ type: 'spec', pod: pod.state.pod }]
  for (let i = 0; i < 2000; i++) {
    const event: PodEvent =
      random.chance(0.7) && pending.length
        ? (pending.splice(random.below(pending.length), 1)[0] as PodEvent)
        : chanceEvent(pod.state, random)
    if (--deletedAt <= 0 && !pod.state.pod.metadata.deletionTimestamp) react(pod.remove(random.below(30)))
    pod.at((ms += random.below(3000)))
    if (react(pod.step(event))) return true
  }
  return false

  function react(actions: readonly PodAction[]): boolean {
    for (const action of actions) {
      if (action.type === 'forget') return true
      if (action.type === 'set-up-volumes')
        pending.push(random.chance(0.8) ? { type: 'volumes-ready' } : { type: 'volumes-failed', message: '' })
      else if (action.type === 'run-sandbox')
        pending.push(
          random.chance(0.8) ? { type: 'sandbox-ready', id: `box${++ids}`, ip: '127.244.1.10' } : { type: 'sandbox-failed', message: '' },
        )
      else if (action.type === 'clean-up') pending.push({ type: 'cleaned' })
      else if (action.type === 'delete-object') pending.push({ type: 'gone' })
      else if (action.type === 'stop-container')
        pending.push({
          type: 'container-exited',
          id: action.id,
          exit: { code: 137, reason: 'Error', message: '', startedAt: 0, finishedAt: pod.now, containerId: action.id },
        })
      else if (action.type === 'start-container') {
        if (random.chance(0.2))
          pending.push({
            type: 'container-failed',
            name: action.name,
            reason: random.pick(['ErrImagePull', 'CreateContainerConfigError']),
            message: '',
          })
        else {
          const id = `${action.name}-${++ids}`
          pod.step({ type: 'container-created', name: action.name, id, imageId: '' })
          pending.push({ type: 'container-started', name: action.name, id, hook: false })
        }
      }
    }
    return false
  }
}

function chanceEvent(state: PodState, random: Random): PodEvent {
  const record = random.pick(state.containers)
  const id = record.id ?? ''
  switch (random.below(6)) {
    case 0:
      return {
        type: 'container-exited',
        id,
        exit: { code: random.pick([0, 1, 137]), reason: 'Error', message: '', startedAt: 0, finishedAt: epoch, containerId: id },
      }
    case 1:
      return { type: 'probe', name: record.name, id, probe: random.pick(['startup', 'liveness', 'readiness']), healthy: random.chance(0.7) }
    case 2:
      return random.chance(0.2) ? { type: 'sandbox-lost' } : { type: 'timer' }
    default:
      return { type: 'timer' }
  }
}
