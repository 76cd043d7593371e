/** Faults of actors themselves. Killing is done by the stage, the rest by the actor's own message loop. */
import type { FaultSpec } from '../../kernel/faults.js'
import { actorsParameter, both, type FaultKind, type Order, type Pick, pickParameter } from '../vocabulary.js'

interface OnActors {
  /** Globs of names or roles. */
  readonly actors: readonly string[]
  readonly pick: Pick
}

export type ActorFault = OnActors &
  (
    | { readonly type: 'kill' }
    | { readonly type: 'restart-storm'; readonly kills: number; readonly everyMs: number }
    | { readonly type: 'hang'; readonly forMs?: number }
    | { readonly type: 'pause' }
    | { readonly type: 'slow'; readonly perMessageMs: number }
    | { readonly type: 'out-of-memory' }
  )

const target = { actors: actorsParameter, pick: pickParameter }
const kind = (about: string, more: Partial<FaultKind> = {}): FaultKind => ({
  layer: 'actor',
  about,
  stages: both,
  within: 'safe',
  lasts: false,
  parameters: target,
  ...more,
})

export const actorFaults: Readonly<Record<ActorFault['type'], FaultKind>> = {
  kill: kind('Ended at once, as by a crash; its supervisor starts it again.'),
  'restart-storm': kind('Killed again as soon as it runs again, many times over.', {
    parameters: {
      ...target,
      kills: { type: 'integer', about: 'how often', default: 5, min: 2, max: 20 },
      everyMs: { type: 'duration', about: 'at most one kill in so long', default: 200, min: 1 },
    },
  }),
  hang: kind('Its event loop stands still; the watchdog ends it. In the simulator it is silent until then.', {
    parameters: {
      ...target,
      forMs: { type: 'duration', about: 'how long, when it is to come back by itself; default: for ever', min: 1 },
    },
  }),
  pause: kind('It handles no message and its timers do not fire, until it is healed.', { lasts: true }),
  slow: kind('Every message takes longer.', {
    lasts: true,
    parameters: { ...target, perMessageMs: { type: 'duration', about: 'added to each message', required: true, min: 1, max: 60_000 } },
  }),
  'out-of-memory': kind('It takes memory until its heap limit ends it. The simulator ends it as such.'),
}

/** The kernel's own orders; a kill and a storm are the stage's. */
export function actorOrders(
  fault: Exclude<ActorFault, { type: 'kill' | 'restart-storm' }>,
  id: string,
  chosen: readonly string[],
): Order[] {
  return chosen.map((actor) => ({ actor, spec: { ...withoutTarget(fault), id, layer: 'actor' } as FaultSpec }))
}

function withoutTarget<T extends OnActors>({ actors, pick, ...rest }: T): Omit<T, keyof OnActors> {
  return rest
}
