/** Lists of resources by name (core/v1 ResourceList) as defaulting and quality of service see them. */
import { Quantity } from '../../meta/quantity.js'
import type { ResourceRequirements } from '../../types/core-v1.js'

export type ResourceList = Record<string, string>

/** Rounds what is finer than a thousandth up to one (SetDefaults_ResourceList); what is no quantity stays for validation. */
export function roundResources(list: ResourceList | undefined): void {
  for (const [name, text] of Object.entries(list ?? {})) {
    const quantity = Quantity.tryParse(text)
    if (list && quantity && quantity.exponent < -3) list[name] = Quantity.ofMilli(quantity.milliValue(), quantity.format).toString()
  }
}

/** roundResources() for both lists. */
export function roundRequirements(resources: Pick<ResourceRequirements, 'limits' | 'requests'> | undefined): void {
  roundResources(resources?.limits)
  roundResources(resources?.requests)
}

/** Copies into `list` what `from` has and it has not; makes the list when there is something to copy into it. */
export function fillResources(list: ResourceList | undefined, from: ResourceList | undefined): ResourceList | undefined {
  if (!from) return list
  return { ...from, ...list }
}

/** Adds `more` to `total`, in place. */
export function addResources(total: ResourceList, more: ResourceList | undefined): void {
  for (const [name, text] of Object.entries(more ?? {})) total[name] = quantityOf(total[name]).add(quantityOf(text)).toString()
}

/** Raises `total` to `other` where that is more, in place. */
export function maxResources(total: ResourceList, other: ResourceList): void {
  for (const [name, text] of Object.entries(other))
    if (total[name] === undefined || quantityOf(text).cmp(quantityOf(total[name])) > 0) total[name] = text
}

/** The quantity; nothing for what is absent or none. */
export function quantityOf(text: string | undefined): Quantity {
  return Quantity.tryParse(text) ?? Quantity.zero
}
