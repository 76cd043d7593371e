/**
 * The server's side of SPDY/3.1, as far as Kubernetes speaks it: clients open streams, both sides send bytes, either ends
 * its direction. No flow control of streams: the clients (moby/spdystream) have none, so a reader that does not read
 * holds up its connection. draft-mbelshe-httpbis-spdy-00; versions in frames are 3.
 */
import { joinBytes } from '../../base/bytes.js'
import type { ByteDuplex, CreateHeaderCompression, HeaderCompression } from '../listener.js'
import { ByteQueue } from './byte-queue.js'
import { spdyDictionary } from './spdy-dictionary.js'

export interface SpdyStream {
  readonly id: number
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>
  /** Bytes from the client, until it ends its direction; throws when the stream or the connection breaks. */
  readonly received: AsyncIterable<Uint8Array>
  send(bytes: Uint8Array): Promise<void>
  /** No more bytes from here. */
  end(): Promise<void>
}

const type = { synStream: 1, synReply: 2, rstStream: 3, ping: 6, goAway: 7 } as const
const flagFin = 1
const frameBytesMax = 16 * 1024 * 1024 - 1
/** A longer block of headers is no Kubernetes client's. */
const headerBytesMax = 64 * 1024
const decoder = new TextDecoder()

/** Serves a connection until it ends; `accept` is called for each stream that the client opens. */
export async function serveSpdy(
  duplex: ByteDuplex,
  createCompression: CreateHeaderCompression,
  accept: (stream: SpdyStream) => void,
): Promise<void> {
  const compression = createCompression(spdyDictionary)
  const connection = new Connection(duplex, compression, accept)
  try {
    await connection.read()
  } finally {
    connection.close()
    compression.close()
  }
}

class Connection {
  readonly #duplex: ByteDuplex
  readonly #compression: HeaderCompression
  readonly #accept: (stream: SpdyStream) => void
  readonly #queues = new Map<number, ByteQueue>()
  #writing: Promise<void> = Promise.resolve()

  constructor(duplex: ByteDuplex, compression: HeaderCompression, accept: (stream: SpdyStream) => void) {
    this.#duplex = duplex
    this.#compression = compression
    this.#accept = accept
  }

  async read(): Promise<void> {
    let rest: Uint8Array = new Uint8Array(0)
    for await (const bytes of this.#duplex.received) {
      rest = rest.length === 0 ? bytes : joinBytes([rest, bytes])
      for (;;) {
        if (rest.length < 8) break
        const view = viewOf(rest)
        const length = view.getUint32(4) & 0xffffff
        if (rest.length < 8 + length) break
        await this.#frame(view.getUint32(0), view.getUint8(4), rest.subarray(8, 8 + length))
        rest = rest.subarray(8 + length)
      }
    }
  }

  close(): void {
    for (const queue of this.#queues.values()) queue.end(new Error('the connection is closed'))
    this.#queues.clear()
  }

  async #frame(head: number, flags: number, payload: Uint8Array): Promise<void> {
    if ((head & 0x80000000) === 0) return this.#data(head, flags, payload)
    switch (head & 0xffff) {
      case type.synStream:
        return this.#synStream(flags, payload)
      case type.rstStream:
        return this.#ended(viewOf(payload).getUint32(0) & 0x7fffffff, new Error('the stream was reset'))
      case type.ping:
        return this.#control(type.ping, 0, payload.slice())
      case type.goAway:
        return undefined
      default:
        // Settings, headers and window updates say nothing that is needed here.
        return undefined
    }
  }

  async #data(id: number, flags: number, payload: Uint8Array): Promise<void> {
    await this.#queues.get(id)?.put(payload.slice())
    if (flags & flagFin) this.#ended(id)
  }

  #ended(id: number, error?: Error): void {
    this.#queues.get(id)?.end(error)
    this.#queues.delete(id)
  }

  async #synStream(flags: number, payload: Uint8Array): Promise<void> {
    const id = viewOf(payload).getUint32(0) & 0x7fffffff
    // Two ids and two bytes of priority and slot come before the headers.
    const headers = readHeaders(await this.#compression.decompress(payload.subarray(10)))
    const queue = new ByteQueue()
    this.#queues.set(id, queue)
    const empty = await this.#compression.compress(new Uint8Array(4))
    await this.#control(type.synReply, 0, joinBytes([uint32(id), empty]))
    this.#accept({
      id,
      headers,
      received: queue,
      send: (bytes) => this.#send(id, bytes),
      end: () => this.#write(joinBytes([uint32(id), frameLength(flagFin, 0)])),
    })
    if (flags & flagFin) this.#ended(id)
  }

  async #send(id: number, bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += frameBytesMax) {
      const part = bytes.subarray(at, at + frameBytesMax)
      await this.#write(joinBytes([uint32(id), frameLength(0, part.length), part]))
    }
  }

  #control(kind: number, flags: number, payload: Uint8Array): Promise<void> {
    return this.#write(joinBytes([uint32((0x80030000 | kind) >>> 0), frameLength(flags, payload.length), payload]))
  }

  /** Whole frames, one after the other. */
  #write(frame: Uint8Array): Promise<void> {
    const written = this.#writing.then(() => this.#duplex.write(frame))
    this.#writing = written.catch(() => {})
    return written
  }
}

function readHeaders(block: Uint8Array): Map<string, string> {
  if (block.length > headerBytesMax) throw new Error('Cannot read SPDY headers: they are too long')
  const view = viewOf(block)
  let at = 4
  const text = (): string => {
    const length = view.getUint32(at)
    const from = at + 4
    at = from + length
    return decoder.decode(block.subarray(from, at))
  }
  const headers = new Map<string, string>()
  for (let left = view.getUint32(0); left > 0; left--) headers.set(text().toLowerCase(), text())
  return headers
}

function frameLength(flags: number, length: number): Uint8Array {
  return uint32(((flags << 24) | length) >>> 0)
}

function uint32(value: number): Uint8Array {
  return new Uint8Array([value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255])
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
