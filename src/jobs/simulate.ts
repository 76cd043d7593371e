/** One simulated run, for sweeps over many seeds: pure computation, so a pool of threads can do it. */
import { setMaxListeners } from 'node:events'
import { nextTurn } from '../kernel/thread/platform.js'
import type { RunResult, RunSpec } from '../sim/run.js'

export async function simulate(spec: RunSpec): Promise<RunResult> {
  const { playRun } = await import('../sim/run.js')
  // An actor's stop signal has many listeners, and this thread is the pool's own.
  setMaxListeners(0)
  return playRun(spec, { turn: nextTurn })
}
