/**
 * The Context: all that a behaviour may touch of the world. It is the same interface on threads and in the simulator;
 * what else a component needs (a disk, a socket, a runtime) is a port that its entry hands it beside the context.
 */
import type { Clock } from '../base/clock.js'
import type { Ids } from '../base/ids.js'
import type { Logger } from '../base/log.js'
import type { Random } from '../base/random.js'
import type { Metrics } from '../telemetry/metrics.js'
import type { Address } from './address.js'
import type { Faults } from './faults.js'
import type { Protocol } from './protocol.js'
import type { Stream } from './stream.js'

export interface Context {
  readonly self: Address
  readonly clock: Clock
  readonly random: Random
  readonly ids: Ids
  readonly log: Logger
  readonly metrics: Metrics
  /** Aborted when the actor is asked to stop, before Instance.terminate is called. */
  readonly signal: AbortSignal
  /** A handle on whoever bears this name; it follows restarts. Costs nothing, connects at the first use. */
  actor<P extends Protocol>(name: string): ActorRef<P>
  /** Names of the actors that run now, in order of name. */
  running(): readonly Address[]
  /**
   * Calls `listener` whenever an actor of this name starts ('up': its init is done) or dies ('down'). When one runs
   * already, 'up' is called in a later turn.
   */
  monitor(name: string, listener: (event: MonitorEvent) => void): { cancel(): void }
  /**
   * Runs a loop of the actor's own beside its handlers. When it rejects for another reason than the actor's stop, the
   * actor crashes: a background failure is never swallowed.
   */
  spawn(label: string, run: () => Promise<void>): void
  /** Crashes the actor: its supervisor decides what follows. For bugs and broken ports, not for bad input. */
  crash(error: unknown): void
  /**
   * Asks to be stopped: its work is done. It ends as 'shutdown', after its terminate; a permanent child is started again.
   * Absent where there is no stage.
   */
  finish?(): void
  /** The faults in force, for who carries those of its own layer out; absent where there is no stage. */
  readonly faults?: Faults
}

export interface MonitorEvent {
  readonly type: 'up' | 'down'
  readonly address: Address
  readonly reason?: string
}

export interface CallOptions {
  /** Milliseconds until the call settles as DeadlineExceeded; default limits.callTimeoutMsDefault. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export interface StreamOptions {
  /** Items the peer may send ahead of what was read; default limits.streamCreditItemsDefault. */
  readonly credit?: number
  readonly signal?: AbortSignal
}

/** A typed handle on an actor by name. */
export interface ActorRef<P extends Protocol> {
  readonly name: string
  /** Settles always. Rejects with a CodedError: the peer's code (failed), or a KernelErrorCode. */
  call<M extends keyof P['calls'] & string>(
    method: M,
    params: P['calls'][M]['params'],
    options?: CallOptions,
  ): Promise<P['calls'][M]['result']>
  /** Sends and forgets; a dead or full peer makes it a dead letter. */
  cast<M extends keyof P['casts'] & string>(method: M, params: P['casts'][M]): void
  /** Opens a stream. Errors of opening arrive as the stream's end. */
  stream<M extends keyof P['streams'] & string>(
    method: M,
    params: P['streams'][M]['params'],
    options?: StreamOptions,
  ): Stream<P['streams'][M]['down'], P['streams'][M]['up']>
}
