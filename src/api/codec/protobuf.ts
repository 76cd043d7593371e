/**
 * Kubernetes' protobuf: `k8s\0`, then runtime.Unknown {typeMeta {apiVersion = 1, kind = 2} = 1, raw = 2}, then the object
 * by the field numbers of its schema, to and from the same plain objects as JSON. Go's gogo-protobuf peculiarities: a
 * struct that inlines another has it as a message of its own, zero values are on the wire and mean nothing, times are
 * {seconds, nanos}, maps are entries, and any JSON is its text as bytes.
 *
 * Next: wire forms of single types in protobuf-scalars.ts.
 */
import protobuf from 'protobufjs/minimal.js'
import type { FieldSchema, ObjectSchema, TypeSchema } from '../schema/types.js'
import { put } from './json-text.js'
import { assemble, layoutOf, zeroElement, zeroOf } from './layout.js'
import { ProtobufError, readScalar, writeScalar } from './protobuf-scalars.js'

export { ProtobufError } from './protobuf-scalars.js'

/** The first bytes of every message. */
export const protobufMagic: readonly number[] = [0x6b, 0x38, 0x73, 0x00]

export interface Envelope {
  readonly apiVersion: string
  readonly kind: string
  readonly raw: Uint8Array
}

/** What a field number means: a field, or a message of inlined fields. */
type Slot =
  | { readonly type: 'field'; readonly field: FieldSchema; readonly position: number }
  | { readonly type: 'inlined'; readonly slots: Slots }
type Slots = Map<number, Slot>

const slotsOfSchemas = new WeakMap<ObjectSchema, Slots>()

function slotsOf(schema: ObjectSchema): Slots {
  const known = slotsOfSchemas.get(schema)
  if (known) return known
  const slots: Slots = new Map()
  for (const [position, field] of layoutOf(schema).fields.entries()) {
    const path = field.protobuf
    if (!path) continue
    let level = slots
    for (const number of path.slice(0, -1)) {
      let inner = level.get(number)
      if (inner?.type !== 'inlined') level.set(number, (inner = { type: 'inlined', slots: new Map() }))
      level = inner.slots
    }
    level.set(path[path.length - 1] ?? 0, { type: 'field', field, position })
  }
  const sorted = inOrder(slots)
  slotsOfSchemas.set(schema, sorted)
  return sorted
}

/** Messages are written in the order of field numbers. */
function inOrder(slots: Slots): Slots {
  return new Map(
    [...slots]
      .sort(([a], [b]) => a - b)
      .map(([number, slot]) => [number, slot.type === 'inlined' ? { type: 'inlined', slots: inOrder(slot.slots) } : slot]),
  )
}

/** Reading; both throw ProtobufError. */
export const decodeProtobuf = {
  /** What a whole body holds. */
  envelope(bytes: Uint8Array): Envelope {
    if (!protobufMagic.every((byte, i) => bytes[i] === byte))
      throw new ProtobufError(`provided data does not appear to be a protobuf message, expected prefix [${protobufMagic.join(' ')}]`)
    return guarded(() => {
      const envelope: { apiVersion: string; kind: string; raw: Uint8Array } = { apiVersion: '', kind: '', raw: new Uint8Array() }
      const reader = protobuf.Reader.create(bytes.subarray(protobufMagic.length))
      eachField(reader, reader.len, (number) => {
        if (number === 1)
          eachField(reader, reader.uint32() + reader.pos, (part) => {
            if (part === 1) envelope.apiVersion = reader.string()
            else if (part === 2) envelope.kind = reader.string()
            else return false
            return true
          })
        else if (number === 2) envelope.raw = reader.bytes()
        else return false
        return true
      })
      return envelope
    })
  },

  /** The object in an envelope's `raw`, in the form decodeValue() gives. */
  message(bytes: Uint8Array, schema: ObjectSchema): Record<string, unknown> {
    return guarded(() => {
      const reader = protobuf.Reader.create(bytes)
      return readObject(reader, reader.len, schema, 0)
    })
  },
}

