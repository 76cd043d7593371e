/**
 * Feeds a stream of changes to invariants, while it happens or afterwards: keeps the world, and turns what checkers find into
 * violations, each told once.
 */
import { type Bounds, defaultBounds, type Finding, type Invariant } from './invariant.js'
import { kubernetesInvariants } from './kubernetes/catalogue.js'
import type { ObjectEvent, Observed } from './observed.js'
import type { Violation } from './violation.js'
import { World } from './world.js'

export interface MonitorOptions {
  /** Default: all of the catalogue. */
  readonly invariants?: readonly Invariant[]
  readonly bounds?: Partial<Bounds>
}

export interface Monitor {
  /** Takes one event in; returns the violations that are new. Object events come in the order of their resourceVersions. */
  observe(event: Observed): readonly Violation[]
  /** Ends the stream; returns the violations that only show at the end. */
  finish(): readonly Violation[]
  /** All so far. */
  readonly violations: readonly Violation[]
  readonly world: World
}

/** Violations of one invariant that are kept: more of the same help nobody. */
const violationsOfOneMax = 100

export function createMonitor({ invariants = kubernetesInvariants, bounds = {} }: MonitorOptions = {}): Monitor {
  const limits = { ...defaultBounds, ...bounds }
  const world = new World()
  const checkers = invariants.map(({ name, begin }) => ({ name, checker: begin(limits), told: new Set<string>() }))
  const violations: Violation[] = []

  function report(one: (typeof checkers)[number], findings: readonly Finding[] | undefined, resourceVersion?: string): void {
    for (const { objects, message } of findings ?? []) {
      const about = objects.join(', ')
      if (one.told.has(about) || one.told.size >= violationsOfOneMax) continue
      one.told.add(about)
      const at = resourceVersion === undefined ? {} : { resourceVersion }
      violations.push({ invariant: one.name, objects, message, ...at, timeMs: world.timeMs })
    }
  }

  return {
    world,
    violations,
    observe(event) {
      const before = violations.length
      const previous = world.apply(event)
      const change = isObjectEvent(event) ? { ...event, previous } : undefined
      for (const one of checkers) {
        if (change) report(one, one.checker.observe?.(change, world), change.object.metadata.resourceVersion)
        report(one, one.checker.tick?.(world))
      }
      return violations.slice(before)
    },
    finish() {
      const before = violations.length
      for (const one of checkers) report(one, one.checker.finish?.(world))
      return violations.slice(before)
    },
  }
}

function isObjectEvent(event: Observed): event is ObjectEvent {
  return event.type === 'ADDED' || event.type === 'MODIFIED' || event.type === 'DELETED'
}

/**
 * Events of many watches as one stream: by resourceVersion, which is one sequence for all kinds, with times that never fall; what is
 * no change of an object keeps its place in time. For streams that were recorded kind by kind.
 */
export function inOrder(events: readonly Observed[]): Observed[] {
  const changes = events.filter(isObjectEvent).sort((a, b) => versionOf(a) - versionOf(b))
  const others = events.filter((event) => !isObjectEvent(event)).sort((a, b) => a.timeMs - b.timeMs)
  const merged: Observed[] = []
  let [time, next] = [Number.NEGATIVE_INFINITY, 0]
  for (const change of changes) {
    time = Math.max(time, change.timeMs)
    for (let other = others[next]; other && other.timeMs <= time; other = others[++next]) merged.push(other)
    merged.push({ ...change, timeMs: time })
  }
  return [...merged, ...others.slice(next)]
}

function versionOf({ object }: ObjectEvent): number {
  return Number(object.metadata.resourceVersion ?? 0)
}
