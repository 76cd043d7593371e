/** The whole cluster on one thread under a seed, and the scenario that is played on it (scenarios/). */
import { messageOf } from '../base/errors.js'
import type { LogRecord } from '../base/log.js'
import { createRandom } from '../base/random.js'
import { resolveOptions } from '../cluster/options.js'
import { replicaNames, topology } from '../cluster/topology.js'
import type { ChildSpec, SupervisorSpec } from '../kernel/supervision/child-spec.js'
import { createSupervisor, type SupervisionEvent } from '../kernel/supervision/supervisor.js'
import { describe } from '../trace/describe.js'
import type { TraceRecorder } from '../trace/recorder.js'
import { createScenery, loadBehaviours } from './behaviours.js'
import { createSimHost, type SimHost } from './host.js'
import { createWire } from './link.js'
import { crashes } from './scenarios/crashes.js'
import type { Schedule } from './schedule/strategy.js'
import { createStagehand, type Stagehand } from './stagehand.js'
import { createTimeline, type Timeline } from './timeline.js'

export interface SimulateOptions {
  readonly seed: string
  /** Resolves when all promise callbacks that can run have run: setImmediate, on Node. */
  readonly turn: () => Promise<void>
  readonly nodes?: number
  readonly replicas?: number
  /** Bugs on purpose that the store's replicas have (docs/internals/mutants.md). Default none. */
  readonly mutants?: readonly string[] | undefined
  /** Who is on stage: the whole cluster (the default), or its store alone. */
  readonly cast?: 'cluster' | 'store'
  readonly onLog?: (record: LogRecord) => void
  /** The order of what is due at about the same time; by default the seed's. */
  readonly schedule?: Schedule | undefined
  /** Records the run: every message, start and death, and what is wrong at its end. */
  readonly trace?: TraceRecorder
}

export interface SimulationResult {
  readonly seed: string
  readonly ok: boolean
  /** Why not, when it is not ok. */
  readonly message: string
  /** Over everything that happened: the same seed gives the same one. */
  readonly hash: string
  readonly events: number
  readonly virtualMs: number
}

/** Virtual time after which a run that is not done has failed. */
const virtualMsMax = 30 * 60_000
const eventsMax = 5_000_000

/** Plays the scenario; never rejects: what goes wrong is in the result. */
export async function simulate(
  options: SimulateOptions,
  scenario: (hand: Stagehand) => Promise<void> = (hand) => crashes.play(hand, options),
): Promise<SimulationResult> {
  await loadBehaviours()
  const timeline = createTimeline(options)
  const scenery = createScenery(timeline)
  const { onLog, trace } = options
  const host = createSimHost({
    timeline,
    wire: createWire(timeline),
    cast: (spec) => scenery.cast(spec),
    ...(onLog ? { onLog } : {}),
    // What ends with the world is no event of the run.
    ...(trace ? { trace: { describe, stage: (event) => (over ? undefined : trace.stage(event)) } } : {}),
  })
  let over: { readonly ok: boolean; readonly message: string } | undefined
  play(timeline, host, options, scenario).then(
    () => {
      over = { ok: true, message: '' }
    },
    (error) => {
      over = { ok: false, message: messageOf(error) }
    },
  )
  const done = await timeline.run(() => over !== undefined, { virtualMs: virtualMsMax, events: eventsMax })
  over ??= { ok: false, message: 'the scenario did not end' }
  const { ok, message } = done ? over : { ok: false, message: 'the scenario did not end' }
  if (!ok) trace?.mark('violation', timeline.clock.monotonic(), 'cluster', message)
  const result = {
    seed: options.seed,
    ok,
    message,
    hash: timeline.hash(),
    events: timeline.events,
    virtualMs: Math.round(timeline.clock.monotonic()),
  }
  // A sweep plays many worlds on one thread: this one must not linger in what still waits in it.
  host.close()
  await options.turn()
  return result
}

async function play(
  timeline: Timeline,
  host: SimHost,
  options: SimulateOptions,
  scenario: (hand: Stagehand) => Promise<void>,
): Promise<void> {
  const { seed, nodes = 3, replicas = 3, onLog } = options
  const listeners = new Set<(event: SupervisionEvent) => void>()
  // Elections are what the store alone is played for: the more of them the better.
  const raftProfile = options.cast === 'store' ? 'fast' : 'default'
  const settings = resolveOptions({ name: 'sim', nodes, replicas, runtime: 'sim', raftProfile })
  const whole = topology(settings, { directory: '/sim', pki: noPki, port: 6443, runtimeSocket: '' })
  const supervisor = createSupervisor(withMutants(options.cast === 'store' ? storeOf(whole) : whole, options.mutants ?? []), {
    host,
    clock: timeline.clock,
    random: createRandom(`${seed}/supervisor`),
    onEvent: (event) => {
      const { at, type, name, incarnation, reason } = event
      onLog?.({ at, level: 'info', actor: 'supervisor', message: `${name} ${type}`, fields: { incarnation, reason: reason?.message } })
      for (const listener of [...listeners]) listener(event)
    },
  })
  await supervisor.start()
  await scenario(
    await createStagehand(host, supervisor, {
      replicas: replicaNames(replicas),
      onSupervision: (listener) => {
        listeners.add(listener)
        return { cancel: () => void listeners.delete(listener) }
      },
      fault: (name, detail) => options.trace?.mark('fault', timeline.clock.monotonic(), name, detail),
    }),
  )
}

/** The same tree with the store alone. */
function storeOf(whole: SupervisorSpec): SupervisorSpec {
  return { ...whole, children: whole.children.filter((child) => child.type === 'supervisor' && child.name === 'store') }
}

/** The same tree with these bugs in the store's replicas. */
function withMutants(tree: SupervisorSpec, mutants: readonly string[]): SupervisorSpec {
  if (mutants.length === 0) return tree
  const mutate = (child: ChildSpec): ChildSpec => {
    if (child.type === 'supervisor') return withMutants(child, mutants)
    if (child.start.role !== 'store-replica') return child
    return { ...child, start: { ...child.start, config: { ...(child.start.config as object), mutants } } }
  }
  return { ...tree, children: tree.children.map(mutate) }
}

/** Nobody checks a certificate here; the key only has to be the same for all API servers of the world. */
const noPki = {
  caCertificate: 'simulated',
  caKey: '',
  serverCertificate: '',
  serverKey: '',
  adminCertificate: '',
  adminKey: '',
  serviceAccountKey: 'simulated',
}
