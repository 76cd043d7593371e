/**
 * Resources that a Pod states as a whole (KEP-2837), defaulted from its containers, and the quality of service that
 * follows from all of them. Upstream: pkg/apis/core/v1/defaults.go, component-helpers/resource, apis/core/helper/qos.
 */
import type { Container, PodSpec } from '../../types/core-v1.js'
import { addResources, maxResources, quantityOf, type ResourceList } from './resource-list.js'

const isHugePages = (name: string): boolean => name.startsWith('hugepages-')
const isPodLevel = (name: string): boolean => name === 'cpu' || name === 'memory' || isHugePages(name)

/** Completes spec.resources when it is there; the containers' own defaults come first. */
export function defaultPodResources(spec: PodSpec): void {
  const { resources } = spec
  if (!resources) return
  if (size(resources.limits) > 0 || size(resources.requests) > 0) {
    const huge = Object.entries(aggregate(spec, 'limits')).filter(([name]) => isHugePages(name) && resources.requests?.[name] === undefined)
    if (huge.length > 0) resources.limits = { ...Object.fromEntries(huge), ...resources.limits }
  }
  if (size(resources.limits) === 0) return
  const requests: ResourceList = { ...resources.requests }
  for (const [name, amount] of Object.entries(aggregate(spec, 'requests')))
    if (isPodLevel(name) && !isHugePages(name)) requests[name] ??= amount
  for (const [name, amount] of Object.entries(resources.limits ?? {})) if (isPodLevel(name)) requests[name] ??= amount
  if (size(requests) > 0) resources.requests = requests
}

function size(list: object | undefined): number {
  return Object.keys(list ?? {}).length
}

/**
 * What the containers need at once: all that run together, or the largest init container with the sidecars that are up
 * by then (AggregateContainerRequests).
 */
function aggregate({ containers, initContainers = [] }: PodSpec, which: 'requests' | 'limits'): ResourceList {
  const total: ResourceList = {}
  for (const { resources } of containers ?? []) addResources(total, resources?.[which])
  const sidecars: ResourceList = {}
  const starting: ResourceList = {}
  for (const { resources, restartPolicy } of initContainers) {
    const needed: ResourceList = { ...sidecars }
    addResources(needed, resources?.[which])
    if (restartPolicy === 'Always') {
      addResources(total, resources?.[which])
      addResources(sidecars, resources?.[which])
    }
    maxResources(starting, needed)
  }
  maxResources(total, starting)
  return total
}

type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort'

/** The class of a Pod: Guaranteed when every container's limits are its requests, BestEffort when none has either. */
export function qosClassOf(spec: PodSpec): QosClass {
  const { requests, limits, everyLimited } = computeResources(spec)
  if (size(requests) === 0 && size(limits) === 0) return 'BestEffort'
  const same = Object.entries(requests).every(
    ([name, amount]) => limits[name] !== undefined && quantityOf(limits[name]).equals(quantityOf(amount)),
  )
  return everyLimited && same && size(requests) === size(limits) ? 'Guaranteed' : 'Burstable'
}

interface ComputeResources {
  readonly requests: ResourceList
  readonly limits: ResourceList
  /** Each container (or the Pod itself) limits both cpu and memory. */
  readonly everyLimited: boolean
}

function computeResources({ resources, containers, initContainers }: PodSpec): ComputeResources {
  if (resources && size(resources.requests) + size(resources.limits) > 0) {
    const limits = positive(resources.limits)
    return { requests: positive(resources.requests), limits, everyLimited: isLimited(limits) }
  }
  const all: readonly Container[] = [...(containers ?? []), ...(initContainers ?? [])]
  const requests: ResourceList = {}
  const limits: ResourceList = {}
  for (const container of all) {
    addResources(requests, positive(container.resources?.requests))
    addResources(limits, positive(container.resources?.limits))
  }
  return { requests, limits, everyLimited: all.every((container) => isLimited(positive(container.resources?.limits))) }
}

function positive(list: ResourceList | undefined): ResourceList {
  return Object.fromEntries(
    Object.entries(list ?? {}).filter(([name, amount]) => (name === 'cpu' || name === 'memory') && quantityOf(amount).sign() > 0),
  )
}

function isLimited(limits: ResourceList): boolean {
  return limits.cpu !== undefined && limits.memory !== undefined
}
