/**
 * What a host knows of its actors beyond who runs: which messages are poison and who waits for whom. One for both
 * stages; the stage brings the clock and carries decisions out.
 */
import type { Address } from './address.js'
import type { ExitReason } from './host.js'
import type { HostEvent, HostInsight } from './host-insight.js'
import { createPoisonRegister, type PoisonBrief, type PoisonOptions, poisonDefaults } from './poison.js'
import { createWaitGraph, type ReportedWait, type Wait } from './wait-graph.js'

export interface OversightOptions {
  readonly poison?: Partial<PoisonOptions>
  /** Fails the youngest call of a cycle of waiting actors. Default false: a cycle is only told of. */
  readonly breakDeadlocks?: boolean
  readonly onEvent?: (event: HostEvent) => void
}

export interface Oversight extends HostInsight {
  /** What a new incarnation of this name is told. */
  brief(name: string): PoisonBrief
  /** An incarnation is over. */
  ended(address: Address, reason: ExitReason): void
  /** An actor's long waits. */
  waiting(address: Address, waits: readonly ReportedWait[]): void
}

export function createOversight(
  { poison, breakDeadlocks = false, onEvent = () => {} }: OversightOptions,
  stage: {
    readonly clock: { now(): number; monotonic(): number }
    /** Tells the running incarnation of `name`, if any, what is parked now. */
    park(name: string, parked: PoisonBrief['parked']): void
    /** Fails a call of the actor `name` with code 'Deadlock'. */
    failCall(name: string, wait: string, message: string): void
  },
): Oversight {
  const register = createPoisonRegister({ ...poisonDefaults, ...poison }, stage.clock)
  const graph = createWaitGraph(() => stage.clock.monotonic(), {
    found(cycle) {
      const broken = breakDeadlocks ? youngest(cycle) : undefined
      onEvent({ at: stage.clock.now(), type: 'deadlock', name: cycle[0]?.caller ?? '', cycle, ...(broken ? { broken } : {}) })
      if (broken) stage.failCall(broken.caller, broken.id, formatCycle(cycle))
    },
    gone: (cycle) => onEvent({ at: stage.clock.now(), type: 'deadlock-over', name: cycle[0]?.caller ?? '', cycle }),
  })
  return {
    brief: (name) => register.brief(name),
    ended(address, reason) {
      graph.forget(address)
      if (reason.type === 'shutdown' || reason.type === 'killed') return
      const parked = register.crashed(address.name, reason.culprit)
      if (parked) onEvent({ at: stage.clock.now(), type: 'poisoned', name: address.name, incarnation: address.incarnation, parked })
    },
    waiting: (address, waits) => graph.report(address, waits),
    waits: () => graph.waits(),
    deadlocks: () => graph.cycles(),
    parked: () => register.parked(),
    release(name, digest) {
      const released = register.release(name, digest)
      if (released > 0) stage.park(name, register.brief(name).parked)
      return released
    },
  }
}

function youngest(cycle: readonly Wait[]): Wait | undefined {
  return cycle.reduce<Wait | undefined>((least, wait) => (least && least.ageMs <= wait.ageMs ? least : wait), undefined)
}

/** `a waits for b (method, 1200 ms), b waits for a (...)`. */
export function formatCycle(cycle: readonly Wait[]): string {
  return cycle.map(({ caller, callee, method, ageMs }) => `${caller} waits for ${callee} (${method}, ${Math.round(ageMs)} ms)`).join(', ')
}
