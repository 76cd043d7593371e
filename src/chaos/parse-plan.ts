/**
 * What a user wrote, YAML text or an object, as a Plan with every default in place. Strict: a field that is not known, a
 * kind of fault that there is not, a value out of range and a contradiction are refused with the place. Resources of
 * Chaos Mesh's kinds are taken as well (chaos-mesh.ts).
 */
import { parseYamlDocuments, YamlError } from '../api/codec/yaml.js'
import { CodedError } from '../base/errors.js'
import { catalogue, type Fault, type FaultType, faultTypes, isFaultType } from './catalogue.js'
import { isChaosMesh, planOfChaosMesh } from './chaos-mesh.js'
import { errorCodes, type RequestSelector } from './faults/api.js'
import type { Check, Plan, Probe, Step, Trigger } from './plan.js'
import { PlanReader, refusePlan, show } from './plan-reader.js'
import type { Parameter, Pick } from './vocabulary.js'

const dayMs = 86_400_000
const notOverADay = { min: 0, max: dayMs }

/** The plan in a YAML text: one of ours, or any number of Chaos Mesh's resources. Throws code 'InvalidPlan'. */
export function parsePlanText(text: string): Plan {
  let documents: unknown[]
  try {
    const parsed = parseYamlDocuments(text)
    for (const { strict } of parsed) if (strict[0]) throw new CodedError('InvalidPlan', `Cannot read the plan: ${strict[0]}`)
    documents = parsed.map(({ value }) => value)
  } catch (error) {
    if (error instanceof YamlError) throw new CodedError('InvalidPlan', `Cannot read the plan: ${error.message}`)
    throw error
  }
  if (documents.length === 0) throw new CodedError('InvalidPlan', 'Cannot read the plan: there is none in the file')
  if (documents.every(isChaosMesh)) return parsePlan(planOfChaosMesh(documents))
  if (documents.length > 1)
    throw new CodedError('InvalidPlan', 'Cannot read the plan: a file holds one plan, or resources of chaos-mesh.org')
  return parsePlan(documents[0])
}

/** The plan that an object describes. Throws code 'InvalidPlan', details {path}. */
export function parsePlan(value: unknown): Plan {
  const reader = new PlanReader(value, '')
  const plan: Plan = {
    name: reader.text('name'),
    stage: reader.choice('stage', ['threads', 'sim', 'any'], 'any'),
    seed: String(reader.take('seed') ?? '1'),
    durationMs: reader.duration(reader.has('durationMs') ? 'durationMs' : 'duration', { min: 1, max: dayMs }),
    settleMs: reader.duration(reader.has('settleMs') ? 'settleMs' : 'settle', notOverADay, 60_000),
    steps: reader.list('steps').map((step, i) => parseStep(step, i)),
    probes: reader.list('probes').map((probe, i) => parseProbe(probe, i)),
  }
  reader.end()
  for (const list of ['steps', 'probes'] as const) {
    const seen = new Set<string>()
    for (const [i, { name }] of plan[list].entries()) {
      if (seen.has(name)) refusePlan(`${list}[${i}].name`, `is ${show(name)}, which another of the ${list} has`)
      seen.add(name)
    }
  }
  for (const [i, step] of plan.steps.entries()) checkTimes(step, plan, `steps[${i}]`)
  return plan
}

