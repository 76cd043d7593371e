/**
 * Envelopes to bytes and back: one self-contained msgpack value behind a version byte. msgpackr's shared structures are
 * not used: they corrupt silently when the two ends disagree about them. The bundle without the native addon is
 * imported, because an addon can take the whole process down with one thread.
 */
import { Packr } from 'msgpackr/pack'
import { CodedError, messageOf } from '../base/errors.js'
import { limits } from '../base/limits.js'
import type { Envelope } from './envelope.js'

/** First byte of every frame; changes with the meaning of the rest. */
const frameVersion = 1

const packr = new Packr({ useRecords: false, moreTypes: false, int64AsType: 'number' })

/** One frame in a buffer of its own, so that it can be transferred. Throws code 'BadMessage'. */
export function encodeEnvelope(envelope: Envelope): Uint8Array<ArrayBuffer> {
  let packed: Uint8Array
  try {
    packed = packr.pack(envelope)
  } catch (error) {
    throw new CodedError('BadMessage', `Cannot encode a message: ${messageOf(error)}`)
  }
  if (packed.byteLength >= limits.messageBytesMax)
    throw new CodedError('BadMessage', `Cannot send a message: ${packed.byteLength} bytes are more than ${limits.messageBytesMax}`)
  const frame = new Uint8Array(packed.byteLength + 1)
  frame[0] = frameVersion
  frame.set(packed, 1)
  return frame
}

/** The envelope in a frame; byte arrays in it are views of the frame. Throws code 'BadMessage'. */
export function decodeEnvelope(frame: Uint8Array): Envelope {
  if (frame[0] !== frameVersion) throw new CodedError('BadMessage', `Cannot decode a message: version ${frame[0]} is not ${frameVersion}`)
  let decoded: unknown
  try {
    decoded = packr.unpack(frame.subarray(1))
  } catch (error) {
    throw new CodedError('BadMessage', `Cannot decode a message: ${messageOf(error)}`)
  }
  if (!isEnvelope(decoded)) throw new CodedError('BadMessage', 'Cannot decode a message: it is no envelope')
  return decoded
}

/** 16 hexadecimal digits over a value's encoding: the same data built in the same order has the same digest. Not for secrets. */
export function digestOf(value: unknown): string {
  const bytes = packr.pack(value)
  let a = 0x811c9dc5
  let b = 0x01000193
  // FNV-1a in two lanes.
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number
    a = Math.imul(a ^ byte, 0x01000193)
    b = Math.imul(b ^ (byte + 0x9e), 0x85ebca6b)
    b ^= b >>> 13
  }
  return (a >>> 0).toString(16).padStart(8, '0') + (b >>> 0).toString(16).padStart(8, '0')
}

const types: ReadonlySet<unknown> = new Set<Envelope['type']>([
  'call',
  'cast',
  'result',
  'failure',
  'cancel',
  'open',
  'item',
  'credit',
  'end',
  'close',
])

function isEnvelope(value: unknown): value is Envelope {
  return typeof value === 'object' && value !== null && types.has((value as { type?: unknown }).type)
}
