/**
 * Writes and reads the store's own binary forms: log commands, WAL records, snapshot blocks. Unsigned integers are
 * LEB128 varints up to 2^53, texts are UTF-8 behind their length. Not msgpack: these bytes are kept for years and
 * compared between replicas, so their form is fixed here and versioned by whoever uses it.
 */
import { assert } from '../base/assert.js'
import { CodedError } from '../base/errors.js'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Grows as it is written to; finish() gives the bytes and starts anew. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>
  #size = 0
  readonly #initial: number

  constructor(initialBytes = 256) {
    this.#initial = initialBytes
    this.#bytes = new Uint8Array(initialBytes)
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#size
  }

  byte(value: number): void {
    this.#room(1)
    this.#bytes[this.#size++] = value
  }

  /** A 32-bit integer, little endian, always four bytes. */
  fixed32(value: number): void {
    this.#room(4)
    for (let shift = 0; shift < 32; shift += 8) this.#bytes[this.#size++] = value >>> shift
  }

  /** An integer in [0, 2^53). */
  uint(value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, `${value} is an integer from 0 to 2^53 - 1`)
    this.#room(8)
    let rest = value
    while (rest >= 0x80) {
      this.#bytes[this.#size++] = (rest % 0x80) | 0x80
      rest = rest < 0x80000000 ? rest >>> 7 : Math.floor(rest / 0x80)
    }
    this.#bytes[this.#size++] = rest
  }

  text(value: string): void {
    const length = value.length
    this.#room(length + 8)
    const start = this.#size
    this.uint(length)
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i)
      if (unit >= 0x80) {
        this.#size = start
        return this.blob(encoder.encode(value))
      }
      this.#bytes[this.#size++] = unit
    }
  }

  /** Bytes behind their length. */
  blob(value: Uint8Array): void {
    this.uint(value.length)
    this.raw(value)
  }

  /** Bytes as they are. */
  raw(value: Uint8Array): void {
    this.#room(value.length)
    this.#bytes.set(value, this.#size)
    this.#size += value.length
  }

  /** All that was written, in a buffer of its own. */
  finish(): Uint8Array<ArrayBuffer> {
    const bytes = this.#bytes.slice(0, this.#size)
    this.#size = 0
    if (this.#bytes.length > this.#initial * 64) this.#bytes = new Uint8Array(this.#initial)
    return bytes
  }

  #room(more: number): void {
    if (this.#size + more <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#size + more))
    larger.set(this.#bytes.subarray(0, this.#size))
    this.#bytes = larger
  }
}

/** Reads what ByteWriter wrote. Everything throws code 'DataCorrupt' at the end of the bytes. */
export class ByteReader {
  readonly #bytes: Uint8Array
  #at: number

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes
    this.#at = at
  }

  get position(): number {
    return this.#at
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  byte(): number {
    return this.#bytes[this.#take(1)] as number
  }

  fixed32(): number {
    const at = this.#take(4)
    const [a, b, c, d] = [this.#bytes[at], this.#bytes[at + 1], this.#bytes[at + 2], this.#bytes[at + 3]] as [
      number,
      number,
      number,
      number,
    ]
    return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0
  }

  uint(): number {
    let value = 0
    for (let scale = 1; scale < 2 ** 56; scale *= 0x80) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
    throw new CodedError('DataCorrupt', 'Cannot read an integer: it has too many bytes')
  }

  text(): string {
    const length = this.uint()
    const start = this.#take(length)
    const bytes = this.#bytes.subarray(start, start + length)
    if (length <= 512 && bytes.every((byte) => byte < 0x80)) return String.fromCharCode.apply(null, bytes as unknown as number[])
    try {
      return decoder.decode(bytes)
    } catch (error) {
      throw new CodedError('DataCorrupt', 'Cannot read a text: it is not UTF-8', { cause: error })
    }
  }

  /** A view of the bytes, not a copy. */
  blob(): Uint8Array {
    return this.raw(this.uint())
  }

  /** As blob(), in memory of its own. (A Buffer's slice() would not be.) */
  copy(): Uint8Array {
    return new Uint8Array(this.blob())
  }

  raw(length: number): Uint8Array {
    const start = this.#take(length)
    return this.#bytes.subarray(start, start + length)
  }

  #take(length: number): number {
    const start = this.#at
    if (start + length > this.#bytes.length)
      throw new CodedError('DataCorrupt', `Cannot read ${length} bytes at ${start}: there are ${this.#bytes.length}`)
    this.#at += length
    return start
  }
}

/** The same bytes as a plain view: what arrives over a link may be a subclass whose slice() makes no copy. */
export function plain({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
