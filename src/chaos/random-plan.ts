/**
 * Plans drawn from a seed. Swarm testing (Groce et al., ISSTA 2012): each seed first switches whole kinds of faults on or
 * off and only then draws steps from those left, because a run with everything on hides what a run with little shows.
 * shrinkPlan() makes a failing plan smaller.
 */
import { createRandom, type Random } from '../base/random.js'
import { catalogue, type Fault, type FaultType } from './catalogue.js'
import { parsePlan } from './parse-plan.js'
import type { Plan, Step } from './plan.js'
import type { StageActor, StageName } from './vocabulary.js'

export interface RandomPlanOptions {
  readonly seed: string
  readonly stage: StageName
  readonly actors: readonly StageActor[]
  /** Default 20 s. */
  readonly durationMs?: number
  /** At most so many steps; default 8. */
  readonly stepsMax?: number
  /** Kinds to draw from; default all that are safe. */
  readonly kinds?: readonly FaultType[]
}

interface Draw {
  readonly random: Random
  readonly replicas: readonly string[]
  readonly others: readonly string[]
}

/** Kinds whose draws stay within what the system promises, whatever is drawn. */
type SafeKind = Extract<
  FaultType,
  | 'kill'
  | 'hang'
  | 'pause'
  | 'slow'
  | 'restart-storm'
  | 'delay'
  | 'reorder'
  | 'drop'
  | 'duplicate'
  | 'clog'
  | 'partition'
  | 'api-error'
  | 'api-latency'
  | 'api-response-lost'
  | 'api-watch-cut'
  | 'api-bookmark-withheld'
  | 'view-lagging'
  | 'disk-torn-write'
  | 'disk-slow'
  | 'clock-skew'
  | 'clock-drift'
>

const someone = ({ random, replicas, others }: Draw): string =>
  random.pick(others.length === 0 || (random.chance(0.4) && replicas.length > 0) ? replicas : others)
const sides = ({ random, replicas }: Draw): { a: string[]; b: string[] } => {
  const [alone = '', ...rest] = random.shuffle(replicas)
  return { a: [alone], b: rest.length > 0 ? rest.sort() : ['apiserver'] }
}
const between = ({ random, replicas }: Draw): { from: string[]; to: string[] } => ({
  from: [random.pick(replicas)],
  to: ['store-replica'],
})
const someRequests = ({ random }: Draw): object =>
  random.pick([{}, { verb: ['write'] }, { verb: ['read'] }, { actor: ['controller'] }, { actor: ['kubelet'] }, { resource: ['pods'] }])
const some = (random: Random): number => random.pick([0.05, 0.2, 0.5])

const draws: Readonly<Record<SafeKind, (draw: Draw) => object>> = {
  kill: (draw) => ({ actors: someone(draw) }),
  hang: (draw) => ({ actors: someone(draw) }),
  pause: (draw) => ({ actors: someone(draw) }),
  slow: (draw) => ({ actors: someone(draw), perMessageMs: draw.random.between(1, 20) }),
  'restart-storm': (draw) => ({ actors: someone(draw), kills: draw.random.between(2, 4), everyMs: 300 }),
  delay: (draw) => ({ ...between(draw), delayMs: draw.random.between(1, 200), jitterMs: draw.random.between(0, 50), probability: 1 }),
  reorder: (draw) => ({ ...between(draw), windowMs: draw.random.between(5, 100), probability: some(draw.random) }),
  drop: (draw) => ({ ...between(draw), probability: some(draw.random) }),
  duplicate: (draw) => ({ ...between(draw), probability: some(draw.random) }),
  clog: (draw) => between(draw),
  partition: (draw) => ({ ...sides(draw), direction: draw.random.pick(['both', 'a-to-b', 'b-to-a']) }),
  'api-error': (draw) => ({
    requests: someRequests(draw),
    code: draw.random.pick([409, 410, 429, 500, 503, 504]),
    probability: some(draw.random),
  }),
  'api-latency': (draw) => ({ requests: someRequests(draw), delayMs: draw.random.between(1, 500), jitterMs: draw.random.between(0, 500) }),
  'api-response-lost': (draw) => ({ requests: someRequests(draw), probability: some(draw.random) }),
  'api-watch-cut': (draw) => ({ requests: someRequests(draw), afterMs: draw.random.between(50, 2_000) }),
  'api-bookmark-withheld': (draw) => ({ requests: someRequests(draw) }),
  'view-lagging': (draw) => ({ requests: someRequests(draw), lagMs: draw.random.between(50, 2_000) }),
  'disk-torn-write': (draw) => ({ actors: draw.random.pick(draw.replicas), probability: 0.05 }),
  'disk-slow': (draw) => ({ actors: draw.random.pick(draw.replicas), delayMs: draw.random.between(1, 100) }),
  'clock-skew': (draw) => ({ actors: someone(draw), offsetMs: draw.random.between(-3_600_000, 3_600_000) }),
  'clock-drift': (draw) => ({ actors: someone(draw), rate: draw.random.pick([0.9, 0.99, 1.01, 1.1]) }),
}

