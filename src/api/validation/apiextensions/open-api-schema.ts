/**
 * What a schema of custom resources may say (ValidateCustomResourceDefinitionOpenAPISchema in apiextensions'
 * validation.go). Rules in CEL must be there; whether they compile is judged where they are compiled.
 */
import { type FieldError, type FieldPath, forbiddenField, invalid, notSupported, required } from '../field-path.js'
import { findField } from './field-json-path.js'
import { additionalOf, dependencySchema, itemsOf, propertiesOf, type Schema } from './schema-parts.js'

export const schemaTypes = ['array', 'boolean', 'integer', 'number', 'object', 'string']
const listTypes = ['atomic', 'set', 'map']
const ruleReasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired']

/** What is demanded; an update demands only what the old schema kept to. */
export interface SchemaDemands {
  readonly validTypes: boolean
  readonly atomicSets: boolean
  readonly goodMapKeys: boolean
}

/** Where in the resource a schema is. */
interface Position {
  readonly root: boolean
  readonly inMeta: boolean
  /** Why there must be no defaults. */
  readonly noDefaults?: string
}

export const openApiSchema = (schema: Schema, path: FieldPath, demands: SchemaDemands): FieldError[] =>
  judge(schema, path, { root: true, inMeta: false }, demands)

function judge(schema: Schema, path: FieldPath, position: Position, demands: SchemaDemands): FieldError[] {
  const errors = unsupported(schema, path, position, demands)
  const quadratic = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic'
  if (schema.uniqueItems) errors.push(forbiddenField(path.child('uniqueItems'), quadratic))
  return [...errors, ...parts(schema, path, position, demands), ...extensions(schema, path, demands), ...rules(schema, path)]
}

/** What JSON Schema has and the API does not (specStandardValidatorV3). */
function unsupported(schema: Schema, path: FieldPath, { inMeta, noDefaults }: Position, { validTypes }: SchemaDemands): FieldError[] {
  const { type } = schema
  const errors: FieldError[] = []
  const refuse = (name: string, why = `${name} is not supported`): void => {
    errors.push(forbiddenField(path.child(name), why))
  }
  if (validTypes && type && !schemaTypes.includes(type)) errors.push(notSupported(path.child('type'), type, schemaTypes))
  if (schema.default !== undefined && schema.default !== null && noDefaults !== undefined)
    refuse('default', `must not be set ${noDefaults}`)
  if (schema.id) refuse('id')
  if (schema.additionalItems !== undefined) refuse('additionalItems')
  if (Object.keys(schema.patternProperties ?? {}).length > 0) refuse('patternProperties')
  if (Object.keys(schema.definitions ?? {}).length > 0) refuse('definitions')
  if (schema.dependencies !== undefined) refuse('dependencies')
  if (schema.$ref !== undefined) refuse('$ref')
  if (type === 'null') refuse('type', 'type cannot be set to null, use nullable as an alternative')
  if (itemsOf(schema)?.schemas.length) refuse('items', 'items must be a schema object and not an array')
  if (inMeta && schema['x-kubernetes-embedded-resource'])
    refuse('x-kubernetes-embedded-resource', 'must not be used inside of resource meta')
  return errors
}

const metaFields = ['metadata', 'kind', 'apiVersion']

