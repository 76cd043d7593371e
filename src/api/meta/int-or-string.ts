/** IntOrString: a number, a name, or a percentage of something (k8s.io/apimachinery/pkg/util/intstr). */

/** A port by number or name, an amount by number or per cent. */
export type IntOrString = number | string

/** Whether the value is written as a percentage, well or badly. */
export function isPercentage(value: IntOrString): value is string {
  return typeof value === 'string' && value.endsWith('%')
}

/**
 * The number that `value` stands for, of `total` when it is a percentage, which is then rounded up or down. Throws
 * Error with upstream's text when it is neither (GetScaledValueFromIntOrPercent).
 */
export function scaledValue(value: IntOrString, total: number, roundUp: boolean): number {
  if (typeof value === 'number') return value
  if (!value.endsWith('%')) throw new Error('invalid value for IntOrString: invalid type: string is not a percentage')
  const digits = value.slice(0, -1)
  if (!/^[+-]?\d+$/.test(digits))
    throw new Error(
      `invalid value for IntOrString: invalid value ${JSON.stringify(value)}: strconv.Atoi: parsing ${JSON.stringify(digits)}: invalid syntax`,
    )
  const scaled = (Number(digits) * total) / 100
  return roundUp ? Math.ceil(scaled) : Math.floor(scaled)
}
