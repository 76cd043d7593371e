/** One simulated run, for sweeps over many seeds: pure computation, so a pool of threads can do it. */
import { setMaxListeners } from 'node:events'
import { nextTurn } from '../kernel/thread/platform.js'
import type { SimulationResult } from '../sim/world.js'

export async function simulate({ seed }: { readonly seed: string }): Promise<SimulationResult> {
  const world = await import('../sim/world.js')
  // An actor's stop signal has many listeners, and this thread is the pool's own.
  setMaxListeners(0)
  return world.simulate({ seed, turn: nextTurn })
}
