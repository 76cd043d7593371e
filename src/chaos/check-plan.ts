/**
 * A plan held against the stage it is to run on, before anything begins: what the stage cannot do, who is not there, and
 * which of its faults are outside what the system promises.
 */
import { matchesActor } from '../kernel/faults.js'
import { actorGlobs, catalogue, type Fault, withinOf } from './catalogue.js'
import type { Plan } from './plan.js'
import { refusePlan, show } from './plan-reader.js'
import type { StageActor, StageName } from './vocabulary.js'

export interface Judgement {
  /** 'unsafe' when a fault is outside what the system promises: the plan may lose, and its verdict says so. */
  readonly within: 'safe' | 'unsafe'
  /** Names of the steps that make it so. */
  readonly unsafeSteps: readonly string[]
}

/** Throws code 'InvalidPlan', details {path}, for a plan that cannot be carried out here. */
export function checkPlan(plan: Plan, stage: StageName, actors: readonly StageActor[]): Judgement {
  if (plan.stage !== 'any' && plan.stage !== stage) refusePlan('stage', `is ${show(plan.stage)}, but this is ${show(stage)}`)
  for (const [i, step] of plan.steps.entries()) {
    const path = `steps[${i}]`
    checkFault(step.fault, stage, actors, `${path}.fault`)
    if (step.when?.type === 'actor') mustMean(step.when.actors, actors, `${path}.when.actors`)
    if (step.when?.type === 'requests') mustSend(step.when.requests.actor, actors, `${path}.when.requests.actor`)
  }
  for (const [i, { check }] of plan.probes.entries()) {
    if (check.type === 'actor') mustMean(check.actors, actors, `probes[${i}].check.actors`)
    if (stage === 'sim' && (check.type === 'command' || check.type === 'http'))
      refusePlan(`probes[${i}].check.type`, `is ${show(check.type)}, which the simulator cannot do: it has neither programs nor sockets`)
  }
  const unsafeSteps = plan.steps.filter(({ fault }) => withinOf(fault, actors) === 'unsafe').map(({ name }) => name)
  return { within: unsafeSteps.length > 0 ? 'unsafe' : 'safe', unsafeSteps }
}

/** The same for one fault. */
export function checkFault(fault: Fault, stage: StageName, actors: readonly StageActor[], path = 'fault'): void {
  const kind = catalogue[fault.type]
  if (!kind.stages.includes(stage)) refusePlan(path, `is a ${fault.type}, which ${show(stage)} cannot do; ${kind.stages.join(', ')} can`)
  for (const { parameter, globs } of actorGlobs(fault)) mustMean(globs, actors, `${path}.${parameter}`)
  if ('requests' in fault) {
    mustSend(fault.requests.actor, actors, `${path}.requests.actor`)
    mustMean(['apiserver'], actors, path)
  }
  if (kind.layer === 'disk' && 'actors' in fault) {
    const other = actors.find((actor) => matchesActor(fault.actors, actor) && actor.role !== 'store-replica')
    if (other) refusePlan(`${path}.actors`, `means ${show(other.name)}, which has no disk: only store replicas do`)
  }
  if ('pick' in fault && typeof fault.pick === 'number') {
    const meant = actors.filter((actor) => matchesActor(fault.actors, actor)).length
    if (fault.pick > meant) refusePlan(`${path}.pick`, `is ${fault.pick}, but only ${meant} actors are meant`)
  }
  if (
    'pick' in fault &&
    fault.pick === 'leader' &&
    !actors.some((actor) => actor.role === 'store-replica' && matchesActor(fault.actors, actor))
  )
    refusePlan(`${path}.pick`, 'is "leader", but no store replica is meant')
  if (fault.type === 'partition') {
    const both = actors.find(
      (actor) => matchesActor(fault.a, actor) && matchesActor(fault.b, actor) && !fault.b.includes('*') && !fault.a.includes('*'),
    )
    if (both) refusePlan(path, `puts ${show(both.name)} on both sides of a partition`)
  }
}

function mustSend(globs: readonly string[] | undefined, actors: readonly StageActor[], path: string): void {
  if (globs) mustMean(globs, actors, path)
}

/** Every glob must mean somebody: one that does not is a mistake, not a weaker plan. */
function mustMean(globs: readonly string[], actors: readonly StageActor[], path: string): void {
  for (const glob of globs)
    if (!actors.some((actor) => matchesActor([glob], actor)))
      refusePlan(path, `has ${show(glob)}, which means no actor; there are ${actors.map(({ name }) => name).join(', ')}`)
}
