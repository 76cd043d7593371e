/** The Job controller: plans as tables, whole jobs, and counting across a crash between any two writes. */
import t from 'tap'
import type { Job } from '../../src/api/types/batch-v1.js'
import { formatTime } from '../../src/client/time.js'
import type { Transport } from '../../src/client/transport.js'
import { jobController } from '../../src/controllers/job/controller.js'
import { formatIndexes, parseIndexes } from '../../src/controllers/job/intervals.js'
import { planJob } from '../../src/controllers/job/reconcile.js'
import { createWorld, type World, writePod } from '../support/controller-world.js'
import type { Loose } from '../support/memory-api.js'

const now = 1_767_225_600_000
const job = (spec: Loose, more: Loose = {}): Job => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'work', namespace: 'default', uid: 'j', generation: 1, ...more.metadata },
  spec: {
    backoffLimit: 6,
    selector: { matchLabels: { job: 'work' } },
    template: { metadata: { labels: { job: 'work' } }, spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } },
    ...spec,
  },
  ...(more.status ? { status: more.status } : {}),
})
let uids = 0
const pod = (
  phase: string,
  { index, tracked = true, failures, exitCode, conditions, going, agoS = 100, uid = `p${uids++}` }: Loose = {},
): Loose => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: uid,
    namespace: 'default',
    uid,
    labels: { job: 'work' },
    ...(tracked ? { finalizers: ['batch.kubernetes.io/job-tracking'] } : {}),
    ...(going ? { deletionTimestamp: formatTime(now), deletionGracePeriodSeconds: 0 } : {}),
    annotations: {
      ...(index === undefined ? {} : { 'batch.kubernetes.io/job-completion-index': String(index) }),
      ...(failures === undefined ? {} : { 'batch.kubernetes.io/job-index-failure-count': String(failures) }),
    },
    ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: 'work', uid: 'j', controller: true }],
  },
  spec: { containers: [], nodeName: 'n' },
  status: {
    phase,
    ...(conditions ? { conditions } : {}),
    containerStatuses:
      phase === 'Failed' || phase === 'Succeeded'
        ? [
            {
              name: 'c',
              restartCount: 0,
              ready: false,
              image: '',
              imageID: '',
              state: { terminated: { exitCode: exitCode ?? (phase === 'Failed' ? 1 : 0), finishedAt: formatTime(now - agoS * 1000) } },
            },
          ]
        : [],
  },
})
const plan = (one: Job, pods: Loose[], record?: Loose) => planJob({ job: one, pods, record, now })
const conditionsOf = ({ status }: { status: Loose }) =>
  (status.conditions ?? []).filter(({ status: is }: Loose) => is === 'True').map(({ type, reason }: Loose) => `${type}:${reason}`)

t.test('index intervals are read and written as in status', (t) => {
  for (const [text, indexes] of [
    ['', []],
    ['1', [1]],
    ['1,2', [1, 2]],
    ['0-2', [0, 1, 2]],
    ['0-2,4,6,7', [0, 1, 2, 4, 6, 7]],
  ] as const) {
    t.strictSame([...parseIndexes(text, 10)], indexes)
    t.equal(formatIndexes(new Set(indexes)), text)
  }
  t.strictSame([...parseIndexes('3-9', 5)], [3, 4], 'those beyond the completions are left out')
  t.end()
})

t.test('as many pods are made as may and need run', (t) => {
  for (const [what, spec, pods, status, want] of [
    ['parallelism', { completions: 10, parallelism: 3 }, [], {}, 3],
    ['what is left to do', { completions: 5, parallelism: 3 }, [], { succeeded: 4 }, 1],
    ['beside those that run', { completions: 5, parallelism: 3 }, [pod('Running')], {}, 2],
    ['none when one success is enough and there', { parallelism: 3 }, [pod('Succeeded')], {}, 0],
    ['none when suspended', { completions: 2, parallelism: 2, suspend: true }, [], {}, 0],
    [
      'not in place of one that is going, if asked so',
      { completions: 2, parallelism: 2, podReplacementPolicy: 'Failed' },
      [pod('Running', { going: true })],
      {},
      1,
    ],
  ] as [string, Loose, Loose[], Loose, number][])
    t.equal(plan(job(spec, { status }), pods).create.length, want, what)
  t.equal(plan(job({ completions: 5, parallelism: 1 }), [pod('Running'), pod('Running')]).remove.length, 1, 'too many go')
  const indexed = { completionMode: 'Indexed', completions: 4, parallelism: 4 }
  t.strictSame(plan(job(indexed, { status: { completedIndexes: '1' } }), [pod('Running', { index: 2 })]).create, [
    { index: 0 },
    { index: 3 },
  ])
  t.equal(
    plan(job(indexed), [pod('Running', { index: 2 }), pod('Running', { index: 2 }), pod('Running', { index: 7 })]).remove.length,
    2,
    'a second one of an index, and one beyond',
  )
  t.end()
})

