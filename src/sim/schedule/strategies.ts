/**
 * Strategies by name: `random`, `pct:D`, `fair-pct:D`, `delay:K`, and `portfolio`, which takes another of them for each
 * seed. Each is decided by the seed alone.
 *
 *   pct    probabilistic concurrency testing (Burckhardt et al., ASPLOS 2010): actors have random priorities and the highest
 *          goes first; at D - 1 random moments the one that would go falls behind all others. Finds a bug that D events in the
 *          right order make with a known probability.
 *   fair-pct  pct for the first half of the steps, then the order as it is due: what must come about in the end can.
 *   delay  delay-bounded scheduling (Emmi, Qadeer, Rakamaric, POPL 2011): K times whoever is due lets the next go first.
 */
import { CodedError } from '../../base/errors.js'
import { createRandom, type Random } from '../../base/random.js'
import type { Schedule, Strategy } from './strategy.js'

/** Decisions a run of the usual scenarios makes, about. */
const usualSteps = 20_000
const windowMs = 5

/** Names of strategies as users give them; D and K stand for numbers. */
export const strategyNames = ['random', 'pct:D', 'fair-pct:D', 'delay:K', 'portfolio'] as const

/** The members of the portfolio, in the order in which seeds take them. */
const portfolio = ['random', 'pct:2', 'delay:10', 'fair-pct:3', 'random', 'pct:5', 'delay:100', 'fair-pct:5'] as const

/**
 * The schedule that `name` means under this seed; undefined is the order as it is due. Changes and delays are spread over
 * `steps` decisions, so a short scenario needs few. Throws CodedError 'InvalidOption' for a name there is not.
 */
export function scheduleOf(name: string, seed: string, steps: number = usualSteps): Schedule | undefined {
  const [kind, text] = name.split(':')
  const random = createRandom(`schedule/${name}/${seed}`)
  const number = text === undefined ? undefined : Number(text)
  const wellFormed = number !== undefined && Number.isInteger(number) && number >= 1
  if (name === 'random') return undefined
  if (name === 'portfolio') return scheduleOf(memberOf(seed), seed, steps)
  if (kind === 'pct' && wellFormed)
    return { windowMs, strategy: createPct(random, { depth: number, changesWithin: steps, until: Number.POSITIVE_INFINITY }) }
  if (kind === 'fair-pct' && wellFormed)
    return { windowMs, strategy: createPct(random, { depth: number, changesWithin: steps / 2, until: steps / 2 }) }
  if (kind === 'delay' && wellFormed) return { windowMs, strategy: createDelays(random, number, steps) }
  throw new CodedError('InvalidOption', `Cannot schedule by "${name}": there are ${strategyNames.join(', ')}`, {
    details: { option: 'strategy' },
  })
}

/** The strategy of the portfolio that this seed takes. */
export function memberOf(seed: string): string {
  const number = /^\d+$/.test(seed) ? Number(seed) : createRandom(`portfolio/${seed}`).uint32()
  return portfolio[number % portfolio.length] as string
}

function createPct(
  random: Random,
  { depth, changesWithin, until }: { readonly depth: number; readonly changesWithin: number; readonly until: number },
): Strategy {
  const priorities = new Map<string, number>()
  const priority = (actor: string): number => {
    const known = priorities.get(actor)
    if (known !== undefined) return known
    // Above all that have fallen: those are below 1.
    const drawn = 1 + random.float()
    priorities.set(actor, drawn)
    return drawn
  }
  const changes = new Set(Array.from({ length: depth - 1 }, () => random.below(changesWithin)))
  let fallen = 0
  return {
    choose(candidates, step) {
      if (step >= until) return 0
      let best = 0
      for (let i = 1; i < candidates.length; i++)
        if (priority(candidates[i]?.actor ?? '') > priority(candidates[best]?.actor ?? '')) best = i
      if (changes.has(step)) priorities.set(candidates[best]?.actor ?? '', --fallen)
      return best
    },
  }
}

function createDelays(random: Random, bound: number, steps: number): Strategy {
  const at = new Set(Array.from({ length: bound }, () => random.below(steps)))
  return { choose: (_, step) => (at.has(step) ? 1 : 0) }
}
