/**
 * The behaviour of the scheduler's actor. It speaks to the API server as system:kube-scheduler and answers nothing but
 * inspection. Read next: scheduler.ts.
 */
import { createClient } from '../client/client.js'
import { createActorTransport } from '../client/transport-actor.js'
import type { Behaviour } from '../kernel/behaviour.js'
import type { NoProtocol } from '../kernel/protocol.js'
import { runScheduler, type SchedulerConfig } from './scheduler.js'

export type { SchedulerConfig } from './scheduler.js'

export const schedulerActor: Behaviour<NoProtocol, SchedulerConfig | undefined> = {
  role: 'scheduler',
  init(context, config) {
    const client = createClient({ transport: createActorTransport(context), clock: context.clock, userAgent: 'kube-scheduler' })
    const { inspect } = runScheduler({ context, client, config: config ?? {} })
    return { inspect }
  },
}
