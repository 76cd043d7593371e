/**
 * What a whole pod asks for and may use (k8s.io/component-helpers/resource PodRequests, PodLimits): containers together,
 * or the largest init container with the sidecars started before it, whichever is more; and the overhead.
 */
import { Quantity } from '../../api/meta/quantity.js'
import type { Container, PodSpec } from '../../api/types/core-v1.js'

export type Amounts = Map<string, Quantity>

export function podAmounts(spec: PodSpec, list: 'requests' | 'limits'): Amounts {
  const total: Amounts = new Map()
  for (const container of spec.containers ?? []) add(total, amountsOf(container, list))
  const sidecars: Amounts = new Map()
  const initial: Amounts = new Map()
  for (const container of spec.initContainers ?? []) {
    const own = amountsOf(container, list)
    if (container.restartPolicy === 'Always') {
      add(total, own)
      add(sidecars, own)
      atLeast(initial, sidecars)
    } else {
      const together = new Map(sidecars)
      add(together, own)
      atLeast(initial, together)
    }
  }
  atLeast(total, initial)
  for (const [name, amount] of Object.entries(spec.resources?.[list] ?? {})) total.set(name, Quantity.parse(amount))
  for (const [name, amount] of Object.entries(spec.overhead ?? {}))
    if (list === 'requests' || total.has(name)) total.set(name, (total.get(name) ?? Quantity.zero).add(Quantity.parse(amount)))
  return total
}

/** One container's requests or limits. */
export function amountsOf({ resources }: Container, list: 'requests' | 'limits'): Amounts {
  return new Map(Object.entries(resources?.[list] ?? {}).map(([name, amount]) => [name, Quantity.parse(amount)]))
}

/** Adds `more` to `total`, in place. */
export function add(total: Amounts, more: ReadonlyMap<string, Quantity>): void {
  for (const [name, amount] of more) total.set(name, (total.get(name) ?? Quantity.zero).add(amount))
}

function atLeast(total: Amounts, least: Amounts): void {
  for (const [name, amount] of least) if ((total.get(name) ?? Quantity.zero).cmp(amount) < 0) total.set(name, amount)
}
