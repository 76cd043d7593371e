/**
 * Who waits for whom: every call that has been outstanding for a while is an edge (caller, callee, since), and a cycle of
 * such edges is a deadlock, or soon looks like one to a user. Actors report their own long waits (wait-report.ts), so the
 * graph costs nothing while calls are answered quickly.
 *
 * An actor handles several messages at a time, so a cycle of calls by itself proves nothing: it is told of only when
 * every edge of it has been reported again, the same call, after the cycle was first seen. What is told may still be two
 * long calls that have nothing to do with each other; therefore breaking a cycle is optional.
 */
import type { Address } from './address.js'

/** A call that an actor says it has been waiting for. `id` is unique in its caller. */
export interface ReportedWait {
  readonly id: string
  readonly callee: string
  readonly method: string
  readonly ageMs: number
}

/** An edge of the graph. */
export interface Wait {
  readonly caller: string
  readonly callee: string
  readonly method: string
  readonly id: string
  /** Milliseconds it has been outstanding. */
  readonly ageMs: number
}

export interface WaitGraph {
  /** The long waits of an actor now; they replace those it reported before. */
  report(caller: Address, waits: readonly ReportedWait[]): void
  /** The actor is gone, and with it all it waited for. */
  forget(caller: Address): void
  waits(): readonly Wait[]
  /** The cycles that have been told and still stand. */
  cycles(): readonly (readonly Wait[])[]
}

interface Edge extends Omit<Wait, 'ageMs'> {
  /** On the graph's own clock. */
  readonly since: number
  /** Counts reports; an edge is confirmed when it was reported after its cycle was found. */
  readonly reportedAt: number
}

interface Cycle {
  readonly edges: readonly Edge[]
  readonly foundAt: number
  told: boolean
}

export function createWaitGraph(
  monotonic: () => number,
  listener: {
    /** A cycle, in the order of its edges, beginning with the actor whose name comes first. */
    found(cycle: readonly Wait[]): void
    /** A cycle that was told of is none any more. */
    gone(cycle: readonly Wait[]): void
  },
): WaitGraph {
  const edges = new Map<string, { readonly incarnation: number; readonly waits: readonly Edge[] }>()
  const known = new Map<string, Cycle>()
  let reports = 0
  const plain = ({ caller, callee, method, id, since }: Edge): Wait => ({ caller, callee, method, id, ageMs: monotonic() - since })

  function look(): void {
    const found = findCycles((name) => edges.get(name)?.waits ?? [], [...edges.keys()].sort())
    const keys = new Set(found.map(keyOf))
    for (const [key, cycle] of known)
      if (!keys.has(key)) {
        known.delete(key)
        if (cycle.told) listener.gone(cycle.edges.map(plain))
      }
    for (const cycle of found) {
      const key = keyOf(cycle)
      const before = known.get(key)
      const now: Cycle = { edges: cycle, foundAt: before?.foundAt ?? reports, told: before?.told ?? false }
      known.set(key, now)
      if (now.told || cycle.some((edge) => edge.reportedAt <= now.foundAt)) continue
      now.told = true
      listener.found(cycle.map(plain))
    }
  }

  return {
    report({ name, incarnation }, waits) {
      if ((edges.get(name)?.incarnation ?? 0) > incarnation) return
      reports++
      if (waits.length === 0) edges.delete(name)
      else
        edges.set(name, {
          incarnation,
          waits: waits.map(({ ageMs, ...wait }) => ({ ...wait, caller: name, since: monotonic() - ageMs, reportedAt: reports })),
        })
      look()
    },
    forget({ name, incarnation }) {
      if (edges.get(name)?.incarnation !== incarnation) return
      edges.delete(name)
      look()
    },
    waits: () => [...edges.values()].flatMap(({ waits }) => waits.map(plain)),
    cycles: () => [...known.values()].filter(({ told }) => told).map((cycle) => cycle.edges.map(plain)),
  }
}

function keyOf(cycle: readonly Edge[]): string {
  return cycle.map(({ caller, id }) => `${caller}/${id}`).join(' ')
}

/** Enough for a report; a graph of a hundred actors that all wait for each other has more cycles than anybody reads. */
const cyclesMax = 16
const stepsMax = 10_000

/** Elementary cycles, each once, beginning with its smallest name; of several calls between two actors the oldest counts. */
function findCycles(waitsOf: (name: string) => readonly Edge[], names: readonly string[]): (readonly Edge[])[] {
  const found: Edge[][] = []
  let steps = 0
  const walk = (first: string, path: readonly Edge[], name: string): void => {
    for (const edge of oldestByCallee(waitsOf(name))) {
      if (steps++ > stepsMax || found.length >= cyclesMax) return
      if (edge.callee === first) found.push([...path, edge])
      else if (edge.callee > first && path.every(({ caller }) => caller !== edge.callee)) walk(first, [...path, edge], edge.callee)
    }
  }
  for (const first of names) walk(first, [], first)
  return found
}

function oldestByCallee(waits: readonly Edge[]): Edge[] {
  const oldest = new Map<string, Edge>()
  for (const wait of waits) if (wait.since < (oldest.get(wait.callee)?.since ?? Number.POSITIVE_INFINITY)) oldest.set(wait.callee, wait)
  return [...oldest.values()]
}
