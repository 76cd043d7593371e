/**
 * Chaos Mesh's resources (chaos-mesh.org/v1alpha1) as a plan: PodChaos, NetworkChaos, IOChaos, TimeChaos, StressChaos,
 * HTTPChaos, Schedule and Workflow. Their pods are our actors: `selector.pods` lists names, whatever the namespace, and
 * `selector.labelSelectors` knows `troupe.dev/actor` and `troupe.dev/role`, both as globs. What there is no fault for is
 * refused by name. docs/guides/chaos.md has the table. Field names: chaos-mesh api/v1alpha1/*_types.go.
 */
import { parseDuration } from './duration.js'
import { PlanReader, refusePlan, show } from './plan-reader.js'

const apiVersion = 'chaos-mesh.org/v1alpha1'

/** A step as parsePlan() takes it. */
type RawStep = Record<string, unknown> & { readonly fault: Record<string, unknown> }

interface Timed {
  readonly steps: readonly RawStep[]
  /** How long all of it takes. */
  readonly lengthMs: number
}

export function isChaosMesh(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (value as { apiVersion?: unknown }).apiVersion === apiVersion
}

/** How long a fault without a duration is in force, and how long a workflow or schedule goes on at least. */
const defaultMs = 30_000

/** The plan of these resources, all begun at once, as an object for parsePlan(). Throws code 'InvalidPlan'. */
export function planOfChaosMesh(documents: readonly unknown[]): unknown {
  const all = documents.map((document, i) => {
    const reader = new PlanReader(document, `documents[${i}]`)
    const metadata = new PlanReader(reader.take('metadata') ?? {}, reader.at('metadata'))
    const name = metadata.has('name') ? metadata.text('name') : `chaos-${i + 1}`
    return { name, timed: stepsOf(reader.text('kind'), reader.object('spec'), name) }
  })
  return {
    name: all.map(({ name }) => name).join('+'),
    duration: Math.max(1, ...all.map(({ timed }) => timed.lengthMs)),
    steps: all.flatMap(({ timed }) => timed.steps),
  }
}

function stepsOf(kind: string, spec: PlanReader, name: string): Timed {
  if (kind === 'Workflow') return workflow(spec, name)
  if (kind === 'Schedule') return schedule(spec, name)
  const faults = faultsOf(kind, spec)
  const once = faults.every(({ type }) => type === 'kill' || type === 'out-of-memory')
  const forMs = spec.has('duration') ? spec.duration('duration', { min: 1 }) : once ? undefined : defaultMs
  return {
    steps: faults.map((fault, i) => ({
      name: faults.length === 1 ? name : `${name}-${i + 1}`,
      fault,
      ...(forMs === undefined || once ? {} : { for: forMs }),
    })),
    lengthMs: forMs ?? 1_000,
  }
}

function faultsOf(kind: string, spec: PlanReader): Record<string, unknown>[] {
  switch (kind) {
    case 'PodChaos':
      return [{ type: podAction(spec), ...target(spec) }]
    case 'NetworkChaos':
      return [networkFault(spec)]
    case 'IOChaos':
      return [ioFault(spec)]
    case 'TimeChaos':
      return [{ type: 'clock-skew', ...target(spec), offsetMs: offsetOf(spec) }]
    case 'StressChaos':
      return stressFaults(spec)
    case 'HTTPChaos':
      return [httpFault(spec)]
    default:
      return refusePlan('kind', `is ${show(kind)}: there is no fault for it`)
  }
}

function podAction(spec: PlanReader): string {
  const action = spec.choice('action', ['pod-kill', 'pod-failure', 'container-kill'])
  return action === 'pod-failure' ? 'pause' : 'kill'
}

/** The actors that a selector and a mode mean. */
function target(spec: PlanReader): { actors: readonly string[]; pick: unknown } {
  const mode = spec.choice('mode', ['one', 'all', 'fixed', 'fixed-percent', 'random-max-percent'], 'one')
  if (mode === 'fixed-percent' || mode === 'random-max-percent')
    refusePlan(spec.at('mode'), `is ${show(mode)}: say how many with mode fixed and value`)
  const pick = mode === 'fixed' ? Number(spec.take('value')) : mode
  return { actors: selected(spec.object('selector')), pick }
}