export const safeKinds = Object.keys(draws) as readonly SafeKind[]

/** A plan that the seed decides, all of it safe. The same options give the same plan. */
export function randomPlan(options: RandomPlanOptions): Plan {
  const { seed, stage, actors, durationMs = 20_000, stepsMax = 8 } = options
  const random = createRandom(`plan/${seed}`)
  const allowed = safeKinds.filter((kind) => (options.kinds ?? safeKinds).includes(kind) && catalogue[kind].stages.includes(stage))
  const on = allowed.filter(() => random.chance(0.4))
  const kinds = on.length > 0 ? on : [random.pick(allowed)]
  const draw: Draw = {
    random,
    replicas: actors.filter(({ role }) => role === 'store-replica').map(({ name }) => name),
    others: actors.filter(({ role }) => role !== 'store-replica').map(({ name }) => name),
  }
  const steps = Array.from({ length: random.between(1, stepsMax) }, (_, i) => {
    const type = random.pick(kinds)
    const at = random.below(Math.floor(durationMs * 0.8))
    const lasts = catalogue[type].lasts
    return {
      name: `${i + 1}-${type}`,
      at,
      fault: { type, ...draws[type](draw) },
      ...(lasts ? { for: random.between(100, Math.max(101, durationMs - at)) } : {}),
    }
  })
  return parsePlan({ name: `random-${seed}`, stage, seed, duration: durationMs, steps: steps.sort((a, b) => a.at - b.at) })
}

/**
 * A smaller plan that still fails, by leaving out steps (ddmin) and then halving how long they last. `fails` plays a
 * plan; it is asked at most `triesMax` times.
 */
export async function shrinkPlan(plan: Plan, fails: (plan: Plan) => Promise<boolean>, triesMax = 100): Promise<Plan> {
  let tries = 0
  let best = plan
  const attempt = async (steps: readonly Step[]): Promise<boolean> => {
    if (tries >= triesMax) return false
    tries++
    const candidate = { ...best, steps }
    if (!(await fails(candidate))) return false
    best = candidate
    return true
  }
  for (let size = Math.ceil(best.steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let from = 0; from < best.steps.length && best.steps.length > 1; ) {
      const kept = best.steps.filter((_, i) => i < from || i >= from + size)
      if (!(kept.length > 0 && (await attempt(kept)))) from += size
    }
  for (let i = 0; i < best.steps.length; i++) {
    let step = best.steps[i]
    while (step?.forMs !== undefined && step.forMs > 50) {
      const shorter: Step = { ...step, forMs: Math.floor(step.forMs / 2) }
      if (!(await attempt(best.steps.map((one, at) => (at === i ? shorter : one))))) break
      step = shorter
    }
  }
  return best
}

/** A fault in words, for logs and reports. */
export function describeFault(fault: Fault): string {
  const { type, ...rest } = fault as Fault & Record<string, unknown>
  const parts = Object.entries(rest)
    .filter(([name, value]) => value !== undefined && value !== catalogue[fault.type].parameters[name]?.default)
    .map(
      ([name, value]) =>
        `${name} ${Array.isArray(value) ? value.join(',') : typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
    )
  return [type, ...parts].join(' ')
}
