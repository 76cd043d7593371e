/**
 * The versions of a CustomResourceDefinition as apiextensions' internal type has them: what all versions say alike is said
 * once, for the whole definition, and errors are told of there (Convert_v1_CustomResourceDefinitionSpec_To_apiextensions_).
 */
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
  CustomResourceValidation,
  SelectableField,
} from '../../types/apiextensions-v1.js'
import { each, same } from '../checks.js'
import { duplicate, type FieldError, type FieldPath, forbiddenField, invalid, required, tooMany } from '../field-path.js'
import { byteLength, isDns1035Label } from '../names.js'
import { findField } from './field-json-path.js'
import { openApiSchema, type SchemaDemands } from './open-api-schema.js'
import { schemaDefaults } from './schema-defaults.js'
import type { Schema } from './schema-parts.js'
import { notStructural, structuralErrors } from './structural.js'

const columnTypes = 'boolean,date,integer,number,string'
const columnFormats = 'byte,date,date-time,double,float,int32,int64,password'
const maxSelectableFields = 8

/** What is demanded of schemas; an update demands only what the old definition kept to. */
export interface Demands extends SchemaDemands {
  readonly schemas: boolean
  readonly structural: boolean
  readonly prunedDefaults: boolean
}

/** What a version, or all of them together, says. */
interface Content {
  readonly schema?: CustomResourceValidation | undefined
  readonly subresources?: CustomResourceSubresources | undefined
  readonly additionalPrinterColumns?: CustomResourceColumnDefinition[] | undefined
  readonly selectableFields?: SelectableField[] | undefined
}

const contentNames = ['schema', 'subresources', 'additionalPrinterColumns', 'selectableFields'] as const

/** What all versions say alike. */
function sharedOf(versions: readonly CustomResourceDefinitionVersion[]): Content {
  const [first] = versions
  const shared = contentNames.filter((name) => first && versions.every((version) => sameContent(version[name], first[name])))
  return Object.fromEntries(shared.map((name) => [name, first?.[name]]))
}

/** As same(), but a pointer that is nil is not one to nothing. */
const sameContent = (a: unknown, b: unknown): boolean => (a === undefined) === (b === undefined) && same(a, b)

/** The versions' own contents, and after them what they share, judged at the definition. */
export function definitionVersions(
  spec: CustomResourceDefinitionSpec,
  path: FieldPath,
  demands: Demands,
): { own: FieldError[]; shared: FieldError[] } {
  const versions = spec.versions ?? []
  const at = path.child('versions')
  const shared = sharedOf(versions)
  const own: FieldError[] = []
  if (demands.schemas && !shared.schema?.openAPIV3Schema)
    own.push(
      ...each(versions, at, ({ schema }, here) =>
        'schema' in shared || !schema?.openAPIV3Schema ? [required(here.child('schema', 'openAPIV3Schema'))] : [],
      ),
    )
  for (const [i, version] of versions.entries()) {
    const rest = Object.fromEntries(contentNames.filter((name) => !(name in shared)).map((name) => [name, version[name]])) as Content
    const status = (shared.subresources ?? version.subresources)?.status !== undefined
    own.push(...versionErrors(version, at.index(i)), ...content(rest, at.index(i), 'schema', status, demands))
  }
  const names = versions.map(({ name }) => name)
  if (new Set(names).size < names.length) own.push(invalid(at, versions, 'must contain unique version names'))
  if (versions.filter(({ storage }) => storage).length !== 1)
    own.push(invalid(at, versions, 'must have exactly one version marked as storage version'))
  const [first = ''] = names
  const wrongName = first ? isDns1035Label(first) : []
  if (wrongName.length > 0) own.push(invalid(path.child('version'), first, wrongName.join(',')))
  const anyStatus = versions.some(({ subresources }) => subresources?.status !== undefined)
  return { own, shared: content(shared, path, 'validation', anyStatus, demands) }
}

function versionErrors({ name, deprecated, deprecationWarning }: CustomResourceDefinitionVersion, path: FieldPath): FieldError[] {
  const wrong = isDns1035Label(name ?? '')
  return [
    ...(wrong.length > 0 ? [invalid(path.child('name'), name ?? '', wrong.join(','))] : []),
    ...warningErrors(deprecated === true, deprecationWarning).map((text) =>
      invalid(path.child('deprecationWarning'), deprecationWarning, text),
    ),
  ]
}

function warningErrors(deprecated: boolean, warning: string | undefined): string[] {
  if (warning === undefined) return []
  if (!deprecated) return ['can only be set for deprecated versions']
  const errors = byteLength(warning) > 256 ? ['must be <= 256 characters long'] : []
  if (warning === '') errors.push('must not be an empty string')
  const unprintable = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.exec(warning)
  if (unprintable)
    errors.push(
      `must only contain printable UTF-8 characters; non-printable character found at index ${byteLength(warning.slice(0, unprintable.index))}`,
    )
  return errors
}

