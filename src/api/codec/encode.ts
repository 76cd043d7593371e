/**
 * Objects to the form that Kubernetes writes: fields in Go's order, without what omitempty leaves out, with what Go
 * writes even when there is nothing (`"lastProbeTime": null`, `"status": {}`). Objects inside the server hold no nulls.
 */
import type { FieldSchema, ObjectSchema, TypeSchema } from '../schema/types.js'
import { put } from './json-text.js'
import { layoutOf, zeroOf } from './layout.js'

/** The object as Kubernetes writes it. Members that the schema does not know are left out. Shares nothing that it changes. */
export function toWire(object: Readonly<Record<string, unknown>>, schema: ObjectSchema): Record<string, unknown> {
  const wire: Record<string, unknown> = {}
  const { fields, positions } = layoutOf(schema)
  const values: unknown[] = []
  for (const key of Object.keys(object)) {
    const position = positions.get(key)
    if (position !== undefined) values[position] = object[key]
  }
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i]
    if (field === undefined) break
    if (values[i] === undefined && !field.always) continue
    const value = wireField(values[i], field)
    if (value !== undefined) wire[field.name] = value
  }
  if (schema.preserveUnknown) for (const key of Object.keys(object)) if (!schema.fields.has(key)) put(wire, key, object[key])
  return wire
}

/** toWire() as compact JSON. */
export function encodeJson(object: Readonly<Record<string, unknown>>, schema: ObjectSchema): string {
  return JSON.stringify(toWire(object, schema))
}

function wireField(value: unknown, field: FieldSchema): unknown {
  if (value === undefined || value === null) return field.always ? nothing(field) : undefined
  const wire = wireValue(value, field.type)
  if (field.pointer) return wire
  if (field.type.type === 'list' || field.type.type === 'map') return isBare(wire) ? (field.always ? null : undefined) : wire
  return !field.always && (wire === '' || wire === 0 || wire === false) ? undefined : wire
}

/** What Go writes for a field that holds nothing and has no omitempty. */
function nothing(field: FieldSchema): unknown {
  if (field.pointer) return null
  if (field.type.type === 'object') return toWire({}, field.type.object)
  return zeroOf(field.type) ?? null
}

function isBare(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0
  for (const _ in value as object) return false
  return true
}

function wireValue(value: unknown, type: TypeSchema): unknown {
  switch (type.type) {
    case 'object':
      return toWire(value as Record<string, unknown>, type.object)
    case 'list':
      return simple(type.items) ? value : (value as unknown[]).map((item) => wireValue(item, type.items))
    case 'map': {
      if (simple(type.values)) return value
      const wire: Record<string, unknown> = {}
      for (const [key, member] of Object.entries(value as object)) put(wire, key, wireValue(member, type.values))
      return wire
    }
    case 'any':
      return type.object && typeof value === 'object' && value !== null ? wireOpaque(value, type.object) : value
    default:
      return value
  }
}

const simple = (type: TypeSchema): boolean => type.type !== 'object' && type.type !== 'list' && type.type !== 'map' && type.type !== 'any'

function wireOpaque(value: object, schema: ObjectSchema): unknown {
  if (Array.isArray(value))
    return value.map((item: unknown) =>
      typeof item === 'object' && item !== null ? toWire(item as Record<string, unknown>, schema) : item,
    )
  return toWire(value as Record<string, unknown>, schema)
}
