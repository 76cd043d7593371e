/** Plans: what is taken, what is refused and in which words, drawn from a seed, made smaller, read from Chaos Mesh's kinds. */
import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { codeOf, messageOf } from '../../src/base/errors.js'
import { catalogue, faultTypes } from '../../src/chaos/catalogue.js'
import { checkPlan } from '../../src/chaos/check-plan.js'
import { formatDuration, parseDuration } from '../../src/chaos/duration.js'
import { parsePlan, parsePlanText } from '../../src/chaos/parse-plan.js'
import { formatPlan, type Plan } from '../../src/chaos/plan.js'
import { randomPlan, safeKinds, shrinkPlan } from '../../src/chaos/random-plan.js'
import type { StageActor } from '../../src/chaos/vocabulary.js'

const actors: StageActor[] = [
  ...['store-1', 'store-2', 'store-3'].map((name) => ({ name, role: 'store-replica', running: true })),
  { name: 'apiserver', role: 'apiserver', running: true },
  { name: 'scheduler', role: 'scheduler', running: true },
  { name: 'deployment-controller', role: 'controller', running: true },
  { name: 'kubelet-node-1', role: 'kubelet', running: true },
]

const refusal = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    return codeOf(error) === 'InvalidPlan' ? messageOf(error).replace('Cannot use the plan: ', '') : `not a refusal: ${messageOf(error)}`
  }
  return 'it was taken'
}
const step = (fault: unknown, more: object = {}) => ({ name: 'p', duration: '10s', steps: [{ fault, ...more }] })

t.test('a plan gets every default and survives JSON', async (t) => {
  const plan = parsePlanText(`
name: leader-dies
duration: 20s
steps:
  - name: kill
    at: 1.5s
    every: 5s
    times: 3
    fault: {type: kill, actors: store-*, pick: leader}
  - fault: {type: api-error, requests: {actor: deployment-controller, verb: write}, code: 409, times: 2}
    when: {requests: {actor: deployment-controller, verb: create, resource: replicasets}, count: 3, moment: before}
    for: 2s
probes:
  - name: api
    check: {type: object, path: /readyz}
`)
  t.same(plan.steps[0], {
    name: 'kill',
    fault: { type: 'kill', actors: ['store-*'], pick: 'leader' },
    atMs: 1500,
    everyMs: 5000,
    times: 3,
  })
  t.same(plan.steps[1]?.when, {
    type: 'requests',
    requests: { actor: ['deployment-controller'], resource: ['replicasets'], verb: ['create'] },
    count: 3,
    moment: 'before',
    holdMs: 50,
  })
  t.match(plan.steps[1]?.fault, { probability: 1, skip: 0, times: 2, code: 409 })
  t.match(plan.probes[0], { phases: ['before', 'after'], everyMs: 1000, abort: false })
  t.same(parsePlan(JSON.parse(formatPlan(plan))), plan)
})

t.test('what is wrong is refused with its place', async (t) => {
  const kill = { type: 'kill', actors: ['store-1'] }
  const pause = { type: 'pause', actors: ['store-1'] }
  const cases: [unknown, string][] = [
    [{ name: 'p' }, 'duration is missing'],
    [{ name: 'p', duration: 'soon' }, 'duration is "soon", it must be a duration such as 250ms or 1.5s from 1 to 86400000 ms'],
    [{ name: 'p', duration: '1s', stpes: [] }, 'stpes is unknown; there are duration, name, probes, seed, settle, stage, steps'],
    [step({ type: 'explode' }), `steps[0].fault.type is "explode", it must be one of ${faultTypes.join(', ')}`],
    [step({ type: 'kill' }), 'steps[0].fault.actors is missing'],
    [step({ ...kill, pick: 'some' }), 'steps[0].fault.pick is "some", it must be all, one, leader or a number of at least 1'],
    [step({ ...kill, force: true }), 'steps[0].fault.force is unknown; there are actors, pick, type'],
    [step(kill, { for: '1s' }), 'steps[0].for cannot be: a kill happens once and has no length'],
    [step(kill, { times: 3 }), 'steps[0].times needs every or when: a step at one time happens once'],
    [step(kill, { at: '10s' }), "steps[0].at is 10000 ms, which is not within the plan's 10000 ms"],
    [step(pause, { every: '1s' }), 'steps[0].for must be shorter than every (1000 ms): a fault cannot be in force twice'],
    [step(pause, { every: '1s', for: '2s' }), 'steps[0].for must be shorter than every (1000 ms): a fault cannot be in force twice'],
    [step({ type: 'partition', a: ['store-1'], b: ['store-2', 'store-1'] }), 'steps[0].fault puts "store-1" on both sides of a partition'],
    [step({ type: 'drop', from: ['a'], to: ['b'], probability: 2 }), 'steps[0].fault.probability is 2, it must be a number from 0 to 1'],
    [step({ type: 'api-error', requests: {}, code: 418 }), 'steps[0].fault.code is 418, it must be one of 409, 410, 429, 500, 503, 504'],
    [
      step({ type: 'api-latency', requests: { verb: 'look' }, delayMs: 1 }),
      'steps[0].fault.requests.verb has "look", it must be of get, list, watch, create, update, patch, delete, deletecollection, connect, read, write, *',
    ],
    [step(kill, { when: { count: 2 } }), 'steps[0].when names neither requests nor actors'],
    [
      {
        name: 'p',
        duration: '1s',
        steps: [
          { name: 'x', fault: kill },
          { name: 'x', fault: kill },
        ],
      },
      'steps[1].name is "x", which another of the steps has',
    ],
    [
      { name: 'p', duration: '1s', probes: [{ name: 'a', check: { type: 'http', url: 'ftp://x' } }] },
      'probes[0].check.url is "ftp://x", it must begin with http:// or https://',
    ],
  ]
  for (const [plan, words] of cases)
    t.equal(
      refusal(() => parsePlan(plan)),
      words,
    )
  t.match(
    refusal(() => parsePlanText('a: [')),
    /^Cannot read the plan: yaml: /,
  )
  t.equal(
    refusal(() => parsePlanText('')),
    'Cannot read the plan: there is none in the file',
  )
})

