/**
 * The behaviour of one node's proxy: it follows Services, EndpointSlices and Nodes and has the forwarder apply the table
 * they make.
 *
 * All nodes of a cluster share one machine and its loopback addresses, so an address can be served by one proxy only. What
 * belongs to a node (NodePorts on its own address) its own proxy serves; what belongs to the cluster (Service addresses,
 * 127.0.0.1) is served by the first proxy in order of name that runs. When it dies the next one takes over, and hands back
 * when it returns; connections that exist stay where they are.
 */
import type { Node, Service } from '../../api/types/core-v1.js'
import type { EndpointSlice } from '../../api/types/discovery-v1.js'
import type { Timer } from '../../base/clock.js'
import { messageOf } from '../../base/errors.js'
import { createClient } from '../../client/client.js'
import { createEventRecorder } from '../../client/events.js'
import { createInformer } from '../../client/informer.js'
import { endpointSlices, nodes, services } from '../../client/resources.js'
import type { Transport } from '../../client/transport.js'
import { createActorTransport } from '../../client/transport-actor.js'
import type { Behaviour } from '../../kernel/behaviour.js'
import type { Context } from '../../kernel/context.js'
import type { NoProtocol } from '../../kernel/protocol.js'
import { createBalancer } from './balancer.js'
import type { Forwarder, ForwardProblem } from './forwarder.js'
import { forwardingTable, forwardKey, nodeRanges } from './rules.js'

export interface ProxyConfig {
  readonly node: string
  /** The node's own address, where its NodePorts are. */
  readonly nodeIp: string
  readonly runtime: 'process' | 'sim'
}

export interface ProxyPorts {
  forwarder(config: ProxyConfig, context: Context): Forwarder
  /** How it reaches the API; default: messages to the actor 'apiserver'. */
  transport?(config: ProxyConfig, context: Context): Transport
}

/** Changes are gathered for so long before a table is applied. */
const gatherMs = 10
/** An address that is still taken, by the proxy that is to let it go or by a stranger, is tried again after so long. */
const retryMsMin = 50
const retryMsMax = 5_000
/** How often it is looked up who serves the shared addresses; deaths are noticed at once besides. */
const leadershipMs = 250

export const proxyActor: Behaviour<NoProtocol, ProxyConfig, ProxyPorts> = {
  role: 'proxy',
  init(context, config, ports) {
    const { clock } = context
    const transport = ports.transport?.(config, context) ?? createActorTransport(context)
    const client = createClient({ transport, clock, userAgent: 'kube-proxy' })
    const forwarder = ports.forwarder(config, context)
    const balancer = createBalancer(context.random.fork('balancer'))
    const recorder = createEventRecorder({ context, client, component: 'kube-proxy', host: config.node })
    const serviceInformer = createInformer<Service>(context, client, services)
    const sliceInformer = createInformer<EndpointSlice>(context, client, endpointSlices)
    const nodeInformer = createInformer<Node>(context, client, nodes)
    const informers = [serviceInformer, sliceInformer, nodeInformer]
    const leadership = followLeadership(context, () => schedule(0))
    const reported = new Set<string>()
    let timer: Timer | undefined
    let timerAt = Number.POSITIVE_INFINITY
    let retryMs = retryMsMin

    function schedule(delayMs: number): void {
      const at = clock.monotonic() + delayMs
      if (context.signal.aborted || at >= timerAt) return
      timer?.cancel()
      timerAt = at
      timer = clock.after(delayMs, () => {
        timerAt = Number.POSITIVE_INFINITY
        apply().catch((error: unknown) => context.crash(error))
      })
    }
    async function apply(): Promise<void> {
      if (!informers.every((informer) => informer.hasSynced())) return schedule(gatherMs)
      balancer.setNodes(nodeRanges(nodeInformer.cache.list()), config.node)
      const table = forwardingTable({
        services: serviceInformer.cache.list(),
        slices: sliceInformer.cache.list(),
        node: config.node,
        nodeIp: config.nodeIp,
        shared: leadership.leads(),
      })
      const problems = await forwarder.apply(table, balancer)
      retryMs = problems.length ? Math.min(retryMs * 2, retryMsMax) : retryMsMin
      if (problems.length) schedule(retryMs)
      for (const problem of problems) report(problem)
    }
    function report({ forward, code, message }: ForwardProblem): void {
      const key = `${forwardKey(forward)} ${code}`
      // Taken for a moment is how a hand-over looks; only what lasts is told.
      if (reported.has(key) || (code === 'EADDRINUSE' && retryMs < 1_000)) return
      reported.add(key)
      context.log.warn('address not served', { address: forwardKey(forward), service: forward.service, error: message })
      const service = serviceInformer.cache.get(forward.service.split(':')[0] ?? '')
      if (service)
        recorder.event(service, 'Warning', 'FailedToBindAddress', `Cannot serve ${forwardKey(forward)} on this machine: ${message}`)
    }

    const changed = () => schedule(gatherMs)
    for (const informer of [serviceInformer, sliceInformer]) informer.addHandler({ add: changed, update: changed, delete: changed })
    nodeInformer.addHandler({ add: changed, delete: changed })
    context.spawn('services', () => serviceInformer.run())
    context.spawn('endpointslices', () => sliceInformer.run())
    context.spawn('nodes', () => nodeInformer.run())
    schedule(gatherMs)
    return {
      inspect: () => ({ shared: leadership.leads(), ...forwarder.inspect() }),
      async terminate() {
        timer?.cancel()
        leadership.stop()
        await forwarder.close().catch((error: unknown) => context.log.debug('forwarder not closed', { error: messageOf(error) }))
      },
    }
  },
}

/** Whether this proxy is the first of those that run, asked anew as they come and go. */
function followLeadership(context: Context, changed: () => void): { leads(): boolean; stop(): void } {
  const { self, clock } = context
  const lead = () => {
    const names = context
      .running()
      .filter(({ role }) => role === self.role)
      .map(({ name }) => name)
    return !names.some((name) => compareNames(name, self.name) < 0)
  }
  const watched = new Set<string>()
  let leading = lead()
  const look = () => {
    for (const { role, name } of context.running())
      if (role === self.role && name !== self.name && !watched.has(name) && compareNames(name, self.name) < 0) {
        watched.add(name)
        context.monitor(name, look)
      }
    if (lead() === leading) return
    leading = !leading
    changed()
  }
  const timer = clock.every(leadershipMs, look)
  look()
  return { leads: () => leading, stop: () => timer.cancel() }
}

/** By length first, so that proxy-node-2 comes before proxy-node-10. */
function compareNames(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0)
}
