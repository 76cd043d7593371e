/** The whole cluster under a hundred seeds, over all cores; a run is decided by its seed. */
import { availableParallelism } from 'node:os'
import t from 'tap'
import { jobsEntry } from '../../src/cluster/entries.js'
import { createJobPool } from '../../src/kernel/thread/pool.js'
import type { SimulationResult } from '../../src/sim/world.js'

const first = Number(process.env['SEED'] ?? 1)
const count = Number(process.env['SEEDS'] ?? 100)

t.test('a cluster survives the crash of its leader, its API server and a kubelet', { timeout: 900_000 }, async (t) => {
  const pool = createJobPool({ entry: jobsEntry, threadsMax: availableParallelism(), queueMax: count + 10 })
  const run = (seed: number) => pool.run<SimulationResult>('simulate', { seed: String(seed) })
  const seeds = Array.from({ length: count }, (_, i) => first + i)
  const results = await Promise.all(seeds.map(run))
  const failed = results.filter(({ ok }) => !ok)
  t.same(
    failed.map(({ seed, message }) => `${message}; replay: npm run sim -- --seed ${seed}`),
    [],
  )
  t.equal(new Set(results.map(({ hash }) => hash)).size, count, 'every seed is a run of its own')

  const again = await Promise.all(seeds.slice(0, 10).map(run))
  t.same(
    again.map(({ hash }) => hash),
    results.slice(0, 10).map(({ hash }) => hash),
    'the same seed gives the same run',
  )
  await pool.close()
})
