/**
 * The scenarios under drawn faults, over the portfolio of strategies: all promises hold; with a bug on purpose they do not,
 * and the run that shows it is replayed and made smaller. SEED and SEEDS choose others.
 */

import { setMaxListeners } from 'node:events'
import { availableParallelism } from 'node:os'
import t from 'tap'
import { jobsEntry } from '../../src/cluster/entries.js'
import { nextTurn } from '../../src/kernel/thread/platform.js'
import { createJobPool, type JobPool } from '../../src/kernel/thread/pool.js'
import { minimize } from '../../src/sim/minimize.js'
import { playRun, type RunResult, type RunSpec } from '../../src/sim/run.js'

const first = Number(process.env['SEED'] ?? 1)
const count = Number(process.env['SEEDS'] ?? 6)
setMaxListeners(0)

const play = (spec: RunSpec) => playRun(spec, { turn: nextTurn })
const specs = (scenario: string, seeds: number): RunSpec[] =>
  Array.from({ length: seeds }, (_, i) => ({ seed: String(first + i), scenario, strategy: 'portfolio' }))

let pool: JobPool
t.before(() => {
  pool = createJobPool({ entry: jobsEntry, threadsMax: availableParallelism() })
})
t.teardown(() => pool.close())

for (const [scenario, share] of [
  ['store', 1],
  ['storm', 0.5],
] as const)
  t.test(`${scenario}: every promise holds`, { timeout: 300_000 }, async (t) => {
    const all = specs(scenario, Math.ceil(count * share))
    const results = await Promise.all(all.map((spec) => pool.run<RunResult>('simulate', spec)))
    t.same(
      results
        .filter(({ ok }) => !ok)
        .map(({ seed, message }) => `${message}; replay: npm run sim -- --seed ${seed} --scenario ${scenario} --strategy portfolio`),
      [],
    )
    const [again] = await Promise.all(all.slice(0, 1).map(play))
    t.equal(again?.hash, results[0]?.hash, 'the same spec is the same run')
  })

t.test('a member that votes twice is found, and the run made smaller', { timeout: 300_000 }, async (t) => {
  const mutants = ['votes-twice']
  let found: { spec: RunSpec; result: RunResult } | undefined
  for (const spec of specs('store', 60).slice(10)) {
    const result = await play({ ...spec, mutants })
    if (!result.ok) {
      found = { spec: { ...spec, mutants }, result }
      break
    }
  }
  if (!found) throw new Error('no seed found it')
  t.match(found.result.message, /ElectionSafety|StateMachineSafety/, `seed ${found.spec.seed}`)
  t.equal((await play(found.spec)).hash, found.result.hash, 'it fails again, in the same way')
  const { spec, result } = await minimize(found.spec, found.result, play, 12)
  t.notOk(result.ok)
  t.ok((result.plan?.steps.length ?? 0) <= (found.result.plan?.steps.length ?? 0), `${result.plan?.steps.length} steps are left`)
  t.equal((await play(spec)).hash, result.hash, 'and so does the smaller one')
  const sound = await play({ ...found.spec, mutants: [] })
  t.equal(sound.ok, true, 'without the bug the same seed passes')
})

t.test('a bug, a scenario or a strategy that there is not is refused, not left out', async (t) => {
  for (const spec of [{ mutants: ['votes-thrice'] }, { scenario: 'calm' }, { strategy: 'fast' }])
    await t.rejects(play({ seed: '1', ...spec }), { code: 'InvalidOption' })
})
