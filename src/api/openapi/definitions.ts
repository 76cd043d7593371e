/** ObjectSchemas as OpenAPI definitions of version 2 or 3, with Kubernetes' extensions. */
import { unreachable } from '../../base/assert.js'
import type { FieldSchema, ObjectSchema, OpaqueForm, TypeSchema } from '../schema/types.js'

export type Json = Readonly<Record<string, unknown>>

/** Descriptions by definition and field; the field '' is the definition itself. */
export type Descriptions = ReadonlyMap<string, ReadonlyMap<string, string>>

export interface Dialect {
  readonly version: 2 | 3
  readonly descriptions: Descriptions
  /** Definitions that no ObjectSchema tells whole (custom resources): used as they are instead. */
  readonly definitionOf?: (schema: ObjectSchema, version: 2 | 3) => Json | undefined
}

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1'
const extensions = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1'
const opaqueNames: Readonly<Record<OpaqueForm, string>> = {
  RawExtension: 'io.k8s.apimachinery.pkg.runtime.RawExtension',
  FieldsV1: `${meta}.FieldsV1`,
  Patch: `${meta}.Patch`,
  JSON: `${extensions}.JSON`,
  JSONSchemaPropsOrArray: `${extensions}.JSONSchemaPropsOrArray`,
  JSONSchemaPropsOrBool: `${extensions}.JSONSchemaPropsOrBool`,
  JSONSchemaPropsOrStringArray: `${extensions}.JSONSchemaPropsOrStringArray`,
}
const formatNames: Readonly<Record<string, string>> = {
  'date-time': `${meta}.Time`,
  'micro-time': `${meta}.MicroTime`,
  quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  'int-or-string': 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
}

/** The descriptions in the text of the build's descriptions.json; see test/generators/descriptions.mjs. */
export function parseDescriptions(text: string): Descriptions {
  const all = JSON.parse(text) as Readonly<Record<string, Readonly<Record<string, string>>>>
  return new Map(Object.entries(all).map(([name, texts]) => [name, new Map(Object.entries(texts))]))
}

/** Definitions that are no objects of fields, by name; undefined for those that are. */
export function scalarDefinition(name: string, { version, descriptions }: Dialect): Json | undefined {
  const body = scalarBody(name, version)
  const description = descriptions.get(name)?.get('')
  return body && { ...(description ? { description } : {}), ...body }
}

function scalarBody(name: string, version: 2 | 3): Json | undefined {
  switch (name) {
    case formatNames['date-time']:
    case formatNames['micro-time']:
      return { type: 'string', format: 'date-time' }
    case formatNames['quantity']:
      return version === 2 ? { type: 'string' } : { oneOf: [{ type: 'string' }, { type: 'number' }] }
    case formatNames['int-or-string']:
      return { format: 'int-or-string', ...(version === 2 ? { type: 'string' } : { oneOf: [{ type: 'integer' }, { type: 'string' }] }) }
    case opaqueNames.RawExtension:
    case opaqueNames.FieldsV1:
    case opaqueNames.Patch:
      return { type: 'object' }
    case opaqueNames.JSON:
    case opaqueNames.JSONSchemaPropsOrArray:
    case opaqueNames.JSONSchemaPropsOrBool:
    case opaqueNames.JSONSchemaPropsOrStringArray:
      return {}
    default:
      return undefined
  }
}

/** The definition of an object. `kinds` are the group-versions a document names where that is not all of the schema's. */
export function objectDefinition(schema: ObjectSchema, dialect: Dialect, kinds = schema.groupVersionKinds): Json {
  const whole = dialect.definitionOf?.(schema, dialect.version)
  if (whole) return whole
  const texts = dialect.descriptions.get(schema.name)
  const required = [...schema.fields.values()].filter((field) => field.required).map(({ name }) => name)
  const properties: Record<string, Json> = {}
  for (const name of [...schema.fields.keys()].sort()) {
    const field = schema.fields.get(name)
    if (field) properties[name] = property(field, dialect, texts?.get(name) ?? ownWords(field, dialect))
  }
  return {
    ...(texts?.get('') ? { description: texts.get('') } : {}),
    ...(required.length ? { required } : {}),
    type: 'object',
    ...(schema.fields.size ? { properties } : {}),
    ...(kinds.length ? { 'x-kubernetes-group-version-kind': kinds } : {}),
    ...(schema.mapType === 'atomic' ? { 'x-kubernetes-map-type': 'atomic' } : {}),
    ...(schema.unions?.length
      ? {
          'x-kubernetes-unions': schema.unions.map(({ discriminator, fields }) => ({
            ...(discriminator ? { discriminator } : {}),
            'fields-to-discriminateBy': fields,
          })),
        }
      : {}),
  }
}

