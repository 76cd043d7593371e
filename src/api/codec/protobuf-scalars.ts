/** How protobuf carries the types that are not messages of named fields: numbers, text, times, quantities, JSON. */
import type protobuf from 'protobufjs/minimal.js'
import { formatMicroTime, formatTime, parseTime } from '../meta/time.js'
import type { TypeSchema } from '../schema/types.js'

/** Bytes that are no message of the expected kind. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError'
}

/** Reads one value; undefined for what the API has as absent or null (the zero time, empty JSON). */
export function readScalar(reader: protobuf.Reader, type: TypeSchema): unknown {
  switch (type.type) {
    case 'integer':
      return type.format === 'int32' ? reader.int32() : Number(reader.int64())
    case 'number':
      return reader.double()
    case 'boolean':
      return reader.bool()
    case 'any':
      return readJson(reader)
    case 'string':
      return readText(reader, type.format)
    default:
      throw new ProtobufError(`Cannot read a ${type.type} as a single value`)
  }
}

/** The parts of a small message, by field number. */
function parts(reader: protobuf.Reader, read: (number: number) => unknown): Map<number, unknown> {
  const end = reader.uint32() + reader.pos
  if (end > reader.len) throw new ProtobufError('unexpected EOF')
  const found = new Map<number, unknown>()
  while (reader.pos < end) {
    const tag = reader.uint32()
    const value = read(tag >>> 3)
    if (value === undefined) reader.skipType(tag & 7)
    else found.set(tag >>> 3, value)
  }
  return found
}

function readJson(reader: protobuf.Reader): unknown {
  const raw = parts(reader, (number) => (number === 1 ? reader.bytes() : undefined)).get(1) as Uint8Array | undefined
  if (!raw || raw.length === 0) return undefined
  return (JSON.parse(new TextDecoder().decode(raw)) as unknown) ?? undefined
}

function readText(reader: protobuf.Reader, format: string | undefined): unknown {
  switch (format) {
    case 'byte':
      return toBase64(reader.bytes())
    case 'quantity':
      return parts(reader, (number) => (number === 1 ? reader.string() : undefined)).get(1) || '0'
    case 'int-or-string': {
      const found = parts(reader, (number) =>
        number === 1 ? Number(reader.int64()) : number === 2 ? reader.int32() : number === 3 ? reader.string() : undefined,
      )
      return found.get(1) === 1 ? (found.get(3) ?? '') : (found.get(2) ?? 0)
    }
    case 'date-time':
    case 'micro-time': {
      const found = parts(reader, (number) => (number === 1 ? Number(reader.int64()) : number === 2 ? reader.int32() : undefined))
      if (found.size === 0 || found.get(1) === zeroTimeSeconds) return undefined
      const seconds = (found.get(1) as number | undefined) ?? 0
      if (format === 'date-time') return formatTime(seconds * 1000)
      const micros = Math.floor(((found.get(2) as number | undefined) ?? 0) / 1000)
      return `${formatTime(seconds * 1000).slice(0, -1)}.${String(micros).padStart(6, '0')}Z`
    }
    default:
      return reader.string()
  }
}

/** Go's zero time, 0001-01-01T00:00:00Z. */
const zeroTimeSeconds = -62135596800

/** Writes one value under a field number. */
export function writeScalar(writer: protobuf.Writer, number: number, type: TypeSchema, value: unknown): void {
  switch (type.type) {
    case 'integer':
      writer.uint32(number << 3)
      if (type.format === 'int32') writer.int32(value as number)
      else writer.int64(value as number)
      return
    case 'number':
      writer.uint32((number << 3) | 1).double(value as number)
      return
    case 'boolean':
      writer.uint32(number << 3).bool(value as boolean)
      return
    case 'any':
      writer.uint32((number << 3) | 2).fork()
      if (value !== undefined) writer.uint32(10).bytes(new TextEncoder().encode(JSON.stringify(value)))
      writer.ldelim()
      return
    case 'string':
      writeText(writer.uint32((number << 3) | 2), type.format, value)
      return
    default:
      throw new ProtobufError(`Cannot write a ${type.type} as a single value`)
  }
}

function writeText(writer: protobuf.Writer, format: string | undefined, value: unknown): void {
  switch (format) {
    case 'byte':
      writer.bytes(fromBase64(value as string))
      return
    case 'quantity':
      writer
        .fork()
        .uint32(10)
        .string(value as string)
        .ldelim()
      return
    case 'int-or-string':
      writer
        .fork()
        .uint32(8)
        .int64(typeof value === 'string' ? 1 : 0)
        .uint32(16)
        .int32(typeof value === 'number' ? value : 0)
      writer
        .uint32(26)
        .string(typeof value === 'string' ? value : '')
        .ldelim()
      return
    case 'date-time':
    case 'micro-time': {
      writer.fork()
      const ms = value === undefined ? undefined : parseTime(value as string)
      if (ms !== undefined) {
        const micros = format === 'micro-time' ? formatMicroTime(ms).slice(20, 26) : '0'
        writer
          .uint32(8)
          .int64(Math.floor(ms / 1000))
          .uint32(16)
          .int32(Number(micros) * 1000)
      }
      writer.ldelim()
      return
    }
    default:
      writer.string(value as string)
  }
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(i, i + 3)
    const bits = (a << 16) | (b << 8) | c
    const left = bytes.length - i
    text += alphabet.charAt(bits >> 18) + alphabet.charAt((bits >> 12) & 63)
    text += (left > 1 ? alphabet.charAt((bits >> 6) & 63) : '=') + (left > 2 ? alphabet.charAt(bits & 63) : '=')
  }
  return text
}

function fromBase64(text: string): Uint8Array {
  const digits = text.replace(/=+$/, '')
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4))
  let bits = 0
  let held = 0
  let at = 0
  for (const digit of digits) {
    bits = ((bits << 6) | alphabet.indexOf(digit)) & 0xffffff
    held += 6
    if (held < 8) continue
    held -= 8
    bytes[at++] = (bits >> held) & 255
  }
  return bytes
}
