/** A recorded run of the simulated cluster, for tests of what reads traces. */
import { setMaxListeners } from 'node:events'
import { nextTurn } from '../../src/kernel/thread/platform.js'
import type { Stagehand } from '../../src/sim/stagehand.js'
import { simulate } from '../../src/sim/world.js'
import type { TraceFile } from '../../src/trace/event.js'
import { keepTrace } from '../../src/trace/recorder.js'

/** When a simulated world begins. */
const epochMs = 1_767_225_600_000

/** Records the run of this seed; the scenario of `troupe sim` unless another is given. */
export async function recordRun(seed: string, scenario?: (stage: Stagehand) => Promise<void>): Promise<TraceFile & { hash: string }> {
  setMaxListeners(0)
  const trace = keepTrace()
  const { hash } = await simulate({ seed, turn: nextTurn, trace }, scenario)
  return { header: { troupeTrace: 1, source: 'simulation', epochMs, seed }, records: trace.records, hash }
}
