/** What a scenario of the simulator is: a program that plays with a world and rejects when the world did not keep its promises. */
import { CodedError } from '../../base/errors.js'
import { describeViolation, type Violation } from '../../chaos/invariants/violation.js'
import type { Plan } from '../../chaos/plan.js'
import type { ChaosResult } from '../../chaos/result.js'
import type { Stagehand } from '../stagehand.js'

export interface ScenarioOptions {
  readonly seed: string
  /** The faults; by default those that the seed draws. */
  readonly plan?: Plan | undefined
  /** Is told the plan that is carried out. */
  readonly onPlan?: (plan: Plan) => void
}

export interface Scenario {
  readonly name: string
  readonly description: string
  /** Who is on stage: the whole cluster, or its store alone. */
  readonly cast: 'cluster' | 'store'
  /** Rejects with code 'Violated' when something promised did not hold, and with other codes when it could not be played. */
  readonly play: (hand: Stagehand, options: ScenarioOptions) => Promise<void>
}

/** How many violations are told in words. */
const toldMax = 3

/** Rejects when there are violations: the first few in words, all of them in `details`. */
export function mustHold(violations: readonly Violation[]): void {
  if (violations.length === 0) return
  const told = violations.slice(0, toldMax).map(describeViolation)
  const more = violations.length - told.length
  throw new CodedError('Violated', [...told, ...(more > 0 ? [`and ${more} more`] : [])].join('\n'), { details: { violations } })
}

/** Rejects when the plan's run failed. One that never came about proves nothing, but breaks nothing either. */
export function mustPass({ verdict }: ChaosResult): void {
  if (verdict.outcome === 'failed' || verdict.outcome === 'aborted')
    throw new CodedError('Violated', `the plan's run ${verdict.outcome}: ${verdict.reasons.join('; ')}`)
}