/** Contradictions in when a step happens. */
function checkTimes(step: Step, { durationMs }: Plan, path: string): void {
  const { lasts } = catalogue[step.fault.type]
  if (step.forMs !== undefined && !lasts) refusePlan(`${path}.for`, `cannot be: a ${step.fault.type} happens once and has no length`)
  if (step.times !== undefined && step.everyMs === undefined && step.when === undefined)
    refusePlan(`${path}.times`, 'needs every or when: a step at one time happens once')
  if (step.when && step.everyMs !== undefined) refusePlan(`${path}.every`, 'cannot be with when: a step goes by time or by a trigger')
  if (step.everyMs !== undefined && lasts && (step.forMs === undefined || step.forMs >= step.everyMs))
    refusePlan(`${path}.for`, `must be shorter than every (${step.everyMs} ms): a fault cannot be in force twice`)
  if (step.atMs >= durationMs) refusePlan(`${path}.at`, `is ${step.atMs} ms, which is not within the plan's ${durationMs} ms`)
  if (step.fault.type === 'partition') {
    const { a, b } = step.fault
    const same = a.find((glob) => b.includes(glob))
    if (same !== undefined) refusePlan(`${path}.fault`, `puts ${show(same)} on both sides of a partition`)
  }
}

/** A duration under its short name, or under the name that plans print. */
function durationOf(reader: PlanReader, name: string, fallback?: number): number | undefined {
  const printed = `${name}Ms`
  reader.take(reader.has(printed) ? name : printed)
  if (!reader.has(name) && !reader.has(printed)) return fallback
  return reader.duration(reader.has(printed) ? printed : name, notOverADay)
}

function parseStep(value: unknown, i: number): Step {
  const reader = new PlanReader(value, `steps[${i}]`)
  const fault = parseFault(reader.take('fault'), reader.at('fault'))
  const [forMs, everyMs] = [durationOf(reader, 'for'), durationOf(reader, 'every')]
  if (everyMs === 0) refusePlan(reader.at('every'), 'is 0, it must be longer')
  const step: Step = {
    name: reader.text('name', `${i + 1}-${fault.type}`),
    fault,
    atMs: durationOf(reader, 'at', 0) ?? 0,
    ...(forMs === undefined ? {} : { forMs }),
    ...(everyMs === undefined ? {} : { everyMs }),
    ...(reader.has('times') ? { times: reader.integer('times', { min: 1, max: 10_000 }) } : {}),
    ...(reader.has('when') ? { when: parseTrigger(reader.object('when')) } : {}),
  }
  reader.take('times')
  reader.take('when')
  reader.end()
  return step
}

/** A fault of a plan, or of one injection. Throws code 'InvalidPlan'. */
export function parseFault(value: unknown, path = 'fault'): Fault {
  if (value === undefined) refusePlan(path, 'is missing')
  const reader = new PlanReader(value, path)
  const type: unknown = reader.take('type')
  if (!isFaultType(type)) refusePlan(reader.at('type'), `is ${show(type)}, it must be one of ${faultTypes.join(', ')}`)
  const fault: Record<string, unknown> = { type }
  for (const [name, parameter] of Object.entries(catalogue[type as FaultType].parameters)) {
    if (!reader.has(name) && !parameter.required) {
      reader.take(name)
      if (parameter.default !== undefined) fault[name] = parameter.default
    } else fault[name] = parseParameter(reader, name, parameter)
  }
  reader.end()
  return fault as unknown as Fault
}

function parseParameter(reader: PlanReader, name: string, parameter: Parameter): unknown {
  switch (parameter.type) {
    case 'actors':
      return reader.texts(name)
    case 'requests':
      return parseRequests(reader.object(name))
    case 'pick':
      return parsePick(reader, name)
    case 'duration':
      return reader.duration(name, parameter)
    case 'integer':
      return reader.integer(name, parameter)
    case 'number':
    case 'probability':
      return reader.number(name, parameter)
    case 'choice': {
      const found = reader.choice(name, parameter.choices ?? [])
      return name === 'code' ? errorCodes.find((code) => String(code) === found) : found
    }
    case 'choices':
      return reader.choices(name, parameter.choices ?? [])
    case 'text':
      return reader.text(name)
  }
}

function parsePick(reader: PlanReader, name: string): Pick {
  const value = reader.take(name)
  if (value === 'all' || value === 'one' || value === 'leader') return value
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value
  return refusePlan(reader.at(name), `is ${show(value)}, it must be all, one, leader or a number of at least 1`)
}