function selected(selector: PlanReader): readonly string[] {
  const found: string[] = []
  if (selector.has('pods')) {
    const pods = selector.object('pods')
    for (const namespace of Object.keys(selector.take('pods') as object)) found.push(...pods.texts(namespace))
  }
  if (selector.has('labelSelectors')) {
    const labels = selector.object('labelSelectors')
    for (const label of ['troupe.dev/actor', 'troupe.dev/role']) {
      if (labels.has(label)) found.push(labels.text(label))
      else labels.take(label)
    }
    labels.end()
  }
  for (const field of ['fieldSelectors', 'expressionSelectors', 'annotationSelectors', 'nodes', 'nodeSelectors', 'podPhaseSelectors'])
    if (selector.has(field)) refusePlan(selector.at(field), 'is not known: actors are selected by pods or labelSelectors')
  if (found.length === 0) refusePlan(selector.path, 'names no actors: use pods, or the labels troupe.dev/actor and troupe.dev/role')
  return found
}

function networkFault(spec: PlanReader): Record<string, unknown> {
  const action = spec.choice('action', ['delay', 'loss', 'duplicate', 'partition'])
  const direction = spec.choice('direction', ['to', 'from', 'both'], 'to')
  const own = target(spec).actors
  const other = spec.has('target') ? selected(spec.object('target').object('selector')) : ['*']
  if (action === 'partition')
    return { type: 'partition', a: own, b: other, direction: direction === 'both' ? 'both' : direction === 'to' ? 'a-to-b' : 'b-to-a' }
  if (direction === 'both') refusePlan(spec.at('direction'), `is "both": a ${action} goes one way, write one resource for each`)
  const way = direction === 'to' ? { from: own, to: other } : { from: other, to: own }
  const more = spec.object(action)
  switch (action) {
    case 'delay': {
      const latency = more.duration('latency', { min: 0 })
      if (more.has('reorder'))
        return { type: 'reorder', ...way, windowMs: Math.max(1, latency), probability: percentOf(more.object('reorder'), 'reorder') }
      return { type: 'delay', ...way, delayMs: latency, jitterMs: more.duration('jitter', { min: 0 }, 0) }
    }
    case 'loss':
      return { type: 'drop', ...way, probability: percentOf(more, 'loss') }
    case 'duplicate':
      return { type: 'duplicate', ...way, probability: percentOf(more, 'duplicate') }
  }
}

/** Chaos Mesh writes percents as text: "25". */
function percentOf(reader: PlanReader, name: string): number {
  const value = Number(reader.take(name))
  if (!(value >= 0 && value <= 100)) refusePlan(reader.at(name), `is ${show(reader.take(name))}, it must be a percentage`)
  return value / 100
}

const errnoOfFull = 28

function ioFault(spec: PlanReader): Record<string, unknown> {
  const action = spec.choice('action', ['latency', 'fault', 'mistake'])
  const actors = target(spec)
  const probability = spec.has('percent') ? spec.number('percent', { min: 0, max: 100 }) / 100 : 1
  if (action === 'latency') return { type: 'disk-slow', ...actors, delayMs: spec.duration('delay', { min: 0 }), ...callsOf(spec) }
  if (action === 'mistake') return { type: 'disk-bit-flip', ...actors, probability }
  const errno = spec.integer('errno', { min: 1 })
  if (errno === errnoOfFull) return { type: 'disk-full', ...actors }
  return { type: 'disk-torn-write', ...actors, probability }
}

const callOfMethod: Readonly<Record<string, string>> = { READ: 'read', WRITE: 'write', FSYNC: 'sync', FLUSH: 'sync' }

function callsOf(spec: PlanReader): { calls?: string[] } {
  if (!spec.has('methods')) return {}
  const calls = spec
    .texts('methods')
    .map(
      (method) =>
        callOfMethod[method.toUpperCase()] ?? refusePlan(spec.at('methods'), `has ${show(method)}, there are READ, WRITE, FSYNC, FLUSH`),
    )
  return { calls: [...new Set(calls)] }
}

function offsetOf(spec: PlanReader): number {
  const offset = parseDuration(spec.take('timeOffset'))
  return offset ?? refusePlan(spec.at('timeOffset'), `is ${show(spec.take('timeOffset'))}, it must be a duration such as -10m`)
}

