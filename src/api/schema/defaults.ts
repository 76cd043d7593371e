/**
 * The defaults that the published schema states (a port's protocol TCP, a disk's fsType ext4): filled in wherever they
 * apply in an object. The rest of defaulting is a kind's Strategy.applyDefaults, which runs after this.
 */
import type { FieldSchema, ObjectSchema, TypeSchema } from './types.js'

/** Fills in published defaults, in place. An empty value of what is no pointer in Go counts as absent. */
export function applySchemaDefaults(object: Record<string, unknown>, schema: ObjectSchema): void {
  for (const field of defaultedFields(schema)) {
    const value = object[field.name]
    const absent = value === undefined || value === null || (!field.pointer && (value === '' || value === 0))
    if (absent && field.default !== undefined) object[field.name] = structuredClone(field.default)
    else if (!absent) applyWithin(value, field.type)
  }
}

function applyWithin(value: unknown, type: TypeSchema): void {
  if (typeof value !== 'object' || value === null) return
  switch (type.type) {
    case 'object':
      applySchemaDefaults(value as Record<string, unknown>, type.object)
      return
    case 'list':
      for (const item of value as unknown[]) applyWithin(item, type.items)
      return
    case 'map':
      for (const member of Object.values(value)) applyWithin(member, type.values)
      return
    default:
  }
}

const known = new WeakMap<ObjectSchema, readonly FieldSchema[]>()

/** The fields that have a default or lead to one. */
function defaultedFields(schema: ObjectSchema): readonly FieldSchema[] {
  let fields = known.get(schema)
  if (!fields) {
    fields = [...schema.fields.values()].filter((field) => field.default !== undefined || leadsToDefault(field.type, new Set([schema])))
    known.set(schema, fields)
  }
  return fields
}

function leadsToDefault(type: TypeSchema, seen: Set<ObjectSchema>): boolean {
  switch (type.type) {
    case 'list':
      return leadsToDefault(type.items, seen)
    case 'map':
      return leadsToDefault(type.values, seen)
    case 'object': {
      if (seen.has(type.object)) return false
      seen.add(type.object)
      return [...type.object.fields.values()].some((field) => field.default !== undefined || leadsToDefault(field.type, seen))
    }
    default:
      return false
  }
}
