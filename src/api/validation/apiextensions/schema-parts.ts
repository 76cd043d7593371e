/**
 * The parts of an OpenAPI schema that come in several forms, read as apiextensions' JSONSchemaPropsOrArray and ...OrBool
 * read them, and a walk over all schemas in one.
 */
import type { JSONSchemaProps } from '../../types/apiextensions-v1.js'
import { entriesOf } from '../checks.js'

export type Schema = JSONSchemaProps

const isObject = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value)

/** What an array holds: items of one schema, or of one schema each. */
export interface Items {
  readonly schema?: Schema
  readonly schemas: readonly Schema[]
}

export function itemsOf({ items }: Schema): Items | undefined {
  if (items === undefined || items === null) return undefined
  if (Array.isArray(items)) return { schemas: items.filter(isObject) }
  return isObject(items) ? { schema: items, schemas: [] } : { schemas: [] }
}

/** What else an object may hold. */
export interface Additional {
  readonly allows: boolean
  readonly schema?: Schema
}

export function additionalOf({ additionalProperties: value }: Schema): Additional | undefined {
  if (value === undefined || value === null) return undefined
  return isObject(value) ? { allows: true, schema: value } : { allows: value === true }
}

/** The schema that a property named in `dependencies` demands. */
export const dependencySchema = (dependency: unknown): Schema | undefined => (isObject(dependency) ? dependency : undefined)

export const propertiesOf = (schema: Schema): [string, Schema][] => entriesOf(schema.properties)

/** Whether the test holds for the schema or any schema in it (SchemaHas). */
export function someSchema(schema: Schema | undefined, test: (schema: Schema) => boolean): boolean {
  if (!schema) return false
  return test(schema) || partsOf(schema).some((part) => someSchema(part, test))
}

function partsOf(schema: Schema): (Schema | undefined)[] {
  const items = itemsOf(schema)
  const additionalItems = schema.additionalItems
  const maps = [schema.properties, schema.patternProperties, schema.definitions].flatMap((map) => Object.values(map ?? {}))
  return [
    items?.schema,
    ...(items?.schemas ?? []),
    ...[schema.allOf, schema.anyOf, schema.oneOf].flatMap((list) => list ?? []),
    schema.not,
    additionalOf(schema)?.schema,
    isObject(additionalItems) ? additionalItems : undefined,
    ...maps,
    ...Object.values(schema.dependencies ?? {}).map(dependencySchema),
  ]
}
