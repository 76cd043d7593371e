/**
 * The Host port: what starts and ends incarnations. thread/host.ts runs each in a worker thread, sim/host.ts all on one
 * thread. A host knows who runs, tells every actor, and makes links between them; whether somebody is started again is
 * its supervisor's decision.
 */

import type { ActorHealth } from './actor.js'
import type { Address } from './address.js'
import type { DeadLetterReport } from './dead-letters.js'
import type { FaultSpec } from './faults.js'
import type { Culprit } from './poison.js'
import type { TraceEvent } from './tracer.js'

/** What to start. `entry` names a worker entry (see cluster/entries and sim/behaviours); `config` is plain data. */
export interface StartSpec {
  readonly role: string
  readonly name: string
  readonly entry: string
  readonly config: unknown
  /** Heap limit of the actor in MiB; the host's default when absent. Of a shared thread the first actor's counts. */
  readonly heapMiB?: number
  /** Where it runs, where a stage has a choice; default a thread of its own. */
  readonly placement?: Placement
}

/**
 * 'thread': a worker thread of its own. 'shared': the worker thread of this name, together with all others that say so;
 * only for actors without drivers. 'process': a process of its own. Calls, streams, deaths and stops mean the same in
 * each; docs/internals/supervision.md has what a shared thread shares.
 */
export type Placement = { readonly type: 'thread' } | { readonly type: 'shared'; readonly thread: string } | { readonly type: 'process' }

/** Why an incarnation is over. */
export interface ExitReason {
  /**
   * 'shutdown': it was stopped and did stop. 'killed': it was ended from outside, by request or because it did not
   * stop in time. 'crashed': it failed. 'hung' and 'out-of-memory': a watchdog ended it.
   */
  readonly type: 'shutdown' | 'killed' | 'crashed' | 'hung' | 'out-of-memory'
  readonly message: string
  readonly code?: string
  /** The last message events before a crash. */
  readonly trace?: readonly TraceEvent[]
  /** The message it ended of, when that is known; see poison.ts. */
  readonly culprit?: Culprit
}

/** How long an actor that has asked to be stopped may take to. */
export const finishMs = 5_000

/** One started incarnation. */
export interface Incarnation {
  readonly address: Address
  /** Whether it runs now: its init is done and it has not ended. */
  readonly isReady: boolean
  /** Resolves when its init is done; rejects with its ExitReason's message when it ends before. */
  readonly ready: Promise<void>
  /** Resolves when it is over, however that came about. Never rejects. */
  readonly exit: Promise<ExitReason>
  /** Asks it to stop and ends it when it has not after `timeoutMs`; resolves when it is over. */
  stop(timeoutMs: number): Promise<ExitReason>
  /** Ends it at once. Idempotent. */
  kill(type: 'killed' | 'hung' | 'out-of-memory', message: string): void
  health(): Promise<ActorHealth>
  inspect(): Promise<unknown>
  /** Its dead letters: counts, and the last ones. */
  deadLetters(): Promise<DeadLetterReport>
  metrics(): Promise<string>
  /** What the stage knows of its use of the machine; undefined where it knows nothing (simulator). */
  usage(): Usage | undefined
}

/** What an incarnation uses of the machine, seen from outside: true of a hung one too, as it was at its last beats. */
export interface Usage {
  /** Share of the last look's window that its event loop was busy, 0 to 1. */
  readonly eventLoopUtilization: number
  readonly heapBytes: number
  /** Memory it holds outside its heap: ArrayBuffers above all. */
  readonly externalBytes: number
}

export interface Host {
  /** Starts an incarnation; its number is one more than the last of this name. */
  start(spec: StartSpec): Incarnation
}

/** What a host can do to its actors. */
export interface FaultHost {
  /**
   * Puts a fault in force on the actor of this name, on the incarnation that runs and on those to come; one that ends
   * its incarnation (hang, out-of-memory) only on this one. Resolves when it acts.
   */
  fault(name: string, spec: FaultSpec): Promise<void>
  /** Ends it; resolves with how often it acted on the incarnation that runs. */
  heal(name: string, id: string): Promise<number>
  /** Calls `listener` whenever a fault has acted for the 1st, 2nd, 4th, ... time, and on every action of an observer. */
  onFaultHit(listener: (hit: FaultHit) => void): { cancel(): void }
}

export interface FaultHit {
  readonly actor: string
  readonly id: string
  readonly count: number
}