function parts(schema: Schema, path: FieldPath, position: Position, demands: SchemaDemands): FieldError[] {
  const errors: FieldError[] = []
  const inner = { ...position, root: false }
  const add = (part: Schema | undefined, at: FieldPath, where: Position = inner): void => {
    if (part) errors.push(...judge(part, at, where, demands))
  }
  const additional = additionalOf(schema)
  const at = path.child('additionalProperties')
  if (additional && propertiesOf(schema).length > 0 && (!additional.allows || additional.schema))
    errors.push(forbiddenField(at, 'additionalProperties and properties are mutual exclusive'))
  add(additional?.schema, at, position.inMeta ? { ...inner, noDefaults: 'inside additionalProperties applying to object metadata' } : inner)
  for (const [name, property] of propertiesOf(schema)) {
    const isMeta = (position.root || schema['x-kubernetes-embedded-resource']) && metaFields.includes(name)
    const where = isMeta ? { ...inner, inMeta: true, ...(position.root ? { noDefaults: `in top-level ${name}` } : {}) } : inner
    add(property, path.child('properties').key(name), where)
  }
  add(schema.not, path.child('not'))
  for (const name of ['allOf', 'oneOf', 'anyOf'] as const)
    for (const [i, part] of (schema[name] ?? []).entries()) add(part, path.child(name).index(i))
  for (const [name, part] of Object.entries(schema.definitions ?? {})) add(part, path.child('definitions').key(name))
  const items = itemsOf(schema)
  add(items?.schema, path.child('items'))
  for (const [i, part] of (items?.schemas ?? []).entries()) add(part, path.child('items').index(i))
  for (const [name, part] of Object.entries(schema.dependencies ?? {})) add(dependencySchema(part), path.child('dependencies').key(name))
  return errors
}

/** The kind of list or map tells how it is merged. */
function extensions(schema: Schema, path: FieldPath, demands: SchemaDemands): FieldError[] {
  const { type = '', 'x-kubernetes-map-type': mapType, 'x-kubernetes-list-type': listType } = schema
  const errors: FieldError[] = []
  const unknown = schema['x-kubernetes-preserve-unknown-fields']
  if (unknown === false) errors.push(invalid(path.child('x-kubernetes-preserve-unknown-fields'), false, 'must be true or undefined'))
  const typed = (wanted: string, name: string): void => {
    const why = `must be ${wanted} if ${name} is specified`
    errors.push(type ? invalid(path.child('type'), type, why) : required(path.child('type'), why))
  }
  if (mapType !== undefined && type !== 'object') typed('object', 'x-kubernetes-map-type')
  if (mapType !== undefined && mapType !== 'atomic' && mapType !== 'granular')
    errors.push(notSupported(path.child('x-kubernetes-map-type'), mapType, ['atomic', 'granular']))
  if (listType !== undefined && type !== 'array') typed('array', 'x-kubernetes-list-type')
  else if (demands.atomicSets && listType === 'set') errors.push(...setItems(schema, path))
  if (listType !== undefined && !listTypes.includes(listType))
    errors.push(notSupported(path.child('x-kubernetes-list-type'), listType, listTypes))
  return [...errors, ...mapKeys(schema, path), ...(demands.goodMapKeys ? keyRules(schema, path) : [])]
}

/** What a set holds is replaced as a whole. */
export function setItems(schema: Schema, path: FieldPath): FieldError[] {
  const items = itemsOf(schema)?.schema
  const why = 'must be atomic as item of a list with x-kubernetes-list-type=set'
  const { 'x-kubernetes-list-type': listType, 'x-kubernetes-map-type': mapType } = items ?? {}
  if (items?.type === 'array' && listType !== undefined && listType !== 'atomic')
    return [invalid(path.child('items', 'x-kubernetes-list-type'), listType, why)]
  if (items?.type === 'object' && mapType !== 'atomic')
    return [invalid(path.child('items', 'x-kubernetes-map-type'), listType ?? null, why)]
  return []
}

