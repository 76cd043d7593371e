/**
 * CustomResourceDefinition: names, versions and their schemas, conversion (apiextensions-apiserver's
 * pkg/apis/apiextensions/validation). An update demands of schemas only what the old ones kept to.
 *
 * Next: definition-versions.ts, open-api-schema.ts, structural.ts.
 */
import type { KubeObject } from '../../meta/object.js'
import type {
  CustomResourceConversion,
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionSpec,
} from '../../types/apiextensions-v1.js'
import { each, immutable } from '../checks.js'
import { type FieldError, type FieldPath, field, forbiddenField, invalid, notSupported, required } from '../field-path.js'
import { isDns1035Label, isDns1123Subdomain } from '../names.js'
import { webhookClient } from '../webhook-client.js'
import { type Demands, definitionVersions } from './definition-versions.js'
import { keyRules, schemaTypes, setItems } from './open-api-schema.js'
import { hasUnprunedDefaults } from './schema-defaults.js'
import { type Schema, someSchema } from './schema-parts.js'
import { isStructural } from './structural.js'

const approval = 'api-approved.kubernetes.io'
const reviewVersions = ['v1', 'v1beta1']
const nowhere = field('')

interface AllDemands extends Demands {
  readonly knownReviewVersion: boolean
}

const allDemands: AllDemands = {
  schemas: true,
  structural: true,
  prunedDefaults: true,
  validTypes: true,
  atomicSets: true,
  goodMapKeys: true,
  knownReviewVersion: true,
}

const read = (object: KubeObject): CustomResourceDefinition => object as unknown as CustomResourceDefinition
const specOf = (object: KubeObject): CustomResourceDefinitionSpec => read(object).spec ?? ({} as CustomResourceDefinitionSpec)

export function validateCustomResourceDefinition(object: KubeObject): FieldError[] {
  const { group = '', names } = specOf(object)
  const { name = '' } = object.metadata
  const isNamed = name === '' || name === `${names?.plural ?? ''}.${group}`
  return [
    ...(isNamed ? [] : [invalid(field('metadata', 'name'), name, 'must be spec.names.plural+"."+spec.group')]),
    ...specErrors(specOf(object), allDemands),
    ...statusErrors(object),
    ...storedVersions(object),
    ...apiApproval(object, undefined),
    ...preserveUnknownFields(object, undefined),
  ]
}

export function validateCustomResourceDefinitionUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const [is, was] = [specOf(object), specOf(before)]
  const path = field('spec')
  const isEstablished = read(before).status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True')
  return [
    ...specErrors(is, demandsOf(was)),
    ...(isEstablished ? immutable(is.scope, was.scope, path.child('scope')) : []),
    ...(isEstablished ? immutable(is.names?.kind, was.names?.kind, path.child('names', 'kind')) : []),
    ...immutable(is.group, was.group, path.child('group')),
    ...immutable(is.names?.plural, was.names?.plural, path.child('names', 'plural')),
    ...statusErrors(object),
    ...storedVersions(object),
    ...apiApproval(object, before),
    ...preserveUnknownFields(object, before),
  ]
}

export const validateCustomResourceDefinitionStatusUpdate = (object: KubeObject): FieldError[] => statusErrors(object)

/** What may be demanded when this is what was there. */
function demandsOf(old: CustomResourceDefinitionSpec): AllDemands {
  const schemas = (old.versions ?? []).map(({ schema }) => schema?.openAPIV3Schema)
  const every = (test: (schema: Schema) => boolean): boolean => schemas.every((schema) => !schema || test(schema))
  const everywhere = (test: (schema: Schema) => boolean): boolean => every((schema) => !someSchema(schema, (part) => !test(part)))
  const versions = old.conversion?.webhook?.conversionReviewVersions ?? []
  return {
    schemas: schemas.every((schema) => schema !== undefined),
    structural: old.preserveUnknownFields !== true || every((schema) => isStructural(schema, nowhere)),
    prunedDefaults: every((schema) => !hasUnprunedDefaults(schema)),
    validTypes: everywhere(({ type }) => !type || schemaTypes.includes(type)),
    atomicSets: everywhere((schema) => schema['x-kubernetes-list-type'] !== 'set' || setItems(schema, nowhere).length === 0),
    goodMapKeys: everywhere((schema) => keyRules(schema, nowhere).length === 0),
    knownReviewVersion: versions.length === 0 || versions.some((version) => reviewVersions.includes(version)),
  }
}

