/**
 * From CRI log lines to what a client asked for: since, timestamps, a limit in bytes. Pure; the lines come from the runtime.
 */

import { parseTime } from '../../api/meta/time.js'
import { joinBytes } from '../../base/bytes.js'

export interface LogFilter {
  readonly timestamps: boolean
  /** Milliseconds since the epoch; lines before it are left out. */
  readonly since: number | undefined
  readonly limitBytes: number | undefined
}

/** Turns chunks of a CRI log into chunks of text; done when the limit is reached. */
export function createLogFormatter({ timestamps, since, limitBytes }: LogFilter): {
  feed(chunk: Uint8Array): { readonly bytes: Uint8Array; readonly done: boolean }
} {
  let rest: Uint8Array = new Uint8Array(0)
  let left = limitBytes ?? Number.POSITIVE_INFINITY
  let midLine = false
  return {
    feed(chunk) {
      const data = joinBytes([rest, chunk])
      const parts: Uint8Array[] = []
      let at = 0
      for (let end = data.indexOf(10, at); end >= 0 && left > 0; end = data.indexOf(10, at)) {
        const line = data.subarray(at, end)
        at = end + 1
        const parsed = parseLine(line)
        if (!parsed || (since !== undefined && parsed.at < since)) continue
        const text = joinBytes([
          ...(timestamps && !midLine ? [encoder.encode(`${parsed.stamp} `)] : []),
          parsed.text,
          ...(parsed.whole ? [newline] : []),
        ])
        midLine = !parsed.whole
        parts.push(text.length > left ? text.subarray(0, left) : text)
        left -= text.length
      }
      rest = data.slice(at)
      return { bytes: joinBytes(parts), done: left <= 0 }
    },
  }
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const newline = new Uint8Array([10])

/** `<time> <stream> <F|P> <text>`; undefined for what is no such line. */
function parseLine(line: Uint8Array): { stamp: string; at: number; whole: boolean; text: Uint8Array } | undefined {
  const first = line.indexOf(32)
  const second = line.indexOf(32, first + 1)
  if (first < 0 || second < 0 || line[second + 2] !== 32) return undefined
  const stamp = decoder.decode(line.subarray(0, first))
  const at = parseTime(stamp)
  return at === undefined ? undefined : { stamp, at, whole: line[second + 1] === 70, text: line.subarray(second + 3) }
}
