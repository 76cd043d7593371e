/** What a scenario holds in its hands: the cluster as its administrator sees it, the stage for faults, and patience in virtual time. */
import { defined } from '../base/assert.js'
import { sleep } from '../base/clock.js'
import { CodedError, messageOf } from '../base/errors.js'
import type { Stage } from '../chaos/stage.js'
import { type Client, createClient } from '../client/client.js'
import { createActorTransport } from '../client/transport-actor.js'
import type { Context } from '../kernel/context.js'
import type { NoProtocol } from '../kernel/protocol.js'
import type { Supervisor } from '../kernel/supervision/supervisor.js'
import type { StoreProtocol } from '../store/protocol.js'
import { createSimStage, type SimStageOptions } from './chaos-stage.js'
import type { SimHost } from './host.js'

/** A scenario's hold on the world. */
export interface Stagehand {
  readonly context: Context
  readonly client: Client
  readonly supervisor: Supervisor
  /** The names of the store's replicas. */
  readonly replicas: readonly string[]
  /** For faults and plans: see src/chaos. */
  readonly stage: Stage
  /** Crashes an actor. Throws 'NoSuchActor'. */
  kill(name: string): void
  /** The replica that leads now; waits until there is one. */
  leader(): Promise<string>
  /** Waits until `check` holds; its errors count as "not yet". */
  until(what: string, check: () => Promise<boolean>): Promise<void>
}

/** How long, in virtual time, a scenario waits for anything: far longer than any recovery takes. */
const patienceMs = 120_000
const pollMs = 20

interface Behind {
  readonly replicas: readonly string[]
  readonly fault: (name: string, detail: string) => void
  readonly onSupervision: SimStageOptions['onSupervision']
}

/** Joins the cast. `fault` is told of the scenario's own kills. */
export async function createStagehand(
  host: SimHost,
  supervisor: Supervisor,
  { replicas, fault, onSupervision }: Behind,
): Promise<Stagehand> {
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
    replicas,
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
        for (const name of replicas) {
          const status = await context
            .actor<StoreProtocol>(name)
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
