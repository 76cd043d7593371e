/** `troupe sim`: simulated runs, decided by their seeds; many of them over all cores. */
import { setMaxListeners } from 'node:events'
import { availableParallelism } from 'node:os'
import { jobsEntry } from '../../cluster/entries.js'
import { nextTurn } from '../../kernel/thread/platform.js'
import { createJobPool } from '../../kernel/thread/pool.js'
import type { SimulationResult } from '../../sim/world.js'
import { exitCodes } from '../exit-codes.js'
import { print } from '../output.js'

export interface SimOptions {
  readonly seed: string
  readonly seeds?: number
  readonly json?: boolean
  readonly verbose?: boolean
}

export async function sim(options: SimOptions): Promise<number> {
  const { seed, seeds = 1 } = options
  // Numbers count up; any other text is a seed of its own and, repeated, is numbered.
  const all = Array.from({ length: seeds }, (_, i) => (/^\d+$/.test(seed) ? String(Number(seed) + i) : i === 0 ? seed : `${seed}/${i}`))
  const startedAt = performance.now()
  const ok = await (all.length === 1 ? here(all[0] ?? seed, options) : sweep(all, options))
  if (all.length > 1) process.stderr.write(`${all.length} seeds in ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`)
  return ok ? exitCodes.ok : exitCodes.failed
}

/** One run on this thread, where its log can be read along. */
async function here(seed: string, { json = false, verbose = false }: SimOptions): Promise<boolean> {
  const { simulate } = await import('../../sim/world.js')
  // An actor's stop signal has many listeners, and here all actors are in one thread.
  setMaxListeners(0)
  const result = await simulate({
    seed,
    turn: nextTurn,
    ...(verbose
      ? {
          onLog: ({ at, level, actor, message, fields }) =>
            void process.stderr.write(`${at} ${level} ${actor} ${message} ${fields ? JSON.stringify(fields) : ''}\n`),
        }
      : {}),
  })
  show(result, json)
  return result.ok
}

async function sweep(seeds: readonly string[], { json = false }: SimOptions): Promise<boolean> {
  const pool = createJobPool({ entry: jobsEntry, threadsMax: availableParallelism(), queueMax: seeds.length })
  try {
    // Shown in order of seed, whatever order they finish in.
    const runs = seeds.map((seed) => pool.run<SimulationResult>('simulate', { seed }))
    let ok = true
    for (const run of runs) {
      const result = await run
      show(result, json)
      ok &&= result.ok
    }
    return ok
  } finally {
    await pool.close()
  }
}

function show(result: SimulationResult, json: boolean): void {
  print(result, json, ({ seed, ok, hash, events, virtualMs, message }) =>
    [
      `seed ${seed}  ${ok ? 'ok' : 'FAILED'}  hash ${hash}  ${events} events  ${(virtualMs / 1000).toFixed(3)} s virtual`,
      ...(ok ? [] : [message, `replay: troupe sim --seed ${seed}`]),
    ].join('\n'),
  )
}
