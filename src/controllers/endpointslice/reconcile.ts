/**
 * The EndpointSlices a Service should have, and the least that turns those it has into them
 * (staging/src/k8s.io/endpointslice reconciler.go), pure.
 *
 * Endpoints are filed by address type and by the ports they are reached at, since named target ports may differ from
 * pod to pod. Endpoints stay in the slice they are in; new ones fill slices up; full ones are followed by new ones.
 */
import type { Node, Pod, Service } from '../../api/types/core-v1.js'
import type { Endpoint, EndpointPort, EndpointSlice } from '../../api/types/discovery-v1.js'
import { semanticallyEqual } from '../framework/equality.js'
import { controllerReference } from '../framework/ownership.js'
import { isPodReady } from '../framework/pods.js'
import { endpointHostname, isEndpointPod, isHeadless, isIpv6, podIps, targetPortOf } from '../framework/service-endpoints.js'

export const serviceNameLabel = 'kubernetes.io/service-name'
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by'
export const managedBy = 'endpointslice-controller.k8s.io'
const headlessLabel = 'service.kubernetes.io/headless'
const zoneLabel = 'topology.kubernetes.io/zone'
/** --max-endpoints-per-slice. */
const endpointsPerSliceMax = 100

export interface ObservedService {
  readonly service: Service
  /** Those its selector selects. */
  readonly pods: readonly Pod[]
  readonly nodeOf: (name: string) => Node | undefined
  /** Those it has and this controller manages. */
  readonly slices: readonly EndpointSlice[]
}

export interface SlicePlan {
  readonly create: readonly EndpointSlice[]
  readonly update: readonly EndpointSlice[]
  readonly remove: readonly EndpointSlice[]
}

type AddressType = 'IPv4' | 'IPv6'

/** Endpoints that share their ports. */
interface PortGroup {
  readonly ports: EndpointPort[]
  readonly endpoints: Map<string, Endpoint>
}

export function planSlices(observed: ObservedService): SlicePlan {
  const { service, slices } = observed
  const create: EndpointSlice[] = []
  const update: EndpointSlice[] = []
  const remove: EndpointSlice[] = []
  const types = addressTypesOf(service)
  for (const slice of slices) if (!types.includes(slice.addressType as AddressType)) remove.push(slice)
  for (const type of types) {
    const existing = slices.filter(({ addressType }) => addressType === type)
    const groups = groupByPorts(observed, type)
    if (groups.size === 0) groups.set('', { ports: [], endpoints: new Map() })
    const unused = new Set(existing)
    for (const [key, group] of groups) {
      const ofGroup = existing.filter((slice) => portsKey(slice.ports ?? []) === key)
      for (const slice of ofGroup) unused.delete(slice)
      const plan = planGroup(service, type, group, ofGroup)
      create.push(...plan.create)
      update.push(...plan.update)
      remove.push(...plan.remove)
    }
    remove.push(...unused)
  }
  return { create, update, remove }
}

/** Address types of the Service's families; a headless one without families gets IPv4. */
function addressTypesOf({ spec }: Service): AddressType[] {
  if (spec?.type === 'ExternalName') return []
  const families = spec?.ipFamilies ?? []
  if (families.length > 0) return families as AddressType[]
  return spec?.clusterIP && spec.clusterIP !== 'None' && isIpv6(spec.clusterIP) ? ['IPv6'] : ['IPv4']
}

function groupByPorts({ service, pods, nodeOf }: ObservedService, type: AddressType): Map<string, PortGroup> {
  const groups = new Map<string, PortGroup>()
  for (const pod of pods) {
    const addresses = podIps(pod).filter((ip) => isIpv6(ip) === (type === 'IPv6'))
    if (!isEndpointPod(pod, true) || addresses.length === 0) continue
    const ports = portsOf(service, pod)
    const key = portsKey(ports)
    const group = groups.get(key) ?? { ports, endpoints: new Map<string, Endpoint>() }
    groups.set(key, group)
    const endpoint = endpointOf(service, pod, addresses, pod.spec?.nodeName ? nodeOf(pod.spec.nodeName) : undefined)
    group.endpoints.set(endpointKey(endpoint), endpoint)
  }
  return groups
}

function portsOf({ spec }: Service, pod: Pod): EndpointPort[] {
  return (spec?.ports ?? []).flatMap((port) => {
    const number = targetPortOf(pod, port)
    if (number === undefined) return []
    return [
      {
        name: port.name ?? '',
        protocol: port.protocol ?? 'TCP',
        port: number,
        ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }),
      },
    ]
  })
}

