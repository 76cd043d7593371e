/**
 * Child specs as data, in OTP's vocabulary (erlang.org, supervisor and "Supervisor Behaviour" principles).
 * docs/internals/supervision.md has the exact rules.
 */
import { CodedError } from '../../base/errors.js'
import type { StartSpec } from '../host.js'

/** permanent: always started again; transient: unless it stopped by itself without a failure; temporary: never. */
export type Restart = 'permanent' | 'transient' | 'temporary'

/**
 * one-for-one: only who died; rest-for-one: and who was started after; one-for-all: everybody; simple-one-for-one: as
 * one-for-one, of children that are all made from one template at run time.
 */
export type Strategy = 'one-for-one' | 'rest-for-one' | 'one-for-all' | 'simple-one-for-one'

/** Milliseconds it may take to stop before it is killed; 'brutal-kill': killed at once; 'infinity': as long as it takes. */
export type Shutdown = number | 'brutal-kill' | 'infinity'

/** When a supervisor ends because significant children have: at the first of them, or the last. */
export type AutoShutdown = 'never' | 'any-significant' | 'all-significant'

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
  readonly shutdownMs: Shutdown
  /** How long its init may take before it counts as failed. */
  readonly startMs: number
  /** Its end for good may end its supervisor (see AutoShutdown). Never of a permanent child. */
  readonly significant?: boolean
}

export interface SupervisorSpec {
  readonly type: 'supervisor'
  /** Unique in the tree. */
  readonly name: string
  readonly strategy: Strategy
  /** More than `intensity` restarts within `periodMs` and the supervisor gives up. */
  readonly intensity: number
  readonly periodMs: number
  readonly backoff: Backoff
  /** Whether children start one after another, each when the one before is ready, or all at once. */
  readonly order: 'sequential' | 'parallel'
  readonly children: readonly ChildSpec[]
  /** As a child itself; default permanent. */
  readonly restart?: Restart
  readonly significant?: boolean
  /** Default never. */
  readonly autoShutdown?: AutoShutdown
  /**
   * What giving up means. 'escalate' (default): it stops its children and has failed for its parent. 'degrade': the child
   * that fails is degraded and tried again now and then, everybody else goes on. The root always degrades.
   */
  readonly onGiveUp?: 'escalate' | 'degrade'
  /** How often a degraded child is tried again; default degradedRetry. */
  readonly degradedRetry?: Backoff
  /** What each child of a simple-one-for-one supervisor is made from: name and config come with Supervisor.startChild. */
  readonly template?: Omit<WorkerSpec, 'type' | 'start'> & { readonly start: Omit<StartSpec, 'name' | 'config'> }
}

export type ChildSpec = WorkerSpec | SupervisorSpec

/** Seldom enough not to be a burden, often enough that nobody has to come and restart by hand. */
export const degradedRetry: Backoff = { minMs: 1_000, maxMs: 60_000, jitter: 0.2, resetAfterMs: 60_000 }

/** The name of a child in its tree. */
export function nameOf(spec: ChildSpec): string {
  return spec.type === 'worker' ? spec.start.name : spec.name
}

function refuse(name: string, why: string): never {
  throw new CodedError('InvalidChildSpec', `Cannot supervise "${name}": ${why}`)
}

/** Throws code 'InvalidChildSpec' when a tree cannot be run: double names, negative numbers, contradictions. */
export function checkTree(root: SupervisorSpec): void {
  const seen = new Set<string>()
  const check = (spec: ChildSpec, parent: SupervisorSpec | undefined): void => {
    const name = nameOf(spec)
    if (name === '' || seen.has(name)) refuse(name, 'the name is empty or taken')
    seen.add(name)
    if (spec.significant) {
      if ((spec.restart ?? 'permanent') === 'permanent') refuse(name, 'a significant child must not be permanent')
      if ((parent?.autoShutdown ?? 'never') === 'never') refuse(name, 'a significant child needs a supervisor with auto-shutdown')
    }
    if (spec.type === 'supervisor') return checkSupervisor(spec)
    if ((typeof spec.shutdownMs === 'number' && !(spec.shutdownMs >= 0)) || !(spec.startMs > 0)) refuse(name, 'times must not be negative')
  }
  const checkSupervisor = (spec: SupervisorSpec): void => {
    if (spec.intensity < 0 || spec.periodMs <= 0) refuse(spec.name, 'intensity or period is out of range')
    for (const { minMs, maxMs, jitter } of [spec.backoff, spec.degradedRetry ?? degradedRetry])
      if (minMs < 0 || maxMs < minMs || jitter < 0 || jitter > 1) refuse(spec.name, 'a backoff is out of range')
    if ((spec.strategy === 'simple-one-for-one') !== (spec.template !== undefined))
      refuse(spec.name, 'a template is what simple-one-for-one has, and nobody else')
    if (spec.template && spec.children.length > 0) refuse(spec.name, 'children of simple-one-for-one are started later')
    for (const child of spec.children) check(child, spec)
  }
  check(root, undefined)
}

/**
 * What can be run but is hardly meant, one sentence each: intensities that multiply over levels, auto-shutdown that a
 * parent undoes, and a poison message that ends its supervisor before it is parked.
 */
export function warnOfTree(root: SupervisorSpec, poisonCrashes = 3): string[] {
  const warnings: string[] = []
  const look = (spec: SupervisorSpec, above: number): void => {
    const product = above * Math.max(1, spec.intensity)
    if (product > 1_000) warnings.push(`"${spec.name}": restarts multiply over levels, here up to ${product} before the root notices`)
    if (poisonCrashes > 0 && spec.intensity < poisonCrashes)
      warnings.push(`"${spec.name}": gives up after ${spec.intensity} restarts, before a poison message is parked after ${poisonCrashes}`)
    if ((spec.autoShutdown ?? 'never') !== 'never' && spec !== root && (spec.restart ?? 'permanent') === 'permanent')
      warnings.push(`"${spec.name}": shuts itself down and is permanent: its parent starts it again`)
    for (const child of spec.children) if (child.type === 'supervisor') look(child, product)
  }
  look(root, 1)
  return warnings
}
