/**
 * IP addresses and CIDRs: parsing, printing, and what is wrong with one, in the words of
 * k8s.io/apimachinery/pkg/util/validation/ip.go. Fields older than strict parsing accept leading zeros, IPv4 inside IPv6 and
 * bits beyond the prefix (KEP-4858, off by default in 1.36) and get a warning instead.
 */
import { type FieldError, type FieldPath, invalid } from './field-path.js'

/** An address as bytes in network order: 4 of them, or 16. An IPv4 address written inside IPv6 has family 4 and `mapped`. */
export interface IpAddress {
  readonly family: 4 | 6
  readonly bytes: readonly number[]
  readonly mapped: boolean
}

/** A network: its base address (bits beyond the prefix cleared), the address as written, and the prefix's bits. */
export interface Cidr {
  readonly address: IpAddress
  readonly base: IpAddress
  readonly prefixBits: number
}

/** The address in `text`; undefined when it is none. Leading zeros in IPv4 are read as decimal, as upstream does. */
export function parseIp(text: string): IpAddress | undefined {
  if (!text.includes(':')) {
    const bytes = parseIpv4(text)
    return bytes && { family: 4, bytes, mapped: false }
  }
  const bytes = parseIpv6(text)
  if (bytes === undefined) return undefined
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255
  return mapped ? { family: 4, bytes: bytes.slice(12), mapped } : { family: 6, bytes, mapped }
}

function parseIpv4(text: string): number[] | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^[0-9]+$/.test(part) && Number(part) <= 255)) return undefined
  return parts.map(Number)
}

function parseIpv6(text: string): number[] | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const groups = halves.map((half, i) => (half === '' ? [] : parseGroups(half, i === halves.length - 1)))
  const [head, tail] = groups
  if (head === undefined || groups.includes(undefined)) return undefined
  if (halves.length === 1) return head.length === 16 ? head : undefined
  const missing = 16 - head.length - (tail?.length ?? 0)
  return missing < 2 ? undefined : [...head, ...Array<number>(missing).fill(0), ...(tail ?? [])]
}

function parseGroups(text: string, last: boolean): number[] | undefined {
  const bytes: number[] = []
  const groups = text.split(':')
  for (const [i, group] of groups.entries()) {
    if (last && i === groups.length - 1 && group.includes('.')) {
      const ipv4 = parseIpv4(group)
      if (ipv4 === undefined) return undefined
      bytes.push(...ipv4)
    } else if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16)
      bytes.push(value >> 8, value & 255)
    } else return undefined
  }
  return bytes
}

/** The address in its canonical form (RFC 5952 for IPv6). */
export function formatIp({ family, bytes }: Pick<IpAddress, 'family' | 'bytes'>): string {
  if (family === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0))
  let best = { start: -1, length: 1 }
  for (let start = 0; start < 8; start++) {
    let length = 0
    while (start + length < 8 && groups[start + length] === 0) length++
    if (length > best.length) best = { start, length }
  }
  const hex = groups.map((group) => group.toString(16))
  if (best.start < 0) return hex.join(':')
  return `${hex.slice(0, best.start).join(':')}::${hex.slice(best.start + best.length).join(':')}`
}

/** The network in `text`; undefined when it is none. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/')
  if (slash < 0) return undefined
  const address = parseIp(text.slice(0, slash))
  const prefix = text.slice(slash + 1)
  if (address === undefined || !/^[0-9]+$/.test(prefix)) return undefined
  const written = Number(prefix)
  if (written > (text.slice(0, slash).includes(':') ? 128 : 32)) return undefined
  if (!address.mapped) return { address, base: maskIp(address, written), prefixBits: written }
  if (written >= 96) return { address, base: maskIp(address, written - 96), prefixBits: written - 96 }
  // IPv4 written in IPv6 with a prefix that ends before it: a network of IPv6.
  const whole: IpAddress = { family: 6, bytes: [...Array<number>(10).fill(0), 255, 255, ...address.bytes], mapped: false }
  return { address, base: maskIp(whole, written), prefixBits: written }
}

/** The address with all bits after the first `prefixBits` cleared. */
export function maskIp(address: IpAddress, prefixBits: number): IpAddress {
  const bytes = address.bytes.map((byte, i) => {
    const bits = Math.min(8, Math.max(0, prefixBits - 8 * i))
    return byte & (0xff00 >> bits) & 0xff
  })
  return { ...address, bytes }
}

/** Whether the network holds the address. */
export function cidrContains(cidr: Cidr, address: IpAddress): boolean {
  if (cidr.base.family !== address.family) return false
  const masked = maskIp(address, cidr.prefixBits)
  return masked.bytes.every((byte, i) => byte === cidr.base.bytes[i])
}

