/**
 * Resource quantities (`100m`, `1.5Gi`, `2e3`), exactly: an integer times a power of ten, in BigInt, parsed and printed as
 * k8s.io/apimachinery/pkg/api/resource does, whose form every stored object carries and clients compare as strings.
 */

/** How a quantity prints: `12M`, `12Mi` or `12e6`. */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent'

/** What parsing a quantity throws; upstream's texts. */
export class QuantityError extends Error {
  override readonly name = 'QuantityError'
}

const wrongFormat = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
const wrongNumber = 'unable to parse numeric part of quantity'
const wrongSuffix = "unable to parse quantity's suffix"

const decimalSuffixes: ReadonlyMap<string, number> = new Map(
  ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'].map((suffix, i) => [suffix, 3 * (i - 3)]),
)
const binarySuffixes: ReadonlyMap<string, number> = new Map(['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((suffix, i) => [suffix, 10 * (i + 1)]))
const suffixOfDecimal: ReadonlyMap<number, string> = new Map([...decimalSuffixes].map(([suffix, exponent]) => [exponent, suffix]))
const suffixOfBinary: ReadonlyMap<number, string> = new Map([...binarySuffixes].map(([suffix, exponent]) => [exponent, suffix]))
const int64Max = 2n ** 63n - 1n
/** Exponents beyond this are refused rather than computed; upstream's int32 wraps around there. */
const exponentMax = 1000

/** An immutable quantity: mantissa × 10^exponent. */
export class Quantity {
  readonly mantissa: bigint
  readonly exponent: number
  readonly format: QuantityFormat
  /** The text it was parsed from, where upstream keeps that instead of the canonical form. */
  readonly #text: string | undefined

  private constructor(mantissa: bigint, exponent: number, format: QuantityFormat, text?: string) {
    this.mantissa = mantissa
    this.exponent = exponent
    this.format = format
    this.#text = text
  }

  /** The quantity in a string or JSON number; throws QuantityError. */
  static parse(value: string | number): Quantity {
    const text = typeof value === 'number' ? String(value) : value
    const match = /^([+-]?)0*([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/.exec(text)
    if (text === '' || match === null) throw new QuantityError(wrongFormat)
    const [, sign = '', whole = '', fraction = '', suffix = ''] = match
    if (whole === '' && fraction === '' && !/[0-9]/.test(text.slice(0, text.length - suffix.length))) return Quantity.#numberless(suffix)
    const unit = interpret(suffix)
    const digits = BigInt(`0${whole}${fraction}`) * (sign === '-' ? -1n : 1n)
    const canonicalText = keepsText(unit, whole || '0', fraction) ? text : undefined
    if (unit.base === 10) return Quantity.#rounded(digits, unit.exponent - fraction.length, unit.format, canonicalText)
    return Quantity.#rounded(digits * 2n ** BigInt(unit.exponent), -fraction.length, 'BinarySI', canonicalText)
  }

  /** Text without a digit before its suffix is nothing of it, unless upstream takes the way that wants a number. */
  static #numberless(suffix: string): Quantity {
    const { base, exponent, format } = interpret(suffix)
    if (base === 2 ? exponent > 40 : exponent < -9) throw new QuantityError(wrongNumber)
    return new Quantity(0n, 0, format)
  }

  /** No finer than nano, rounded away from zero; binary ones no larger than an int64. */
  static #rounded(mantissa: bigint, exponent: number, format: QuantityFormat, text: string | undefined): Quantity {
    if (exponent < -9) return new Quantity(divideAway(mantissa, 10n ** BigInt(-9 - exponent)), -9, smallBinary(format, mantissa, exponent))
    if (format !== 'BinarySI') return new Quantity(mantissa, exponent, format, text)
    const scale = 10n ** BigInt(-exponent)
    if (mantissa > int64Max * scale) return new Quantity(int64Max, 0, format)
    if (mantissa < -int64Max * scale) return new Quantity(-int64Max, 0, format)
    return new Quantity(mantissa, exponent, smallBinary(format, mantissa, exponent), text)
  }

  /** Whole units. */
  static of(value: bigint | number, format: QuantityFormat = 'DecimalSI'): Quantity {
    return new Quantity(BigInt(value), 0, format)
  }

  /** Thousandths. */
  static ofMilli(value: bigint | number, format: QuantityFormat = 'DecimalSI'): Quantity {
    return new Quantity(BigInt(value), -3, format)
  }

  /** The quantity in `value`, or undefined when it is none. */
  static tryParse(value: unknown): Quantity | undefined {
    if (typeof value !== 'string' && typeof value !== 'number') return undefined
    try {
      return Quantity.parse(value)
    } catch (error) {
      if (error instanceof QuantityError) return undefined
      throw error
    }
  }

  /** Nothing of anything. */
  static readonly zero = new Quantity(0n, 0, 'DecimalSI', '0')

  add(other: Quantity): Quantity {
    const exponent = Math.min(this.exponent, other.exponent)
    return new Quantity(this.#at(exponent) + other.#at(exponent), exponent, this.mantissa === 0n ? other.format : this.format)
  }

  sub(other: Quantity): Quantity {
    const exponent = Math.min(this.exponent, other.exponent)
    return new Quantity(this.#at(exponent) - other.#at(exponent), exponent, this.mantissa === 0n ? other.format : this.format)
  }

  neg(): Quantity {
    return new Quantity(-this.mantissa, this.exponent, this.format)
  }

  multiply(factor: bigint | number): Quantity {
    return new Quantity(this.mantissa * BigInt(factor), this.exponent, this.format)
  }

  /** -1, 0 or 1 as this is less than, equal to or greater than `other`. */
  cmp(other: Quantity): -1 | 0 | 1 {
    const exponent = Math.min(this.exponent, other.exponent)
    const difference = this.#at(exponent) - other.#at(exponent)
    return difference < 0n ? -1 : difference > 0n ? 1 : 0
  }

  equals(other: Quantity): boolean {
    return this.cmp(other) === 0
  }

  sign(): -1 | 0 | 1 {
    return this.mantissa < 0n ? -1 : this.mantissa > 0n ? 1 : 0
  }

  isZero(): boolean {
    return this.mantissa === 0n
  }

  /** In units of 10^scale, rounded away from zero. */
  scaled(scale: number): bigint {
    if (this.exponent >= scale) return this.mantissa * 10n ** BigInt(this.exponent - scale)
    return divideAway(this.mantissa, 10n ** BigInt(scale - this.exponent))
  }

  /** Whole units, rounded up (away from zero). */
  value(): bigint {
    return this.scaled(0)
  }

  /** Thousandths, rounded up. */
  milliValue(): bigint {
    return this.scaled(-3)
  }

  /** The nearest double. */
  toNumber(): number {
    return this.exponent >= 0 ? Number(this.mantissa * 10n ** BigInt(this.exponent)) : Number(`${this.mantissa}e${this.exponent}`)
  }

  /** The form in which the API prints it. */
  toString(): string {
    if (this.#text !== undefined) return this.#text
    if (this.mantissa === 0n) return '0'
    return this.format === 'BinarySI' ? this.#binary() : this.#decimal(this.format)
  }

  toJSON(): string {
    return this.toString()
  }

  #at(exponent: number): bigint {
    return this.mantissa * 10n ** BigInt(this.exponent - exponent)
  }

  #binary(): string {
    const whole = this.exponent >= 0 || this.mantissa % 10n ** BigInt(-this.exponent) === 0n
    const value = this.value()
    if (!whole || (value > -1024n && value < 1024n)) return this.#decimal('DecimalSI')
    let rest = value
    let exponent = 0
    while (rest % 1024n === 0n) {
      rest /= 1024n
      exponent += 10
    }
    return `${rest}${suffixOfBinary.get(exponent) ?? ''}`
  }

  #decimal(format: 'DecimalSI' | 'DecimalExponent'): string {
    let { mantissa, exponent } = this
    while (mantissa % 10n === 0n) {
      mantissa /= 10n
      exponent++
    }
    while (exponent % 3 !== 0) {
      mantissa *= 10n
      exponent--
    }
    if (format === 'DecimalExponent') return exponent === 0 ? String(mantissa) : `${mantissa}e${exponent}`
    return `${mantissa}${suffixOfDecimal.get(exponent) ?? ''}`
  }
}

interface Unit {
  readonly base: 2 | 10
  readonly exponent: number
  readonly format: QuantityFormat
}

function interpret(suffix: string): Unit {
  const decimal = decimalSuffixes.get(suffix)
  if (decimal !== undefined) return { base: 10, exponent: decimal, format: 'DecimalSI' }
  const binary = binarySuffixes.get(suffix)
  if (binary !== undefined) return { base: 2, exponent: binary, format: 'BinarySI' }
  if (!/^[eE][-+]?[0-9]+$/.test(suffix) || Math.abs(Number(suffix.slice(1))) > exponentMax) throw new QuantityError(wrongSuffix)
  return { base: 10, exponent: Number(suffix.slice(1)), format: 'DecimalExponent' }
}

/** Whether upstream's fast path keeps the text as it was written: small numbers that look canonical. */
function keepsText({ base, exponent, format }: Unit, whole: string, fraction: string): boolean {
  if (whole === '0' && fraction === '') return false
  const digits = whole + fraction
  if (format === 'BinarySI') {
    if (fraction !== '' || 15 - whole.length - Math.trunc((exponent * 3) / 10) - 1 < 0) return false
    return (BigInt(whole) & 7n) !== 0n
  }
  const scale = exponent - fraction.length
  if (base !== 10 || digits.length > 18 || scale < -9) return false
  return scale % 3 === 0 && !digits.endsWith('000') && !digits.startsWith('0')
}

/** A binary quantity of less than one unit prints in decimal. */
function smallBinary(format: QuantityFormat, mantissa: bigint, exponent: number): QuantityFormat {
  if (format !== 'BinarySI' || mantissa === 0n) return format
  const magnitude = mantissa < 0n ? -mantissa : mantissa
  return exponent < 0 && magnitude < 10n ** BigInt(-exponent) ? 'DecimalSI' : format
}

function divideAway(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor
  if (value % divisor === 0n) return quotient
  return value < 0n ? quotient - 1n : quotient + 1n
}
