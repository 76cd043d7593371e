/** How fast the simulator is: the scenario of `troupe sim`, ten seeds one after the other on one thread. */
import { setMaxListeners } from 'node:events'
import { nextTurn } from '../../src/kernel/thread/platform.js'
import { loadBehaviours } from '../../src/sim/behaviours.js'
import { type SimulationResult, simulate } from '../../src/sim/world.js'
import { report } from './report.js'

const seeds = 10

setMaxListeners(0)
await loadBehaviours()
const results: (SimulationResult & { readonly wallMs: number })[] = []
for (let seed = 1; seed <= seeds; seed++) {
  const startedAt = performance.now()
  const result = await simulate({ seed: `bench/${seed}`, turn: nextTurn })
  results.push({ ...result, wallMs: performance.now() - startedAt })
  if (!result.ok) process.stderr.write(`seed bench/${seed} did not end well: ${result.message}\n`)
}
const per = (wallMs: number, count: number) => (count * 1000) / wallMs
const total = (key: 'wallMs' | 'events' | 'virtualMs') => results.reduce((sum, result) => sum + result[key], 0)
const bench = 'sim'
report(
  { bench, what: 'simulated events per second of wall time', unit: '1/s', perSecond: per(total('wallMs'), total('events')) },
  results.map(({ wallMs, events }) => per(wallMs, events)),
)
report(
  { bench, what: 'virtual seconds per second of wall time', unit: '1/s', perSecond: per(total('wallMs'), total('virtualMs') / 1000) },
  results.map(({ wallMs, virtualMs }) => per(wallMs, virtualMs / 1000)),
)
report(
  { bench, what: 'one seed', unit: 'ms' },
  results.map(({ wallMs }) => wallMs),
)
