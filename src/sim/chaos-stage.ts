/** The simulated world as the stage of chaos plans: the same faults, in virtual time. */
import type { Clock } from '../base/clock.js'
import type { Stage, StageEvent } from '../chaos/stage.js'
import type { StageActor } from '../chaos/vocabulary.js'
import type { Transport } from '../client/transport.js'
import type { Context } from '../kernel/context.js'
import type { FaultHost } from '../kernel/host.js'
import type { SupervisionEvent, Supervisor, TreeNode } from '../kernel/supervision/supervisor.js'
import type { StoreProtocol } from '../store/protocol.js'

export interface SimStageOptions {
  readonly context: Context
  readonly clock: Clock
  readonly supervisor: Supervisor
  readonly faults: FaultHost
  readonly transport: Transport
  /** Calls the listener with every event of the supervisors. */
  readonly onSupervision: (listener: (event: SupervisionEvent) => void) => { cancel(): void }
}

/** How long a replica may take to say whether it leads. */
const statusTimeoutMs = 100

export function createSimStage({ context, clock, supervisor, faults, transport, onSupervision }: SimStageOptions): Stage {
  return {
    name: 'sim',
    clock,
    faults,
    transport,
    actors: () => actorsOf(supervisor.tree()),
    async leader() {
      for (const { name, role } of actorsOf(supervisor.tree())) {
        if (role !== 'store-replica') continue
        const asked = context.actor<StoreProtocol>(name).call('status', {}, { timeoutMs: statusTimeoutMs })
        const status = await asked.catch(() => undefined)
        if (status?.role === 'leader') return status.name
      }
      return undefined
    },
    kill: (actor, message) => supervisor.incarnation(actor)?.kill('killed', message),
    onEvent: (listener) =>
      onSupervision(({ type, name, reason }) => {
        if (type !== 'running' && type !== 'ended' && type !== 'degraded') return
        const event: StageEvent = { type, actor: name, ...(reason ? { reason: `${reason.type}: ${reason.message}` } : {}) }
        listener(event)
      }),
  }
}

function actorsOf(node: TreeNode): StageActor[] {
  if (node.type === 'worker') return [{ name: node.name, role: node.role ?? '', running: node.state === 'running' }]
  return node.children.flatMap(actorsOf)
}
