/** `troupe sim`: simulated runs, decided by their seeds; many of them over all cores. */

import { setMaxListeners } from 'node:events'
import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { parsePlanText } from '../../chaos/parse-plan.js'
import { formatPlan, type Plan } from '../../chaos/plan.js'
import { jobsEntry } from '../../cluster/entries.js'
import { nextTurn } from '../../kernel/thread/platform.js'
import { createJobPool } from '../../kernel/thread/pool.js'
import type { RunResult, RunSpec } from '../../sim/run.js'
import { exitCodes } from '../exit-codes.js'
import { print } from '../output.js'

export interface SimOptions {
  readonly seed: string
  readonly seeds?: number
  readonly scenario: string
  readonly strategy: string
  readonly schedule?: string
  /** A file. */
  readonly plan?: string
  readonly mutant?: readonly string[]
  readonly untilFail?: boolean
  readonly shrink?: boolean
  readonly json?: boolean
  readonly verbose?: boolean
}

export async function sim(options: SimOptions): Promise<number> {
  const plan = options.plan === undefined ? undefined : parsePlanText(await readFile(options.plan, 'utf8'))
  const { seeds = 1, untilFail = false, verbose = false } = options
  if (seeds === 1 && !untilFail) return ended([await here(specOf(options, 0, plan), verbose)], options)
  return sweep(options, plan)
}

function specOf({ seed, scenario, strategy, schedule, mutant }: SimOptions, number: number, plan: Plan | undefined): RunSpec {
  // Numbers count up; any other text is a seed of its own and, repeated, is numbered.
  const own = /^\d+$/.test(seed) ? String(Number(seed) + number) : number === 0 ? seed : `${seed}/${number}`
  return { seed: own, scenario, strategy, schedule, plan, mutants: mutant }
}

/** One run on this thread, where its log can be read along. */
async function here(spec: RunSpec, verbose: boolean): Promise<Played> {
  const { playRun } = await import('../../sim/run.js')
  // An actor's stop signal has many listeners, and here all actors are in one thread.
  setMaxListeners(0)
  const log = ({ at, level, actor, message, fields }: { at: number; level: string; actor: string; message: string; fields?: unknown }) =>
    void process.stderr.write(`${at} ${level} ${actor} ${message} ${fields ? JSON.stringify(fields) : ''}\n`)
  return { spec, result: await playRun(spec, { turn: nextTurn, ...(verbose ? { onLog: log } : {}) }) }
}

interface Played {
  readonly spec: RunSpec
  readonly result: RunResult
}

/** Many runs over all cores, shown in order of seed whatever order they finish in. */
async function sweep(options: SimOptions, plan: Plan | undefined): Promise<number> {
  const { seeds = 1, untilFail = false, json = false } = options
  const threads = availableParallelism()
  const pool = createJobPool({ entry: jobsEntry, threadsMax: threads, queueMax: 4 * threads })
  const startedAt = performance.now()
  const failed: Played[] = []
  let runs = 0
  let [events, virtualMs] = [0, 0]
  try {
    // As many as keep all cores busy are under way, so that the first failure ends the search at once.
    const underWay: Promise<Played>[] = []
    for (let next = 0; ; ) {
      while (underWay.length < 2 * threads && (untilFail && options.seeds === undefined ? true : next < seeds)) {
        const spec = specOf(options, next++, plan)
        underWay.push(pool.run<RunResult>('simulate', spec).then((result) => ({ spec, result })))
      }
      const played = await underWay.shift()
      if (!played) break
      runs++
      events += played.result.events
      virtualMs += played.result.virtualMs
      show(played, json)
      if (!played.result.ok) failed.push(played)
      if (failed.length > 0 && untilFail) break
    }
    await Promise.allSettled(underWay)
    const seconds = (performance.now() - startedAt) / 1000
    process.stderr.write(
      `${runs} seeds in ${seconds.toFixed(1)} s: ${failed.length} failed; ${Math.round((runs * 60) / seconds)} seeds a minute, ` +
        `${Math.round(events / seconds)} events a second, ${(virtualMs / 1000 / seconds).toFixed(1)} simulated seconds a second\n`,
    )
    return await ended(failed, options, true)
  } finally {
    await pool.close()
  }
}

/** Shows what was not shown yet, and makes the first failure smaller where that was asked for. */
async function ended(played: readonly Played[], { json = false, shrink = false }: SimOptions, shown = false): Promise<number> {
  if (!shown) for (const one of played) show(one, json)
  const first = played.find(({ result }) => !result.ok)
  if (!first) return exitCodes.ok
  if (shrink) {
    const { minimize } = await import('../../sim/minimize.js')
    const { spec, result, tries } = await minimize(first.spec, first.result, async (spec) => (await here(spec, false)).result)
    process.stderr.write(`the smallest of ${tries} runs that were tried:\n`)
    show({ spec, result }, json)
    if (result.plan && !json) process.stdout.write(`${formatPlan(result.plan)}\n`)
  }
  return exitCodes.failed
}

function show({ spec, result }: Played, json: boolean): void {
  print(result, json, ({ seed, ok, hash, events, virtualMs, message, strategy, faults }) =>
    [
      `seed ${seed}  ${ok ? 'ok' : 'FAILED'}  hash ${hash}  ${events} events  ${(virtualMs / 1000).toFixed(3)} s virtual${spec.strategy === strategy ? '' : `  ${strategy}`}`,
      ...(ok ? [] : [message, ...(faults ? [`faults: ${faults}`] : []), `replay: ${replayLine(spec)}`]),
    ].join('\n'),
  )
}

/** The command that plays this run again; its plan, where one was given, goes with it as a file. */
function replayLine({ seed, scenario, strategy, schedule, plan, mutants = [] }: RunSpec): string {
  const words = ['troupe sim', `--seed ${seed}`]
  if (scenario && scenario !== 'crashes') words.push(`--scenario ${scenario}`)
  if (schedule !== undefined) words.push(`--schedule '${schedule}'`)
  else if (strategy && strategy !== 'random') words.push(`--strategy ${strategy}`)
  if (plan) words.push('--plan FILE')
  if (mutants.length > 0) words.push(`--mutant ${mutants.join(' ')}`)
  return words.join(' ')
}
