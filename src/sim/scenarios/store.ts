/**
 * The store alone, under faults drawn from the seed: clients write, compare and read a few keys, some replicas' past is read,
 * a watch is open. Everything that was seen must be explained by one order of all operations, watches must keep etcd's
 * guarantees, and the replicas Raft's.
 */

import { sleep } from '../../base/clock.js'
import type { FaultType } from '../../chaos/catalogue.js'
import { createHistoryRecorder } from '../../chaos/history.js'
import { createRaftMonitor, observationOf } from '../../chaos/invariants/raft.js'
import { recordStore, type StoreRecorder } from '../../chaos/invariants/recorded-store.js'
import type { RecordedEvent, StoreInput, StoreOutput, StoreWatchRequest } from '../../chaos/invariants/store-history.js'
import { judgeStore } from '../../chaos/invariants/store-judge.js'
import { runPlan } from '../../chaos/nemesis.js'
import { randomPlan } from '../../chaos/random-plan.js'
import { createStoreClient } from '../../store/client.js'
import type { Operation, RangeParams, StoreProtocol, TxnParams } from '../../store/protocol.js'
import type { Stagehand } from '../stagehand.js'
import { mustHold, mustPass, type Scenario } from './scenario.js'

const clients = 6
const operationsEach = 120
const keys = ['a', 'b', 'c', 'd'].map((name) => `k/${name}`)
const faultsMs = 6_000
const stepsMax = 14
const operationTimeoutMs = 1_000
const lookEveryMs = 20

const kinds: readonly FaultType[] = [
  'kill',
  'hang',
  'pause',
  'slow',
  'restart-storm',
  'delay',
  'reorder',
  'drop',
  'duplicate',
  'clog',
  'partition',
  'disk-torn-write',
  'disk-slow',
]

type Recorded = ReturnType<typeof recordStore>

export const store: Scenario = {
  name: 'store',
  description: 'clients of the store alone under faults drawn from the seed: linearizability, watch guarantees, Raft',
  cast: 'store',
  async play(hand, { seed, plan: given, onPlan }) {
    const { context, stage, replicas } = hand
    const recorder = createHistoryRecorder<StoreInput, StoreOutput, StoreWatchRequest, RecordedEvent>(() => context.clock.monotonic())
    const raft = createRaftMonitor()
    const over = new AbortController()
    watch(hand, recorder, over.signal)
    for (const name of replicas) look(hand, name, raft, over.signal)
    const plan = given ?? randomPlan({ seed, stage: 'sim', actors: stage.actors(), durationMs: faultsMs, stepsMax, kinds })
    onPlan?.(plan)
    const names = Array.from({ length: clients }, (_, i) => `client-${i + 1}`)
    const working = Promise.all(
      names.map((name) => operate(hand, name, recordStore(createStoreClient(context, context.random.shuffle(replicas)), name, recorder))),
    )
    mustPass(await runPlan(stage, plan, { workload: false }))
    await working
    await hand.until('a read after all faults', async () => (await createStoreClient(context, replicas).readRevision()) > 0)
    // What the watches have not seen yet is on its way.
    await sleep(context.clock, 2_000)
    over.abort()
    const judgement = judgeStore(recorder.history())
    mustHold([...raft.violations, ...judgement.violations])
  },
}

/** One client: operations one after the other, at random. What is not answered is recorded, and no reason to end. */
async function operate({ context }: Stagehand, name: string, client: Recorded): Promise<void> {
  const random = context.random.fork(name)
  const options = { timeoutMs: operationTimeoutMs }
  const read = (params: RangeParams) => client.range(params, options).catch(() => undefined)
  const write = (params: TxnParams) => client.txn(params, options).catch(() => undefined)
  for (let i = 0; i < operationsEach; i++) {
    await sleep(context.clock, random.between(1, (2 * faultsMs) / operationsEach))
    const key = random.pick(keys)
    const put: Operation = { type: 'put', key, value: new TextEncoder().encode(`${name}/${i}`) }
    if (random.chance(0.35)) await read({ key, ...(random.chance(0.3) ? { serializable: true } : {}) })
    else if (random.chance(0.2)) await write({ compare: [], success: [{ type: 'delete', key }], failure: [] })
    else if (random.chance(0.4)) {
      // Reads, and writes if nothing has changed since.
      const found = await read({ key })
      if (!found) continue
      const value = found.items[0]?.modRevision ?? 0
      await write({ compare: [{ key, target: 'modRevision', is: '=', value }], success: [put], failure: [{ type: 'range', key }] })
    } else await write({ compare: [], success: [put], failure: [] })
  }
}

/** A watch of all keys from the beginning. */
function watch({ context, replicas }: Stagehand, recorder: StoreRecorder, signal: AbortSignal): void {
  const store = recordStore(createStoreClient(context, replicas), 'watcher', recorder)
  context.spawn('watch', async () => {
    try {
      for await (const _ of store.watch({ key: 'k/', end: 'k0', startRevision: 1 }, { signal }));
    } catch {
      // How it ended is recorded.
    }
  })
}

/** What the replica shows of itself, every little while. */
function look({ context }: Stagehand, name: string, raft: ReturnType<typeof createRaftMonitor>, signal: AbortSignal): void {
  context.spawn(`look at ${name}`, async () => {
    while (!signal.aborted) {
      const status = await context
        .actor<StoreProtocol>(name)
        .call('status', {}, { timeoutMs: 500 })
        .catch(() => undefined)
      const incarnation = context.running().find((address) => address.name === name)?.incarnation ?? 0
      if (status) raft.observe(observationOf(status, { incarnation, timeMs: context.clock.monotonic() }))
      await sleep(context.clock, lookEveryMs)
    }
  })
}
