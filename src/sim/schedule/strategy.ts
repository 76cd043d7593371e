/**
 * What decides the order of a simulated run beyond time. Without a strategy things happen as they are due, ties broken by the
 * seed. A strategy may let something due within the next few milliseconds come first: never an overtaking that real threads
 * could not show, for what travels on one link, and one actor's timers, stay in order. Read next: strategies.ts, script.ts.
 */

/** Something that may happen next. */
export interface Candidate {
  /** What happens, as in the trace. */
  readonly label: string
  /** The actor it happens to; '' when to the stage itself. */
  readonly actor: string
  /** When it is due, in virtual milliseconds. */
  readonly at: number
}

/** Decides between happenings; a new one for each run. */
export interface Strategy {
  /**
   * The index of what happens next. `candidates` are at least two, in the order in which they are due; `step` counts the
   * decisions of the run, from 0. 0 keeps the order.
   */
  choose(candidates: readonly Candidate[], step: number): number
}

/** A decision that did not keep the order: at this decision of the run, this candidate. */
export type Deviation = readonly [step: number, choice: number]

export interface Schedule {
  readonly strategy: Strategy
  /** How much later than the first a candidate may be due, and so how late anything can become. */
  readonly windowMs: number
}

/** Candidates shown to a strategy at once: those due first. */
export const candidatesMax = 16