t.test('a plan is held against its stage before anything begins', async (t) => {
  const here = (plan: unknown, stage: 'threads' | 'sim' = 'sim') => refusal(() => checkPlan(parsePlan(plan), stage, actors))
  const names = actors.map(({ name }) => name).join(', ')
  t.equal(here(step({ type: 'kill', actors: ['etcd-*'] })), `steps[0].fault.actors has "etcd-*", which means no actor; there are ${names}`)
  t.equal(
    here(step({ type: 'api-latency', requests: { actor: 'job-controler' }, delayMs: 1 })),
    `steps[0].fault.requests.actor has "job-controler", which means no actor; there are ${names}`,
  )
  t.equal(
    here(step({ type: 'disk-full', actors: ['scheduler'] })),
    'steps[0].fault.actors means "scheduler", which has no disk: only store replicas do',
  )
  t.equal(here(step({ type: 'kill', actors: ['store-*'], pick: 4 })), 'steps[0].fault.pick is 4, but only 3 actors are meant')
  t.equal(here({ ...step({ type: 'kill', actors: ['store-1'] }), stage: 'threads' }), 'stage is "threads", but this is "sim"')
  t.equal(
    here({ ...step({ type: 'kill', actors: ['store-1'] }), probes: [{ name: 'x', check: { type: 'command', command: ['true'] } }] }),
    'probes[0].check.type is "command", which the simulator cannot do: it has neither programs nor sockets',
  )
  const judge = (fault: unknown) => checkPlan(parsePlan(step(fault)), 'threads', actors).within
  t.equal(judge({ type: 'disk-lost-fsync', actors: ['store-1'] }), 'safe', 'a minority')
  t.equal(judge({ type: 'disk-lost-fsync', actors: ['store-*'] }), 'unsafe', 'all')
  t.equal(judge({ type: 'view-frozen', requests: {}, scope: 'all' }), 'unsafe')
  t.equal(judge({ type: 'view-frozen', requests: {} }), 'safe')
})

t.test('a random plan is decided by its seed', async (t) => {
  const kinds = new Set<string>()
  const shapes = new Set<string>()
  for (let i = 0; i < 60; i++) {
    const plan = randomPlan({ seed: String(i), stage: 'sim', actors })
    t.same(randomPlan({ seed: String(i), stage: 'sim', actors }), plan, `seed ${i}`)
    t.same(parsePlan(JSON.parse(formatPlan(plan))), plan)
    t.equal(checkPlan(plan, 'sim', actors).within, 'safe')
    for (const { fault } of plan.steps) kinds.add(fault.type)
    shapes.add(JSON.stringify(plan.steps))
  }
  t.same([...kinds].sort(), [...safeKinds].sort(), 'all safe kinds are drawn')
  t.equal(shapes.size, 60)
})

t.test('shrinking leaves what fails', async (t) => {
  const plan = randomPlan({ seed: 'many', stage: 'sim', actors, stepsMax: 8, kinds: ['kill', 'pause', 'slow'] })
  const steps = [...plan.steps, ...parsePlan(step({ type: 'pause', actors: ['store-2'] }, { name: 'guilty', for: '4s' })).steps]
  let played = 0
  const fails = async ({ steps }: Plan) => {
    played++
    return steps.some(({ name, forMs = 0 }) => name === 'guilty' && forMs >= 900)
  }
  const small = await shrinkPlan({ ...plan, steps }, fails)
  t.same(
    small.steps.map(({ name, forMs }) => [name, forMs]),
    [['guilty', 1000]],
  )
  t.ok(played < 60, `${played} runs`)
})

