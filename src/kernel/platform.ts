/** The Platform: all that an actor needs of the stage it plays on. thread/entry.ts makes one of a thread, sim/host.ts of a seed. */
import type { Clock } from '../base/clock.js'
import type { LogRecord } from '../base/log.js'
import type { Random } from '../base/random.js'
import type { Address } from './address.js'
import type { ActorFault } from './faults.js'
import type { Link } from './link.js'
import type { Culprit } from './poison.js'
import type { ReportedWait } from './wait-graph.js'

/** What a stage gives an actor. */
export interface Platform {
  readonly clock: Clock
  readonly random: Random
  /** Runs in a later turn, after what has already been deferred. */
  defer(run: () => void): void
  /** A link to this incarnation; rejects when it does not run. */
  connect(address: Address): Promise<Link>
  log(record: LogRecord): void
  /** Stands still or takes all memory; absent where an actor cannot do that to its stage. */
  hurt?(fault: Extract<ActorFault, { type: 'hang' | 'out-of-memory' }>): void
  /** A fault in force has acted so many times (see FaultBoard). */
  faultHit?(id: string, count: number): void
  /** The actor has failed, of this message when it is known; the stage ends it. */
  failed(error: unknown, culprit?: Culprit): void
  /** The actor has done its work; the stage stops it. */
  finished?(): void
  /** The actor's calls that have been outstanding for long; none any more when it is empty. */
  waiting?(waits: readonly ReportedWait[]): void
  /** The message whose handler's own code runs now, undefined when none does; told only to who watches for poison. */
  inHand?(message: Culprit | undefined): void
  /** The actor's stop signal: every call and stream of it may listen, which a stage that counts listeners is told here. */
  manyListeners?(signal: AbortSignal): void
}
