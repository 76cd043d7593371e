/** What a plan's run is told as, while it goes on and afterwards. Plain data: JSON holds all of it. Times are milliseconds since the run began. */
import type { Fault } from './catalogue.js'
import type { Plan, ProbePhase } from './plan.js'
import type { StageName } from './vocabulary.js'
import type { WorkloadResult } from './workload.js'

export type ChaosEvent = { readonly atMs: number } & (
  | { readonly type: 'begun'; readonly plan: string; readonly within: 'safe' | 'unsafe' }
  | { readonly type: 'injected'; readonly step: string; readonly id: string; readonly fault: Fault; readonly actors: readonly string[] }
  /** A fault has acted for the first time. */
  | { readonly type: 'acted'; readonly step: string; readonly id: string }
  | { readonly type: 'healed'; readonly step: string; readonly id: string; readonly hits: number }
  | { readonly type: 'actor'; readonly event: 'running' | 'ended' | 'degraded'; readonly actor: string; readonly reason?: string }
  | { readonly type: 'probe'; readonly probe: string; readonly phase: ProbePhase; readonly ok: boolean; readonly found?: string }
  | { readonly type: 'phase'; readonly phase: 'before' | 'during' | 'healed' | 'after' }
  | { readonly type: 'ended'; readonly verdict: Verdict }
)

/**
 * passed: all held. failed: something acknowledged was lost, a probe did not hold, or the cluster did not come back.
 * inconclusive: nothing failed, but a step of the plan never came about, so it proves nothing. aborted: it was ended early.
 */
export interface Verdict {
  readonly outcome: 'passed' | 'failed' | 'inconclusive' | 'aborted'
  /** Whether the plan was within what the system promises; outside it a failure is no fault of the system's. */
  readonly within: 'safe' | 'unsafe'
  readonly reasons: readonly string[]
}

export interface StepResult {
  readonly name: string
  readonly injections: number
  readonly hits: number
}

export interface ProbeResult {
  readonly name: string
  readonly phase: ProbePhase
  readonly looks: number
  readonly failures: number
  readonly lastFound?: string
}

/** From an actor's end to its next readiness. */
export interface Recovery {
  readonly actor: string
  readonly atMs: number
  /** Absent: it had not come back when the run ended. */
  readonly ms?: number
  readonly reason: string
}

export interface ChaosResult {
  readonly plan: Plan
  readonly stage: StageName
  /** Wall time, milliseconds since 1970. */
  readonly startedAt: number
  readonly lengthMs: number
  readonly events: readonly ChaosEvent[]
  readonly steps: readonly StepResult[]
  readonly probes: readonly ProbeResult[]
  readonly recoveries: readonly Recovery[]
  readonly workload?: WorkloadResult
  readonly verdict: Verdict
}
