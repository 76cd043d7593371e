/**
 * Structural schemas: each field's type is told outside of anyOf and the like, which may only restrict values
 * (apiextensions-apiserver's pkg/apiserver/schema/{validation,complete}.go, KEP-1152).
 */
import { same } from '../checks.js'
import { type FieldError, type FieldPath, forbiddenField, invalid, required } from '../field-path.js'
import { goRegExp } from './go-regexp.js'
import { additionalOf, itemsOf, propertiesOf, type Schema, someSchema } from './schema-parts.js'

type Level = 'root' | 'items' | 'field'

const missingType: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  items: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
}

/** ValidateStructural: all that keeps the schema from being structural, sorted by text. */
export function structuralErrors(schema: Schema, path: FieldPath): FieldError[] {
  const textOf = ({ field, detail }: FieldError): string => `${field}: ${detail}`
  const errors = [...invariants(schema, 'root', path), ...completeness(schema, schema, path, path)]
  return errors.sort((a, b) => (textOf(a) < textOf(b) ? -1 : textOf(a) > textOf(b) ? 1 : 0))
}

/** Why the schema cannot be read as a structural one at all (NewStructural). */
export function notStructural(schema: Schema): string | undefined {
  const names = ['id', '$schema', '$ref', 'patternProperties', 'dependencies', 'additionalItems', 'definitions'] as const
  let found: string | undefined
  someSchema(schema, (part) => {
    const name = names.find((name) => !same(part[name], undefined) && part[name] !== '')
    if (name) found = `OpenAPIV3Schema '${name.replace('$schema', 'schema')}' is not supported`
    else if (itemsOf(part)?.schemas.length) found = "OpenAPIV3Schema 'items' must be a schema, but is an array"
    else if (part['x-kubernetes-preserve-unknown-fields'] === false)
      found = "internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined"
    return found !== undefined
  })
  return found
}

export const isStructural = (schema: Schema, path: FieldPath): boolean =>
  notStructural(schema) === undefined && structuralErrors(schema, path).length === 0

function invariants(schema: Schema, level: Level, path: FieldPath): FieldError[] {
  const items = itemsOf(schema)?.schema
  const additional = additionalOf(schema)
  const errors = schema.type === 'array' && !items ? [required(path.child('items'), 'must be specified')] : []
  if (items) errors.push(...invariants(items, 'items', path.child('items')))
  for (const [name, property] of propertiesOf(schema)) errors.push(...invariants(property, 'field', path.child('properties').key(name)))
  if (additional && level === 'root') errors.push(forbiddenField(path.child('additionalProperties'), 'must not be used at the root'))
  if (additional?.schema) errors.push(...invariants(additional.schema, 'field', path.child('additionalProperties')))
  return [
    ...errors,
    ...extensions(schema, path),
    ...valueRules(schema, ...intOrStringParts(schema), path),
    ...ownType(schema, level, path),
    ...metadataFields(schema, level, path),
  ]
}

