/**
 * Defaults in schemas must be good values, without fields that the schema does not know
 * (apiextensions-apiserver's pkg/apiserver/schema/{defaulting,pruning}). Rules in CEL are not asked here.
 */
import { type FieldError, type FieldPath, invalid } from '../field-path.js'
import { additionalOf, itemsOf, propertiesOf, type Schema } from './schema-parts.js'
import { schemaValue } from './schema-value.js'

const resourceFields = ['apiVersion', 'kind', 'metadata']

/** ValidateDefaults of the schema of a whole resource. */
export const schemaDefaults = (schema: Schema, path: FieldPath, prunedOnly: boolean): FieldError[] =>
  defaults({ ...schema, 'x-kubernetes-embedded-resource': true }, path, false, prunedOnly)

function defaults(schema: Schema, path: FieldPath, aroundMeta: boolean, prunedOnly: boolean): FieldError[] {
  const isResource = schema['x-kubernetes-embedded-resource'] === true
  const inMeta = aroundMeta && !isResource
  const errors: FieldError[] = []
  const value = schema.default
  if (value !== undefined && value !== null) {
    if (!inMeta && prunedOnly && hasUnknownFields(value, schema, isResource))
      errors.push(invalid(path.child('default'), value, 'must not have unknown fields'))
    errors.push(...schemaValue(value, schema, path.child('default')))
  }
  const items = itemsOf(schema)?.schema
  if (items) errors.push(...defaults(items, path.child('items'), inMeta, prunedOnly))
  for (const [name, property] of propertiesOf(schema))
    errors.push(
      ...defaults(property, path.child('properties').key(name), inMeta || (isResource && resourceFields.includes(name)), prunedOnly),
    )
  return errors
}

/** Whether pruning would take anything from the value. */
export function hasUnknownFields(value: unknown, schema: Schema, isResource = false): boolean {
  if (Array.isArray(value)) {
    const items = itemsOf(schema)?.schema
    return items !== undefined && value.some((item) => hasUnknownFields(item, items, items['x-kubernetes-embedded-resource']))
  }
  if (typeof value !== 'object' || value === null) return false
  const additional = additionalOf(schema)
  return Object.entries(value).some(([name, field]) => {
    const property = schema.properties?.[name]
    if (isResource && resourceFields.includes(name)) return false
    if (property) return hasUnknownFields(field, property, property['x-kubernetes-embedded-resource'])
    if (schema['x-kubernetes-preserve-unknown-fields']) return false
    if (additional?.schema) return hasUnknownFields(field, additional.schema, additional.schema['x-kubernetes-embedded-resource'])
    return additional?.allows !== true
  })
}

/** Whether any default has unknown fields, as older versions allowed. */
export function hasUnprunedDefaults(schema: Schema): boolean {
  const own = schema.default
  if (own !== undefined && own !== null && hasUnknownFields(own, schema, schema['x-kubernetes-embedded-resource'])) return true
  const items = itemsOf(schema)?.schema
  return (items !== undefined && hasUnprunedDefaults(items)) || propertiesOf(schema).some(([, property]) => hasUnprunedDefaults(property))
}
