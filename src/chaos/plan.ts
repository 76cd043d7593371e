/**
 * A plan: which faults, when, for how long, and what must hold meanwhile. Plain data, the same for both stages, printable
 * and readable as JSON both ways. All durations are milliseconds. parse-plan.ts makes one of what a user wrote,
 * check-plan.ts holds it against a stage, nemesis.ts carries it out.
 */
import type { Fault } from './catalogue.js'
import type { RequestSelector } from './faults/api.js'
import type { StageName } from './vocabulary.js'

export interface Plan {
  readonly name: string
  /** Where it is meant to run; 'any' by default. */
  readonly stage: StageName | 'any'
  /** Decides all chance of the plan. */
  readonly seed: string
  /** How long faults begin; all are healed then. */
  readonly durationMs: number
  /** How long afterwards the probes of `after` may take to hold. */
  readonly settleMs: number
  readonly steps: readonly Step[]
  readonly probes: readonly Probe[]
}

export interface Step {
  /** Unique in the plan. */
  readonly name: string
  readonly fault: Fault
  /** Since the plan's start, or since the trigger came. */
  readonly atMs: number
  /** How long a fault that lasts is in force; default until the end of the plan. */
  readonly forMs?: number
  /** Again after so long, and again. */
  readonly everyMs?: number
  /** At most so often; default as often as there is time for, with `everyMs`; else once. */
  readonly times?: number
  /** Not by time but when this has happened. */
  readonly when?: Trigger
}

export type Trigger =
  /** The `count`-th request of these: the step begins before it is carried out, or after and before it is answered. */
  | {
      readonly type: 'requests'
      readonly requests: RequestSelector
      readonly count: number
      readonly moment: 'before' | 'after'
      /** How long the request is held, so that what the step does comes first. */
      readonly holdMs: number
    }
  /** The `count`-th time that one of these actors starts to run or ends. */
  | { readonly type: 'actor'; readonly event: 'running' | 'ended'; readonly actors: readonly string[]; readonly count: number }

export type ProbePhase = 'before' | 'during' | 'after'

export interface Probe {
  /** Unique in the plan. */
  readonly name: string
  readonly phases: readonly ProbePhase[]
  /** Period in phase 'during'. */
  readonly everyMs: number
  readonly timeoutMs: number
  /** The share of looks in phase 'during' that may fail. */
  readonly tolerance: number
  /** Whether a failure beyond the tolerance ends the plan at once. */
  readonly abort: boolean
  readonly check: Check
}

export type Check =
  | { readonly type: 'http'; readonly url: string; readonly status: number }
  /** A GET of the API; with `field` (dots between names) the value there must equal, with `condition` it must be so. */
  | {
      readonly type: 'object'
      readonly path: string
      readonly exists: boolean
      readonly field?: string
      readonly equals?: unknown
      readonly condition?: { readonly type: string; readonly status: string }
    }
  /** Every actor that these mean is in that state. */
  | { readonly type: 'actor'; readonly actors: readonly string[]; readonly running: boolean }
  /** A program ends with this code. Live clusters only. */
  | { readonly type: 'command'; readonly command: readonly string[]; readonly exitCode: number }

/** What to print and keep: JSON that parsePlan() reads back as the same plan. */
export function formatPlan(plan: Plan): string {
  return JSON.stringify(plan, null, 2)
}

/** One line: what the plan does. */
export function summarize({ name, steps, durationMs, seed }: Plan): string {
  return `${name}: ${steps.map(({ fault }) => fault.type).join(', ') || 'no faults'} in ${durationMs} ms, seed ${seed}`
}
