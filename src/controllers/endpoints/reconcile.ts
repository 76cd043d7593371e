/**
 * The subsets of a Service's Endpoints (pkg/controller/endpoint, pkg/api/v1/endpoints RepackSubsets), pure: addresses
 * that share their ports share a subset; all is sorted, so that equal endpoints are equal objects.
 */
import type { EndpointAddress, EndpointPort, EndpointSubset, Pod, Service } from '../../api/types/core-v1.js'
import { isPodReady } from '../framework/pods.js'
import { endpointHostname, isEndpointPod, isHeadless, isIpv6, podIps, targetPortOf } from '../framework/service-endpoints.js'

/** Addresses in one Endpoints object; the rest is left out, and the object says so. */
const addressesMax = 1000

export interface EndpointsPlan {
  readonly subsets: EndpointSubset[]
  readonly truncated: boolean
}

/** The subsets for `pods`, those that the Service's selector selects. */
export function planEndpoints(service: Service, pods: readonly Pod[]): EndpointsPlan {
  const byPorts = new Map<string, { ports: EndpointPort[]; ready: EndpointAddress[]; notReady: EndpointAddress[] }>()
  const everyone = service.spec?.publishNotReadyAddresses === true
  for (const pod of pods) {
    const address = addressOf(service, pod)
    if (!address || !isEndpointPod(pod, everyone)) continue
    const ports = portsOf(service, pod)
    if (ports.length === 0 && !isHeadless(service)) continue
    const key = JSON.stringify(ports)
    const group = byPorts.get(key) ?? { ports, ready: [], notReady: [] }
    byPorts.set(key, group)
    if (everyone || isPodReady(pod)) group.ready.push(address)
    else group.notReady.push(address)
  }
  let left = addressesMax
  let truncated = false
  const take = (addresses: EndpointAddress[]): EndpointAddress[] => {
    const taken = addresses.sort((a, b) => compare(a.ip, b.ip) || compare(a.targetRef?.uid ?? '', b.targetRef?.uid ?? '')).slice(0, left)
    truncated ||= taken.length < addresses.length
    left -= taken.length
    return taken
  }
  const groups = [...byPorts].sort(([a], [b]) => compare(a, b)).map(([, group]) => group)
  // Ready addresses are the last to be left out.
  const ready = groups.map((group) => take(group.ready))
  const subsets = groups.map((group, i) => {
    const notReady = take(group.notReady)
    return {
      ...(ready[i]?.length ? { addresses: ready[i] } : {}),
      ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
      ...(group.ports.length > 0 ? { ports: group.ports } : {}),
    }
  })
  return { subsets: subsets.filter(({ addresses, notReadyAddresses }) => addresses || notReadyAddresses), truncated }
}

/** The pod's address of the Service's first family. */
function addressOf(service: Service, pod: Pod): EndpointAddress | undefined {
  const { spec } = service
  const wantsIpv6 = spec?.ipFamilies?.[0] === 'IPv6' || (!spec?.ipFamilies?.length && isIpv6(spec?.clusterIP ?? ''))
  const ip = podIps(pod).find((one) => isIpv6(one) === wantsIpv6)
  if (!ip) return undefined
  const hostname = endpointHostname(pod, service)
  const { name, namespace, uid } = pod.metadata
  return {
    ip,
    ...(hostname ? { hostname } : {}),
    ...(pod.spec?.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    targetRef: { kind: 'Pod', namespace, name, uid },
  }
}

function portsOf({ spec }: Service, pod: Pod): EndpointPort[] {
  const ports = (spec?.ports ?? []).flatMap((port): EndpointPort[] => {
    const number = targetPortOf(pod, port)
    if (number === undefined) return []
    return [
      {
        ...(port.name ? { name: port.name } : {}),
        port: number,
        protocol: port.protocol ?? 'TCP',
        ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }),
      },
    ]
  })
  return ports.sort((a, b) => compare(a.name ?? '', b.name ?? '') || a.port - b.port)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