function content(said: Content, path: FieldPath, schemaField: string, hasStatus: boolean, demands: Demands): FieldError[] {
  const schema = said.schema?.openAPIV3Schema
  const at = path.child('selectableFields')
  const noSchema =
    schemaField === 'schema'
      ? 'may only be set when `version.schema.openAPIV3Schema` is not included'
      : 'may only be set when validations.schema is included'
  const fields = said.selectableFields ?? []
  return [
    ...(schema ? schemaErrors(schema, path.child(schemaField), hasStatus, demands) : []),
    ...scaleErrors(said.subresources, path.child('subresources')),
    ...each(said.additionalPrinterColumns, path.child('additionalPrinterColumns'), column),
    ...(fields.length === 0 ? [] : schema ? selectable(fields, schema, at) : [invalid(at, '', noSchema)]),
  ]
}

const allowedAtRoot =
  'Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations'
const allowedFields = new Set(
  allowedAtRoot
    .replace('XPreserveUnknownFields XValidations', '')
    .split(' ')
    .map((name) => `${name.slice(0, 1).toLowerCase()}${name.slice(1)}`)
    .concat('x-kubernetes-preserve-unknown-fields', 'x-kubernetes-validations'),
)

/** The schema of a version or of all (validateCustomResourceDefinitionValidation). */
function schemaErrors(schema: Schema, path: FieldPath, hasStatus: boolean, demands: Demands): FieldError[] {
  const at = path.child('openAPIV3Schema')
  const errors: FieldError[] = []
  const enabled = 'if the status subresource is enabled'
  const set = Object.entries(schema).filter(([, value]) => value !== false && value !== '' && value !== 0 && !same(value, undefined))
  if (hasStatus && set.some(([name]) => !allowedFields.has(name)))
    errors.push(invalid(at, schema, `only [${allowedAtRoot}] fields are allowed at the root of the schema ${enabled}`))
  else if (hasStatus && schema.type && schema.type !== 'object')
    errors.push(invalid(at.child('type'), schema.type, `only "object" is allowed as the type at the root of the schema ${enabled}`))
  if (schema.nullable) errors.push(forbiddenField(at.child('nullable'), 'nullable cannot be true at the root'))
  const unreadable = demands.structural ? notStructural(schema) : undefined
  if (demands.structural && unreadable === undefined) {
    const structural = structuralErrors(schema, at)
    errors.push(...(structural.length > 0 ? structural : schemaDefaults(schema, at, demands.prunedDefaults)))
  }
  errors.push(...openApiSchema(schema, at, demands))
  return errors.length === 0 && unreadable !== undefined ? [invalid(at, '', unreadable)] : errors
}

function scaleErrors(subresources: CustomResourceSubresources | undefined, path: FieldPath): FieldError[] {
  const scale = subresources?.scale
  if (!scale) return []
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale
  const under = (value: string | undefined, name: string, prefixes: readonly string[], where: string): FieldError[] => {
    const at = path.child(`scale.${name}`)
    if (!value) return [required(at)]
    if (!value.startsWith('.')) return [invalid(at, value, simplePath)]
    return prefixes.some((prefix) => value.startsWith(prefix)) ? [] : [invalid(at, value, `should be a json path under ${where}`)]
  }
  return [
    ...under(specReplicasPath, 'specReplicasPath', ['.spec.'], '.spec'),
    ...under(statusReplicasPath, 'statusReplicasPath', ['.status.'], '.status'),
    ...(labelSelectorPath ? under(labelSelectorPath, 'labelSelectorPath', ['.spec.', '.status.'], 'either .spec or .status') : []),
  ]
}

const simplePath = 'must be a simple json path starting with .'

function column({ name, type, format, jsonPath }: CustomResourceColumnDefinition, path: FieldPath): FieldError[] {
  const types = `must be one of ${columnTypes}`
  const at = path.child('JSONPath')
  const errors = name ? [] : [required(path.child('name'))]
  if (!type) errors.push(required(path.child('type'), types))
  else if (!columnTypes.split(',').includes(type)) errors.push(invalid(path.child('type'), type, types))
  if (format && !columnFormats.split(',').includes(format))
    errors.push(invalid(path.child('format'), format, `must be one of ${columnFormats}`))
  if (!jsonPath) errors.push(required(at))
  else if (!jsonPath.startsWith('.')) errors.push(invalid(at, jsonPath, simplePath))
  return errors
}

function selectable(fields: readonly SelectableField[], root: Schema, path: FieldPath): FieldError[] {
  const seen = new Set<string>()
  const errors = each(fields, path, ({ jsonPath }, here) => {
    const at = here.child('jsonPath')
    if (!jsonPath) return [required(at)]
    const found = findField(jsonPath, root, false)
    if (typeof found === 'string') return [invalid(at, jsonPath, `is an invalid path: ${found}`)]
    const errors: FieldError[] = []
    const name = found.names.join('.')
    const why = 'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.'
    if (found.names[0] === 'metadata') errors.push(invalid(at, jsonPath, 'must not point to fields in metadata'))
    if (!['string', 'boolean', 'integer'].includes(found.schema?.type ?? '')) errors.push(invalid(at, jsonPath, why))
    if (seen.has(name)) errors.push(duplicate(at, jsonPath))
    seen.add(name)
    return errors
  })
  return seen.size > maxSelectableFields ? [...errors, tooMany(path, seen.size, maxSelectableFields)] : errors
}
