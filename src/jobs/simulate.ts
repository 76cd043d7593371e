/** One simulated run, for sweeps over many seeds: pure computation, so a pool of threads can do it. */
import { nextTurn } from '../kernel/thread/platform.js'
import type { SimulationResult } from '../sim/world.js'

export async function simulate({ seed }: { readonly seed: string }): Promise<SimulationResult> {
  const world = await import('../sim/world.js')
  return world.simulate({ seed, turn: nextTurn })
}
