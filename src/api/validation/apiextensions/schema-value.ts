/**
 * Whether a value is as a schema demands, in kube-openapi's words (pkg/validation/validate), and the errors as
 * apiextensions-apiserver tells them (pkg/apiserver/validation). Users: defaults in schemas, custom resources.
 *
 * Names in messages are relative to the value judged: ` in body must be of type ...` for the value itself.
 */
import { same } from '../checks.js'
import { type FieldError, type FieldPath, invalid, notSupported, required, tooLong, tooMany, typeInvalid } from '../field-path.js'
import { hasFormat, knownFormat } from './formats.js'
import { goRegExp } from './go-regexp.js'
import { additionalOf, itemsOf, propertiesOf, type Schema } from './schema-parts.js'

/** ValidateCustomResource: all that is wrong with the value at `path`. */
export const schemaValue = (value: unknown, schema: Schema, path: FieldPath): FieldError[] =>
  judge(value, schema, { name: '', root: path }).errors

/** Where a value is, by kube-openapi's name and from where the name counts. */
interface Place {
  readonly name: string
  readonly root: FieldPath
}

/** What is wrong, and how much was judged: of several failing alternatives the one judged furthest is told. */
interface Result {
  readonly errors: FieldError[]
  readonly matches: number
}

const pathOf = ({ name, root }: Place): FieldPath => (name === '' || name === '.' ? root : root.child(name.replace(/^\./, '')))
const below = (place: Place, name: string): Place => ({ ...place, name: place.name === '' ? name : `${place.name}.${name}` })
const says = (place: Place, value: unknown, what: string): FieldError => invalid(pathOf(place), value, `${place.name} in body ${what}`)
const saysAtRoot = ({ root }: Place, text: string): FieldError => invalid(root, '', text)

function wrongType(place: Place, type: string, found: string): FieldError {
  return typeInvalid(pathOf(place), found, `${place.name} in body must be of type ${type}: ${JSON.stringify(found)}`)
}

const typesOf = (schema: Schema): readonly string[] => {
  if (schema['x-kubernetes-int-or-string']) return ['integer', 'string']
  return schema.type ? [schema.type] : []
}

function judge(value: unknown, schema: Schema, place: Place): Result {
  const common = (schema.enum?.length ?? 0) > 0 ? enumeration(value, schema, place) : []
  if (value === undefined || value === null) {
    const types = typesOf(schema)
    const nullable = types.length === 0 || schema.nullable === true
    return { errors: [...(nullable ? [] : [wrongType(place, types.join(','), 'null')]), ...common], matches: 1 }
  }
  const alternatives = combinations(value, schema, place)
  const format = knownFormat(schema.format, typesOf(schema).length > 1 ? undefined : schema.type)
  const typed = typesOf(schema).length > 0 || format ? ofType(value, schema, format, place) : []
  const errors = [...typed, ...alternatives.errors]
  let matches = 4 + alternatives.matches
  if (typeof value === 'string') {
    errors.push(...text(value, schema, place))
    if (format && !hasFormat(value, format)) errors.push(wrongFormat(value, format, place))
    matches++
  } else if (typeof value === 'number') {
    errors.push(...number(value, schema, place))
    matches += 2
  }
  const nested = contents(value, schema, place)
  if (Array.isArray(value)) errors.push(...nested.errors)
  errors.push(...common)
  if (!Array.isArray(value)) errors.push(...nested.errors)
  return { errors, matches: matches + nested.matches }
}

const wrongFormat = (value: string, format: string, place: Place): FieldError =>
  typeInvalid(pathOf(place), value, `${place.name} in body must be of type ${format}: ${JSON.stringify(value)}`)

function foundType(value: unknown): readonly [type: string, format: string] {
  if (typeof value === 'number') return Number.isInteger(value) ? ['integer', 'int64'] : ['number', 'float64']
  if (Array.isArray(value)) return ['array', '']
  return [typeof value, '']
}

function ofType(value: unknown, schema: Schema, format: string, place: Place): FieldError[] {
  const types = typesOf(schema)
  const [found, foundFormat] = foundType(value)
  const fits = types.includes(found) || (found === 'integer' && types.includes('number'))
  const isTextual = typeof value === 'string' || Array.isArray(value)
  if (!isTextual && format && !fits && foundFormat !== format) return [wrongType(place, format, foundFormat)]
  const numeric = types.includes('number') || types.includes('integer')
  if (!numeric && format && isTextual) return []
  return fits ? [] : [wrongType(place, types.join(','), found)]
}

function enumeration(value: unknown, schema: Schema, place: Place): FieldError[] {
  const allowed = schema.enum ?? []
  if (allowed.some((one) => one !== null && sameJson(one, value))) return []
  const texts = allowed.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)))
  return [notSupported(pathOf(place), value, texts)]
}

/** Equality of JSON values, in which absent and empty differ. */
const sameJson = (a: unknown, b: unknown): boolean => typeof a === typeof b && same({ value: a, is: typeof a }, { value: b, is: typeof b })

function text(value: string, { maxLength, minLength, pattern }: Schema, place: Place): FieldError[] {
  const length = [...value].length
  if (maxLength !== undefined && length > maxLength) return [tooLong(pathOf(place), maxLength)]
  if (minLength !== undefined && length < minLength) return [says(place, value, `should be at least ${minLength} chars long`)]
  if (!pattern) return []
  const expression = goRegExp(pattern)
  if (typeof expression === 'string') return [says(place, value, `should match '${pattern}, but pattern is invalid: ${expression}'`)]
  return expression.test(value) ? [] : [says(place, value, `should match '${pattern}'`)]
}

const int32Max = 2 ** 31