/** The network in its canonical form. */
export function formatCidr({ base, prefixBits }: Cidr): string {
  return `${formatIp(base)}/${prefixBits}`
}

const leadingZeros = (text: string): boolean => /(^|[.:])0[0-9]+(\.|$)/.test(text.includes('.') ? text : '')

/** What is wrong with an address in a field older than strict parsing; `validOld` are values accepted because they were there. */
export function validateLegacyIp(path: FieldPath, value: string, strict = false, validOld: readonly string[] = []): FieldError[] {
  if (validOld.includes(value)) return []
  const address = parseIp(value)
  if (address === undefined) return [invalid(path, value, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')]
  if (!strict) return []
  if (leadingZeros(value)) return [invalid(path, value, 'must not have leading 0s')]
  return address.mapped ? [invalid(path, value, 'must not be an IPv4-mapped IPv6 address')] : []
}

/** What is wrong with an address in a new field: it must be canonical. */
export function validateIp(path: FieldPath, value: string): FieldError[] {
  const errors = validateLegacyIp(path, value, true)
  const address = parseIp(value)
  if (errors.length > 0 || address === undefined) return errors
  const canonical = formatIp(address)
  return value === canonical ? [] : [invalid(path, value, `must be in canonical form (${JSON.stringify(canonical)})`)]
}

/** What is wrong with a network in a field older than strict parsing. */
export function validateLegacyCidr(path: FieldPath, value: string, strict = false, validOld: readonly string[] = []): FieldError[] {
  if (validOld.includes(value)) return []
  const cidr = parseCidr(value)
  if (cidr === undefined) return [invalid(path, value, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')]
  if (!strict) return []
  const [address = '', prefix = ''] = value.split('/')
  if (leadingZeros(address) || /^0[0-9]/.test(prefix)) return [invalid(path, value, 'must not have leading 0s in IP or prefix length')]
  if (cidr.address.mapped) return [invalid(path, value, 'must not have an IPv4-mapped IPv6 address')]
  const extra = cidr.address.bytes.some((byte, i) => byte !== cidr.base.bytes[i])
  return extra ? [invalid(path, value, 'must not have bits set beyond the prefix length')] : []
}

/** What is wrong with a network in a new field: it must be canonical. */
export function validateCidr(path: FieldPath, value: string): FieldError[] {
  const errors = validateLegacyCidr(path, value, true)
  const cidr = parseCidr(value)
  if (errors.length > 0 || cidr === undefined) return errors
  const canonical = formatCidr(cidr)
  return value === canonical ? [] : [invalid(path, value, `must be in canonical form (${JSON.stringify(canonical)})`)]
}

/** Warnings for an address that a legacy field accepts although it is not in a good form. */
export function warningsForIp(path: FieldPath, value: string): string[] {
  const address = parseIp(value)
  if (address === undefined) return []
  const canonical = JSON.stringify(formatIp(address))
  const quoted = JSON.stringify(value)
  if (leadingZeros(value) || address.mapped) return [`${path}: non-standard IP address ${quoted} is invalid: use ${canonical}`]
  if (quoted === canonical) return []
  return [`${path}: IPv6 address ${quoted} should be in RFC 5952 canonical format (${canonical})`]
}

/** Warnings for a network that a legacy field accepts although it is not in a good form. */
export function warningsForCidr(path: FieldPath, value: string): string[] {
  const cidr = parseCidr(value)
  if (cidr === undefined) return []
  const warnings: string[] = []
  const canonical = JSON.stringify(formatCidr(cidr))
  const quoted = JSON.stringify(value)
  if (cidr.address.bytes.some((byte, i) => byte !== cidr.base.bytes[i])) {
    const single = JSON.stringify(`${formatIp(cidr.address)}/${cidr.base.family === 4 ? 32 : 128}`)
    warnings.push(`${path}: CIDR value ${quoted} is ambiguous in this context (should be ${canonical} or ${single}?)`)
  }
  const [address = '', prefix = ''] = value.split('/')
  if (leadingZeros(address) || /^0[0-9]/.test(prefix) || cidr.address.mapped)
    warnings.push(`${path}: non-standard CIDR value ${quoted} is invalid: use ${canonical}`)
  if (warnings.length === 0 && cidr.address.family === 6 && quoted !== canonical)
    warnings.push(`${path}: IPv6 CIDR value ${quoted} should be in RFC 5952 canonical format (${canonical})`)
  return warnings
}
