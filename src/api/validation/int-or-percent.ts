/** Amounts by number or per cent: how many may be unavailable, how many more there may be. */
import type { IntOrString } from '../meta/int-or-string.js'
import { nonNegative } from './checks.js'
import { type FieldError, type FieldPath, invalid } from './field-path.js'
import { isPercent } from './names.js'

/** ValidatePositiveIntOrPercent: zero is positive. */
export function intOrPercent(value: IntOrString | undefined, path: FieldPath): FieldError[] {
  if (typeof value !== 'string') return nonNegative(value, path)
  return isPercent(value).map((text) => invalid(path, value, text))
}

const percentOf = (value: IntOrString | undefined): number | undefined =>
  typeof value === 'string' && isPercent(value).length === 0 ? Number(value.slice(0, -1)) : undefined

export const atMostAll = (value: IntOrString | undefined, path: FieldPath): FieldError[] =>
  (percentOf(value) ?? 0) > 100 ? [invalid(path, value, 'must not be greater than 100%')] : []

/** The number, whichever way it is meant; 0 for what is neither. */
export function amountOf(value: IntOrString | undefined): number {
  const percent = percentOf(value)
  if (percent !== undefined) return percent
  return typeof value === 'number' ? value : /^[+-]?\d+$/.test(value ?? '') ? Number(value) : 0
}