t.test('a failure holds new pods back, twice as long each time', (t) => {
  const one = job({ completions: 2, parallelism: 1 })
  const first = plan(one, [pod('Failed', { agoS: 4 })])
  t.equal(first.create.length, 0)
  t.equal(first.againAfterMs, 6000)
  t.equal(plan(one, [pod('Failed', { agoS: 4 })], { failures: 2, lastAt: now - 30_000 }).againAfterMs, 36_000)
  t.equal(plan(one, [pod('Failed', { agoS: 11 })]).create.length, 1)
  t.equal(plan(one, [pod('Failed', { agoS: 9 }), pod('Succeeded', { agoS: 2 })]).create.length, 1, 'a success since then ends it')
  t.end()
})

t.test('a job ends, and says why', (t) => {
  const policy = (action: string, rule: Loose) => ({ podFailurePolicy: { rules: [{ action, ...rule }] }, podReplacementPolicy: 'Failed' })
  const started = { startTime: formatTime(now - 100_000) }
  for (const [what, spec, pods, status, want] of [
    ['completions reached, pods not yet counted', { completions: 1 }, [pod('Succeeded')], {}, ['SuccessCriteriaMet:CompletionsReached']],
    [
      'completions reached and counted',
      { completions: 1 },
      [pod('Succeeded', { tracked: false })],
      { succeeded: 1 },
      ['SuccessCriteriaMet:CompletionsReached', 'Complete:CompletionsReached'],
    ],
    ['too many failures', { completions: 1, backoffLimit: 1 }, [pod('Failed'), pod('Failed')], {}, ['FailureTarget:BackoffLimitExceeded']],
    [
      'failures that were counted count',
      { completions: 1, backoffLimit: 1 },
      [],
      { failed: 2 },
      ['FailureTarget:BackoffLimitExceeded', 'Failed:BackoffLimitExceeded'],
    ],
    ['the deadline', { completions: 1, activeDeadlineSeconds: 99 }, [pod('Running')], started, ['FailureTarget:DeadlineExceeded']],
    ['not yet the deadline', { completions: 1, activeDeadlineSeconds: 101 }, [pod('Running')], started, []],
    [
      'a pod failure policy',
      { completions: 1, ...policy('FailJob', { onExitCodes: { operator: 'In', values: [42] } }) },
      [pod('Failed', { exitCode: 42 })],
      {},
      ['FailureTarget:PodFailurePolicy'],
    ],
    [
      'ignored failures',
      { completions: 1, backoffLimit: 0, ...policy('Ignore', { onPodConditions: [{ type: 'DisruptionTarget' }] }) },
      [pod('Failed', { conditions: [{ type: 'DisruptionTarget', status: 'True' }] })],
      {},
      [],
    ],
    [
      'success policy',
      { completionMode: 'Indexed', completions: 5, successPolicy: { rules: [{ succeededIndexes: '0-2', succeededCount: 2 }] } },
      [pod('Succeeded', { index: 2 }), pod('Running', { index: 3 })],
      { completedIndexes: '0' },
      ['SuccessCriteriaMet:SuccessPolicy'],
    ],
    [
      'all indexes done, some failed',
      { completionMode: 'Indexed', completions: 2, backoffLimit: 99, backoffLimitPerIndex: 0 },
      [pod('Failed', { index: 1, failures: 0 })],
      { completedIndexes: '0' },
      ['FailureTarget:FailedIndexes'],
    ],
    [
      'too many failed indexes',
      { completionMode: 'Indexed', completions: 9, backoffLimit: 99, backoffLimitPerIndex: 0, maxFailedIndexes: 0 },
      [pod('Failed', { index: 1, failures: 0 })],
      {},
      ['FailureTarget:MaxFailedIndexesExceeded'],
    ],
    ['suspended', { completions: 1, suspend: true }, [], {}, ['Suspended:JobSuspended']],
  ] as [string, Loose, Loose[], Loose, string[]][])
    t.strictSame(conditionsOf(plan(job(spec, { status }), pods)), want, what)
  const message = plan(job({ completions: 1, ...policy('FailJob', { onExitCodes: { operator: 'In', values: [42] } }) }), [
    pod('Failed', { exitCode: 42, uid: 'x' }),
  ]).status.conditions?.[0]?.message
  t.equal(message, 'Container c for pod default/x failed with exit code 42 matching FailJob rule at index 0')
  t.end()
})