t.test("Chaos Mesh's kinds become steps", async (t) => {
  const plan = parsePlanText(`
apiVersion: chaos-mesh.org/v1alpha1
kind: NetworkChaos
metadata: {name: lag}
spec:
  action: delay
  mode: all
  selector: {pods: {kube-system: [store-1]}}
  target: {mode: all, selector: {labelSelectors: {troupe.dev/role: store-replica}}}
  delay: {latency: 90ms, jitter: 10ms}
  duration: 12s
---
apiVersion: chaos-mesh.org/v1alpha1
kind: Schedule
metadata: {name: often}
spec:
  schedule: '@every 10s'
  type: PodChaos
  podChaos: {action: pod-kill, mode: one, selector: {labelSelectors: {troupe.dev/actor: 'kubelet-*'}}}
---
apiVersion: chaos-mesh.org/v1alpha1
kind: Workflow
metadata: {name: flow}
spec:
  entry: all
  templates:
    - {name: all, templateType: Serial, children: [wait, skew, lost]}
    - {name: wait, templateType: Suspend, deadline: 2s}
    - {name: skew, templateType: TimeChaos, deadline: 3s, timeChaos: {mode: all, selector: {pods: {x: [scheduler]}}, timeOffset: -10m, duration: 1m}}
    - {name: lost, templateType: HTTPChaos, deadline: 1s, httpChaos: {target: Response, method: POST, abort: true}}
`)
  t.equal(plan.name, 'lag+often+flow')
  t.equal(plan.durationMs, 30_000)
  t.same(
    plan.steps.map(({ name, fault, atMs, forMs, everyMs }) => [name, fault.type, atMs, forMs, everyMs]),
    [
      ['lag', 'delay', 0, 12_000, undefined],
      ['often', 'kill', 0, undefined, 10_000],
      ['flow-skew-1', 'clock-skew', 2_000, 3_000, undefined],
      ['flow-lost-2', 'api-response-lost', 5_000, 1_000, undefined],
    ],
  )
  t.match(plan.steps[0]?.fault, { from: ['store-1'], to: ['store-replica'], delayMs: 90, jitterMs: 10 })
  t.match(plan.steps[2]?.fault, { offsetMs: -600_000 })
  const mesh = (kind: string, spec: string) =>
    refusal(() => parsePlanText(`{apiVersion: chaos-mesh.org/v1alpha1, kind: ${kind}, spec: ${spec}}`))
  t.equal(mesh('KernelChaos', '{}'), 'kind is "KernelChaos": there is no fault for it')
  t.equal(
    mesh('PodChaos', '{action: pod-kill, mode: all, selector: {}}'),
    'documents[0].spec.selector names no actors: use pods, or the labels troupe.dev/actor and troupe.dev/role',
  )
})

t.test('every kind says what it is', async (t) => {
  for (const type of faultTypes) {
    const { about, stages, parameters } = catalogue[type]
    t.ok(about.endsWith('.') && stages.length > 0, type)
    for (const [name, { about }] of Object.entries(parameters)) t.ok(about, `${type} ${name}`)
  }
  t.equal(parseDuration('1h30m'), 5_400_000)
  t.equal(parseDuration('-1.5s'), -1_500)
  t.equal(parseDuration('5 s'), undefined)
  t.equal(formatDuration(90_000), '90 s')
})

/** The reference page of all faults, as the code has them. */
function referencePage(): string {
  const lines = [
    '# Faults',
    '',
    'Every kind of fault, in one vocabulary for live threads and the simulator. Within: safe, the cluster bears it and loses nothing that it',
    "acknowledged; minority, that holds while fewer than half of the store's replicas have it; unsafe, outside what the system promises.",
    'A fault that lasts is in force until it is healed; the others happen once. Durations are milliseconds, or text such as `1.5s`.',
  ]
  let layer = ''
  for (const type of faultTypes) {
    const kind = catalogue[type]
    if (kind.layer !== layer) {
      layer = kind.layer
      lines.push('', `## ${layer}`)
    }
    lines.push(
      '',
      `### ${type}`,
      '',
      kind.about,
      '',
      `${kind.stages.join(', ')} · ${kind.within} · ${kind.lasts ? 'lasts' : 'happens once'}`,
      '',
    )
    lines.push('| parameter | type | default | means |', '| --- | --- | --- | --- |')
    for (const [name, { type, about, required, default: value, min, max, choices }] of Object.entries(kind.parameters)) {
      const bounds = choices
        ? ` (${choices.join(', ')})`
        : min !== undefined
          ? ` (${min}${max === undefined ? ' and up' : ` to ${max}`})`
          : ''
      const shown = required ? 'required' : value === undefined ? '' : `\`${Array.isArray(value) ? value.join(', ') : String(value)}\``
      lines.push(`| \`${name}\` | ${type}${bounds} | ${shown} | ${about} |`)
    }
  }
  return `${lines.join('\n')}\n`
}

t.test('the reference has every fault as the code has it', async (t) => {
  const page = new URL('../../../docs/reference/faults.md', import.meta.url)
  if (process.env['REWRITE']) writeFileSync(page, referencePage())
  t.equal(readFileSync(page, 'utf8'), referencePage(), 'rewrite it with REWRITE=1')
})
