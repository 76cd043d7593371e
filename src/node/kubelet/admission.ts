/**
 * What a kubelet turns away although the scheduler (or nobody) sent it here: resources, ports, node selectors and operating
 * system, in upstream's words (pkg/kubelet/lifecycle/predicate.go). Pure.
 */
import { Quantity } from '../../api/meta/quantity.js'
import type { Container, Node, NodeSelectorTerm, Pod } from '../../api/types/core-v1.js'

export interface Rejection {
  readonly reason: string
  readonly message: string
}

/** Why this node does not take the pod beside those it has; undefined: it does. */
export function judgePod(pod: Pod, others: readonly Pod[], node: Node): Rejection | undefined {
  const os = pod.spec?.os?.name
  const nodeOs = node.metadata.labels?.['kubernetes.io/os'] ?? 'linux'
  if (os && os !== nodeOs) return rejection('PodOSNotSupported', "Failed to admit pod as the OS field doesn't match node OS")
  if (!matchesNode(pod, node))
    return rejection('NodeAffinity', "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector")
  const allocatable = node.status?.allocatable ?? {}
  if (others.length + 1 > Number(allocatable['pods'] ?? 110))
    return rejection(
      'OutOfpods',
      `Node didn't have enough resource: pods, requested: 1, used: ${others.length}, capacity: ${allocatable['pods'] ?? 110}`,
    )
  for (const name of Object.keys(podRequests(pod)).sort()) {
    const capacity = Quantity.tryParse(allocatable[name]) ?? Quantity.zero
    const wanted = podRequests(pod)[name] ?? Quantity.zero
    if (wanted.isZero() || (name.includes('/') && allocatable[name] === undefined)) continue
    const used = others.reduce((sum, other) => sum.add(podRequests(other)[name] ?? Quantity.zero), Quantity.zero)
    if (used.add(wanted).cmp(capacity) <= 0) continue
    const show = (quantity: Quantity) => (name === 'cpu' ? quantity.milliValue() : quantity.value()).toString()
    return rejection(
      `OutOf${name}`,
      `Node didn't have enough resource: ${name}, requested: ${show(wanted)}, used: ${show(used)}, capacity: ${show(capacity)}`,
    )
  }
  const taken = new Set(others.flatMap(hostPorts))
  if (hostPorts(pod).some((port) => conflicts(port, taken)))
    return rejection('NodePorts', "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports")
  return undefined
}

function rejection(reason: string, message: string): Rejection {
  return { reason, message: `Pod was rejected: ${message}` }
}

/** A pod's requests: containers in sum, init containers by their greatest, sidecars with both (resource helpers PodRequests). */
export function podRequests(pod: Pod): Record<string, Quantity> {
  const total: Record<string, Quantity> = {}
  const add = (into: Record<string, Quantity>, from: Record<string, Quantity>) => {
    for (const [name, quantity] of Object.entries(from)) into[name] = (into[name] ?? Quantity.zero).add(quantity)
  }
  const raise = (into: Record<string, Quantity>, from: Record<string, Quantity>) => {
    for (const [name, quantity] of Object.entries(from)) if (!into[name] || into[name].cmp(quantity) < 0) into[name] = quantity
  }
  for (const container of pod.spec?.containers ?? []) add(total, requestsOf(container))
  const sidecars: Record<string, Quantity> = {}
  const init: Record<string, Quantity> = {}
  for (const container of pod.spec?.initContainers ?? []) {
    const own = requestsOf(container)
    if (container.restartPolicy === 'Always') {
      add(total, own)
      add(sidecars, own)
      raise(init, sidecars)
    } else {
      const beside = { ...own }
      add(beside, sidecars)
      raise(init, beside)
    }
  }
  raise(total, init)
  for (const [name, text] of Object.entries(pod.spec?.resources?.requests ?? {})) total[name] = Quantity.parse(text)
  for (const [name, text] of Object.entries(pod.spec?.overhead ?? {}))
    total[name] = (total[name] ?? Quantity.zero).add(Quantity.parse(text))
  return total
}

function requestsOf({ resources }: Container): Record<string, Quantity> {
  return Object.fromEntries(
    Object.entries({ ...resources?.limits, ...resources?.requests }).map(([name, text]) => [name, Quantity.parse(text)]),
  )
}

function hostPorts(pod: Pod): string[] {
  return (pod.spec?.containers ?? []).flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort, hostIP, protocol }) => (hostPort ? [`${protocol ?? 'TCP'}/${hostPort}/${hostIP || '0.0.0.0'}`] : [])),
  )
}

function conflicts(port: string, taken: ReadonlySet<string>): boolean {
  const [protocol, number, ip] = port.split('/')
  if (ip !== '0.0.0.0') return taken.has(port) || taken.has(`${protocol}/${number}/0.0.0.0`)
  return [...taken].some((other) => other.startsWith(`${protocol}/${number}/`))
}

function matchesNode(pod: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {}
  if (Object.entries(pod.spec?.nodeSelector ?? {}).some(([key, value]) => labels[key] !== value)) return false
  const terms = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  return terms === undefined || terms.some((term) => matchesTerm(term, labels, node.metadata.name))
}

function matchesTerm(
  { matchExpressions = [], matchFields = [] }: NodeSelectorTerm,
  labels: Readonly<Record<string, string>>,
  name: string,
): boolean {
  if (!matchExpressions.length && !matchFields.length) return false
  const holds = (value: string | undefined, operator: string, values: readonly string[]): boolean => {
    switch (operator) {
      case 'In':
        return value !== undefined && values.includes(value)
      case 'NotIn':
        return value === undefined || !values.includes(value)
      case 'Exists':
        return value !== undefined
      case 'DoesNotExist':
        return value === undefined
      case 'Gt':
        return value !== undefined && Number(value) > Number(values[0])
      case 'Lt':
        return value !== undefined && Number(value) < Number(values[0])
      default:
        return false
    }
  }
  return (
    matchExpressions.every(({ key, operator, values = [] }) => holds(labels[key], operator, values)) &&
    matchFields.every(({ key, operator, values = [] }) => key === 'metadata.name' && holds(name, operator, values))
  )
}
