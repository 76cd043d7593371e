/** Store replicas on the simulated stage, with disks that outlive them, for scenarios under a seed. */
import { type Clock, sleep } from '../../src/base/clock.js'
import type { LogRecord } from '../../src/base/log.js'
import type { Random } from '../../src/base/random.js'
import type { Behaviour } from '../../src/kernel/behaviour.js'
import type { Context } from '../../src/kernel/context.js'
import type { ExitReason, Incarnation } from '../../src/kernel/host.js'
import type { NoProtocol } from '../../src/kernel/protocol.js'
import { nextTurn } from '../../src/kernel/thread/platform.js'
import { createSimDisk, type SimDisk } from '../../src/sim/disk.js'
import { type Casting, createSimHost } from '../../src/sim/host.js'
import { createWire, type Wire } from '../../src/sim/link.js'
import { createTimeline, type Timeline } from '../../src/sim/timeline.js'
import { storeActor } from '../../src/store/actor.js'
import { createStoreClient, type StoreClient } from '../../src/store/client.js'
import type { StoreReplicaConfig } from '../../src/store/config.js'
import type { Operation, ReplicaStatus, StoreProtocol, TxnParams } from '../../src/store/protocol.js'

export interface StoreWorld {
  readonly timeline: Timeline
  readonly clock: Clock
  readonly random: Random
  readonly context: Context
  readonly client: StoreClient
  readonly names: readonly string[]
  readonly disks: ReadonlyMap<string, SimDisk>
  readonly logs: LogRecord[]
  /** Starts a replica; resolves when it is ready. */
  start(name: string): Promise<void>
  /** Ends the actor; `power`: its disk loses what was not synced. */
  kill(name: string, power?: boolean): void
  /** Ends all that run as one power cut, and starts them again. */
  powerCut(): Promise<void>
  status(name: string): Promise<ReplicaStatus>
  /** The name of the leader, once one is known to lead. */
  leader(): Promise<string>
  /** Resolves when all that run have applied the same, and says what. */
  converged(): Promise<ReplicaStatus[]>
  exits: { readonly name: string; readonly reason: ExitReason }[]
  running(): string[]
}

export interface WorldOptions {
  readonly seed: number | string
  readonly replicas?: number
  readonly settings?: Partial<StoreReplicaConfig>
  readonly virtualMs?: number
  readonly wire?: (timeline: Timeline) => Wire
}

/** Plays a scenario and returns what it returned, with the hash of the run. Throws what it threw, with the seed. */
export async function storeWorld<T>(
  options: WorldOptions,
  scenario: (world: StoreWorld) => Promise<T>,
): Promise<{ result: T; hash: string }> {
  const { seed, replicas = 3, settings = {}, virtualMs = 600_000 } = options
  const timeline = createTimeline({ seed, turn: nextTurn })
  const names = Array.from({ length: replicas }, (_, i) => `store-${i + 1}`)
  const peers = names.map((name, i) => ({ id: i + 1, name }))
  const disks = new Map(names.map((name) => [name, createSimDisk(timeline.random.fork(`disk/${name}`))]))
  const logs: LogRecord[] = []
  const exits: StoreWorld['exits'] = []
  const incarnations = new Map<string, Incarnation>()
  const diskOf = (name: string): SimDisk => disks.get(name) as SimDisk
  const host = createSimHost({
    timeline,
    wire: (options.wire ?? createWire)(timeline),
    onLog: (record) => logs.push(record),
    cast: (spec) => ({
      behaviour: storeActor as unknown as Casting['behaviour'],
      ports: { openDisk: async () => diskOf(spec.name).mount(timeline.clock) },
      ended: (reason) => {
        exits.push({ name: spec.name, reason })
        incarnations.delete(spec.name)
        diskOf(spec.name).detach()
      },
    }),
  })
  const start = async (name: string): Promise<void> => {
    const id = names.indexOf(name) + 1
    const config: StoreReplicaConfig = { id, peers, directory: name, ...settings }
    const incarnation = host.start({ role: 'store-replica', name, entry: 'store-replica', config })
    incarnations.set(name, incarnation)
    await incarnation.ready
  }
  const kill = (name: string, power = false): void => {
    incarnations.get(name)?.kill('killed', 'test')
    if (power) diskOf(name).crash()
  }

  const play = async (): Promise<T> => {
    let context: Context | undefined
    const self: Behaviour<NoProtocol, undefined, undefined> = {
      role: 'test',
      init(own) {
        context = own
        return {}
      },
    }
    await host.join('test', self)
    const own = context as unknown as Context
    await Promise.all(names.map(start))
    const clock = timeline.clock
    const status = (name: string): Promise<ReplicaStatus> => own.actor<StoreProtocol>(name).call('status', {})
    const running = (): string[] => names.filter((name) => incarnations.get(name)?.isReady)
    const world: StoreWorld = {
      timeline,
      clock,
      random: timeline.random.fork('scenario'),
      context: own,
      client: createStoreClient(own, names),
      names,
      disks,
      logs,
      start,
      kill,
      status,
      exits,
      running,
      async powerCut() {
        const all = running()
        for (const name of all) incarnations.get(name)?.kill('killed', 'power cut')
        for (const name of all) diskOf(name).crash()
        await Promise.all(all.map(start))
      },
      async leader() {
        for (;;) {
          for (const name of running()) {
            const one = await status(name).catch(() => undefined)
            if (one?.role === 'leader') return name
          }
          await sleep(clock, 20)
        }
      },
      async converged() {
        for (;;) {
          const all = await Promise.all(running().map((name) => status(name).catch(() => undefined)))
          const known = all.filter((one) => one !== undefined)
          const first = known[0]
          if (
            first &&
            known.length === running().length &&
            known.every((one) => one.appliedIndex === first.appliedIndex && one.lastIndex === first.appliedIndex)
          )
            return known
          await sleep(clock, 20)
        }
      },
    }
    return scenario(world)
  }
  let outcome: { result: T } | { error: unknown } | undefined
  play().then(
    (result) => (outcome = { result }),
    (error) => (outcome = { error }),
  )
  const finished = await timeline.run(() => outcome !== undefined, { virtualMs })
  if (!finished || !outcome)
    throw new Error(
      `the scenario did not end within ${virtualMs} virtual ms (seed ${seed}), ${exits.map(({ name, reason }) => `${name}: ${reason.message}`).join('; ')}`,
    )
  if ('error' in outcome)
    throw new Error(`seed ${seed}: ${String((outcome.error as Error)?.message ?? outcome.error)}`, { cause: outcome.error })
  return { result: outcome.result, hash: timeline.hash() }
}

/** A clock for tests without a timeline: everything is due in the next turn. */
export const turnClock: Clock = {
  now: () => 0,
  monotonic: () => 0,
  after(_delayMs, run) {
    const immediate = setImmediate(run)
    return { cancel: () => clearImmediate(immediate) }
  },
  every: () => ({ cancel: () => {} }),
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Bytes of a text, and back. */
export const bytes = (text: string): Uint8Array => encoder.encode(text)
export const text = (value: Uint8Array): string => decoder.decode(value)

/** A transaction without a condition. */
export const always = (...success: Operation[]): TxnParams => ({ compare: [], success, failure: [] })
export const put = (key: string, value: string): TxnParams => always({ type: 'put', key, value: bytes(value) })