function guarded<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof RangeError) throw new ProtobufError('unexpected EOF')
    if (error instanceof SyntaxError) throw new ProtobufError(error.message)
    // The reader throws plain Errors, and nobody else does, for bytes that are no message at all.
    if (error instanceof Error && Object.getPrototypeOf(error) === Error.prototype) throw new ProtobufError(wording(error.message))
    throw error
  }
}

/** What gogo/protobuf's generated code says instead. */
function wording(message: string): string {
  if (message === 'invalid varint encoding' || message === 'invalid tag encoding') return 'proto: integer overflow'
  const wireType = /^invalid wire type (\d)/.exec(message)?.[1]
  return wireType === undefined ? `proto: ${message}` : `proto: illegal wireType ${wireType}`
}

/** Calls `take` for each field up to `end`; what it does not take is skipped. */
function eachField(reader: protobuf.Reader, end: number, take: (number: number) => boolean): void {
  if (end > reader.len) throw new ProtobufError('unexpected EOF')
  while (reader.pos < end) {
    const tag = reader.uint32()
    if (!take(tag >>> 3)) reader.skipType(tag & 7)
  }
}

/** Messages within messages; beyond this a body is refused rather than followed. */
const depthMax = 1_000

function readObject(reader: protobuf.Reader, end: number, schema: ObjectSchema, depth: number): Record<string, unknown> {
  if (depth > depthMax) throw new ProtobufError('exceeded max depth')
  const values: unknown[] = []
  readSlots(reader, end, slotsOf(schema), values, depth)
  return assemble(values, layoutOf(schema))
}

function readSlots(reader: protobuf.Reader, end: number, slots: Slots, values: unknown[], depth: number): void {
  eachField(reader, end, (number) => {
    const slot = slots.get(number)
    if (!slot) return false
    if (slot.type === 'inlined') readSlots(reader, reader.uint32() + reader.pos, slot.slots, values, depth)
    else {
      const value = readField(reader, slot.field.type, values[slot.position], depth)
      if (value !== undefined) values[slot.position] = value
    }
    return true
  })
}

/** One occurrence of a field; lists and maps grow with each. */
function readField(reader: protobuf.Reader, type: TypeSchema, before: unknown, depth: number): unknown {
  switch (type.type) {
    case 'list':
      if (type.wrapped) return readWrapped(reader, type, depth)
      if (!Array.isArray(before)) return [readOne(reader, type.items, depth)]
      before.push(readOne(reader, type.items, depth))
      return before
    case 'map': {
      const map = (before as Record<string, unknown> | undefined) ?? {}
      let key = ''
      let value: unknown
      eachField(reader, reader.uint32() + reader.pos, (number) => {
        if (number === 1) key = reader.string()
        else if (number === 2) value = readField(reader, type.values, undefined, depth)
        else return false
        return true
      })
      put(map, key, value ?? zeroElement(type.values))
      return map
    }
    default:
      return readOne(reader, type, depth)
  }
}

function readWrapped(reader: protobuf.Reader, type: Extract<TypeSchema, { type: 'list' }>, depth: number): unknown[] {
  const items: unknown[] = []
  eachField(reader, reader.uint32() + reader.pos, (number) => {
    if (number !== 1) return false
    items.push(readOne(reader, type.items, depth))
    return true
  })
  return items
}

function readOne(reader: protobuf.Reader, type: TypeSchema, depth: number): unknown {
  if (type.type === 'object') return readObject(reader, reader.uint32() + reader.pos, type.object, depth + 1)
  if (type.type === 'any' && type.object) return readSchemaOr(reader, type.form, type.object, depth)
  return readScalar(reader, type)
}

/** JSONSchemaPropsOrArray {schema, jSONSchemas}, OrBool {allows, schema}, OrStringArray {schema, property}. */
function readSchemaOr(reader: protobuf.Reader, form: string | undefined, object: ObjectSchema, depth: number): unknown {
  const list: unknown[] = []
  let schema: unknown
  let allows = false
  eachField(reader, reader.uint32() + reader.pos, (number) => {
    const schemaNumber = form === 'JSONSchemaPropsOrBool' ? 2 : 1
    if (number === schemaNumber) schema = readObject(reader, reader.uint32() + reader.pos, object, depth + 1)
    else if (number === 1) allows = reader.bool()
    else if (number === 2)
      list.push(form === 'JSONSchemaPropsOrArray' ? readObject(reader, reader.uint32() + reader.pos, object, depth + 1) : reader.string())
    else return false
    return true
  })
  return schema ?? (form === 'JSONSchemaPropsOrBool' ? allows : list)
}