function specErrors(spec: CustomResourceDefinitionSpec, demands: AllDemands): FieldError[] {
  const { group, scope, names, conversion, preserveUnknownFields = false } = spec
  const path = field('spec')
  const scopes = ['Cluster', 'Namespaced']
  const wrongScope = scope && !scopes.includes(scope) ? [notSupported(path.child('scope'), scope, scopes)] : []
  const structural =
    demands.structural || !preserveUnknownFields || spec.versions?.some(({ schema }) => someSchema(schema?.openAPIV3Schema, needsStructure))
  const versions = definitionVersions(spec, path, { ...demands, structural: structural === true })
  const strategyAt = path.child('conversion', 'strategy')
  const unconverted = preserveUnknownFields && conversion && conversion.strategy !== 'None'
  return [
    ...groupErrors(group ?? '', path.child('group')),
    ...(scope ? wrongScope : [required(path.child('scope'))]),
    ...versions.own,
    ...(['plural', 'singular', 'kind', 'listKind'] as const).flatMap((name) =>
      names?.[name] ? [] : [required(path.child('names', name))],
    ),
    ...nameErrors(names, path.child('names')),
    ...versions.shared,
    ...(unconverted ? [invalid(strategyAt, conversion.strategy, 'must be None if spec.preserveUnknownFields is true')] : []),
    ...(conversion ? conversionErrors(conversion, path.child('conversion'), demands) : []),
  ]
}

const structuralFields = ['x-kubernetes-embedded-resource', 'x-kubernetes-int-or-string', 'x-kubernetes-list-type', 'default'] as const

/** Whether the schema says what only structural ones may. */
const needsStructure = (schema: Schema): boolean =>
  structuralFields.some((name) => schema[name]) ||
  schema['x-kubernetes-preserve-unknown-fields'] !== undefined ||
  (schema['x-kubernetes-list-map-keys']?.length ?? 0) + (schema['x-kubernetes-validations']?.length ?? 0) > 0

function groupErrors(group: string, path: FieldPath): FieldError[] {
  if (!group) return [required(path)]
  const wrong = isDns1123Subdomain(group)
  if (wrong.length > 0) return [invalid(path, group, wrong.join(','))]
  return group.includes('.') ? [] : [invalid(path, group, 'should be a domain with at least one dot')]
}

function nameErrors(names: CustomResourceDefinitionNames | undefined, path: FieldPath): FieldError[] {
  if (!names) return []
  const label = (value: string | undefined, at: FieldPath): FieldError[] => {
    const wrong = isDns1035Label(value ?? '')
    return wrong.length > 0 ? [invalid(at, value ?? '', wrong.join(','))] : []
  }
  const mixedCase = (value: string | undefined, at: FieldPath): FieldError[] => {
    const wrong = value ? isDns1035Label(value.toLowerCase()) : []
    return wrong.length > 0 ? [invalid(at, value, `may have mixed case, but should otherwise match: ${wrong.join(',')}`)] : []
  }
  const { plural, singular, kind, listKind } = names
  return [
    ...(plural ? label(plural, path.child('plural')) : []),
    ...(singular ? label(singular, path.child('singular')) : []),
    ...mixedCase(kind, path.child('kind')),
    ...mixedCase(listKind, path.child('listKind')),
    ...each(names.shortNames, path.child('shortNames'), label),
    ...(kind && kind === listKind ? [invalid(path.child('listKind'), listKind, 'kind and listKind may not be the same')] : []),
    ...each(names.categories, path.child('categories'), label),
  ]
}

