/**
 * Pods that the scheduler puts on a node fit: judged at each binding, because later the node itself may shrink. Pods that were made
 * with a node's name never met the scheduler and are not counted.
 */
import { Quantity } from '../../../api/meta/quantity.js'
import type { Container, Node, Pod } from '../../../api/types/core-v1.js'
import type { Invariant } from '../invariant.js'
import { describeObject, groupKindOf, uidOf, type World } from '../world.js'
import { isTerminal } from './pods.js'

export const nodeCapacity: Invariant = {
  name: 'NodeNotOverCapacity',
  description:
    "The requests of the pods that the scheduler bound to a node never exceed the node's allocatable resources, nor their number its pods.",
  source: 'Kubernetes docs, "How Pods with resource requests are scheduled"; plugins/noderesources/fit.go',
  begin() {
    const bound = new Set<string>()
    return {
      observe({ object, previous }, world) {
        if (groupKindOf(object) !== 'Pod') return undefined
        const pod = object as Pod
        const node = pod.spec?.nodeName
        if (!node || !previous || (previous as Pod).spec?.nodeName) return undefined
        bound.add(uidOf(object))
        return overcommitted(node, world, bound).map((message) => ({ objects: [`Node ${node}`, describeObject(object)], message }))
      },
    }
  },
}

function overcommitted(node: string, world: World, bound: ReadonlySet<string>): string[] {
  const allocatable = world.get<Node>('Node', undefined, node)?.status?.allocatable
  if (!allocatable) return []
  const pods = world.all<Pod>('Pod').filter((pod) => pod.spec?.nodeName === node && !isTerminal(pod) && bound.has(uidOf(pod)))
  const sums = new Map<string, Quantity>([['pods', Quantity.of(pods.length)]])
  for (const pod of pods)
    for (const [resource, amount] of podRequests(pod)) sums.set(resource, (sums.get(resource) ?? Quantity.zero).add(amount))
  return [...sums].flatMap(([resource, sum]) => {
    const room = Quantity.tryParse(allocatable[resource]) ?? Quantity.zero
    return sum.cmp(room) > 0 ? [`${sum} of ${resource} requested by ${pods.length} pods, but only ${room} allocatable`] : []
  })
}

/**
 * What a pod asks for: the larger of all that runs together and of each init container beside the sidecars started before it, and its
 * overhead; requests of the pod as a whole go before those of its containers (resourcehelper.PodRequests).
 */
export function podRequests({ spec }: Pod): Map<string, Quantity> {
  const together = new Map<string, Quantity>()
  const peak = new Map<string, Quantity>()
  for (const container of spec?.initContainers ?? []) {
    const own = requestsOf(container)
    if (container.restartPolicy === 'Always') addTo(together, own)
    else for (const [resource, amount] of own) raise(peak, resource, amount.add(together.get(resource) ?? Quantity.zero))
  }
  for (const container of spec?.containers ?? []) addTo(together, requestsOf(container))
  for (const [resource, amount] of peak) raise(together, resource, amount)
  for (const [resource, text] of Object.entries(spec?.resources?.requests ?? {})) together.set(resource, Quantity.parse(text))
  addTo(together, quantities(spec?.overhead))
  return together
}

function requestsOf({ resources }: Container): [string, Quantity][] {
  return quantities(resources?.requests)
}

function quantities(list: Readonly<Record<string, string | number>> | undefined): [string, Quantity][] {
  return Object.entries(list ?? {}).map(([resource, text]) => [resource, Quantity.parse(text)])
}

function addTo(sums: Map<string, Quantity>, amounts: readonly [string, Quantity][]): void {
  for (const [resource, amount] of amounts) sums.set(resource, (sums.get(resource) ?? Quantity.zero).add(amount))
}

function raise(sums: Map<string, Quantity>, resource: string, amount: Quantity): void {
  if (amount.cmp(sums.get(resource) ?? Quantity.zero) > 0) sums.set(resource, amount)
}