const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection', 'connect', 'read', 'write', '*']
const selectorFields = ['actor', 'user', 'userAgent', 'resource', 'subresource', 'namespace', 'name'] as const

export function parseRequests(reader: PlanReader): RequestSelector {
  const selector: Record<string, readonly string[]> = {}
  for (const field of selectorFields) {
    if (reader.has(field)) selector[field] = reader.texts(field)
    else reader.take(field)
  }
  if (reader.has('verb')) selector['verb'] = reader.choices('verb', verbs)
  else reader.take('verb')
  reader.end()
  return selector
}

function parseTrigger(reader: PlanReader): Trigger {
  const type = reader.has('requests')
    ? 'requests'
    : reader.has('actors')
      ? 'actor'
      : refusePlan(reader.path, 'names neither requests nor actors')
  reader.take('type')
  const count = reader.integer('count', { min: 1, max: 1_000_000 }, 1)
  let trigger: Trigger
  if (type === 'requests')
    trigger = {
      type,
      requests: parseRequests(reader.object('requests')),
      count,
      moment: reader.choice('moment', ['before', 'after'], 'after'),
      holdMs: durationOf(reader, 'hold', 50) ?? 50,
    }
  else trigger = { type, event: reader.choice('event', ['running', 'ended']), actors: reader.texts('actors'), count }
  reader.end()
  return trigger
}

function parseProbe(value: unknown, i: number): Probe {
  const reader = new PlanReader(value, `probes[${i}]`)
  const probe: Probe = {
    name: reader.text('name'),
    phases: reader.choices('phases', ['before', 'during', 'after'], ['before', 'after']),
    everyMs: Math.max(10, durationOf(reader, 'every', 1_000) ?? 1_000),
    timeoutMs: Math.max(10, durationOf(reader, 'timeout', 5_000) ?? 5_000),
    tolerance: reader.number('tolerance', { min: 0, max: 1 }, 0),
    abort: reader.boolean('abort', false),
    check: parseCheck(reader.object('check')),
  }
  reader.end()
  return probe
}

function parseCheck(reader: PlanReader): Check {
  const type = reader.choice('type', ['http', 'object', 'actor', 'command'])
  let check: Check
  switch (type) {
    case 'http':
      check = { type, url: reader.text('url'), status: reader.integer('status', { min: 100, max: 599 }, 200) }
      if (!/^https?:\/\//.test(check.url)) refusePlan(reader.at('url'), `is ${show(check.url)}, it must begin with http:// or https://`)
      break
    case 'object':
      check = parseObjectCheck(reader)
      break
    case 'actor':
      check = { type, actors: reader.texts('actors'), running: reader.boolean('running', true) }
      break
    case 'command':
      check = { type, command: reader.texts('command'), exitCode: reader.integer('exitCode', { min: 0, max: 255 }, 0) }
      break
  }
  reader.end()
  return check
}

function parseObjectCheck(reader: PlanReader): Check {
  const path = reader.text('path')
  if (!path.startsWith('/')) refusePlan(reader.at('path'), `is ${show(path)}, it must begin with /`)
  const field = reader.has('field') ? reader.text('field') : reader.take('field')
  const equals = reader.take('equals')
  if ((field === undefined) !== (equals === undefined)) refusePlan(reader.path, 'must have both field and equals, or neither')
  const condition = reader.has('condition') ? reader.object('condition') : reader.take('condition')
  let wanted: { type: string; status: string } | undefined
  if (condition instanceof PlanReader) {
    wanted = { type: condition.text('type'), status: condition.text('status', 'True') }
    condition.end()
  }
  return {
    type: 'object',
    path,
    exists: reader.boolean('exists', true),
    ...(typeof field === 'string' ? { field, equals } : {}),
    ...(wanted ? { condition: wanted } : {}),
  }
}