/** A list that is a map has keys, which are scalar fields of its items. */
function mapKeys(schema: Schema, path: FieldPath): FieldError[] {
  const { 'x-kubernetes-list-type': listType, 'x-kubernetes-list-map-keys': keys = [] } = schema
  const [typePath, keysPath, itemsPath] = [
    path.child('x-kubernetes-list-type'),
    path.child('x-kubernetes-list-map-keys'),
    path.child('items'),
  ]
  const errors: FieldError[] = []
  const why = 'must be map if x-kubernetes-list-map-keys is non-empty'
  if (keys.length > 0 && listType === undefined) errors.push(required(typePath, why))
  else if (keys.length > 0 && listType !== 'map') errors.push(invalid(typePath, listType, why))
  if (listType !== 'map') return errors
  const items = itemsOf(schema)
  if (keys.length === 0) errors.push(required(keysPath, 'must not be empty if x-kubernetes-list-type is map'))
  if (!items) return [...errors, required(itemsPath, 'must have a schema if x-kubernetes-list-type is map')]
  if (!items.schema)
    return [
      ...errors,
      invalid(itemsPath, { Schema: null, JSONSchemas: items.schemas }, 'must only have a single schema if x-kubernetes-list-type is map'),
    ]
  if (items.schema.type !== 'object')
    return [
      ...errors,
      invalid(itemsPath.child('type'), items.schema.type ?? '', "must be object if parent array's x-kubernetes-list-type is map"),
    ]
  for (const [i, key] of keys.entries()) {
    const property = items.schema.properties?.[key]
    const scalar = "must be a scalar type if parent array's x-kubernetes-list-type is map"
    if (!property) errors.push(invalid(keysPath, keys, 'entries must all be names of item properties'))
    else if (property.type === 'array' || property.type === 'object')
      errors.push(invalid(itemsPath.child('properties').key(key).child('type'), items.schema.type, scalar))
    if (keys.indexOf(key) < i) errors.push(invalid(keysPath, keys, 'must not contain duplicate entries'))
  }
  return errors
}

/** Keys must always be there (validateMapListKeysMapSet). */
export function keyRules(schema: Schema, path: FieldPath): FieldError[] {
  const items = itemsOf(schema)?.schema
  const listType = schema['x-kubernetes-list-type']
  if (!items || (listType !== 'set' && listType !== 'map')) return []
  const errors: FieldError[] = []
  if (items.nullable)
    errors.push(forbiddenField(path.child('items', 'nullable'), `cannot be nullable when x-kubernetes-list-type is ${listType}`))
  if (listType === 'set') return errors
  for (const key of schema['x-kubernetes-list-map-keys'] ?? []) {
    const property = items.properties?.[key]
    const at = path.child('items', 'properties').key(key)
    const isKey = 'this property is in x-kubernetes-list-map-keys, so it'
    if (!property) continue
    const hasDefault = property.default !== undefined && property.default !== null
    if (!items.required?.includes(key) && !hasDefault)
      errors.push(required(at.child('default'), `${isKey} must have a default or be a required property`))
    if (property.nullable) errors.push(forbiddenField(at.child('nullable'), `${isKey} cannot be nullable`))
  }
  return errors
}

const hasNewlines = (text: string): boolean => /[\n\r]/.test(text)

function rules(schema: Schema, path: FieldPath): FieldError[] {
  return (schema['x-kubernetes-validations'] ?? []).flatMap((rule, i) => {
    const at = path.child('x-kubernetes-validations').index(i)
    const { message = '', messageExpression = '', reason, fieldPath = '' } = rule
    const [expression, text] = [(rule.rule ?? '').trim(), message.trim()]
    const errors: FieldError[] = []
    if (!expression) errors.push(required(at.child('rule'), 'rule is not specified'))
    else if (message && !text) errors.push(invalid(at.child('message'), message, 'must be non-empty if specified'))
    else if (hasNewlines(text)) errors.push(invalid(at.child('message'), message, 'must not contain line breaks'))
    else if (hasNewlines(expression) && !text)
      errors.push(required(at.child('message'), 'message must be specified if rule contains line breaks'))
    if (messageExpression && !messageExpression.trim())
      errors.push(required(at.child('messageExpression'), 'messageExpression must be non-empty if specified'))
    if (reason !== undefined && !ruleReasons.includes(reason)) errors.push(notSupported(at.child('reason'), reason, ruleReasons))
    const pathAt = at.child('fieldPath')
    if (fieldPath && !fieldPath.trim()) errors.push(invalid(pathAt, fieldPath, 'must be non-empty if specified'))
    if (hasNewlines(fieldPath)) errors.push(invalid(pathAt, fieldPath, 'must not contain line breaks'))
    if (fieldPath && typeof findField(fieldPath, schema, true) === 'string') errors.push(invalid(pathAt, fieldPath, 'must be a valid path'))
    return errors
  })
}
