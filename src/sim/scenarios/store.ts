/**
 * The store alone, under faults drawn from the seed: clients write, compare and read a few keys, some replicas' past is read,
 * watches are open. Everything that was seen must be explained by one order of all operations, watches must keep etcd's
 * guarantees, and the replicas Raft's.
 */

import { sleep } from '../../base/clock.js'
import { codeOf } from '../../base/errors.js'
import type { FaultType } from '../../chaos/catalogue.js'
import { createHistoryRecorder } from '../../chaos/history.js'
import { createRaftMonitor } from '../../chaos/invariants/raft.js'
import {
  type RecordedEvent,
  recorded,
  type StoreInput,
  type StoreOutput,
  type StoreWatchRequest,
} from '../../chaos/invariants/store-history.js'
import { judgeStore } from '../../chaos/invariants/store-judge.js'
import { runPlan } from '../../chaos/nemesis.js'
import { randomPlan } from '../../chaos/random-plan.js'
import { isOutcomeUnknown } from '../../kernel/protocol.js'
import { createStoreClient, type StoreClient } from '../../store/client.js'
import type { RangeParams, StoreProtocol, TxnParams } from '../../store/protocol.js'
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

type Recorder = ReturnType<typeof createRecorder>
const createRecorder = (now: () => number) => createHistoryRecorder<StoreInput, StoreOutput, StoreWatchRequest, RecordedEvent>(now)

export const store: Scenario = {
  name: 'store',
  description: 'clients of the store alone under faults drawn from the seed: linearizability, watch guarantees, Raft',
  cast: 'store',
  async play(hand, { seed, plan: given, onPlan }) {
    const { context, stage, replicas } = hand
    const recorder = createRecorder(() => context.clock.monotonic())
    const raft = createRaftMonitor()
    const over = new AbortController()
    watch(hand, recorder, over.signal)
    for (const name of replicas) look(hand, name, raft, over.signal)
    const plan = given ?? randomPlan({ seed, stage: 'sim', actors: stage.actors(), durationMs: faultsMs, stepsMax, kinds })
    onPlan?.(plan)
    const working = Promise.all(
      Array.from({ length: clients }, (_, i) =>
        operate(hand, `client-${i + 1}`, createStoreClient(context, context.random.shuffle(replicas)), recorder),
      ),
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

/** One client: operations one after the other, at random. */
async function operate({ context }: Stagehand, name: string, client: StoreClient, recorder: Recorder): Promise<void> {
  const random = context.random.fork(name)
  for (let i = 0; i < operationsEach; i++) {
    await sleep(context.clock, random.between(1, (2 * faultsMs) / operationsEach))
    const value = new TextEncoder().encode(`${name}/${i}`)
    const key = random.pick(keys)
    if (random.chance(0.35)) await read(client, recorder, name, { key, ...(random.chance(0.3) ? { serializable: true } : {}) })
    else if (random.chance(0.2)) await write(client, recorder, name, { compare: [], success: [{ type: 'delete', key }], failure: [] })
    else if (random.chance(0.4)) await swap(client, recorder, name, key, value)
    else await write(client, recorder, name, { compare: [], success: [{ type: 'put', key, value }], failure: [] })
  }
}

/** Reads and writes if nothing has changed since. */
async function swap(client: StoreClient, recorder: Recorder, name: string, key: string, value: Uint8Array): Promise<void> {
  const found = await read(client, recorder, name, { key })
  if (!found) return
  const modRevision = found.items[0]?.modRevision ?? 0
  await write(client, recorder, name, {
    compare: [{ key, target: 'modRevision', is: '=', value: modRevision }],
    success: [{ type: 'put', key, value }],
    failure: [{ type: 'range', key }],
  })
}

async function read(client: StoreClient, recorder: Recorder, name: string, params: RangeParams) {
  const operation = recorder.called(name, { type: 'range', ...params })
  try {
    const result = await client.range(params, { timeoutMs: operationTimeoutMs })
    operation.ok({ type: 'range', ...recorded(result) })
    return result
  } catch {
    // A read that failed has read nothing.
    operation.failed()
    return undefined
  }
}

async function write(client: StoreClient, recorder: Recorder, name: string, params: TxnParams): Promise<void> {
  const operation = recorder.called(name, { type: 'txn', ...recorded(params) })
  try {
    operation.ok({ type: 'txn', ...recorded(await client.txn(params, { timeoutMs: operationTimeoutMs })) })
  } catch (error) {
    const code = codeOf(error)
    if (code === 'LeaderChanged' || isOutcomeUnknown(code)) operation.unknown()
    else operation.failed()
  }
}

/** A watch of all keys from the beginning. */
function watch({ context, replicas }: Stagehand, recorder: Recorder, signal: AbortSignal): void {
  const request = { key: 'k/', end: 'k0', startRevision: 1 }
  context.spawn('watch', async () => {
    const seen = recorder.watching('watcher', request)
    try {
      for await (const { revision, events } of createStoreClient(context, replicas).watch(request, { signal }))
        seen.received({ revision, events: recorded(events) as RecordedEvent[] })
      seen.closed()
    } catch (error) {
      seen.closed(codeOf(error))
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
      if (status) {
        const { id, role, term, commitIndex: commit, appliedIndex: applied, lastIndex, hash } = status
        const incarnation = context.running().find((address) => address.name === name)?.incarnation ?? 0
        raft.observe({
          timeMs: context.clock.monotonic(),
          id,
          incarnation,
          role: role === 'pre-candidate' ? 'preCandidate' : role,
          term,
          commit,
          applied,
          firstIndex: 1,
          lastIndex,
          stateHash: hash,
        })
      }
      await sleep(context.clock, lookEveryMs)
    }
  })
}
