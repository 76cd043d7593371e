/**
 * How an actor's code finds its thread. A thread of its own starts one actor, out of its workerData. A carrier (carrier-entry.ts)
 * is a thread that is told later whom to play: several actors that share it, or one whose code it has loaded beforehand.
 * Entries are bundled, each with a copy of this module, so that the carrier is found through the global object.
 */
import type { ThreadStart } from './messages.js'

/** What a thread gives the actor that runs in it. */
export interface Seat {
  /** The actor is over; 0 when it was stopped. A thread of its own ends with it. */
  exit(code: number): void
  /** Nobody else is in the thread: every error in it is this actor's. */
  readonly solo: boolean
  /** Called by the thread to end the actor at once. */
  onEnd?: () => void
}

/** Plays an entry's actor as it is told. */
export type Play = (start: ThreadStart, seat: Seat) => Promise<void>

/** Takes what the entry that is being loaded plays. */
export type Carrier = (play: Play) => void

const key = Symbol.for('troupe.kernel.carrier')

export function currentCarrier(): Carrier | undefined {
  return (globalThis as { [key]?: Carrier })[key]
}

export function becomeCarrier(carrier: Carrier): void {
  ;(globalThis as { [key]?: Carrier })[key] = carrier
}

/** What a carrier is told. */
export type ToCarrier =
  | { readonly type: 'load'; readonly entry: string }
  /** `solo`: nobody else will sit here, and the thread ends with its actor. */
  | { readonly type: 'start'; readonly seat: number; readonly entry: string; readonly start: ThreadStart; readonly solo: boolean }
  | { readonly type: 'end'; readonly seat: number }

export type FromCarrier =
  | { readonly type: 'loaded'; readonly entry: string }
  | { readonly type: 'over'; readonly seat: number; readonly code: number }
