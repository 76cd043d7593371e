/** UIDs and name suffixes, drawn from the context's Random so that they follow the seed. */
import { customRandom } from 'nanoid'
import type { Random } from './random.js'

/** Letters and digits that make no words and no look-alikes, as Kubernetes' names use (apimachinery util/rand). */
const suffixAlphabet = 'bcdfghjklmnpqrstvwxz2456789'

export interface Ids {
  /** A random UUID, RFC 9562 version 4. */
  uid(): string
  /** `length` (default 5) characters for generated names, as in `web-7c5ddbdf54-x2x5q`. */
  suffix(length?: number): string
}

export function createIds(random: Random): Ids {
  const suffixOf = (length: number) => customRandom(suffixAlphabet, length, (size) => random.bytes(size))()
  return { uid: () => uuid(random.bytes(16)), suffix: (length = 5) => suffixOf(length) }
}

function uuid(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte, i) => {
    const value = i === 6 ? (byte & 0x0f) | 0x40 : i === 8 ? (byte & 0x3f) | 0x80 : byte
    return value.toString(16).padStart(2, '0')
  }).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