function portsKey(ports: readonly EndpointPort[]): string {
  return ports
    .map(({ name = '', protocol = 'TCP', port, appProtocol = '' }) => `${name} ${protocol} ${port} ${appProtocol}`)
    .sort()
    .join()
}

function endpointOf(service: Service, pod: Pod, addresses: string[], node: Node | undefined): Endpoint {
  const serving = isPodReady(pod)
  const terminating = pod.metadata.deletionTimestamp !== undefined
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating)
  const hostname = endpointHostname(pod, service)
  const zone = node?.metadata.labels?.[zoneLabel]
  const { name, namespace, uid } = pod.metadata
  const nodeName = pod.spec?.nodeName
  const hints = ready ? hintsOf(service, zone, nodeName) : undefined
  return {
    addresses,
    conditions: { ready, serving, terminating },
    ...(hostname === undefined ? {} : { hostname }),
    targetRef: { kind: 'Pod', namespace, name, uid },
    ...(nodeName ? { nodeName } : {}),
    ...(zone ? { zone } : {}),
    ...(hints ? { hints } : {}),
  }
}

/** spec.trafficDistribution: each endpoint is for clients of its own zone, or node (KEP-3015). */
function hintsOf({ spec }: Service, zone: string | undefined, nodeName: string | undefined): Endpoint['hints'] {
  const forZones = zone ? { forZones: [{ name: zone }] } : undefined
  switch (spec?.trafficDistribution) {
    case 'PreferClose':
    case 'PreferSameZone':
      return forZones
    case 'PreferSameNode':
      return nodeName ? { ...forZones, forNodes: [{ name: nodeName }] } : forZones
    default:
      return undefined
  }
}

function endpointKey({ targetRef, addresses }: Endpoint): string {
  return targetRef?.uid ?? addresses.join()
}

function planGroup(service: Service, type: AddressType, { ports, endpoints }: PortGroup, existing: readonly EndpointSlice[]): SlicePlan {
  const missing = new Map(endpoints)
  const kept = existing.map((slice) => ({
    slice,
    endpoints: (slice.endpoints ?? []).flatMap((old) => {
      const wanted = missing.get(endpointKey(old))
      if (!wanted) return []
      missing.delete(endpointKey(old))
      return [wanted]
    }),
  }))
  const rest = [...missing.values()]
  // The fullest first, so that slices fill up instead of all staying half empty.
  for (const one of [...kept].sort((a, b) => b.endpoints.length - a.endpoints.length))
    one.endpoints.push(...rest.splice(0, endpointsPerSliceMax - one.endpoints.length))
  const create: EndpointSlice[] = []
  const update: EndpointSlice[] = []
  const remove: EndpointSlice[] = []
  while (rest.length > 0) create.push(newSlice(service, type, ports, rest.splice(0, endpointsPerSliceMax)))
  const empty = kept.filter((one) => one.endpoints.length === 0)
  // A Service without endpoints keeps one empty slice, to say so.
  const placeholder = endpoints.size === 0 ? empty[0] : undefined
  if (endpoints.size === 0 && !placeholder) create.push(newSlice(service, type, ports, []))
  for (const one of kept) {
    if (one.endpoints.length === 0 && one !== placeholder) {
      remove.push(one.slice)
      continue
    }
    const metadata = { ...one.slice.metadata, labels: labelsOf(service), ownerReferences: [controllerReference(service)] }
    if (!semanticallyEqual(one.slice.endpoints, one.endpoints) || !semanticallyEqual(one.slice.metadata.labels, metadata.labels))
      update.push({ ...one.slice, metadata, endpoints: one.endpoints, ports })
  }
  return { create, update, remove }
}

function newSlice(service: Service, addressType: AddressType, ports: EndpointPort[], endpoints: Endpoint[]): EndpointSlice {
  const { name, namespace } = service.metadata
  const metadata = {
    name: '',
    generateName: `${name}-`,
    namespace,
    labels: labelsOf(service),
    ownerReferences: [controllerReference(service)],
  }
  return { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata, addressType, endpoints, ports }
}

function labelsOf(service: Service): Record<string, string> {
  return {
    ...Object.fromEntries(Object.entries(service.metadata.labels ?? {}).filter(([key]) => key !== headlessLabel)),
    [serviceNameLabel]: service.metadata.name,
    [managedByLabel]: managedBy,
    ...(isHeadless(service) ? { [headlessLabel]: '' } : {}),
  }
}
