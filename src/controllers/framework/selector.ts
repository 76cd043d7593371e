/**
 * Label selectors judged: meta/v1 LabelSelector → a function on labels (apimachinery labels.Selector). An absent
 * selector matches nothing, an empty one everything, as LabelSelectorAsSelector has it.
 */
import type { LabelSelector, LabelSelectorRequirement } from '../../api/types/meta-v1.js'

export type Labels = Readonly<Record<string, string>> | undefined
export type Matches = (labels: Labels) => boolean

export function matcherOf(selector: LabelSelector | undefined): Matches {
  if (!selector) return () => false
  const wanted = Object.entries(selector.matchLabels ?? {})
  const requirements = selector.matchExpressions ?? []
  return (labels = {}) => wanted.every(([key, value]) => labels[key] === value) && requirements.every((one) => meets(one, labels))
}

/** Whether the selector selects everything there is: upstream warns of it or refuses to act. */
export function isEmptySelector(selector: LabelSelector | undefined): boolean {
  return Object.keys(selector?.matchLabels ?? {}).length === 0 && (selector?.matchExpressions ?? []).length === 0
}

/** Plain equality pairs, as a Service's selector. */
export function matcherOfPairs(pairs: Readonly<Record<string, string>>): Matches {
  const wanted = Object.entries(pairs)
  return (labels = {}) => wanted.every(([key, value]) => labels[key] === value)
}

function meets({ key, operator, values = [] }: LabelSelectorRequirement, labels: Readonly<Record<string, string>>): boolean {
  const value = labels[key]
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    default:
      return false
  }
}
