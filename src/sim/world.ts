/**
 * The whole cluster on one thread under a seed, and the scenario that is played on it: a Deployment is created; the store's
 * leader, then the API server, then a kubelet crash; in the end every pod must run.
 */
import type { Deployment } from '../api/types/apps-v1.js'
import { defined } from '../base/assert.js'
import { sleep } from '../base/clock.js'
import { CodedError, messageOf } from '../base/errors.js'
import type { LogRecord } from '../base/log.js'
import { createRandom } from '../base/random.js'
import type { Stage } from '../chaos/stage.js'
import { type Client, createClient } from '../client/client.js'
import { deployments, pods } from '../client/resources.js'
import { createActorTransport } from '../client/transport-actor.js'
import { resolveOptions } from '../cluster/options.js'
import { topology } from '../cluster/topology.js'
import type { Context } from '../kernel/context.js'
import type { NoProtocol } from '../kernel/protocol.js'
import { createSupervisor, type SupervisionEvent, type Supervisor, type TreeNode } from '../kernel/supervision/supervisor.js'
import type { StoreProtocol } from '../store/protocol.js'
import { describe } from '../trace/describe.js'
import type { TraceRecorder } from '../trace/recorder.js'
import { createScenery, loadBehaviours } from './behaviours.js'
import { createSimStage, type SimStageOptions } from './chaos-stage.js'
import { createSimHost, type SimHost } from './host.js'
import { createWire } from './link.js'
import type { Schedule } from './schedule/strategy.js'
import { createTimeline, type Timeline } from './timeline.js'

export interface SimulateOptions {
  readonly seed: string
  /** Resolves when all promise callbacks that can run have run: setImmediate, on Node. */
  readonly turn: () => Promise<void>
  readonly nodes?: number
  readonly replicas?: number
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

/** A scenario's hold on the world. */
export interface Stagehand {
  readonly context: Context
  readonly client: Client
  readonly supervisor: Supervisor
  /** For faults and plans: see src/chaos. */
  readonly stage: Stage
  /** Crashes an actor. Throws 'NoSuchActor'. */
  kill(name: string): void
  /** The replica that leads now; waits until there is one. */
  leader(): Promise<string>
  /** Waits until `check` holds; its errors count as "not yet". */
  until(what: string, check: () => Promise<boolean>): Promise<void>
}

/** Virtual time after which a run that is not done has failed. */
const virtualMsMax = 30 * 60_000
const eventsMax = 5_000_000

/** Plays the scenario; never rejects: what goes wrong is in the result. */
export async function simulate(
  options: SimulateOptions,
  scenario: (stage: Stagehand) => Promise<void> = crashesUnderDeployment,
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
  scenario: (stage: Stagehand) => Promise<void>,
): Promise<void> {
  const { seed, nodes = 3, replicas = 3, onLog } = options
  const listeners = new Set<(event: SupervisionEvent) => void>()
  const settings = resolveOptions({ name: 'sim', nodes, replicas, runtime: 'sim' })
  const supervisor = createSupervisor(topology(settings, { directory: '/sim', pki: noPki, port: 6443, runtimeSocket: '' }), {
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
      replicas,
      onSupervision: (listener) => {
        listeners.add(listener)
        return { cancel: () => void listeners.delete(listener) }
      },
      fault: (name, detail) => options.trace?.mark('fault', timeline.clock.monotonic(), name, detail),
    }),
  )
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

/** How long, in virtual time, a scenario waits for anything: far longer than any recovery takes. */
const patienceMs = 120_000
const pollMs = 20

interface Behind {
  readonly replicas: number
  readonly fault: (name: string, detail: string) => void
  readonly onSupervision: SimStageOptions['onSupervision']
}

async function createStagehand(host: SimHost, supervisor: Supervisor, { replicas, fault, onSupervision }: Behind): Promise<Stagehand> {
  let joined: Context | undefined
  await host.join<NoProtocol>('cluster', {
    role: 'cluster',
    init(own) {
      joined = own
      return {}
    },
  })
  const context = defined(joined, 'the scenario has joined the cast')
  const until = async (what: string, check: () => Promise<boolean>): Promise<void> => {
    let last = ''
    const deadline = context.clock.monotonic() + patienceMs
    for (;;) {
      try {
        if (await check()) return
      } catch (error) {
        last = messageOf(error)
      }
      if (context.clock.monotonic() > deadline)
        throw new CodedError('StartFailed', `${what}: not within ${patienceMs / 1000} s${last ? `: ${last}` : ''}`)
      await sleep(context.clock, pollMs)
    }
  }
  const transport = createActorTransport(context)
  return {
    context,
    stage: createSimStage({ context, clock: context.clock, supervisor, faults: host, transport, onSupervision }),
    client: createClient({ transport, clock: context.clock, userAgent: 'scenario' }),
    supervisor,
    until,
    kill(name) {
      const incarnation = supervisor.incarnation(name)
      if (!incarnation) throw new CodedError('NoSuchActor', `Cannot kill "${name}": no actor of this name`)
      fault(name, 'killed by the scenario')
      incarnation.kill('killed', 'killed by the scenario')
    },
    async leader() {
      let leader = ''
      await until('a leader', async () => {
        for (let id = 1; id <= replicas; id++) {
          const status = await context
            .actor<StoreProtocol>(`store-${id}`)
            .call('status', {}, { timeoutMs: 100 })
            .catch(() => undefined)
          if (status?.role === 'leader') leader = status.name
        }
        return leader !== ''
      })
      return leader
    },
  }
}

function workers(node: TreeNode): readonly TreeNode[] {
  return node.type === 'worker' ? [node] : node.children.flatMap(workers)
}

const replicasWanted = 6

/** The scenario of `troupe sim`. */
export async function crashesUnderDeployment({ context, client, supervisor, kill, leader, until }: Stagehand): Promise<void> {
  const web: Deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas: replicasWanted,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'web', image: 'busybox', command: ['sleep', 'infinity'] }] },
      },
    },
  }
  const pause = () => sleep(context.clock, context.random.between(0, 400))
  await until('the deployment is there', async () => {
    // A create whose answer was lost may have been done.
    const found = await client.get(deployments, 'web', { namespace: 'default' }).catch(() => undefined)
    return (found ?? (await client.create(deployments, web))) !== undefined
  })
  await pause()
  kill(await leader())
  await pause()
  kill('apiserver')
  await pause()
  kill(`kubelet-node-${context.random.between(1, 3)}`)
  await until('everybody is back', async () => {
    const restarts = workers(supervisor.tree()).map((worker) => (worker.state === 'running' ? worker.restarts : Number.NaN))
    return restarts.reduce((sum, count) => sum + count, 0) === 3
  })
  await until('all pods run', async () => {
    const { items } = await client.list(pods, { namespace: 'default' })
    const running = items.filter(
      ({ status, metadata }) =>
        status?.phase === 'Running' &&
        !metadata.deletionTimestamp &&
        status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    )
    if (items.length === replicasWanted && running.length === replicasWanted) return true
    throw new CodedError(
      'NotYet',
      items
        .map(
          ({ metadata, spec, status }) =>
            `${metadata.name} ${spec?.nodeName ?? '-'} ${status?.phase ?? '-'} ready=${status?.conditions?.find(({ type }) => type === 'Ready')?.status ?? '-'}`,
        )
        .join(', ') || 'no pods',
    )
  })
  await until('the deployment is complete', async () => {
    const { status } = await client.get(deployments, 'web', { namespace: 'default' })
    return status?.availableReplicas === replicasWanted
  })
}
