/**
 * What an invariant of a Kubernetes cluster is, to write one of one's own: a name, a sentence, a source, and a checker that is told
 * every change of every object in the order of their resourceVersions. The monitor (monitor.ts) feeds it; kubernetes/catalogue.ts
 * lists those there are.
 *
 * Two kinds. *Always*: what no fault may break is reported from observe(), at the event that breaks it. *Soon*: what a controller
 * has to mend is marked in an Overdue, and reported from tick() when it has been wrong for too long without a fault.
 */
import type { KubeObject } from '../../api/meta/object.js'
import type { ObjectEvent } from './observed.js'
import type { World } from './world.js'

export type { ObjectEvent, Observed } from './observed.js'

/** A change as checkers see it: with the version before, undefined when the object was not known. */
export interface ObjectChange extends ObjectEvent {
  readonly previous: KubeObject | undefined
}

/** What a checker says; the monitor adds the invariant's name, the resourceVersion and the time. */
export interface Finding {
  /** The objects it is about, as describeObject() names them. */
  readonly objects: readonly string[]
  readonly message: string
}

export interface Checker {
  /** The world already shows the change. */
  observe?(change: ObjectChange, world: World): readonly Finding[] | undefined
  /** After every event of any kind. */
  tick?(world: World): readonly Finding[] | undefined
  /** Once, at the end. */
  finish?(world: World): readonly Finding[] | undefined
}

/** How long is too long, and how much is too much. Times count only while no fault is in force. */
export interface Bounds {
  /** For a controller to mend what is wrong. */
  readonly reactionMs: number
  /** For everything to be as it is asked to be. */
  readonly convergenceMs: number
  /** Writes to one object in a minute. */
  readonly writesPerMinuteMax: number
  /** Writes to one object that change nothing, in a whole run. */
  readonly emptyWritesMax: number
  /** By how much a lease's holder and the observer may disagree about time. */
  readonly leaseToleranceMs: number
}

export const defaultBounds: Bounds = {
  reactionMs: 30_000,
  convergenceMs: 120_000,
  writesPerMinuteMax: 120,
  emptyWritesMax: 3,
  leaseToleranceMs: 1000,
}

export interface Invariant {
  /** In one word, as `PodBoundOnce`. */
  readonly name: string
  /** What always holds, in one sentence. */
  readonly description: string
  /** Where it is promised: documentation, KEP, upstream path. */
  readonly source: string
  /** A checker that has seen nothing yet. */
  begin(bounds: Bounds): Checker
}

/** What has been wrong for how long. Time under a fault does not count: it starts anew when the last fault ends. */
export class Overdue {
  readonly #boundMs: number
  readonly #since = new Map<string, { readonly sinceMs: number; readonly finding: Finding; told: boolean }>()

  constructor(boundMs: number) {
    this.#boundMs = boundMs
  }

  /** Says what is wrong with `key` now; undefined: nothing. It counts from when it was first wrong. */
  mark(key: string, world: World, finding: Finding | undefined): void {
    const known = this.#since.get(key)
    if (!finding) this.#since.delete(key)
    else if (known) this.#since.set(key, { ...known, finding })
    else this.#since.set(key, { sinceMs: world.timeMs, finding, told: false })
  }

  /** Starts the time of `key` anew, because something else is asked for now. */
  restart(key: string): void {
    this.#since.delete(key)
  }

  /** What has become overdue, each once. */
  due(world: World): Finding[] {
    if (world.faults > 0) return []
    const found: Finding[] = []
    for (const entry of this.#since.values()) {
      const waitedMs = world.timeMs - Math.max(entry.sinceMs, world.calmSinceMs)
      if (entry.told || waitedMs <= this.#boundMs) continue
      entry.told = true
      found.push({ ...entry.finding, message: `${entry.finding.message}, for ${waitedMs} ms without a fault` })
    }
    return found
  }
}
