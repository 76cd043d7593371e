/**
 * One run as data: what is played, under which seed, in which order, with which faults. The same spec gives the same run,
 * byte for byte; what failed is told with the line that plays it again.
 */

import { CodedError } from '../base/errors.js'
import type { LogRecord } from '../base/log.js'
import { type Plan, summarize } from '../chaos/plan.js'
import { raftMutants } from '../raft/mutants.js'
import type { TraceRecorder } from '../trace/recorder.js'
import { scenarioOf } from './scenarios/catalogue.js'
import { createScript, formatDeviations, parseDeviations, recorded } from './schedule/script.js'
import { memberOf, scheduleOf } from './schedule/strategies.js'
import type { Deviation, Schedule } from './schedule/strategy.js'
import { type SimulationResult, simulate } from './world.js'

/** Plain data: it travels to the threads of a sweep. */
export interface RunSpec {
  readonly seed: string
  /** Default 'crashes'. */
  readonly scenario?: string | undefined
  /** Default 'random'. */
  readonly strategy?: string | undefined
  /** A schedule as formatDeviations() wrote it, in place of the strategy's decisions. */
  readonly schedule?: string | undefined
  /** The faults, in place of those that the seed draws. */
  readonly plan?: Plan | undefined
  /** Bugs on purpose, by name. Default none. */
  readonly mutants?: readonly string[] | undefined
}

export interface RunResult extends SimulationResult {
  readonly scenario: string
  /** What the portfolio took, where it was asked for. */
  readonly strategy: string
  /** The faults in one line; absent where the scenario has its own. */
  readonly faults?: string
  /** What was carried out, to shrink it. */
  readonly plan?: Plan
  /** Decisions that did not keep the order as it is due. */
  readonly deviations: string
}

export interface Surroundings {
  readonly turn: () => Promise<void>
  readonly onLog?: (record: LogRecord) => void
  readonly trace?: TraceRecorder
}

/** Window of a schedule that is given as text: that of all strategies. */
const windowMs = 5

/** Plays it. Rejects only with code 'InvalidOption', for a spec that means nothing. */
export async function playRun(spec: RunSpec, around: Surroundings): Promise<RunResult> {
  const { seed } = spec
  const scenario = scenarioOf(spec.scenario ?? 'crashes')
  for (const name of spec.mutants ?? [])
    if (!Object.hasOwn(raftMutants, name))
      throw new CodedError('InvalidOption', `Cannot play with the bug "${name}": there are ${Object.keys(raftMutants).join(', ')}`, {
        details: { option: 'mutant' },
      })
  const strategy = spec.strategy === 'portfolio' ? memberOf(seed) : (spec.strategy ?? 'random')
  const schedule = recordedSchedule(spec, strategy)
  let plan: Plan | undefined
  const result = await simulate({ seed, cast: scenario.cast, schedule: schedule?.schedule, mutants: spec.mutants, ...around }, (hand) =>
    scenario.play(hand, { seed, plan: spec.plan, onPlan: (one) => (plan = one) }),
  )
  return {
    ...result,
    scenario: scenario.name,
    strategy,
    ...(plan ? { plan, faults: summarize(plan) } : {}),
    deviations: formatDeviations(schedule?.deviations ?? []),
  }
}

function recordedSchedule(spec: RunSpec, strategy: string): { schedule: Schedule; deviations: readonly Deviation[] } | undefined {
  const given =
    spec.schedule === undefined ? scheduleOf(strategy, spec.seed) : { windowMs, strategy: createScript(parseDeviations(spec.schedule)) }
  if (!given) return undefined
  const recording = recorded(given.strategy)
  return { schedule: { ...given, strategy: recording }, deviations: recording.deviations }
}
