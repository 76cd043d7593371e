/** How large entries count, for every bound in bytes. Next: config.ts, where the bounds are. */
import type { Entry } from './types.js'

/** An entry's size in a message, near enough: its data, and room for the rest. */
export function entryBytes(entry: Entry): number {
  return entry.data.byteLength + 16
}

/** The bytes of data in entries: what a proposer pays for. A leader's empty entry is free. */
export function payloadBytes(entries: readonly Entry[]): number {
  return entries.reduce((bytes, entry) => bytes + entry.data.byteLength, 0)
}

/** As many entries from the front as fit into `bytesMax`, at least one if there is any. */
export function limitBytes(entries: readonly Entry[], bytesMax: number): readonly Entry[] {
  let bytes = 0
  const end = entries.findIndex((entry, at) => {
    bytes += entryBytes(entry)
    return bytes > bytesMax && at > 0
  })
  return end < 0 ? entries : entries.slice(0, end)
}
