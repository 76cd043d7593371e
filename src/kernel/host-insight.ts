/** What a host tells of its actors beyond who runs: parked messages, and who waits for whom (see oversight.ts). */
import type { Parked } from './poison.js'
import type { Wait } from './wait-graph.js'

/** Something a host saw among its actors; `at` is wall time, `name` the actor it is about. */
export type HostEvent =
  /** The same message crashed the actor too often: it is parked. */
  | { readonly type: 'poisoned'; readonly at: number; readonly name: string; readonly incarnation: number; readonly parked: Parked }
  /** Actors wait for each other in a circle; `broken` is the call that is failed for it. */
  | { readonly type: 'deadlock'; readonly at: number; readonly name: string; readonly cycle: readonly Wait[]; readonly broken?: Wait }
  | { readonly type: 'deadlock-over'; readonly at: number; readonly name: string; readonly cycle: readonly Wait[] }

/** What a host can tell of its actors together, and be asked to do about it. */
export interface HostInsight {
  /** Calls outstanding for a second or more. */
  waits(): readonly Wait[]
  /** Cycles of such calls that stand now. */
  deadlocks(): readonly (readonly Wait[])[]
  /** Messages that are parked now. */
  parked(): readonly Parked[]
  /** Lets a parked message of this actor through again, or all of them; the number of those released. */
  release(actor: string, digest?: string): number
}
