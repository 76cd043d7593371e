/**
 * A schema prepared for the codecs' inner loops: fields by position, so that an object is collected into an array and
 * written out in order without a lookup by name for each field it might have.
 */

import type { FieldSchema, ObjectSchema, TypeSchema } from '../schema/types.js'
import { put } from './json-text.js'

export interface Layout {
  readonly fields: readonly FieldSchema[]
  readonly positions: ReadonlyMap<string, number>
  /** The struct's name in Go's error texts. */
  readonly structName: string
}

const layouts = new WeakMap<ObjectSchema, Layout>()

/** The layout of a schema; made once. */
export function layoutOf(schema: ObjectSchema): Layout {
  const known = layouts.get(schema)
  if (known) return known
  const fields = [...schema.fields.values()]
  const name = schema.goType ?? schema.name
  const layout = {
    fields,
    positions: new Map(fields.map((field, i) => [field.name, i])),
    structName: name.slice(name.lastIndexOf('.') + 1),
  }
  layouts.set(schema, layout)
  return layout
}

/**
 * The object of these values (by position): in the schema's order, without what Go's omitempty leaves out, with what Go
 * always writes and decoding keeps. `unknown` are members that no field names.
 */
export function assemble(values: readonly unknown[], layout: Layout, unknown?: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  const { fields } = layout
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i]
    if (field === undefined) break
    const value = values[i]
    if (value === undefined) {
      const zero = field.always && !field.pointer ? zeroOf(field.type) : undefined
      if (zero !== undefined) object[field.name] = zero
    } else if (field.pointer || !isEmpty(value, field.type) || (field.always && field.type.type !== 'list' && field.type.type !== 'map'))
      object[field.name] = value
  }
  if (unknown) for (const key of Object.keys(unknown)) put(object, key, unknown[key])
  return object
}

/** Go's zero value of a type as decoding leaves it; undefined for what holds nothing then. */
export function zeroOf(type: TypeSchema): unknown {
  switch (type.type) {
    case 'string':
      if (type.format === 'quantity') return '0'
      if (type.format === 'int-or-string') return 0
      return type.format === undefined || type.format === 'duration' ? '' : undefined
    case 'integer':
    case 'number':
      return 0
    case 'boolean':
      return false
    case 'object':
      return assemble([], layoutOf(type.object))
    default:
      return undefined
  }
}

/** Go's zero value in a map's entry or a list's item, where there is always one. */
export function zeroElement(type: TypeSchema): unknown {
  return zeroOf(type) ?? (type.type === 'string' && type.format === 'byte' ? '' : null)
}

/** Whether Go leaves the value out of a field with omitempty. */
function isEmpty(value: unknown, type: TypeSchema): boolean {
  if (value === '' || value === 0 || value === false) return true
  if (type.type === 'list') return (value as unknown[]).length === 0
  if (type.type !== 'map') return false
  for (const _ in value as object) return false
  return true
}