/** Where nothing is said of a field of an object's type, what is said of the type is better than nothing. */
function ownWords({ type }: FieldSchema, { descriptions }: Dialect): string | undefined {
  return type.type === 'object' ? descriptions.get(type.object.name)?.get('') : undefined
}

function property(field: FieldSchema, dialect: Dialect, description: string | undefined): Json {
  const type = typeDefinition(field.type, dialect.version)
  const preset = dialect.version === 3 ? defaultOf(field) : {}
  const extra = {
    ...(description ? { description } : {}),
    ...preset,
    ...(field.patchMergeKey === undefined ? {} : { 'x-kubernetes-patch-merge-key': field.patchMergeKey }),
    ...(field.patchStrategy.length ? { 'x-kubernetes-patch-strategy': field.patchStrategy.join(',') } : {}),
    ...(field.type.type === 'object' && field.type.mapType ? { 'x-kubernetes-map-type': field.type.mapType } : {}),
  }
  if (dialect.version === 3 && '$ref' in type && Object.keys(extra).length > 0) return { ...extra, allOf: [type] }
  return { ...type, ...extra }
}

function defaultOf(field: FieldSchema): Json {
  if (field.default !== undefined) return { default: field.default }
  if (!field.zeroDefault) return {}
  switch (field.type.type) {
    case 'boolean':
      return { default: false }
    case 'integer':
    case 'number':
      return { default: 0 }
    case 'string':
      return { default: field.type.format === undefined ? '' : {} }
    default:
      return { default: {} }
  }
}

function typeDefinition(type: TypeSchema, version: 2 | 3): Json {
  switch (type.type) {
    case 'string': {
      const name = formatNames[type.format ?? '']
      if (name) return reference(name, version)
      return {
        type: 'string',
        ...(type.format === 'byte' ? { format: 'byte' } : {}),
        ...(type.listType ? { 'x-kubernetes-list-type': type.listType } : {}),
      }
    }
    case 'integer':
      return { type: 'integer', format: type.format }
    case 'number':
      return { type: 'number', format: 'double' }
    case 'boolean':
      return { type: 'boolean' }
    case 'any':
      return reference(opaqueNames[type.form ?? 'JSON'], version)
    case 'object':
      return reference(type.object.name, version)
    case 'list':
      return {
        type: 'array',
        items: typeDefinition(type.items, version),
        ...(type.unstated ? {} : { 'x-kubernetes-list-type': type.listType }),
        ...(type.mapKeys.length ? { 'x-kubernetes-list-map-keys': type.mapKeys } : {}),
      }
    case 'map':
      return {
        type: 'object',
        additionalProperties: typeDefinition(type.values, version),
        ...(type.unstated ? {} : { 'x-kubernetes-map-type': type.mapType }),
      }
    default:
      return unreachable(type)
  }
}

/** A reference to a definition. */
export function reference(name: string, version: 2 | 3): Json {
  return { $ref: `${version === 2 ? '#/definitions/' : '#/components/schemas/'}${name}` }
}

/** The definitions that these names reach, in order of name. `find` gives the schemas of objects. */
export function closure(names: Iterable<string>, find: (name: string) => ObjectSchema | undefined): string[] {
  const reached = new Set<string>()
  const visit = (name: string): void => {
    if (reached.has(name)) return
    reached.add(name)
    for (const field of find(name)?.fields.values() ?? []) follow(field.type)
  }
  const follow = (type: TypeSchema): void => {
    switch (type.type) {
      case 'object':
        return visit(type.object.name)
      case 'list':
        return follow(type.items)
      case 'map':
        return follow(type.values)
      case 'any':
        return visit(opaqueNames[type.form ?? 'JSON'])
      case 'string':
        if (formatNames[type.format ?? '']) visit(formatNames[type.format ?? ''] ?? '')
        return
      default:
        return
    }
  }
  for (const name of names) visit(name)
  return [...reached].sort()
}
