/**
 * Strings with a form: times, quantities, bytes. Each function gives the form in which the API writes the value back, or
 * throws ScalarError with the text of Go's own parser, which clients see.
 */
import { Quantity, QuantityError } from '../meta/quantity.js'
import { normalizeTime, timeError } from '../meta/time.js'

/** A string that is not what its field holds; the message is Go's. */
export class ScalarError extends Error {
  override readonly name = 'ScalarError'
}

/** The canonical form of a quantity: '1000m' is '1'. */
export function canonicalQuantity(text: string): string {
  try {
    return Quantity.parse(text.trim()).toString()
  } catch (error) {
    if (error instanceof QuantityError) throw new ScalarError(error.message)
    throw error
  }
}

/**
 * The time in UTC to the second (`date-time`) or the microsecond (`micro-time`, six digits and no other); undefined for
 * Go's zero time, which the API writes as null.
 */
export function canonicalTime(text: string, format: 'date-time' | 'micro-time'): string | undefined {
  const precision = format === 'date-time' ? 'second' : 'micro'
  const normal = precision === 'micro' && !/[.,]\d{6}(?!\d)/.test(text) ? undefined : normalizeTime(text, precision)
  if (normal === undefined) throw new ScalarError(timeError(text, precision))
  return /^0001-01-01T00:00:00(\.000000)?Z$/.test(normal) ? undefined : normal
}

const isBase64 = (c: string): boolean => /[A-Za-z0-9+/]/.test(c)

/** Base64 without the line breaks that Go's decoder passes over; throws at the byte at which that decoder stops. */
export function canonicalBase64(text: string): string {
  if (/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) return text
  const corrupt = corruptByte(text)
  if (corrupt !== undefined) throw new ScalarError(`illegal base64 data at input byte ${corrupt}`)
  return text.replace(/[\r\n]/g, '')
}

/** encoding/base64's decodeQuantum: where the input goes wrong, or undefined. */
function corruptByte(text: string): number | undefined {
  let at = 0
  const skip = (): void => {
    while (text[at] === '\n' || text[at] === '\r') at++
  }
  for (;;) {
    for (let j = 0; j < 4; j++) {
      skip()
      const c = text[at++]
      if (c === undefined) return j === 0 ? undefined : at - 1 - j
      if (isBase64(c)) continue
      if (c !== '=' || j < 2) return at - 1
      skip()
      if (j === 2) {
        if (at === text.length) return text.length
        if (text[at] !== '=') return at - 1
        at++
        skip()
      }
      return at < text.length ? at : undefined
    }
  }
}
