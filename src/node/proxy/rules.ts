/**
 * From Services and EndpointSlices to one forwarding table: which addresses of this machine lead to which endpoints. Pure,
 * so that what the proxy does can be read off and tested without a socket (upstream: pkg/proxy/topology.go, servicechangetracker).
 *
 * A Service without usable endpoints has no entry: nobody listens, and a connection is refused at once.
 */
import type { Node, Service } from '../../api/types/core-v1.js'
import type { EndpointSlice } from '../../api/types/discovery-v1.js'

export type ForwardProtocol = 'TCP' | 'UDP'

export interface Target {
  readonly ip: string
  readonly port: number
  readonly node: string
}

/** One address that leads somewhere. */
export interface Forward {
  readonly protocol: ForwardProtocol
  readonly ip: string
  readonly port: number
  /** `namespace/name:port name`, for messages. */
  readonly service: string
  /** In order of address; never empty. */
  readonly targets: readonly Target[]
  /** 'client': only endpoints on the node the client is on; 'all': any. Endpoints on one fixed node are already chosen. */
  readonly reach: 'all' | 'client'
  /** Clients stick to their endpoint for so long after their last connection; 0: they do not. */
  readonly affinitySeconds: number
}

export interface TableInput {
  readonly services: readonly Service[]
  readonly slices: readonly EndpointSlice[]
  /** The node this proxy serves. */
  readonly node: string
  readonly nodeIp: string
  /** Whether this proxy serves what all nodes of the machine share: cluster addresses and 127.0.0.1. */
  readonly shared: boolean
}

export const serviceNameLabel = 'kubernetes.io/service-name'
const proxyNameLabel = 'service.kubernetes.io/service-proxy-name'
/** Where NodePorts are also reached, as users of a local cluster expect. */
const loopback = '127.0.0.1'

/** The table, in order of service and port. An address that two Services claim goes to the first by name. */
export function forwardingTable(input: TableInput): Forward[] {
  const slicesOf = new Map<string, EndpointSlice[]>()
  for (const slice of input.slices) {
    const name = slice.metadata.labels?.[serviceNameLabel]
    if (!name || slice.addressType !== 'IPv4') continue
    const key = `${slice.metadata.namespace}/${name}`
    slicesOf.set(key, [...(slicesOf.get(key) ?? []), slice])
  }
  const table = new Map<string, Forward>()
  const services = [...input.services].sort((a, b) => (serviceKey(a) < serviceKey(b) ? -1 : 1))
  for (const service of services)
    for (const forward of forwardsOf(service, slicesOf.get(serviceKey(service)) ?? [], input)) {
      const key = forwardKey(forward)
      if (!table.has(key)) table.set(key, forward)
    }
  return [...table.values()]
}

/** What makes two forwards claim the same address. */
export function forwardKey({ protocol, ip, port }: Pick<Forward, 'protocol' | 'ip' | 'port'>): string {
  return `${protocol}/${ip}:${port}`
}

function serviceKey({ metadata }: Service): string {
  return `${metadata.namespace}/${metadata.name}`
}

function forwardsOf(service: Service, slices: readonly EndpointSlice[], { node, nodeIp, shared }: TableInput): Forward[] {
  const { spec } = service
  if (!spec || spec.type === 'ExternalName' || !spec.clusterIP || spec.clusterIP === 'None' || service.metadata.labels?.[proxyNameLabel])
    return []
  const affinitySeconds = spec.sessionAffinity === 'ClientIP' ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800) : 0
  const result: Forward[] = []
  for (const { name = '', port, protocol = 'TCP', nodePort } of spec.ports ?? []) {
    if (protocol !== 'TCP' && protocol !== 'UDP') continue
    const { all, on } = targetsOf(slices, name, protocol)
    const add = (ip: string, at: number, targets: readonly Target[], reach: Forward['reach']) => {
      if (targets.length)
        result.push({ protocol, ip, port: at, service: `${serviceKey(service)}${name ? `:${name}` : ''}`, targets, reach, affinitySeconds })
    }
    const localOnly = spec.externalTrafficPolicy === 'Local'
    if (shared) {
      const internalLocal = spec.internalTrafficPolicy === 'Local'
      // Which endpoints are a client's own is known when it comes; on() must see terminating ones of its node as well.
      add(spec.clusterIP, port, internalLocal ? on(undefined) : all, internalLocal ? 'client' : 'all')
      const outside = [
        ...(spec.externalIPs ?? []),
        ...(service.status?.loadBalancer?.ingress ?? []).flatMap(({ ip, ipMode }) => (ip && ipMode !== 'Proxy' ? [ip] : [])),
      ]
      for (const ip of outside) add(ip, port, all, 'all')
      // 127.0.0.1 is every node's: with policy Local any node that has endpoints answers.
      if (nodePort) add(loopback, nodePort, all, 'all')
    }
    if (nodePort && nodeIp !== loopback) add(nodeIp, nodePort, localOnly ? on(node) : all, 'all')
  }
  return result
}

/** Endpoints of a port: ready ones, or where there is none those that still serve while they terminate (KEP-1669). */
function targetsOf(
  slices: readonly EndpointSlice[],
  portName: string,
  protocol: string,
): { readonly all: readonly Target[]; on(node: string | undefined): readonly Target[] } {
  const ready = new Map<string, Target>()
  const serving = new Map<string, Target>()
  for (const { endpoints = [], ports = [] } of slices) {
    const port = ports?.find((each) => (each.name ?? '') === portName && (each.protocol ?? 'TCP') === protocol)?.port
    if (!port) continue
    for (const { addresses, conditions = {}, nodeName = '' } of endpoints ?? []) {
      const ip = addresses[0]
      if (ip === undefined) continue
      const target: Target = { ip, port, node: nodeName }
      if (conditions.ready ?? true) ready.set(`${ip}:${port}`, target)
      else if ((conditions.serving ?? false) && conditions.terminating) serving.set(`${ip}:${port}`, target)
    }
  }
  const inOrder = (targets: Iterable<Target>) => [...targets].sort((a, b) => (a.ip < b.ip ? -1 : a.ip > b.ip ? 1 : a.port - b.port))
  const pick = (holds: (target: Target) => boolean) => {
    const good = [...ready.values()].filter(holds)
    return inOrder(good.length ? good : [...serving.values()].filter(holds))
  }
  const nodes = new Set([...ready.values(), ...serving.values()].map((target) => target.node))
  return {
    all: pick(() => true),
    on: (node) =>
      node === undefined
        ? inOrder([...nodes].flatMap((each) => pick((target) => target.node === each)))
        : pick((target) => target.node === node),
  }
}

/** Node name by pod range and address: where a client is. */
export interface NodeRange {
  readonly node: string
  readonly podCidr: string
}

/** The ranges of these nodes. */
export function nodeRanges(nodes: readonly Node[]): NodeRange[] {
  return nodes.flatMap(({ metadata, spec }) => (spec?.podCIDR ? [{ node: metadata.name, podCidr: spec.podCIDR }] : []))
}