function extensions(schema: Schema, path: FieldPath): FieldError[] {
  if (!schema['x-kubernetes-int-or-string']) return []
  const names = ['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const
  return names
    .filter((name) => schema[name])
    .map((name) => invalid(path.child(name), true, 'must be false if x-kubernetes-int-or-string is true'))
}

function ownType(schema: Schema, level: Level, path: FieldPath): FieldError[] {
  const { type = '', 'x-kubernetes-embedded-resource': embedded } = schema
  const at = path.child('type')
  const errors: FieldError[] = []
  const why = 'must be object if x-kubernetes-embedded-resource is true'
  if (embedded && type !== 'object') errors.push(type ? invalid(at, type, why) : required(at, why))
  else if (!type && !schema['x-kubernetes-int-or-string'] && !schema['x-kubernetes-preserve-unknown-fields'])
    errors.push(required(at, missingType[level]))
  if (embedded && additionalOf(schema))
    errors.push(forbiddenField(path.child('additionalProperties'), 'must not be used if x-kubernetes-embedded-resource is set'))
  if (level === 'root' && type && type !== 'object') errors.push(invalid(at, type, 'must be object at the root'))
  return errors
}

/** What is said of the fields that every resource has must not contradict what they are. */
function metadataFields(schema: Schema, level: Level, path: FieldPath): FieldError[] {
  const embedded = schema['x-kubernetes-embedded-resource'] === true
  const isResource = level === 'root' || embedded
  const { properties = {} } = schema
  const at = (name: string): FieldPath => path.child('properties').key(name)
  const errors: FieldError[] = []
  for (const name of ['kind', 'apiVersion'])
    if (isResource && properties[name] && properties[name].type !== 'string')
      errors.push(invalid(at(name).child('type'), properties[name].type ?? '', 'must be string'))
  const { metadata } = properties
  if (metadata && isResource && metadata.type !== 'object')
    errors.push(invalid(at('metadata').child('type'), metadata.type ?? '', 'must be object'))
  if (metadata && level === 'root' && saysMore(metadata))
    errors.push(
      forbiddenField(at('metadata'), 'must not specify anything other than name and generateName, but metadata is implicitly specified'),
    )
  if (embedded && !schema['x-kubernetes-preserve-unknown-fields'] && Object.keys(properties).length === 0)
    errors.push(
      required(
        path.child('properties'),
        'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
      ),
    )
  return errors
}

/** Whether metadata's schema has more than a type and the properties name and generateName. */
function saysMore({ type: _type, default: _default, properties = {}, ...rest }: Schema): boolean {
  const names = Object.keys(properties)
  return (
    names.some((name) => name !== 'name' && name !== 'generateName') ||
    Object.values(rest).some((value) => !same(value, undefined) && value !== false && value !== '')
  )
}

const intOrString = [{ type: 'integer' }, { type: 'string' }]

/** Where types may be told in anyOf: that of an int-or-string, directly or as the first of allOf. */
function intOrStringParts({ anyOf, allOf }: Schema): [anyOf: boolean, firstOfAllOf: boolean] {
  const isPattern = (list: Schema[] | undefined): boolean => list?.length === 2 && same(list, intOrString)
  return [isPattern(anyOf), isPattern(allOf?.[0]?.anyOf)]
}

function valueRules(schema: Schema, skipAnyOf: boolean, skipFirst: boolean, path: FieldPath): FieldError[] {
  const list = (name: 'anyOf' | 'allOf' | 'oneOf'): FieldError[] =>
    (schema[name] ?? []).flatMap((part, i) => nestedRules(part, name === 'allOf' && i === 0 && skipFirst, path.child(name).index(i)))
  const errors = [...(skipAnyOf ? [] : list('anyOf')), ...list('allOf'), ...list('oneOf')]
  if (schema.not) errors.push(...nestedRules(schema.not, false, path.child('not')))
  const pattern = schema.pattern ? goRegExp(schema.pattern) : undefined
  if (typeof pattern === 'string')
    errors.push(invalid(path.child('pattern'), schema.pattern, `must be a valid regular expression, but isn't: ${pattern}`))
  return errors
}

/** What may not be told within anyOf and the like, and what is said of it. */
const forbidden: readonly (readonly [keyof Schema, text: string])[] = [
  ['type', 'empty'],
  ['default', 'undefined'],
  ['title', 'empty'],
  ['description', 'empty'],
  ['nullable', 'false'],
  ['x-kubernetes-preserve-unknown-fields', 'false'],
  ['x-kubernetes-embedded-resource', 'false'],
  ['x-kubernetes-int-or-string', 'false'],
  ['x-kubernetes-list-map-keys', 'empty'],
  ['x-kubernetes-list-type', 'undefined'],
  ['x-kubernetes-map-type', 'undefined'],
  ['x-kubernetes-validations', 'empty'],
]

function nestedRules(schema: Schema, skipAnyOf: boolean, path: FieldPath): FieldError[] {
  const items = itemsOf(schema)?.schema
  const additional = additionalOf(schema)
  const errors = valueRules(schema, skipAnyOf, false, path)
  if (items) errors.push(...nestedRules(items, false, path.child('items')))
  for (const [name, property] of propertiesOf(schema)) errors.push(...nestedRules(property, false, path.child('properties').key(name)))
  if (additional?.allows) errors.push(forbiddenField(path.child('additionalProperties'), 'must be undefined to be structural'))
  for (const [name, what] of forbidden)
    if (isSet(schema[name], what)) errors.push(forbiddenField(path.child(name), `must be ${what} to be structural`))
  if (schema.properties?.['metadata'])
    errors.push(forbiddenField(path.child('properties').key('metadata'), 'must not be specified in a nested context'))
  return errors
}

function isSet(value: unknown, what: string): boolean {
  if (what === 'undefined') return value !== undefined && value !== null
  return Boolean(value) && !same(value, undefined)
}

/** Whatever is restricted within anyOf and the like must be specified outside of it. */
function completeness(part: Schema, whole: Schema, wholePath: FieldPath, partPath: FieldPath): FieldError[] {
  const errors = part.not ? nestedCompleteness(part.not, whole, wholePath, partPath.child('not')) : []
  for (const name of ['allOf', 'anyOf', 'oneOf'] as const)
    for (const [i, alternative] of (part[name] ?? []).entries())
      errors.push(...nestedCompleteness(alternative, whole, wholePath, partPath.child(name).index(i)))
  return errors
}

function nestedCompleteness(part: Schema, whole: Schema | undefined, wholePath: FieldPath, partPath: FieldPath): FieldError[] {
  if (!whole) return [required(wholePath, `because it is defined in ${partPath}`)]
  const errors = completeness(part, whole, wholePath, partPath)
  const items = itemsOf(part)?.schema
  if (items) errors.push(...nestedCompleteness(items, itemsOf(whole)?.schema, wholePath.child('items'), partPath.child('items')))
  for (const [name, property] of propertiesOf(part)) {
    const at = (path: FieldPath): FieldPath => path.child('properties').key(name)
    errors.push(...nestedCompleteness(property, whole.properties?.[name], at(wholePath), at(partPath)))
  }
  return errors
}