/** A busy CPU is a slower message loop: one millisecond a message for each tenth of load of each worker. */
function stressFaults(spec: PlanReader): Record<string, unknown>[] {
  const actors = target(spec)
  const stressors = spec.object('stressors')
  const faults: Record<string, unknown>[] = []
  if (stressors.has('cpu')) {
    const cpu = stressors.object('cpu')
    const load = cpu.number('load', { min: 0, max: 100 }, 100) * cpu.integer('workers', { min: 1 }, 1)
    faults.push({ type: 'slow', ...actors, perMessageMs: Math.max(1, Math.round(load / 10)) })
  }
  if (stressors.has('memory')) faults.push({ type: 'out-of-memory', ...actors })
  if (faults.length === 0) refusePlan(stressors.path, 'has neither cpu nor memory')
  return faults
}

const verbsOfMethod: Readonly<Record<string, string>> = {
  GET: 'read',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
}

/** Requests are the API server's; `path` is not known to the vocabulary, so it must be absent or `*`. */
function httpFault(spec: PlanReader): Record<string, unknown> {
  const side = spec.choice('target', ['Request', 'Response'])
  if (spec.has('path') && spec.text('path') !== '*')
    refusePlan(spec.at('path'), 'is not known: use a plan of our own, which selects by resource')
  const method = spec.has('method') ? spec.text('method').toUpperCase() : undefined
  const verb = method === undefined ? undefined : (verbsOfMethod[method] ?? refusePlan(spec.at('method'), `is ${show(method)}`))
  const requests = verb === undefined ? {} : { verb: [verb] }
  if (spec.has('abort') && spec.boolean('abort'))
    return side === 'Response' ? { type: 'api-response-lost', requests } : { type: 'api-error', requests, code: 503 }
  if (spec.has('delay')) return { type: 'api-latency', requests, delayMs: spec.duration('delay', { min: 0 }) }
  if (spec.has('replace')) return { type: 'api-error', requests, code: spec.object('replace').integer('code') }
  return refusePlan(spec.path, 'has none of abort, delay and replace.code')
}

/** The field that holds a kind's spec in schedules and templates. */
const specFieldOf: Readonly<Record<string, string>> = {
  PodChaos: 'podChaos',
  NetworkChaos: 'networkChaos',
  IOChaos: 'ioChaos',
  TimeChaos: 'timeChaos',
  StressChaos: 'stressChaos',
  HTTPChaos: 'httpChaos',
}

function schedule(spec: PlanReader, name: string): Timed {
  const text = spec.text('schedule')
  const everyMs = /^@every /.test(text) ? parseDuration(text.slice('@every '.length).trim()) : undefined
  if (everyMs === undefined) refusePlan(spec.at('schedule'), `is ${show(text)}, it must be @every and a duration`)
  const kind = spec.text('type')
  const inner = stepsOf(kind, spec.object(specFieldOf[kind] ?? kind), name)
  const lengthMs = Math.max(defaultMs, (everyMs as number) * 3)
  return { steps: inner.steps.map((step) => ({ ...step, every: everyMs })), lengthMs }
}

function workflow(spec: PlanReader, name: string): Timed {
  const templates = new Map<string, PlanReader>()
  for (const [i, template] of spec.list('templates').entries()) {
    const reader = new PlanReader(template, `${spec.at('templates')}[${i}]`)
    templates.set(reader.text('name'), reader)
  }
  let count = 0
  const play = (which: string, atMs: number, above: readonly string[]): Timed => {
    const template = templates.get(which) ?? refusePlan(spec.path, `has no template ${show(which)}`)
    if (above.includes(which)) refusePlan(template.path, `contains itself: ${[...above, which].join(' > ')}`)
    const type = template.text('templateType')
    const deadline = template.has('deadline') ? template.duration('deadline', { min: 1 }) : undefined
    if (type === 'Suspend') return { steps: [], lengthMs: deadline ?? refusePlan(template.at('deadline'), 'is missing') }
    if (type === 'Serial' || type === 'Parallel') {
      const steps: RawStep[] = []
      let lengthMs = 0
      for (const child of template.texts('children')) {
        const done = play(child, atMs + (type === 'Serial' ? lengthMs : 0), [...above, which])
        steps.push(...done.steps)
        lengthMs = type === 'Serial' ? lengthMs + done.lengthMs : Math.max(lengthMs, done.lengthMs)
      }
      return { steps, lengthMs }
    }
    const inner = stepsOf(type, template.object(specFieldOf[type] ?? type), `${name}-${which}-${++count}`)
    const lengthMs = deadline ?? inner.lengthMs
    return { steps: inner.steps.map((step) => ({ ...step, at: atMs, ...('for' in step ? { for: lengthMs } : {}) })), lengthMs }
  }
  return play(spec.text('entry'), 0, [])
}
