/**
 * Three real replicas in the simulator, killed and cut off from power while clients work: their history is linearizable, their watches
 * keep all guarantees, and they keep Raft's. A store that answers reads from any replica's memory is caught.
 *
 *   CHECK_SEED=7 node dist/test/chaos/invariants/store-cluster.test.js    one seed again
 */
import t from 'tap'
import { sleep } from '../../../src/base/clock.js'
import type { Random } from '../../../src/base/random.js'
import { createHistoryRecorder } from '../../../src/chaos/history.js'
import { createRaftMonitor, observationOf, raftInvariants } from '../../../src/chaos/invariants/raft.js'
import { recordStore, type StoreRecorder } from '../../../src/chaos/invariants/recorded-store.js'
import { judgeStore } from '../../../src/chaos/invariants/store-judge.js'
import type { StoreClient } from '../../../src/store/client.js'
import type { StoreProtocol } from '../../../src/store/protocol.js'
import { bytes, type StoreWorld, storeWorld } from '../../support/store-world.js'

const only = process.env['CHECK_SEED']
const seeds = only === undefined ? [1, 2] : [Number(only)]

t.setTimeout(300_000)

type Store = Pick<StoreClient, 'range' | 'txn' | 'watch'>

/** Reads, writes, and changes what it has read, if nobody else has. */
async function work(store: Store, { clock }: StoreWorld, random: Random, until: () => boolean): Promise<void> {
  for (let i = 0; !until(); i++) {
    const key = `k/${random.below(4)}`
    try {
      const dice = random.float()
      if (dice < 0.3) await store.range({ key: 'k/', end: 'k0' }, { timeoutMs: 1000 })
      else if (dice < 0.5)
        await store.txn({ compare: [], success: [{ type: 'put', key, value: bytes(`${i}`) }], failure: [] }, { timeoutMs: 1000 })
      else if (dice < 0.6)
        await store.txn({ compare: [], success: [{ type: 'delete', key, previous: true }], failure: [] }, { timeoutMs: 1000 })
      else {
        const { items } = await store.range({ key }, { timeoutMs: 1000 })
        const value = items[0]?.modRevision ?? 0
        await store.txn(
          {
            compare: [{ key, target: 'modRevision', is: '=', value }],
            success: [{ type: 'put', key, value: bytes(`after ${value}`), previous: true }],
            failure: [{ type: 'range', key }],
          },
          { timeoutMs: 1000 },
        )
      }
    } catch {
      // What was asked is in the history, with what is known of it.
    }
    await sleep(clock, random.float() * 60)
  }
}

async function ordeal(world: StoreWorld, wrap: (store: StoreClient, client: string, recorder: StoreRecorder) => Store) {
  const { clock, client, random, names, kill, start, powerCut, running, status, context } = world
  const recorder: StoreRecorder = createHistoryRecorder(() => clock.monotonic())
  const raft = createRaftMonitor()
  const starts = new Map(names.map((name) => [name, 1]))
  let over = false
  const end = new AbortController()
  for (const [key, startRevision] of [
    ['k/', 2],
    ['k/', 0],
    ['k/1', 2],
  ] as const)
    context.spawn('watch', async () => {
      const watch = recordStore(client, `watch of ${key} from ${startRevision}`, recorder).watch(
        { key, end: 'k0', startRevision, previous: true },
        { signal: end.signal },
      )
      for await (const _ of watch) if (over) return
    })
  context.spawn('sampler', async () => {
    for (; !over; await sleep(clock, 25))
      for (const name of running()) {
        const incarnation = starts.get(name) ?? 0
        const seen = await status(name).catch(() => undefined)
        // A sample is of the life in which it was asked for, unless it ended meanwhile.
        if (seen && incarnation === starts.get(name)) raft.observe(observationOf(seen, { incarnation, timeMs: clock.monotonic() }))
      }
  })
  const clients = Array.from({ length: 5 }, (_, at) =>
    work(wrap(client, `client ${at}`, recorder), world, random.fork(`client ${at}`), () => over),
  )
  const restart = async (name: string): Promise<void> => {
    starts.set(name, (starts.get(name) ?? 0) + 1)
    await start(name)
  }
  for (let round = 0; round < 6; round++) {
    await sleep(clock, random.between(200, 800))
    const victim = random.pick(names)
    if (round === 3) {
      for (const name of names) starts.set(name, (starts.get(name) ?? 0) + 1)
      await powerCut()
    } else {
      kill(victim, random.chance(0.5))
      await sleep(clock, random.between(20, 400))
      await restart(victim)
    }
  }
  await sleep(clock, 1000)
  over = true
  await Promise.all(clients)
  end.abort()
  return { history: recorder.history(), raft: raft.violations }
}

t.test('replicas that die keep every promise', { timeout: 300_000 }, async (t) => {
  for (const seed of seeds) {
    const { result } = await storeWorld({ seed: `judged ${seed}` }, (world) => ordeal(world, recordStore))
    const { linearizability, violations } = judgeStore(result.history)
    const events = result.history.watches.flatMap(({ batches }) => batches.flatMap(({ events }) => events)).length
    t.equal(linearizability.verdict, 'ok', `seed ${seed}: ${result.history.operations.length} operations, ${linearizability.steps} steps`)
    t.same(violations, [], `seed ${seed}: ${events} events watched`)
    t.same(result.raft, [], `seed ${seed}: ${raftInvariants.length} invariants of Raft`)
    t.ok(events > 100, `seed ${seed}`)
  }
})

/** Mutant: reads are answered by whoever is asked, from what it has applied, and told as if they were the newest. */
function staleReads({ context, names, random }: StoreWorld) {
  const chance = random.fork('stale')
  return (store: StoreClient, client: string, recorder: StoreRecorder): Store =>
    recordStore(
      {
        ...store,
        range: (params, options) =>
          context
            .actor<StoreProtocol>(chance.pick(names))
            .call('range', { ...params, serializable: true }, { timeoutMs: options?.timeoutMs ?? 1000 }),
      },
      client,
      recorder,
    )
}

t.test('reads that need not be the newest are caught', { timeout: 300_000 }, async (t) => {
  const caught: string[] = []
  for (const seed of seeds) {
    const { result } = await storeWorld({ seed: `stale ${seed}` }, (world) => ordeal(world, staleReads(world)))
    const { violations } = judgeStore(result.history, { stepsMax: 200_000 })
    if (violations.some(({ invariant }) => invariant === 'Linearizable')) caught.push(`seed ${seed}`)
  }
  t.comment(`caught by ${caught.join(', ')}`)
  if (only === undefined) t.ok(caught.length > 0, 'some seed shows it')
})