t.test('an index retries up to its own limit, its failures being carried on', (t) => {
  const one = job({ completionMode: 'Indexed', completions: 2, parallelism: 2, backoffLimit: 99, backoffLimitPerIndex: 1 })
  const again = plan(one, [pod('Failed', { index: 0, failures: 0 }), pod('Running', { index: 1, failures: 0 })])
  t.strictSame(again.create, [{ index: 0, failures: 1, ignoredFailures: 0 }])
  t.strictSame(again.release, [], 'the failed pod stays until its successor is there')
  const replaced = plan(one, [pod('Failed', { index: 0, failures: 0 }), pod('Running', { index: 0, failures: 1 })])
  t.equal(replaced.release.length, 1)
  t.equal(plan(one, [pod('Failed', { index: 0, failures: 1 })]).status.failedIndexes, '0')
  t.end()
})

/** Pods of a job end by themselves; `verdict` says how the n-th made ends. */
function runPods(
  { api, clock, random }: World,
  verdict: (ordinal: number, pod: Loose) => 'Succeeded' | 'Failed',
): { ended: Map<string, string> } {
  const own = random.fork('pods')
  const ended = new Map<string, string>()
  let ordinal = 0
  api.onChange(({ collection, type, object }) => {
    const one = object as Loose
    const key = `default/${one.metadata.name}`
    if (collection !== 'pods' || type === 'DELETED') return
    if (type === 'ADDED') {
      const phase = verdict(ordinal++, one)
      clock.after(own.between(1, 30), () => {
        const current = api.get('pods', key)
        if (!current || current.metadata.deletionTimestamp) return
        ended.set(current.metadata.uid, phase)
        writePod(api, {
          ...current,
          status: {
            ...current.status,
            phase,
            containerStatuses: [
              { name: 'c', state: { terminated: { exitCode: phase === 'Failed' ? 1 : 0, finishedAt: formatTime(clock.now()) } } },
            ],
          },
        })
      })
    } else if (one.metadata.deletionTimestamp && !one.metadata.finalizers?.length) clock.after(5, () => api.remove('pods', key))
  })
  return { ended }
}
const stored = (world: World): Loose => world.api.get('jobs.batch', 'default/work')
const has = (world: World, type: string) => () =>
  stored(world)?.status?.conditions?.some((one: Loose) => one.type === type && one.status === 'True') ?? false

t.test('an indexed job runs to its end', async (t) => {
  const world = createWorld('indexed')
  runPods(world, () => 'Succeeded')
  world.start(jobController)
  world.api.put('jobs.batch', job({ completionMode: 'Indexed', completions: 5, parallelism: 2 }))
  await world.until('complete', has(world, 'Complete'))
  t.match(stored(world).status, { succeeded: 5, completedIndexes: '0-4', completionTime: /Z$/, startTime: /Z$/ })
  const [first] = world.api.all('pods')
  t.match(first.metadata.name, /^work-0-\w{5}$/)
  t.match(first.metadata.labels, { 'batch.kubernetes.io/job-completion-index': '0' })
  t.equal(first.spec.hostname, 'work-0')
  t.match(first.spec.containers[0].env, [{ name: 'JOB_COMPLETION_INDEX' }])
  t.notOk(
    world.api.all('pods').some(({ metadata }: Loose) => metadata.finalizers?.length),
    'no pod is tracked any more',
  )
  await world.run(500)
  t.ok(world.api.all('events').some(({ reason, message }: Loose) => reason === 'Completed' && message === 'Job completed'))
  world.stop()
})

