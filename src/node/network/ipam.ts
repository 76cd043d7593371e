/** IPv4 ranges and the handing out of addresses from one: a node's pod addresses, a cluster's Service addresses. Pure. */
import { assert } from '../../base/assert.js'

export interface Cidr {
  /** The first address as a number. */
  readonly base: number
  readonly bits: number
  /** How many addresses it spans, network and broadcast included. */
  readonly size: number
}

/** The range that `10.0.0.0/24` names. Throws InvariantError for text that is none: ranges come from configuration. */
export function parseCidr(text: string): Cidr {
  const [address = '', prefix = ''] = text.split('/')
  const bits = Number(prefix)
  const value = parseAddress(address)
  assert(value !== undefined && /^\d+$/.test(prefix) && bits <= 32, `"${text}" is an IPv4 range`)
  const size = 2 ** (32 - bits)
  return { base: value - (value % size), bits, size }
}

/** An IPv4 address as a number; undefined for text that is none. */
export function parseAddress(text: string): number | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return undefined
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0)
}

export function formatAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.')
}

/** The address at this place of the range; 0 is the network's own. */
export function addressAt(cidr: Cidr, index: number): string {
  return formatAddress(cidr.base + index)
}

export function contains(cidr: Cidr, address: string): boolean {
  const value = parseAddress(address)
  return value !== undefined && value >= cidr.base && value < cidr.base + cidr.size
}

export interface AddressPool {
  /** A free address, the one after the last handed out first, so that one that was just freed rests. */
  allocate(): string | undefined
  /** Marks an address as taken; it may lie outside the range. */
  take(address: string): void
  release(address: string): void
}

/** Addresses of a range except its first `reserved` and its last. */
export function createAddressPool(cidr: Cidr, reserved: number): AddressPool {
  const taken = new Set<string>()
  let next = reserved
  const usable = cidr.size - 1
  return {
    allocate() {
      for (let tried = reserved; tried < usable; tried++) {
        const address = addressAt(cidr, next)
        next = next + 1 >= usable ? reserved : next + 1
        if (taken.has(address)) continue
        taken.add(address)
        return address
      }
      return undefined
    },
    take: (address) => void taken.add(address),
    release: (address) => void taken.delete(address),
  }
}
