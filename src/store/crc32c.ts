/**
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4): the checksum of every record on disk and of the key space. Slicing by
 * eight: eight bytes a step through eight tables. zlib's crc32 is another polynomial and not to be had in a pure module.
 */

const polynomial = 0x82f63b78

/** Table k holds the checksum of each byte followed by k zero bytes. */
const tables: readonly Int32Array[] = makeTables()

/** The checksum of `bytes`, an unsigned 32-bit integer. `seed` is the checksum of what came before, to go on from there. */
export function crc32c(bytes: Uint8Array, seed = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ]
  const at = (table: Int32Array, i: number): number => table[i & 255] as number
  let crc = ~seed
  let i = 0
  for (const end = bytes.length - 7; i < end; i += 8) {
    crc ^= (bytes[i] as number) | ((bytes[i + 1] as number) << 8) | ((bytes[i + 2] as number) << 16) | ((bytes[i + 3] as number) << 24)
    crc =
      at(t7, crc) ^
      at(t6, crc >>> 8) ^
      at(t5, crc >>> 16) ^
      at(t4, crc >>> 24) ^
      at(t3, bytes[i + 4] as number) ^
      at(t2, bytes[i + 5] as number) ^
      at(t1, bytes[i + 6] as number) ^
      at(t0, bytes[i + 7] as number)
  }
  for (; i < bytes.length; i++) crc = (crc >>> 8) ^ at(t0, crc ^ (bytes[i] as number))
  return ~crc >>> 0
}

function makeTables(): Int32Array[] {
  const first = Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
    return crc
  })
  const all = [first]
  for (let k = 1; k < 8; k++) all.push((all[k - 1] as Int32Array).map((crc) => (first[crc & 255] as number) ^ (crc >>> 8)))
  return all
}
