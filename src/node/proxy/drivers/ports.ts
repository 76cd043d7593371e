/** The real port of a proxy, as its configuration asks for it. */
import type { ProxyPorts } from '../actor.js'
import { createSimulatedForwarder } from '../forwarder.js'
import { createUserspaceForwarder } from './userspace.js'

export const proxyPorts: ProxyPorts = {
  forwarder: ({ runtime }, { clock }) =>
    runtime === 'sim' ? createSimulatedForwarder() : createUserspaceForwarder({ now: () => clock.monotonic() }),
}
