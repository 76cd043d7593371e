/** Resources of a Pod as a whole (KEP-2837): they bound what its containers ask for together. */
import { Quantity } from '../../meta/quantity.js'
import type { Container, PodSpec } from '../../types/core-v1.js'
import { each, entriesOf, quantityOf } from '../checks.js'
import { type FieldError, type FieldPath, forbiddenField, invalid } from '../field-path.js'
import { isHugePages, podResources, type RequirementRules } from './resources.js'

export function podLevelResources(spec: PodSpec, path: FieldPath, rules: RequirementRules): FieldError[] {
  const { resources, os } = spec
  if (!resources) return []
  if (os?.name === 'windows') return [forbiddenField(path, 'may not be set for a windows pod')]
  return [
    ...(resources.claims ? [forbiddenField(path.child('claims'), 'claims may not be set for Resources at pod-level')] : []),
    ...podResources(resources, path, rules),
    ...consistency(spec, path),
  ]
}

function consistency(spec: PodSpec, path: FieldPath): FieldError[] {
  const { requests = {}, limits = {} } = spec.resources ?? {}
  const errors: FieldError[] = []
  for (const [name, sum] of aggregate(spec, 'requests')) {
    const own = requests[name]
    if (own !== undefined && sum.cmp(quantityOf(own)) > 0)
      errors.push(invalid(path.child('requests').key(name), own, `must be greater than or equal to aggregate container requests of ${sum}`))
  }
  for (const [name, sum] of aggregate(spec, 'limits')) {
    const own = limits[name]
    if (isHugePages(name) && own !== undefined && sum.cmp(quantityOf(own)) > 0)
      errors.push(invalid(path.child('limits').key(name), own, `must be greater than or equal to aggregate container limits of ${sum}`))
  }
  const containers = each(spec.containers, path.child('containers'), ({ resources }, at) =>
    entriesOf(resources?.limits)
      .filter(([name, limit]) => limits[name] !== undefined && quantityOf(limit).cmp(quantityOf(limits[name])) > 0)
      .map(([name, limit]) => invalid(at.key(name).child('limits'), limit, `must be less than or equal to pod limits of ${limits[name]}`)),
  )
  return [...errors, ...containers]
}

/** What all containers need at once: main ones and sidecars together, or an init container beside the sidecars before it. */
function aggregate({ containers, initContainers }: PodSpec, part: 'requests' | 'limits'): [string, Quantity][] {
  const listOf = ({ resources }: Container): [string, Quantity][] =>
    entriesOf(resources?.[part]).map(([name, value]) => [name, quantityOf(value)])
  const sum = new Map<string, Quantity>()
  const sidecars = new Map<string, Quantity>()
  const peak = new Map<string, Quantity>()
  const add = (to: Map<string, Quantity>, name: string, value: Quantity): void =>
    void to.set(name, (to.get(name) ?? Quantity.zero).add(value))
  const raise = (name: string, value: Quantity): void => void ((peak.get(name) ?? Quantity.zero).cmp(value) < 0 && peak.set(name, value))
  for (const container of containers ?? []) for (const [name, value] of listOf(container)) add(sum, name, value)
  for (const container of initContainers ?? [])
    for (const [name, value] of listOf(container)) {
      if (container.restartPolicy === 'Always') {
        add(sum, name, value)
        add(sidecars, name, value)
        raise(name, sidecars.get(name) ?? value)
      } else raise(name, (sidecars.get(name) ?? Quantity.zero).add(value))
    }
  for (const [name, value] of peak) if ((sum.get(name) ?? Quantity.zero).cmp(value) < 0) sum.set(name, value)
  return [...sum].sort(([a], [b]) => (a < b ? -1 : 1))
}
