/** One fault in force on a stage: who was told what, how often it acted, and how it ends. */
import type { Random } from '../base/random.js'
import { chooseActors, type Fault, ordersOf } from './catalogue.js'
import type { Stage } from './stage.js'

export interface Injection {
  readonly id: string
  readonly fault: Fault
  /** The actors it is in force on, or that it was done to. */
  readonly actors: readonly string[]
  /** How often it has acted, as far as is known. */
  hits(): number
  /** Ends it; resolves with how often it acted. A fault that happens once has nothing to heal. Idempotent. */
  heal(): Promise<number>
}

export interface InjectOptions {
  readonly id: string
  readonly random: Random
  /** Ends a restart storm early. */
  readonly signal?: AbortSignal
  readonly onHit?: (count: number) => void
}

/** Puts a fault in force, or does it. Resolves when it acts. The plan has been checked. */
export async function inject(stage: Stage, fault: Fault, { id, random, signal, onHit }: InjectOptions): Promise<Injection> {
  const actors = stage.actors()
  const leader = 'pick' in fault && fault.pick === 'leader' ? await stage.leader() : undefined
  const chosen = 'actors' in fault ? chooseActors(fault, actors, { random, leader }) : []
  const counts = new Map<string, number>()
  const total = (): number => [...counts.values()].reduce((sum, count) => sum + count, 0)
  const acted = (actor: string, count: number): void => {
    counts.set(actor, Math.max(count, counts.get(actor) ?? 0))
    onHit?.(total())
  }
  if (fault.type === 'kill' || fault.type === 'restart-storm') {
    const kill = (actor: string): void => {
      stage.kill(actor, `killed by the plan (${id})`)
      acted(actor, (counts.get(actor) ?? 0) + 1)
    }
    const storms = chosen.map((actor) => (fault.type === 'kill' ? kill(actor) : storm(stage, { actor, ...fault, kill, signal })))
    return {
      id,
      fault,
      actors: chosen,
      hits: total,
      heal: async () => {
        await Promise.all(storms)
        return total()
      },
    }
  }
  const orders = ordersOf(fault, id, actors, chosen)
  const hits = stage.faults.onFaultHit((hit) => {
    if (hit.id === id) acted(hit.actor, hit.count)
  })
  await Promise.all(orders.map(({ actor, spec }) => stage.faults.fault(actor, spec)))
  let healed: Promise<number> | undefined
  const heal = async (): Promise<number> => {
    const last = await Promise.all(orders.map(async ({ actor }) => ({ actor, count: await stage.faults.heal(actor, id) })))
    hits.cancel()
    for (const { actor, count } of last) counts.set(actor, Math.max(count, counts.get(actor) ?? 0))
    return total()
  }
  return {
    id,
    fault,
    actors: [...new Set(orders.map(({ actor }) => actor))],
    hits: total,
    heal: () => (healed ??= heal()),
  }
}

interface Storm {
  readonly actor: string
  readonly kills: number
  readonly everyMs: number
  readonly kill: (actor: string) => void
  readonly signal: AbortSignal | undefined
}

/** Kills an actor again as soon as it runs again; resolves when that is done, or when the signal is aborted. */
function storm(stage: Stage, { actor, kills, everyMs, kill, signal }: Storm): Promise<void> {
  return new Promise((resolve) => {
    let left = kills
    const end = (): void => {
      listening.cancel()
      timer.cancel()
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const strike = (): void => {
      if (stage.actors().find(({ name }) => name === actor)?.running !== true) return
      kill(actor)
      left--
      timer.cancel()
      if (left === 0) return end()
      resting = true
      timer = stage.clock.after(everyMs, () => {
        resting = false
        strike()
      })
    }
    let resting = false
    let timer = stage.clock.after(0, strike)
    const listening = stage.onEvent((event) => {
      if (event.type === 'running' && event.actor === actor && !resting) strike()
    })
    signal?.addEventListener('abort', end, { once: true })
  })
}