t.test('a job that fails deletes what still runs, then is Failed', async (t) => {
  const world = createWorld('fails')
  runPods(world, () => 'Failed')
  world.start(jobController)
  world.api.put('jobs.batch', job({ completions: 3, parallelism: 1, backoffLimit: 1 }))
  await world.until('failed', has(world, 'Failed'))
  t.match(stored(world).status, { failed: 2 })
  t.strictSame(conditionsOf(stored(world)), ['FailureTarget:BackoffLimitExceeded', 'Failed:BackoffLimitExceeded'])
  world.stop()
})

t.test('suspending takes the pods away, resuming brings them back', async (t) => {
  const world = createWorld('suspend')
  world.start(jobController)
  const put = (suspend: boolean) =>
    world.api.put('jobs.batch', { ...(stored(world) ?? job({})), spec: { ...job({ completions: 3, parallelism: 3 }).spec, suspend } })
  put(false)
  await world.until('3 pods', () => world.api.all('pods').length === 3)
  put(true)
  await world.until('no pods', () => world.api.all('pods').length === 0)
  await world.until('suspended', has(world, 'Suspended'))
  t.equal(stored(world).status.startTime, undefined)
  put(false)
  await world.until('3 pods again', () => world.api.all('pods').length === 3)
  t.ok(stored(world).status.startTime)
  world.stop()
})

t.test('pods of a job that is gone lose their finalizer', async () => {
  const world = createWorld('orphan')
  world.start(jobController)
  world.api.put('jobs.batch', job({ completions: 2, parallelism: 2 }))
  await world.until('2 pods', () => world.api.all('pods').length === 2)
  world.api.remove('jobs.batch', 'default/work')
  await world.until('untracked', () => world.api.all('pods').every(({ metadata }: Loose) => !metadata.finalizers?.length))
  world.stop()
})

/** A transport that dies with the controller at its n-th write: before it arrives, or after it was carried out. */
function dying(world: World, writes: number, carriedOut: boolean, die: () => void): Transport {
  let left = writes
  return {
    open: world.api.transport.open,
    async request(request, options) {
      if (request.method === 'GET' || request.path.includes('/events')) return world.api.transport.request(request, options)
      left--
      if (left > 0) return world.api.transport.request(request, options)
      if (left === 0 && carriedOut) await world.api.transport.request(request)
      die()
      return new Promise(() => undefined)
    },
  }
}

async function countAcrossCrash(spec: Loose, writes: number, carriedOut: boolean): Promise<{ crashed: boolean; got: Loose; want: Loose }> {
  const world = createWorld(`crash ${writes} ${carriedOut} ${JSON.stringify(spec)}`)
  const { ended } = runPods(world, (ordinal) => (ordinal % 3 === 1 ? 'Failed' : 'Succeeded'))
  let crashed = false
  const transport = dying(world, writes, carriedOut, () => {
    if (crashed) return
    crashed = true
    first.kill()
    world.clock.after(20, () => world.start(jobController))
  })
  const first = world.start(jobController, { transport })
  world.api.put('jobs.batch', job(spec))
  let before = { succeeded: 0, failed: 0 }
  world.api.onChange(({ collection, object }) => {
    if (collection !== 'jobs.batch') return
    const { succeeded = 0, failed = 0 } = (object as Loose).status ?? {}
    if (succeeded < before.succeeded || failed < before.failed) throw new Error(`a counter went back (crash at write ${writes})`)
    before = { succeeded, failed }
  })
  await world.until(`complete after a crash at write ${writes} (${carriedOut ? 'carried out' : 'lost'})`, has(world, 'Complete'))
  await world.run(1000)
  world.stop()
  const { succeeded = 0, failed = 0 } = stored(world).status
  const count = (phase: string) => [...ended.values()].filter((one) => one === phase).length
  return { crashed, got: { succeeded, failed }, want: { succeeded: count('Succeeded'), failed: count('Failed') } }
}

for (const [name, spec] of [
  ['a job', { completions: 4, parallelism: 2 }],
  ['an indexed job', { completions: 4, parallelism: 2, completionMode: 'Indexed' }],
] as const)
  t.test(`${name} counts each pod once, whichever write the controller dies at`, async (t) => {
    let writes = 0
    for (let crashed = true; crashed; )
      for (const carriedOut of [true, false]) {
        if (carriedOut) writes++
        const result = await countAcrossCrash(spec, writes, carriedOut)
        crashed = result.crashed
        if (crashed) t.strictSame(result.got, result.want, `write ${writes}, ${carriedOut ? 'carried out' : 'lost'}`)
      }
    t.ok(writes > 15, `${writes} writes were tried`)
  })
