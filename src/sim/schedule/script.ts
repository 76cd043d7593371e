/**
 * Orders given in advance: a recorded run's deviations, to replay or to shrink it, and all orders of a small scenario, one
 * after the other.
 */
import { CodedError } from '../../base/errors.js'
import type { Candidate, Deviation, Schedule, Strategy } from './strategy.js'

/** Makes these deviations and no other. A choice that is not there keeps the order. */
export function createScript(deviations: readonly Deviation[]): Strategy {
  const choices = new Map(deviations)
  return {
    choose(candidates, step) {
      const choice = choices.get(step) ?? 0
      return choice < candidates.length ? choice : 0
    },
  }
}

/** The same strategy; `deviations` tells afterwards what it decided. */
export function recorded(strategy: Strategy): Strategy & { readonly deviations: Deviation[] } {
  const deviations: Deviation[] = []
  return {
    deviations,
    choose(candidates, step) {
      const choice = strategy.choose(candidates, step)
      if (choice !== 0) deviations.push([step, choice])
      return choice
    },
  }
}

/** Deviations as text, short and the same for the same ones: `12.1,40.3`. */
export function formatDeviations(deviations: readonly Deviation[]): string {
  return deviations.map(([step, choice]) => `${step}.${choice}`).join(',')
}

/** Reads it back. Throws CodedError 'InvalidOption' where it is something else. */
export function parseDeviations(text: string): Deviation[] {
  if (text === '') return []
  return text.split(',').map((one) => {
    const match = /^(\d+)\.(\d+)$/.exec(one)
    if (!match) throw new CodedError('InvalidOption', `Cannot read the schedule at "${one}": a step and a choice, as in 12.1`)
    return [Number(match[1]), Number(match[2])]
  })
}

export interface Exploration {
  /** The schedule of the next run; undefined when all orders were tried. */
  next(): Schedule | undefined
  /** Runs begun so far. */
  readonly runs: number
}

/**
 * All orders of the first `depth` decisions that `counts` picks out (by default all of them), depth first: the run that
 * keeps the order comes first. Each run must be over before the next is asked for.
 */
export function createExploration({
  depth,
  windowMs,
  counts = () => true,
}: {
  readonly depth: number
  readonly windowMs: number
  readonly counts?: (candidates: readonly Candidate[]) => boolean
}): Exploration {
  /** The choices of the last run, and how many there were to choose from. */
  let path: { choice: number; of: number }[] | undefined
  let runs = 0
  return {
    get runs() {
      return runs
    },
    next() {
      if (path) {
        // The deepest decision with something untried; what came after it is open again.
        while (path.length > 0 && (path.at(-1)?.choice ?? 0) + 1 >= (path.at(-1)?.of ?? 0)) path.pop()
        const last = path.at(-1)
        if (!last) return undefined
        last.choice++
      }
      runs++
      const taken = path ?? []
      path = taken
      let at = 0
      return {
        windowMs,
        strategy: {
          choose(candidates) {
            if (at >= depth || !counts(candidates)) return 0
            const known = taken[at++]
            if (known) return Math.min(known.choice, candidates.length - 1)
            taken.push({ choice: 0, of: candidates.length })
            return 0
          },
        },
      }
    },
  }
}
