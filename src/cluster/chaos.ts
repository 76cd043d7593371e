/**
 * Chaos on a live cluster: plans and single faults, on its threads. What faults there are is src/chaos/catalogue.ts's,
 * how a plan is carried out nemesis.ts's; here is the stage they stand on.
 */
import type { Clock } from '../base/clock.js'
import { CodedError } from '../base/errors.js'
import type { Random } from '../base/random.js'
import type { Fault } from '../chaos/catalogue.js'
import { checkFault } from '../chaos/check-plan.js'
import { Injections, type RunOptions, runPlan } from '../chaos/nemesis.js'
import { parseFault, parsePlan, parsePlanText } from '../chaos/parse-plan.js'
import type { Plan } from '../chaos/plan.js'
import type { ChaosEvent, ChaosResult } from '../chaos/result.js'
import type { Stage, StageEvent } from '../chaos/stage.js'
import type { StageActor } from '../chaos/vocabulary.js'
import type { Transport } from '../client/transport.js'
import type { Context } from '../kernel/context.js'
import type { FaultHost } from '../kernel/host.js'
import type { SupervisionEvent, Supervisor, TreeNode } from '../kernel/supervision/supervisor.js'
import type { StoreProtocol } from '../store/protocol.js'
import { createEventStream } from './event-stream.js'

/** A plan being carried out: its events as they happen, and its result. */
export interface ChaosRun extends AsyncIterable<ChaosEvent> {
  /** Never rejects once the plan has begun; rejects with code 'InvalidPlan' when it cannot. */
  readonly result: Promise<ChaosResult>
}

export interface ClusterChaos {
  /**
   * Carries a plan out: an object, or YAML text. Throws code 'InvalidPlan' for one that cannot be read. While it goes on
   * a client writes, unless `workload` is false.
   */
  run(plan: unknown, options?: RunOptions): ChaosRun
  /** Puts one fault in force, or does it. Rejects with code 'InvalidPlan'. */
  inject(fault: unknown): Promise<{ readonly id: string; readonly actors: readonly string[] }>
  /** Ends a fault that was put in force; resolves with how often it acted. Rejects with code 'NoSuchFault'. */
  heal(id: string): Promise<number>
}

export interface ThreadStageOptions {
  readonly context: Context
  readonly clock: Clock
  readonly supervisor: () => Supervisor | undefined
  readonly faults: FaultHost
  readonly transport: Transport
  readonly http: NonNullable<Stage['http']>
  readonly command: NonNullable<Stage['command']>
}

export interface ThreadStage extends Stage {
  /** The supervisors' news are handed in here. */
  supervised(event: SupervisionEvent): void
}

/** How long a replica may take to say whether it leads. */
const statusTimeoutMs = 500

export function createThreadStage(options: ThreadStageOptions): ThreadStage {
  const { context, clock, supervisor, faults, transport, http, command } = options
  const listeners = new Set<(event: StageEvent) => void>()
  return {
    name: 'threads',
    clock,
    faults,
    transport,
    http,
    command,
    actors: () => actorsOf(supervisor()?.tree()),
    async leader() {
      const replicas = actorsOf(supervisor()?.tree()).filter(({ role }) => role === 'store-replica')
      const found = await Promise.all(
        replicas.map(({ name }) =>
          context
            .actor<StoreProtocol>(name)
            .call('status', {}, { timeoutMs: statusTimeoutMs })
            .catch(() => undefined),
        ),
      )
      return found.find((status) => status?.role === 'leader')?.name
    },
    kill: (actor, message) => supervisor()?.incarnation(actor)?.kill('killed', message),
    onEvent(listener) {
      listeners.add(listener)
      return { cancel: () => void listeners.delete(listener) }
    },
    supervised({ type, name, reason }) {
      if (type !== 'running' && type !== 'ended' && type !== 'degraded') return
      const event: StageEvent = { type, actor: name, ...(reason ? { reason: `${reason.type}: ${reason.message}` } : {}) }
      for (const listener of [...listeners]) listener(event)
    },
  }
}

/** The tree's workers, as plans know them. */
function actorsOf(node: TreeNode | undefined): StageActor[] {
  if (!node) return []
  if (node.type === 'worker') return [{ name: node.name, role: node.role ?? '', running: node.state === 'running' }]
  return node.children.flatMap(actorsOf)
}

export function createClusterChaos(stage: () => Stage | undefined, random: Random): ClusterChaos {
  let injections: Injections | undefined
  const running = (): Stage => {
    const found = stage()
    if (!found) throw new CodedError('NotRunning', 'Cannot cause chaos: the cluster does not run')
    return found
  }
  return {
    run(given, options = {}) {
      const plan: Plan = typeof given === 'string' ? parsePlanText(given) : parsePlan(given)
      const events = createEventStream<ChaosEvent>()
      // Reading begins now: whoever iterates later misses nothing.
      const reading = events[Symbol.asyncIterator]()
      const onEvent = (event: ChaosEvent): void => {
        events.push(event)
        options.onEvent?.(event)
      }
      const result = runPlan(running(), plan, { ...options, onEvent }).finally(() => events.close())
      result.catch(() => {})
      return { result, [Symbol.asyncIterator]: () => reading }
    },
    async inject(given) {
      const fault: Fault = parseFault(given)
      checkFault(fault, 'threads', running().actors())
      injections ??= new Injections(running(), random)
      const { id, actors } = await injections.add(fault)
      return { id, actors }
    },
    heal: async (id) => {
      injections ??= new Injections(running(), random)
      return injections.heal(id)
    },
  }
}
