/**
 * Resources as numbers, and how much a pod asks for: cpu in thousandths, all else in whole units (bytes, devices).
 * k8s.io/component-helpers/resource/helpers.go, framework/types.go. Read next: pod-info.ts.
 */
import { Quantity } from '../../api/meta/quantity.js'
import type { Container, ContainerStatus, Pod, PodSpec } from '../../api/types/core-v1.js'

/** Resource name → amount. Entries that are absent are zero. */
export type Resources = ReadonlyMap<string, number>

/** What a container without requests counts as when nodes are scored, so that nodes full of such pods look less empty. */
const unsaid: Resources = new Map([
  ['cpu', 100],
  ['memory', 200 * 1024 * 1024],
])
/** Texts whose value is remembered; a cluster's quantities are few. */
const textsMax = 4096
const known = new Map<string, Quantity | undefined>()

/** Amount of a quantity's text in the unit of `name`, rounded up; 0 for what is no quantity. */
export function amountOf(name: string, text: string): number {
  let quantity = known.get(text)
  if (quantity === undefined && !known.has(text)) {
    quantity = Quantity.tryParse(text)
    if (known.size >= textsMax) known.clear()
    known.set(text, quantity)
  }
  if (!quantity) return 0
  return Number(name === 'cpu' ? quantity.milliValue() : quantity.value())
}

/** A ResourceList in numbers. */
export function resourcesOf(list: Readonly<Record<string, string>> | undefined): Map<string, number> {
  const result = new Map<string, number>()
  for (const [name, text] of Object.entries(list ?? {})) result.set(name, amountOf(name, text))
  return result
}

export function addResources(to: Map<string, number>, more: Resources, factor = 1): void {
  for (const [name, amount] of more) to.set(name, (to.get(name) ?? 0) + factor * amount)
}

function raiseTo(to: Map<string, number>, other: Resources): void {
  for (const [name, amount] of other) if (amount > (to.get(name) ?? 0)) to.set(name, amount)
}

/**
 * What a pod asks of its node: its containers together, or its largest step of initialization if that is more; sidecars
 * count from where they start. Pod-level requests replace the sum, overhead comes on top. `nonZero`: containers that
 * say nothing of cpu or memory count as 100m and 200Mi.
 */
export function podRequests(pod: Pod, { nonZero = false } = {}): Map<string, number> {
  const spec: PodSpec = pod.spec ?? { containers: [] }
  const status = pod.status ?? {}
  const statuses = new Map([...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])].map((one) => [one.name, one]))
  const infeasible = (status.conditions ?? []).some(({ type, reason }) => type === 'PodResizePending' && reason === 'Infeasible')
  const requestsOf = (container: Container) => {
    const requests = containerRequests(container, statuses.get(container.name), infeasible)
    if (nonZero) for (const [name, amount] of unsaid) if (!requests.has(name)) requests.set(name, amount)
    return requests
  }
  const total = new Map<string, number>()
  for (const container of spec.containers) addResources(total, requestsOf(container))
  const sidecars = new Map<string, number>()
  const initialization = new Map<string, number>()
  for (const container of spec.initContainers ?? []) {
    const step = requestsOf(container)
    if (container.restartPolicy === 'Always') {
      addResources(total, step)
      addResources(sidecars, step)
      raiseTo(initialization, sidecars)
    } else {
      addResources(step, sidecars)
      raiseTo(initialization, step)
    }
  }
  raiseTo(total, initialization)
  for (const [name, text] of Object.entries(spec.resources?.requests ?? {})) if (isPodLevel(name)) total.set(name, amountOf(name, text))
  addResources(total, resourcesOf(spec.overhead))
  return total
}

/** While a resize is under way a container counts as the most of what it wants, was given and has. */
function containerRequests(container: Container, status: ContainerStatus | undefined, infeasible: boolean): Map<string, number> {
  const wanted = resourcesOf(container.resources?.requests)
  if (!status?.resources?.requests && !status?.allocatedResources) return wanted
  const given = resourcesOf(status.resources?.requests)
  raiseTo(given, resourcesOf(status.allocatedResources))
  if (!infeasible) raiseTo(given, wanted)
  return given
}

function isPodLevel(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name.startsWith('hugepages-')
}
