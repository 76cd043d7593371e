/**
 * Child specs as data, in OTP's vocabulary (erlang.org, supervisor and "Supervisor Behaviour" principles).
 */
import { CodedError } from '../../base/errors.js'
import type { StartSpec } from '../host.js'

/** permanent: always started again; transient: unless it stopped by itself without a failure; temporary: never. */
export type Restart = 'permanent' | 'transient' | 'temporary'

/** one-for-one: only who died; rest-for-one: and who was started after; one-for-all: everybody. */
export type Strategy = 'one-for-one' | 'rest-for-one' | 'one-for-all'

export interface Backoff {
  /** Delay before the first restart of a burst. 0: at once. */
  readonly minMs: number
  readonly maxMs: number
  /** Share of the delay that is drawn at random, so that many do not come back together. */
  readonly jitter: number
  /** A child that has run this long starts its next burst from minMs again. */
  readonly resetAfterMs: number
}

export interface WorkerSpec {
  readonly type: 'worker'
  readonly start: StartSpec
  readonly restart: Restart
  /** How long it may take to stop before it is killed. */
  readonly shutdownMs: number
  /** How long its init may take before it counts as failed. */
  readonly startMs: number
}

export interface SupervisorSpec {
  readonly type: 'supervisor'
  /** Unique in the tree. */
  readonly name: string
  readonly strategy: Strategy
  /** More than `intensity` restarts within `periodMs` and the supervisor gives up: it escalates. */
  readonly intensity: number
  readonly periodMs: number
  readonly backoff: Backoff
  /** Whether children start one after another, each when the one before is ready, or all at once. */
  readonly order: 'sequential' | 'parallel'
  readonly children: readonly ChildSpec[]
}

export type ChildSpec = WorkerSpec | SupervisorSpec

/** The name of a child in its tree. */
export function nameOf(spec: ChildSpec): string {
  return spec.type === 'worker' ? spec.start.name : spec.name
}

/** Throws code 'InvalidChildSpec' when a tree cannot be run: double names, negative numbers. */
export function checkTree(root: SupervisorSpec): void {
  const seen = new Set<string>()
  const check = (spec: ChildSpec): void => {
    const name = nameOf(spec)
    if (name === '' || seen.has(name)) throw new CodedError('InvalidChildSpec', `Cannot supervise "${name}": the name is empty or taken`)
    seen.add(name)
    if (spec.type === 'worker') {
      if (spec.shutdownMs < 0 || spec.startMs <= 0)
        throw new CodedError('InvalidChildSpec', `Cannot supervise "${name}": times must not be negative`)
      return
    }
    const { minMs, maxMs, jitter } = spec.backoff
    if (spec.intensity < 0 || spec.periodMs <= 0 || minMs < 0 || maxMs < minMs || jitter < 0 || jitter > 1)
      throw new CodedError('InvalidChildSpec', `Cannot supervise "${name}": intensity, period or backoff is out of range`)
    for (const child of spec.children) check(child)
  }
  check(root)
}
