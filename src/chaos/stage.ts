/**
 * The Stage port: what a plan is carried out on, a live cluster of threads or a simulated one. src/cluster/chaos.ts and
 * src/sim/chaos-stage.ts implement it.
 */
import type { Clock } from '../base/clock.js'
import type { Transport } from '../client/transport.js'
import type { FaultHost } from '../kernel/host.js'
import type { StageActor, StageName } from './vocabulary.js'

/** Something that happened to an actor. */
export interface StageEvent {
  readonly type: 'running' | 'ended' | 'degraded'
  readonly actor: string
  readonly reason?: string
}

export interface Stage {
  readonly name: StageName
  readonly clock: Clock
  /** Everybody the cluster has, running or not, in order of the tree. */
  actors(): readonly StageActor[]
  /** The store replica that leads now; undefined when there is none. */
  leader(): Promise<string | undefined>
  /** Ends an actor as a crash would. Nothing happens when it does not run. */
  kill(actor: string, message: string): void
  readonly faults: FaultHost
  onEvent(listener: (event: StageEvent) => void): { cancel(): void }
  /** The API, as its administrator. */
  readonly transport: Transport
  /** The HTTP status of a GET; absent where there are no sockets. */
  readonly http?: (url: string, timeoutMs: number) => Promise<number>
  /** The exit code of a program; absent where there are none. */
  readonly command?: (command: readonly string[], timeoutMs: number) => Promise<number>
}