/** A whole body: the envelope with the object in it. */
export function encodeProtobuf(
  object: Readonly<Record<string, unknown>>,
  schema: ObjectSchema,
  typeMeta: { readonly apiVersion: string; readonly kind: string },
): Uint8Array {
  const raw = protobuf.Writer.create()
  writeSlots(raw, slotsOf(schema), object)
  const head = protobuf.Writer.create()
  head.uint32(10).fork().uint32(10).string(typeMeta.apiVersion).uint32(18).string(typeMeta.kind).ldelim()
  head.uint32(18).bytes(raw.finish()).uint32(26).string('').uint32(34).string('')
  const body = head.finish()
  const bytes = new Uint8Array(protobufMagic.length + body.length)
  bytes.set(protobufMagic)
  bytes.set(body, protobufMagic.length)
  return bytes
}

function writeSlots(writer: protobuf.Writer, slots: Slots, object: Readonly<Record<string, unknown>>): void {
  for (const [number, slot] of slots) {
    if (slot.type === 'inlined') {
      writer.uint32((number << 3) | 2).fork()
      writeSlots(writer, slot.slots, object)
      writer.ldelim()
      continue
    }
    const value = object[slot.field.name]
    if (value !== undefined && value !== null) writeField(writer, number, slot.field.type, value)
    else if (!slot.field.pointer) writeZero(writer, number, slot.field.type)
  }
}

/** Go writes what is not a pointer even when it is zero. */
function writeZero(writer: protobuf.Writer, number: number, type: TypeSchema): void {
  if (type.type === 'list' || type.type === 'map' || (type.type === 'string' && type.format === 'byte')) return
  writeField(writer, number, type, type.type === 'object' ? {} : zeroOf(type))
}

function writeField(writer: protobuf.Writer, number: number, type: TypeSchema, value: unknown): void {
  switch (type.type) {
    case 'list':
      if (type.wrapped) {
        writer.uint32((number << 3) | 2).fork()
        for (const item of value as unknown[]) writeField(writer, 1, type.items, item)
        writer.ldelim()
      } else for (const item of value as unknown[]) writeField(writer, number, type.items, item)
      return
    case 'map':
      for (const key of Object.keys(value as object).sort()) {
        writer
          .uint32((number << 3) | 2)
          .fork()
          .uint32(10)
          .string(key)
        writeField(writer, 2, type.values, (value as Record<string, unknown>)[key])
        writer.ldelim()
      }
      return
    case 'object':
      writer.uint32((number << 3) | 2).fork()
      writeSlots(writer, slotsOf(type.object), value as Record<string, unknown>)
      writer.ldelim()
      return
    case 'any':
      if (type.object) return writeSchemaOr(writer, number, type.form, type.object, value)
      return writeScalar(writer, number, type, value)
    default:
      writeScalar(writer, number, type, value)
  }
}

function writeSchemaOr(writer: protobuf.Writer, number: number, form: string | undefined, object: ObjectSchema, value: unknown): void {
  const schema: TypeSchema = { type: 'object', object }
  const isSchema = typeof value === 'object' && value !== null && !Array.isArray(value)
  writer.uint32((number << 3) | 2).fork()
  if (form === 'JSONSchemaPropsOrBool') writeScalar(writer, 1, { type: 'boolean' }, isSchema || value === true)
  if (isSchema) writeField(writer, form === 'JSONSchemaPropsOrBool' ? 2 : 1, schema, value)
  else if (Array.isArray(value))
    for (const item of value) writeField(writer, 2, form === 'JSONSchemaPropsOrArray' ? schema : { type: 'string' }, item)
  writer.ldelim()
}
