/**
 * What pods are to a Service: which belong to its endpoints, in what state, at which ports; shared by the Endpoints and
 * the EndpointSlice controller (staging/src/k8s.io/endpointslice util, pkg/api/v1/endpoints).
 */
import type { Pod, Service, ServicePort } from '../../api/types/core-v1.js'
import type { Informer, InformerHandler } from '../../client/informer.js'
import { keyOf } from '../../client/resources.js'
import { parseTime } from '../../client/time.js'
import type { WorkQueue } from '../../client/workqueue.js'
import { isPodReady, podCondition } from './pods.js'
import { matcherOfPairs } from './selector.js'

/** The port of `pod` that a Service's port means; undefined: the pod has no port of that name. */
export function targetPortOf(pod: Pod, { targetPort, port, protocol = 'TCP' }: ServicePort): number | undefined {
  if (typeof targetPort === 'number') return targetPort
  if (targetPort === undefined || targetPort === '') return port
  const sidecars = (pod.spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
  for (const { ports = [] } of [...(pod.spec?.containers ?? []), ...sidecars]) {
    const found = ports.find((one) => one.name === targetPort && (one.protocol ?? 'TCP') === protocol)
    if (found) return found.containerPort
  }
  return undefined
}

/** Whether the pod has an address and has not ended for good. */
export function isEndpointPod(pod: Pod, includeTerminating: boolean): boolean {
  if (pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded') return false
  if (podIps(pod).length === 0) return false
  return includeTerminating || pod.metadata.deletionTimestamp === undefined
}

export function podIps({ status }: Pod): string[] {
  const ips = (status?.podIPs ?? []).map(({ ip }) => ip)
  return ips.length > 0 ? ips : status?.podIP ? [status.podIP] : []
}

export function isIpv6(ip: string): boolean {
  return ip.includes(':')
}

export function isHeadless({ spec }: Service): boolean {
  return spec?.clusterIP === 'None'
}

/** The name by which a headless Service's DNS knows the pod. */
export function endpointHostname(pod: Pod, service: Service): string | undefined {
  const { hostname, subdomain } = pod.spec ?? {}
  return hostname && subdomain === service.metadata.name && service.metadata.namespace === pod.metadata.namespace ? hostname : undefined
}

/** Changes of a pod that endpoints show. */
function endpointsChanged(old: Pod, pod: Pod): boolean {
  return (
    old.metadata.deletionTimestamp !== pod.metadata.deletionTimestamp ||
    old.status?.phase !== pod.status?.phase ||
    isPodReady(old) !== isPodReady(pod) ||
    old.spec?.nodeName !== pod.spec?.nodeName ||
    podIps(old).join() !== podIps(pod).join() ||
    JSON.stringify(old.metadata.labels) !== JSON.stringify(pod.metadata.labels)
  )
}

/** When the newest change came about that endpoints may be about, for latency measurements by their readers. */
export function lastTriggerTime(service: Service, pods: readonly Pod[]): number | undefined {
  const times = [
    parseTime(service.metadata.creationTimestamp),
    ...pods.map((pod) => parseTime(podCondition(pod, 'Ready')?.lastTransitionTime)),
  ].filter((time) => time !== undefined)
  return times.length > 0 ? Math.max(...times) : undefined
}

/** A pod makes due the Services that select it, and those that did until now. `services` has the index 'namespace'. */
export function servicePodHandler(queue: WorkQueue, services: Informer<Service>): InformerHandler<Pod> {
  const enqueue = ({ metadata }: Pod) => {
    for (const service of services.cache.byIndex('namespace', metadata.namespace ?? '')) {
      const { selector } = service.spec ?? {}
      if (selector && matcherOfPairs(selector)(metadata.labels)) queue.add(keyOf(service))
    }
  }
  return {
    add: enqueue,
    update(old, pod) {
      if (!endpointsChanged(old, pod)) return
      enqueue(old)
      enqueue(pod)
    },
    delete: enqueue,
  }
}
