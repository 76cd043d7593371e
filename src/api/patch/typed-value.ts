/**
 * What server-side apply needs to know of a value and its type: whether it is one leaf or has parts, and what a field that
 * is not there stands for. The rules are those of structured-merge-diff/typed over the schema that kube-openapi's schemaconv
 * makes of the published API. Next: typed-compare.ts, typed-merge.ts, typed-set.ts, typed-validate.ts.
 */
import type { FieldSchema, ObjectSchema, TypeSchema } from '../schema/types.js'

/** A JSON object. */
export type Fields = Readonly<Record<string, unknown>>

/** The value as an object with fields, or undefined. */
export function asFields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined
}

/** The value as a list, or undefined. */
export function asList(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined
}

/** Whether the object has no field (one that is undefined is none). */
export function hasNoFields(fields: Fields | undefined): boolean {
  for (const name in fields) if (fields[name] !== undefined) return false
  return true
}

/** How a type is walked: as a leaf, as an object or map with fields, or as a list of addressable items. */
export type Shape = 'scalar' | 'atomic' | 'fields' | 'items'

/** The shape of a type; for a free-form one, which is what its value makes it, the shape of `value`. */
export function shapeOf(type: TypeSchema, value: unknown): Shape {
  switch (type.type) {
    case 'object':
      return (type.mapType ?? type.object.mapType) === 'atomic' ? 'atomic' : 'fields'
    case 'map':
      return type.mapType === 'atomic' ? 'atomic' : 'fields'
    case 'list':
      return type.listType === 'atomic' ? 'atomic' : 'items'
    case 'any':
      if (type.form === 'RawExtension' || Array.isArray(value)) return 'atomic'
      return value === null || value === undefined || typeof value === 'object' ? 'fields' : 'scalar'
    default:
      return 'scalar'
  }
}

const freeForm: TypeSchema = { type: 'any' }

/** The field of this name, where the type has named fields. */
export function namedField(type: TypeSchema, name: string): FieldSchema | undefined {
  return type.type === 'object' ? type.object.fields.get(name) : undefined
}

/** The type of what stands under this name. */
export function childType(type: TypeSchema, name: string): TypeSchema {
  if (type.type === 'object') return type.object.fields.get(name)?.type ?? freeForm
  return type.type === 'map' ? type.values : freeForm
}

/** The schema of an object as a type. */
export function typeOf(schema: ObjectSchema): TypeSchema {
  let type = types.get(schema)
  if (type === undefined) types.set(schema, (type = { type: 'object', object: schema }))
  return type
}

const types = new WeakMap<ObjectSchema, TypeSchema>()
const emptyFields: Fields = Object.freeze({})
const impliedStrings: Readonly<Record<string, unknown>> = { plain: '', quantity: '0', 'int-or-string': 0, duration: '0s' }

/**
 * What an absent field stands for in an object of a Go type: one that is always written is there as its zero value (a
 * struct as an empty object), so that setting it is a change and not an addition. undefined for all others.
 */
export function impliedValue(field: FieldSchema | undefined): unknown {
  if (field === undefined || field.always !== true) return undefined
  if (field.pointer) return null
  switch (field.type.type) {
    case 'object':
      return emptyFields
    case 'string':
      return impliedStrings[field.type.format ?? 'plain'] ?? null
    case 'integer':
    case 'number':
      return 0
    case 'boolean':
      return false
    default:
      return null
  }
}
