/** What the nodes of a supervision tree have in common, and what they tell the world. */
import type { Clock } from '../../base/clock.js'
import type { Random } from '../../base/random.js'
import type { ExitReason, Host } from '../host.js'
import type { ChildSpec } from './child-spec.js'

/**
 * waiting: not started yet. stopped: ended without a failure and stays so. failed: ended and nobody starts it again.
 * degraded: its supervisor has given up on it for now; it is tried again now and then.
 */
export type ChildState = 'waiting' | 'starting' | 'running' | 'backing-off' | 'stopping' | 'stopped' | 'failed' | 'degraded'

/** Something a supervisor did or saw. */
export interface SupervisionEvent {
  readonly at: number
  /**
   * 'escalated': a supervisor gave up and has failed for its parent. 'degraded': a supervisor gave up on one child, which
   * is tried again after delayMs ('retrying'), until it has run for a period or was restarted by hand ('recovered').
   */
  readonly type:
    | 'starting'
    | 'running'
    | 'ended'
    | 'restarting'
    | 'escalated'
    | 'degraded'
    | 'retrying'
    | 'recovered'
    | 'stopped'
    | 'removed'
  /** The worker's or supervisor's name. */
  readonly name: string
  readonly incarnation?: number
  readonly reason?: ExitReason
  readonly delayMs?: number
  /** Of 'degraded', 'retrying', 'recovered': the supervisor that gave up. */
  readonly supervisor?: string
}

/** That a supervisor has given up on a child. */
export interface Degradation {
  /** Wall time of the first giving up. */
  readonly since: number
  readonly reason: string
  readonly retries: number
}

/** A node of the tree as it stands. */
export interface TreeNode {
  readonly name: string
  readonly type: 'worker' | 'supervisor'
  readonly role?: string
  /** A supervisor is 'degraded' when it, or anybody below it, is. */
  readonly state: ChildState
  readonly incarnation: number
  readonly restarts: number
  readonly lastExit?: ExitReason
  /** Its supervisor has given up on it, and it has not yet run for long enough since. */
  readonly degraded?: Degradation
  readonly children: readonly TreeNode[]
}

/** What nodes act on. */
export interface World {
  readonly host: Host
  readonly clock: Clock
  readonly random: Random
  readonly emit: (event: SupervisionEvent) => void
}

/** A child as its supervisor sees it. */
export interface ChildNode {
  readonly spec: ChildSpec
  state: ChildState
  /** Starts it. Resolves when it has been ready once, however many incarnations that takes, or stays down for good. */
  start(): Promise<void>
  /** Stops it within its budget; at once when it does not run. Idempotent. */
  stop(): Promise<void>
  /** It stays down: who waits for its readiness waits no more. */
  settle(): void
  tree(): TreeNode
}

/** Whether a node has, or is about to have, something running. */
export function isLive({ state }: { readonly state: ChildState }): boolean {
  return state === 'starting' || state === 'running' || state === 'stopping'
}
