/**
 * A failing run made smaller: first its faults, then its schedule, each as long as the run still fails with the same kind of
 * message. What is left is what a person has to look at.
 */
import type { Plan } from '../chaos/plan.js'
import { shrinkPlan } from '../chaos/random-plan.js'
import type { RunResult, RunSpec } from './run.js'
import { formatDeviations, parseDeviations } from './schedule/script.js'
import { shrink } from './schedule/shrink.js'

export interface Minimized {
  readonly spec: RunSpec
  /** Of the smallest run. */
  readonly result: RunResult
  /** Runs that were tried. */
  readonly tries: number
}

/** `failed` is the result of `spec`; `play` plays another one, at most `triesMax` times each for the faults and for the schedule. */
export async function minimize(
  spec: RunSpec,
  failed: RunResult,
  play: (spec: RunSpec) => Promise<RunResult>,
  triesMax = 80,
): Promise<Minimized> {
  let tries = 0
  let smallest = { spec, result: failed }
  const kind = kindOf(failed)
  const stillFails = async (candidate: RunSpec): Promise<boolean> => {
    tries++
    const result = await play(candidate)
    if (result.ok || kindOf(result) !== kind) return false
    smallest = { spec: candidate, result }
    return true
  }
  // The strategy's decisions as they were: with fewer faults it would decide otherwise.
  if (failed.deviations !== '' && spec.schedule === undefined) await stillFails({ ...spec, schedule: '' })
  if (failed.plan) {
    const withPlan = (plan: Plan): RunSpec => ({ ...smallest.spec, plan })
    await shrinkPlan(failed.plan, (plan) => stillFails(withPlan(plan)), triesMax)
  }
  const deviations = parseDeviations(smallest.spec.schedule ?? smallest.result.deviations)
  if (deviations.length > 0)
    await shrink(deviations, (some) => stillFails({ ...smallest.spec, schedule: formatDeviations(some) }), {
      trialsMax: triesMax,
    })
  return { ...smallest, tries }
}

/** What failed, without names and numbers: the invariant, or the first words. */
function kindOf({ message }: RunResult): string {
  return (/^[^:(]*/.exec(message.split('\n')[0] ?? '')?.[0] ?? '').replace(/\d+/g, 'N')
}
