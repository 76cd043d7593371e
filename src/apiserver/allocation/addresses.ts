/**
 * Ranges of service addresses. Addresses are counted from the range's base; the base itself and, in IPv4, the last one are
 * never given. Dynamic picks come from the upper part of the range first, so that addresses chosen by hand in the lower
 * part seldom collide with them (KEP-3070).
 */
import { type Cidr, cidrContains, formatIp, parseCidr, parseIp } from '../../api/validation/ip.js'

export interface AddressRange {
  readonly cidr: Cidr
  readonly text: string
  readonly family: 'IPv4' | 'IPv6'
  /** Addresses that can be given: 1 to `last`. */
  readonly last: number
  /** Below it is the part for addresses chosen by hand. */
  readonly dynamicFrom: number
}

/** Ranges larger than this are used in their first part only, as upstream does with IPv6. */
const hostBitsMax = 20

/** Undefined for a text that is no CIDR. */
export function addressRange(text: string): AddressRange | undefined {
  const cidr = parseCidr(text)
  if (!cidr) return undefined
  const bits = (cidr.base.family === 4 ? 32 : 128) - cidr.prefixBits
  const size = 2 ** Math.min(bits, hostBitsMax)
  const last = cidr.base.family === 4 && bits <= hostBitsMax ? size - 2 : size - 1
  return {
    cidr,
    text,
    family: cidr.base.family === 4 ? 'IPv4' : 'IPv6',
    last,
    dynamicFrom: 1 + Math.min(Math.max(16, Math.floor(size / 16)), 256, Math.max(0, last - 1)),
  }
}

/** The address at a place of the range. */
export function addressAt({ cidr }: AddressRange, place: number): string {
  const bytes = [...cidr.base.bytes]
  let rest = place
  for (let i = bytes.length - 1; i >= 0 && rest > 0; i--) {
    rest += bytes[i] ?? 0
    bytes[i] = rest & 255
    rest = Math.floor(rest / 256)
  }
  return formatIp({ family: cidr.base.family, bytes })
}

/** Whether the range can give this address. */
export function givesAddress({ cidr }: AddressRange, text: string): boolean {
  const address = parseIp(text)
  return address !== undefined && cidrContains(cidr, address) && formatIp(address) !== formatIp(cidr.base)
}

/** A free place: at random in the dynamic part, then wherever there is one; undefined when all are taken. */
export function pickPlace(
  first: number,
  last: number,
  dynamicFrom: number,
  random: { below(bound: number): number },
  taken: (place: number) => boolean,
): number | undefined {
  const from = Math.min(Math.max(dynamicFrom, first), last)
  const size = last - from + 1
  const start = random.below(size)
  for (let i = 0; i < size; i++) {
    const place = from + ((start + i) % size)
    if (!taken(place)) return place
  }
  for (let place = from - 1; place >= first; place--) if (!taken(place)) return place
  return undefined
}
