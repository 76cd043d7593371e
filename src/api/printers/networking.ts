/** Rows of services, endpoints and what routes to them (pkg/printers/internalversion/printers.go). */
import type { KubeObject } from '../meta/object.js'
import type { Endpoints, LoadBalancerStatus, Service, ServicePort } from '../types/core-v1.js'
import type { EndpointSlice } from '../types/discovery-v1.js'
import type { Ingress, IngressClass, IPAddress, NetworkPolicy, ServiceCIDR } from '../types/networking-v1.js'
import { createdAgo, labelsCell, listCell, selectorCell } from './cells.js'

/** NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE SELECTOR. */
export function serviceRow(object: KubeObject, now: number): unknown[] {
  const { metadata, spec } = object as Service
  return [
    metadata.name,
    spec?.type ?? '',
    spec?.clusterIPs?.[0] ?? '<none>',
    externalIp(object as Service),
    (spec?.ports ?? []).map(portText).join(',') || '<none>',
    createdAgo(object, now),
    labelsCell(spec?.selector),
  ]
}

function portText({ port, nodePort, protocol = '' }: ServicePort): string {
  return nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`
}

function externalIp({ spec, status }: Service): string {
  const external = spec?.externalIPs ?? []
  switch (spec?.type) {
    case 'ClusterIP':
    case 'NodePort':
      return external.join(',') || '<none>'
    case 'LoadBalancer':
      return [...balancerAddresses(status?.loadBalancer), ...external].join(',') || '<pending>'
    case 'ExternalName':
      return spec.externalName ?? ''
    default:
      return '<unknown>'
  }
}

/** The addresses or names of a load balancer, each once, sorted. */
function balancerAddresses(status: Pick<LoadBalancerStatus, 'ingress'> | undefined): string[] {
  const addresses = (status?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || '')
  return [...new Set(addresses.filter((address) => address !== ''))].sort()
}

export function endpointsRow(object: KubeObject, now: number): unknown[] {
  const { metadata, subsets } = object as Endpoints
  return [metadata.name, endpointsText(subsets ?? []), createdAgo(object, now)]
}

function endpointsText(subsets: NonNullable<Endpoints['subsets']>): string {
  if (subsets.length === 0) return '<none>'
  const all = subsets.flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0 ? addresses.map(({ ip }) => ip) : ports.flatMap(({ port }) => addresses.map(({ ip }) => hostPort(ip, port))),
  )
  return listCell(all, '')
}

function hostPort(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`
}

export function endpointSliceRow(object: KubeObject, now: number): unknown[] {
  const { metadata, addressType, ports, endpoints } = object as unknown as EndpointSlice
  const numbers = (ports ?? []).map(({ port, name }) => (port === undefined ? (name ?? '*') : String(port)))
  const addresses = (endpoints ?? []).flatMap((endpoint) => endpoint.addresses)
  return [metadata.name, addressType, listCell(numbers, '<unset>'), listCell(addresses, '<unset>'), createdAgo(object, now)]
}

/** NAME CLASS HOSTS ADDRESS PORTS AGE. */
export function ingressRow(object: KubeObject, now: number): unknown[] {
  const { metadata, spec, status } = object as Ingress
  return [
    metadata.name,
    spec?.ingressClassName ?? '<none>',
    hosts(spec?.rules ?? []),
    balancerAddresses(status?.loadBalancer).join(','),
    spec?.tls?.length ? '80, 443' : '80',
    createdAgo(object, now),
  ]
}

/** The first three hosts; rules without one count among the rest. */
function hosts(rules: readonly { readonly host?: string | undefined }[]): string {
  const named: string[] = []
  for (const { host } of rules) {
    if (named.length === 3) return `${named.join(',')} + ${rules.length - 3} more...`
    if (host) named.push(host)
  }
  return named.join(',') || '*'
}

export function ingressClassRow(object: KubeObject, now: number): unknown[] {
  const { metadata, spec } = object as IngressClass
  const { kind = '', apiGroup, name = '' } = spec?.parameters ?? {}
  const parameters = spec?.parameters ? `${kind}${apiGroup === undefined ? '' : `.${apiGroup}`}/${name}` : '<none>'
  return [metadata.name, spec?.controller ?? '', parameters, createdAgo(object, now)]
}

export function networkPolicyRow(object: KubeObject, now: number): unknown[] {
  const { metadata, spec } = object as NetworkPolicy
  return [metadata.name, selectorCell(spec?.podSelector ?? {}), createdAgo(object, now)]
}

export function serviceCidrRow(object: KubeObject, now: number): unknown[] {
  const { metadata, spec } = object as ServiceCIDR
  return [metadata.name, (spec?.cidrs ?? []).join(','), createdAgo(object, now)]
}

/** NAME PARENTREF. */
export function ipAddressRow(object: KubeObject): unknown[] {
  const { metadata, spec } = object as unknown as IPAddress
  if (!spec.parentRef) return [metadata.name, '<none>']
  const { group, resource, namespace, name } = spec.parentRef
  const parent = [group ? `${resource}.${group}` : resource, namespace, name].filter((part) => part)
  return [metadata.name, parent.join('/')]
}
