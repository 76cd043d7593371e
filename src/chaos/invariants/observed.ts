/** What a monitor of a cluster is told: the changes of its objects, and what else happens in a run. Plain data. */
import type { KubeObject } from '../../api/meta/object.js'

/** One change of one object, as a watch of everything gives it. */
export interface ObjectEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  /** Its newest version; of a DELETED one its last, with the resourceVersion of its deletion. */
  readonly object: KubeObject
  /** When it was seen, in milliseconds of the run's clock. Never falls from event to event. */
  readonly timeMs: number
}

/** All that a monitor is told. */
export type Observed =
  | ObjectEvent
  /** A fault begins or ends. `id` joins the two; a fault of an instant (a crash) may do both at once. */
  | { readonly type: 'FAULT'; readonly id: string; readonly phase: 'begin' | 'end'; readonly timeMs: number }
  /** Time passed and nothing happened. */
  | { readonly type: 'TIME'; readonly timeMs: number }
  /** From here on nothing is asked of the cluster, and all controllers look at everything again: nothing may be written. */
  | { readonly type: 'QUIET'; readonly timeMs: number }