/** Errors are told of the internal type's fields: webhookClientConfig, conversionReviewVersions. */
function conversionErrors(
  { strategy, webhook }: CustomResourceConversion,
  path: FieldPath,
  { knownReviewVersion }: AllDemands,
): FieldError[] {
  const strategies = ['None', 'Webhook']
  const [clientAt, versionsAt] = [path.child('webhookClientConfig'), path.child('conversionReviewVersions')]
  const errors = strategy ? [] : [required(path.child('strategy'))]
  if (strategy && !strategies.includes(strategy)) errors.push(notSupported(path.child('strategy'), strategy, strategies))
  const { clientConfig, conversionReviewVersions: versions = [] } = webhook ?? {}
  if (strategy === 'Webhook') {
    if (clientConfig) errors.push(...webhookClient(clientConfig, clientAt))
    else errors.push(required(clientAt, 'required when strategy is set to Webhook'))
    return [...errors, ...reviewVersionErrors(versions, versionsAt, knownReviewVersion)]
  }
  const why = 'should not be set when strategy is not set to Webhook'
  if (clientConfig) errors.push(forbiddenField(clientAt, why))
  return versions.length > 0 ? [...errors, forbiddenField(versionsAt, why)] : errors
}

function reviewVersionErrors(versions: readonly string[], path: FieldPath, known: boolean): FieldError[] {
  if (versions.length === 0) return [required(path)]
  const errors = each(versions, path, (version, at, i) => {
    if (versions.indexOf(version) < i) return [invalid(at, version, 'duplicate version')]
    return isDns1035Label(version).map((text) => invalid(at, version, text))
  })
  if (!known || versions.some((version) => reviewVersions.includes(version))) return errors
  return [...errors, invalid(path, versions, `must include at least one of ${reviewVersions.join(', ')}`)]
}

const statusErrors = (object: KubeObject): FieldError[] => nameErrors(read(object).status?.acceptedNames, field('status', 'acceptedNames'))

/** Versions in which objects may be stored stay until none is. */
function storedVersions(object: KubeObject): FieldError[] {
  const stored = read(object).status?.storedVersions ?? []
  const path = field('status', 'storedVersions')
  const versions = specOf(object).versions ?? []
  if (stored.length === 0) return [invalid(path, stored, 'must have at least one stored version')]
  const missing = versions.filter(({ name, storage }) => storage && !stored.includes(name))
  return [
    ...missing.map(({ name }) => invalid(path, stored, `must have the storage version ${name}`)),
    ...each(stored, path, (version, at) => {
      const lost = `was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`
      return versions.some(({ name }) => name === version) ? [] : [invalid(at, version, `missing from spec.versions; ${version} ${lost}`)]
    }),
  ]
}

type Approval = 'approved' | 'missing' | 'invalid'

function approvalOf(object: KubeObject): Approval {
  const value = object.metadata.annotations?.[approval] ?? ''
  if (value === '') return 'missing'
  return value.startsWith('unapproved') || /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/\s?]+\S*$/.test(value) ? 'approved' : 'invalid'
}

/** Kubernetes' own groups are not anybody's to define in (KEP-1111). */
function apiApproval(object: KubeObject, before: KubeObject | undefined): FieldError[] {
  const { group = '' } = specOf(object)
  if (!/(?:^|\.)(?:k8s|kubernetes)\.io$/.test(group)) return []
  const state = approvalOf(object)
  if (state === 'approved' || (before && approvalOf(before) === state)) return []
  const path = field('metadata', 'annotations').key(approval)
  const [must, see] = [
    `protected groups must have approval annotation "${approval}"`,
    'see https://github.com/kubernetes/enhancements/pull/1111',
  ]
  if (state === 'missing') return [required(path, `${must}, ${see}`)]
  return [
    invalid(path, object.metadata.annotations?.[approval], `${must} with either a URL or a reason starting with "unapproved", ${see}`),
  ]
}

function preserveUnknownFields(object: KubeObject, before: KubeObject | undefined): FieldError[] {
  const why = 'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead'
  if (!specOf(object).preserveUnknownFields || (before && specOf(before).preserveUnknownFields)) return []
  return [invalid(field('spec', 'preserveUnknownFields'), true, why)]
}
