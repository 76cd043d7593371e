/** The same scenario on both stages: on worker threads in real time, and in the simulator under a seed. */
import type { Test } from 'tap'
import { sleep } from '../../src/base/clock.js'
import { createRandom } from '../../src/base/random.js'
import type { Context } from '../../src/kernel/context.js'
import type { Host, StartSpec } from '../../src/kernel/host.js'
import type { HostEvent, HostInsight } from '../../src/kernel/host-insight.js'
import type { OversightOptions } from '../../src/kernel/oversight.js'
import type { ChildSpec, SupervisorSpec, WorkerSpec } from '../../src/kernel/supervision/child-spec.js'
import { createSupervisor, type SupervisionEvent, type Supervisor } from '../../src/kernel/supervision/supervisor.js'
import { createThreadHost, type ThreadHostOptions } from '../../src/kernel/thread/host.js'
import { createSystemClock, nextTurn } from '../../src/kernel/thread/platform.js'
import { type Casting, createSimHost } from '../../src/sim/host.js'
import { createWire } from '../../src/sim/link.js'
import { createTimeline } from '../../src/sim/timeline.js'
import { type EchoProtocol, echoActor } from '../support/echo.js'
import { createObserver } from '../support/observer.js'

export interface Stage {
  readonly name: 'threads' | 'sim'
  /** The test's own place in the cast. */
  readonly context: Context
  readonly supervisor: Supervisor
  readonly host: Host & HostInsight
  /** Everything supervisor and host have told so far. */
  readonly events: readonly (SupervisionEvent | HostEvent)[]
  echo(name: string): ReturnType<typeof echoOf>
  /** Waits until `check` holds; fails after a minute of the stage's time. */
  until(what: string, check: () => unknown): Promise<void>
  /** Resolves when it is dead. */
  kill(name: string): Promise<unknown>
}

const echoOf = (context: Context, name: string) => context.actor<EchoProtocol>(name)

export interface StageOptions {
  readonly oversight?: OversightOptions
  readonly hangMs?: number
  readonly more?: Partial<ThreadHostOptions>
  readonly seed?: number
  /** The supervisor is not started by the stage. */
  readonly unstarted?: boolean
}

export const worker = (name: string, more: Partial<WorkerSpec> = {}, start: Partial<StartSpec> = {}): WorkerSpec => ({
  type: 'worker',
  start: { role: 'test', name, entry: 'echo', config: {}, ...start },
  restart: 'permanent',
  shutdownMs: 1_000,
  startMs: 5_000,
  ...more,
})

export const tree = (children: readonly ChildSpec[], more: Partial<SupervisorSpec> = {}): SupervisorSpec => ({
  type: 'supervisor',
  name: 'root',
  strategy: 'one-for-one',
  intensity: 20,
  periodMs: 5_000,
  backoff: { minMs: 0, maxMs: 1_000, jitter: 0.2, resetAfterMs: 10_000 },
  order: 'parallel',
  children,
  ...more,
})

type Scenario = (stage: Stage) => Promise<void>

async function play(
  name: Stage['name'],
  spec: SupervisorSpec,
  host: Host & HostInsight & { join: ReturnType<typeof createThreadHost>['join'] },
  events: (SupervisionEvent | HostEvent)[],
  clock: Parameters<typeof createSupervisor>[1]['clock'],
  { seed = 1, unstarted = false }: StageOptions,
  scenario: Scenario,
): Promise<void> {
  const supervisor = createSupervisor(spec, { host, clock, random: createRandom(seed), onEvent: (event) => events.push(event) })
  const self = createObserver()
  const guest = await host.join('test', self.behaviour)
  const context = self.context()
  if (!unstarted) await supervisor.start()
  const until: Stage['until'] = async (what, check) => {
    const deadline = context.clock.monotonic() + 60_000
    while (!(await check())) {
      if (context.clock.monotonic() > deadline) throw new Error(`${what}: not within a minute; ${JSON.stringify(events.slice(-10))}`)
      await sleep(context.clock, 5)
    }
  }
  if (!unstarted)
    await until('everybody is known', () => supervisor.names().every((one) => context.running().some((actor) => actor.name === one)))
  await scenario({
    name,
    context,
    supervisor,
    host,
    events,
    until,
    echo: (actor) => echoOf(context, actor),
    async kill(actor) {
      supervisor.incarnation(actor)?.kill('killed', 'test')
      await supervisor.incarnation(actor)?.exit
    },
  })
  await supervisor.stop()
  await guest.leave()
}

/** On threads. */
export async function onThreads(spec: SupervisorSpec, options: StageOptions, scenario: Scenario): Promise<void> {
  const events: (SupervisionEvent | HostEvent)[] = []
  const host = createThreadHost({
    entryOf: (entry) => new URL(`../support/actors/${entry}.js`, import.meta.url),
    seed: '1',
    watchdog: { hangMs: options.hangMs ?? 500 },
    heapMiBDefault: 64,
    ...options.more,
    oversight: { ...options.oversight, onEvent: (event) => events.push(event) },
  })
  try {
    await play('threads', spec, host, events, createSystemClock(), options, scenario)
  } finally {
    await host.close()
  }
}

/** In the simulator; the hash of the run. */
export async function inSim(spec: SupervisorSpec, options: StageOptions, scenario: Scenario): Promise<string> {
  const events: (SupervisionEvent | HostEvent)[] = []
  const timeline = createTimeline({ seed: options.seed ?? 1, turn: nextTurn })
  const host = createSimHost({
    timeline,
    wire: createWire(timeline),
    cast: () => ({ behaviour: echoActor as unknown as Casting['behaviour'], ports: {} }),
    oversight: { ...options.oversight, onEvent: (event) => events.push(event) },
  })
  let over: { error?: unknown } | undefined
  play('sim', spec, host, events, timeline.clock, options, scenario).then(
    () => {
      over = {}
    },
    (error) => {
      over = { error }
    },
  )
  const finished = await timeline.run(() => over !== undefined, { virtualMs: 3_600_000, events: 2_000_000 })
  host.close()
  if (over?.error) throw over.error
  if (!finished) throw new Error('the scenario did not end')
  return timeline.hash()
}

/** One test per stage. */
export function onBothStages(
  t: Test,
  what: string,
  spec: SupervisorSpec,
  options: StageOptions,
  scenario: (t: Test, stage: Stage) => Promise<void>,
): void {
  void t.test(`${what} (threads)`, (t) => onThreads(spec, options, (stage) => scenario(t, stage)))
  void t.test(`${what} (sim)`, async (t) => {
    await inSim(spec, options, (stage) => scenario(t, stage))
  })
}
