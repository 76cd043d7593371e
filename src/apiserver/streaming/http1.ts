/**
 * A client of HTTP/1.1 over a byte stream (RFC 9112): one request, one answer, then the stream is done with. For proxies,
 * whose connections are streams to a kubelet and not sockets.
 */
import { CodedError } from '../../base/errors.js'

export interface Http1Request {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly headers: readonly (readonly [string, string])[]
}

export interface Http1Answer {
  readonly status: number
  /** In order, names as they came. */
  readonly headers: readonly (readonly [string, string])[]
  /** The body, or after a 101 whatever comes. Throws code 'BadAnswer' when it is cut short. */
  readonly body: AsyncIterable<Uint8Array>
}

const headBytesMax = 256 * 1024
const encoder = new TextEncoder()

/** The head of a request as bytes. */
export function requestHead({ method, target, headers }: Http1Request): Uint8Array {
  return encoder.encode(`${method} ${target} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`)
}

/** A body of unknown length as chunks. */
export function chunkOf(bytes: Uint8Array): Uint8Array {
  const head = encoder.encode(`${bytes.length.toString(16)}\r\n`)
  const chunk = new Uint8Array(head.length + bytes.length + 2)
  chunk.set(head)
  chunk.set(bytes, head.length)
  chunk.set([13, 10], head.length + bytes.length)
  return chunk
}

export const lastChunk: Uint8Array = encoder.encode('0\r\n\r\n')

/** Reads the answer to a request of this method. Throws code 'BadAnswer'. */
export async function readAnswer(bytes: AsyncIterable<Uint8Array>, method: string): Promise<Http1Answer> {
  const reader = new Reader(bytes[Symbol.asyncIterator]())
  for (;;) {
    const [statusLine = '', ...lines] = (await reader.until('\r\n\r\n', headBytesMax)).split('\r\n')
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1])
    if (Number.isNaN(status)) throw badAnswer('it is not HTTP/1.1')
    if (status >= 100 && status < 200 && status !== 101) continue
    const headers = lines
      .filter((line) => line !== '')
      .map((line): [string, string] => {
        const colon = line.indexOf(':')
        return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()]
      })
    return { status, headers, body: bodyOf(reader, status, method, headers) }
  }
}

/** The value of a header, in lower-case names' terms. */
export function headerOf(headers: readonly (readonly [string, string])[], name: string): string | undefined {
  return headers.find(([one]) => one.toLowerCase() === name)?.[1]
}

function bodyOf(
  reader: Reader,
  status: number,
  method: string,
  headers: readonly (readonly [string, string])[],
): AsyncIterable<Uint8Array> {
  if (status === 101) return reader.rest()
  if (method === 'HEAD' || status === 204 || status === 304) return reader.exactly(0)
  if (headerOf(headers, 'transfer-encoding')?.toLowerCase().includes('chunked')) return reader.chunks()
  const length = headerOf(headers, 'content-length')
  return length === undefined ? reader.rest() : reader.exactly(Number(length))
}

class Reader {
  readonly #bytes: AsyncIterator<Uint8Array>
  #held: Uint8Array = new Uint8Array(0)

  constructor(bytes: AsyncIterator<Uint8Array>) {
    this.#bytes = bytes
  }

  /** Text up to the mark, which is taken too. */
  async until(mark: string, bytesMax: number): Promise<string> {
    for (;;) {
      // One byte is one character, so that positions in the text are positions in the bytes.
      const text = latin1(this.#held)
      const at = text.indexOf(mark)
      if (at >= 0) {
        this.#held = this.#held.subarray(at + mark.length)
        return text.slice(0, at)
      }
      if (text.length > bytesMax) throw badAnswer('its head is too long')
      if (!(await this.#more())) throw badAnswer('it ended in its head')
    }
  }

  async *rest(): AsyncGenerator<Uint8Array> {
    if (this.#held.length > 0) yield this.#held
    for (let next = await this.#bytes.next(); !next.done; next = await this.#bytes.next()) yield next.value
  }

  async *exactly(length: number): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0; ) {
      if (this.#held.length === 0 && !(await this.#more())) throw badAnswer('it ended in its body')
      const part = this.#held.subarray(0, left)
      this.#held = this.#held.subarray(part.length)
      left -= part.length
      yield part
    }
    await this.#bytes.return?.()
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const size = Number.parseInt(await this.until('\r\n', headBytesMax), 16)
      if (Number.isNaN(size)) throw badAnswer('a chunk has no size')
      if (size === 0) break
      for (let left = size; left > 0; ) {
        if (this.#held.length === 0 && !(await this.#more())) throw badAnswer('it ended in a chunk')
        const part = this.#held.subarray(0, left)
        this.#held = this.#held.subarray(part.length)
        left -= part.length
        yield part
      }
      await this.until('\r\n', 2)
    }
    await this.#bytes.return?.()
  }

  async #more(): Promise<boolean> {
    const next = await this.#bytes.next()
    if (next.done) return false
    if (this.#held.length === 0) this.#held = next.value
    else {
      const both = new Uint8Array(this.#held.length + next.value.length)
      both.set(this.#held)
      both.set(next.value, this.#held.length)
      this.#held = both
    }
    return true
  }
}

function latin1(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192))
  return text
}

function badAnswer(why: string): CodedError {
  return new CodedError('BadAnswer', `Cannot read the answer: ${why}`)
}
