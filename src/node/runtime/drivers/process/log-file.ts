/**
 * A container's log in CRI's format (`<RFC 3339 nano> <stream> <F|P> <text>`), written by the runtime server so that a
 * log does not miss a line while its kubelet is away. Lines over 16 KiB are cut into partial ones; the file is rotated at
 * 10 MiB and five are kept (kubelet's containerLogMaxSize and containerLogMaxFiles).
 */
import { closeSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

const lineBytesMax = 16 * 1024
const fileBytesMax = 10 * 1024 * 1024
const filesMax = 5

export interface LogFile {
  write(stream: 'stdout' | 'stderr', chunk: Buffer): void
  /** Writes what is left of unfinished lines and closes the file. */
  close(): void
  /** The last bytes written, at most 80 lines and 2 KiB (termination message fallback). */
  tail(): string
}

/** Opens (appending) the log at `path`, making its directory. */
export function openLogFile(path: string): LogFile {
  mkdirSync(dirname(path), { recursive: true })
  let file = openSync(path, 'a', 0o640)
  let size = statSync(path).size
  let tail = Buffer.alloc(0)
  const partial = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) }

  const rotate = () => {
    closeSync(file)
    for (let i = filesMax - 1; i >= 1; i--) {
      try {
        if (i === filesMax - 1) rmSync(`${path}.${i}`, { force: true })
        renameSync(i === 1 ? path : `${path}.${i - 1}`, `${path}.${i}`)
      } catch {}
    }
    file = openSync(path, 'a', 0o640)
    size = 0
  }
  const line = (stream: string, tag: 'F' | 'P', text: Buffer) => {
    const record = Buffer.concat([Buffer.from(`${timestamp()} ${stream} ${tag} `), text, Buffer.from('\n')])
    if (size && size + record.length > fileBytesMax) rotate()
    try {
      writeSync(file, record)
    } catch {
      // A full disk loses log lines, never the container.
    }
    size += record.length
  }
  return {
    write(stream, chunk) {
      tail = Buffer.concat([tail, chunk])
      if (tail.length > 2048) tail = tail.subarray(tail.length - 2048)
      let rest: Buffer = partial[stream].length ? Buffer.concat([partial[stream], chunk]) : chunk
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        let text = rest.subarray(0, end)
        for (; text.length > lineBytesMax; text = text.subarray(lineBytesMax)) line(stream, 'P', text.subarray(0, lineBytesMax))
        line(stream, 'F', text)
        rest = rest.subarray(end + 1)
      }
      for (; rest.length > lineBytesMax; rest = rest.subarray(lineBytesMax)) line(stream, 'P', rest.subarray(0, lineBytesMax))
      partial[stream] = Buffer.from(rest)
    },
    close() {
      for (const stream of ['stdout', 'stderr'] as const) if (partial[stream].length) line(stream, 'P', partial[stream])
      closeSync(file)
    },
    tail: () => tail.toString('utf8').split('\n').slice(-81).join('\n'),
  }
}

/** Now as RFC 3339 with nine digits; microseconds are as far as the clock goes. */
function timestamp(): string {
  const micros = Math.round((performance.timeOrigin + performance.now()) * 1000)
  const iso = new Date(Math.floor(micros / 1000)).toISOString()
  return `${iso.slice(0, -1)}${String(micros % 1000).padStart(3, '0')}000Z`
}
