/** The fields of a Service that allocation reads and fills. */
import type { KubeObject } from '../../api/meta/object.js'
import type { ServiceSpec } from '../../api/types/core-v1.js'

/** The spec of a Service, to be changed in place; made when there is none. */
export function specOf(object: KubeObject): ServiceSpec {
  object.spec ??= {}
  return object.spec as ServiceSpec
}

export const headless = 'None'

export function isHeadless({ clusterIP, clusterIPs }: ServiceSpec): boolean {
  return clusterIP === headless || clusterIPs?.[0] === headless
}
export function isExternalName({ type }: ServiceSpec): boolean {
  return type === 'ExternalName'
}
export function needsClusterIp(spec: ServiceSpec): boolean {
  return !isExternalName(spec) && !isHeadless(spec)
}
export function needsNodePorts({ type, allocateLoadBalancerNodePorts }: ServiceSpec): boolean {
  return type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false)
}
/** Services whose node ports stay when they have some. */
export function mayHaveNodePorts({ type }: ServiceSpec): boolean {
  return type === 'NodePort' || type === 'LoadBalancer'
}
export function needsHealthCheckPort({ type, externalTrafficPolicy }: ServiceSpec): boolean {
  return type === 'LoadBalancer' && externalTrafficPolicy === 'Local'
}

/** The addresses and node ports that a Service holds. */
export function holdingsOf(spec: ServiceSpec): { addresses: string[]; ports: number[] } {
  const addresses = needsClusterIp(spec) ? (spec.clusterIPs ?? []).filter((address) => address !== '') : []
  const nodePorts = mayHaveNodePorts(spec) ? (spec.ports ?? []).map(({ nodePort }) => nodePort ?? 0) : []
  const health = needsHealthCheckPort(spec) ? (spec.healthCheckNodePort ?? 0) : 0
  return { addresses, ports: [...new Set([...nodePorts, health])].filter((port) => port > 0) }
}

/**
 * What a client left out of an update is as it was (patchAllocatedValues): clients send back Services that they wrote
 * before the server filled them in.
 */
export function carryOver(spec: ServiceSpec, old: ServiceSpec): void {
  if (needsClusterIp(old) && needsClusterIp(spec)) {
    const cleared = !spec.clusterIP || !spec.clusterIPs?.length
    const changed = spec.clusterIP !== old.clusterIP && sameList(spec.clusterIPs, old.clusterIPs)
    if (cleared && (!spec.clusterIP || spec.clusterIP === old.clusterIP)) {
      if (old.clusterIP) spec.clusterIP = old.clusterIP
      if (old.clusterIPs) spec.clusterIPs = [...old.clusterIPs]
    } else if (changed && spec.clusterIP) spec.clusterIPs = [spec.clusterIP, ...(spec.clusterIPs ?? []).slice(1)]
  }
  if (mayHaveNodePorts(old) && mayHaveNodePorts(spec)) carryPorts(spec, old)
  if (needsHealthCheckPort(old) && needsHealthCheckPort(spec) && !spec.healthCheckNodePort && old.healthCheckNodePort)
    spec.healthCheckNodePort = old.healthCheckNodePort
  if (isExternalName(spec) && !isExternalName(old)) {
    // The addresses go with the type, unless the client changed them too, which is for validation to refuse.
    if (spec.clusterIP === old.clusterIP) delete spec.clusterIP
    if (sameList(spec.clusterIPs, old.clusterIPs)) delete spec.clusterIPs
    delete spec.ipFamilies
    delete spec.ipFamilyPolicy
  }
}

function carryPorts(spec: ServiceSpec, old: ServiceSpec): void {
  const used = new Set((spec.ports ?? []).map(({ nodePort, protocol }) => `${nodePort}/${protocol}`))
  for (const port of spec.ports ?? []) {
    if (port.nodePort) continue
    const before = old.ports?.find((one) => one.port === port.port && one.protocol === port.protocol)
    if (before?.nodePort && !used.has(`${before.nodePort}/${port.protocol}`)) port.nodePort = before.nodePort
  }
}

function sameList(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return JSON.stringify(a ?? []) === JSON.stringify(b ?? [])
}