function number(value: number, schema: Schema, place: Place): FieldError[] {
  const { multipleOf, minimum, maximum, exclusiveMinimum, exclusiveMaximum, type, format } = schema
  const errors: FieldError[] = []
  const isInt32 = type === 'integer' && format === 'int32'
  if (isInt32 && Number.isInteger(value) && (value < -int32Max || value >= int32Max))
    errors.push(saysAtRoot(place, `Checked value must be of type integer with format int32 in ${place.name}`))
  if (multipleOf !== undefined && multipleOf <= 0)
    errors.push(invalid(pathOf(place), multipleOf, `factor MultipleOf declared for ${place.name} must be positive: ${multipleOf}`))
  else if (multipleOf !== undefined && !isMultiple(value, multipleOf))
    errors.push(says(place, value, `should be a multiple of ${multipleOf}`))
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum))
    errors.push(says(place, value, `should be greater than ${exclusiveMinimum ? '' : 'or equal to '}${minimum}`))
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum))
    errors.push(says(place, value, `should be less than ${exclusiveMaximum ? '' : 'or equal to '}${maximum}`))
  return errors
}

const isMultiple = (value: number, factor: number): boolean => {
  const times = factor < 1 ? (1 / factor) * value : value / factor
  return Math.abs(times - Math.round(times)) <= 1e-9 * Math.max(1, Math.abs(times))
}

const nothing: Result = { errors: [], matches: 0 }

function contents(value: unknown, schema: Schema, place: Place): Result {
  if (Array.isArray(value)) return list(value, schema, place)
  return typeof value === 'object' && value !== null ? map(value as Record<string, unknown>, schema, place) : nothing
}

function list(values: readonly unknown[], schema: Schema, place: Place): Result {
  const items = itemsOf(schema)?.schema
  const results = items ? values.map((value, i) => judge(value, items, { ...place, name: `${place.name}[${i}]` })) : []
  const errors = results.flatMap((result) => result.errors)
  const { minItems, maxItems } = schema
  if (minItems !== undefined && values.length < minItems) errors.push(says(place, values.length, `should have at least ${minItems} items`))
  if (maxItems !== undefined && values.length > maxItems) errors.push(tooMany(pathOf(place), values.length, maxItems))
  if (schema.uniqueItems && values.some((value, i) => values.findIndex((other) => sameJson(other, value)) < i))
    errors.push(says(place, '', "shouldn't contain duplicates"))
  return { errors, matches: 2 + sumOf(results) }
}

function map(values: Readonly<Record<string, unknown>>, schema: Schema, place: Place): Result {
  const keys = Object.keys(values)
  const { minProperties, maxProperties, properties = {} } = schema
  const errors: FieldError[] = []
  if (minProperties !== undefined && keys.length < minProperties)
    errors.push(says(place, keys.length, `should have at least ${minProperties} properties`))
  if (maxProperties !== undefined && keys.length > maxProperties) errors.push(tooMany(pathOf(place), keys.length, maxProperties))
  const additional = additionalOf(schema)
  const results: Result[] = []
  for (const key of keys.filter((name) => !Object.hasOwn(properties, name)).sort()) {
    if (additional?.schema) results.push(judge(values[key], additional.schema, { ...place, name: `${place.name}.${key}` }))
    else if (additional && !additional.allows) errors.push(says({ ...place, name: `${place.name}.${key}` }, '', 'is a forbidden property'))
  }
  for (const [name, property] of propertiesOf(schema))
    if (Object.hasOwn(values, name)) results.push(judge(values[name], property, below(place, name)))
  errors.push(...results.flatMap((result) => result.errors))
  for (const name of schema.required ?? [])
    if (!Object.hasOwn(values, name)) errors.push(required(pathOf({ ...place, name: `${place.name}.${name}` })))
  return { errors, matches: 1 + sumOf(results) }
}

const sumOf = (results: readonly Result[]): number => results.reduce((sum, { matches }) => sum + matches, 0)
/** Of alternatives that all fail, the one that was judged furthest. */
const bestOf = (results: readonly Result[]): Result => results.reduce((best, result) => (result.matches > best.matches ? result : best))

/** anyOf, oneOf, allOf and not. */
function combinations(value: unknown, { anyOf = [], oneOf = [], allOf = [], not }: Schema, place: Place): Result {
  const parts: Result[] = []
  const errors: FieldError[] = []
  const name = JSON.stringify(place.name)
  if (anyOf.length > 0) {
    const results = anyOf.map((schema) => judge(value, schema, place))
    const good = results.find((result) => result.errors.length === 0)
    if (!good) errors.push(saysAtRoot(place, `${name} must validate at least one schema (anyOf)`))
    parts.push(good ?? bestOf(results))
  }
  if (oneOf.length > 0) {
    const results = oneOf.map((schema) => judge(value, schema, place))
    const good = results.filter((result) => result.errors.length === 0)
    const found = good.length === 0 ? 'Found none valid' : `Found ${good.length} valid alternatives`
    if (good.length !== 1) errors.push(saysAtRoot(place, `${name} must validate one and only one schema (oneOf). ${found}`))
    if (good.length < 2) parts.push(good[0] ?? bestOf(results))
  }
  if (allOf.length > 0) {
    const results = allOf.map((schema) => judge(value, schema, place))
    parts.push(...results)
    const good = results.filter((result) => result.errors.length === 0).length
    if (good < results.length)
      parts.push({
        errors: [saysAtRoot(place, `${name} must validate all the schemas (allOf)${good === 0 ? '. None validated' : ''}`)],
        matches: 0,
      })
  }
  if (not && judge(value, not, place).errors.length === 0)
    parts.push({ errors: [saysAtRoot(place, `${name} must not validate the schema (not)`)], matches: 0 })
  return { errors: [...errors, ...parts.flatMap((part) => part.errors)], matches: 1 + sumOf(parts) }
}
