/**
 * Admission policies and their bindings (pkg/apis/admissionregistration/validation). Expressions must be there; whether they
 * compile is judged where they are compiled.
 */
import { validateLabelSelector } from '../../meta/labels.js'
import type { KubeObject } from '../../meta/object.js'
import type {
  AuditAnnotation,
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  Mutation,
  ParamKind,
  ParamRef,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  Validation,
  Variable,
} from '../../types/admissionregistration-v1.js'
import { demanded, demandedOneOf, each, judged, qualifiedName } from '../checks.js'
import { conditions } from '../conditions.js'
import { duplicate, type FieldError, type FieldPath, field, forbiddenField, invalid, required } from '../field-path.js'
import { byteLength, isDns1035Label, isDns1123Subdomain, isPathSegmentName } from '../names.js'
import { distinct, failurePolicies, given, ifGiven, matchConditions, matchResources } from './match.js'

const maxAuditAnnotations = 20
const maxValueExpressionBytes = 5 * 1024
const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge', 'Unauthorized']
const nothingSaid = 'validations or auditAnnotations must contain at least one item'
const celReserved = new Set([
  'true',
  'false',
  'null',
  'in',
  'as',
  'break',
  'const',
  'continue',
  'else',
  'for',
  'function',
  'if',
  'import',
  'let',
  'loop',
  'package',
  'namespace',
  'return',
  'var',
  'void',
  'while',
])

export function validateValidatingAdmissionPolicy(object: KubeObject): FieldError[] {
  const spec = (object as unknown as ValidatingAdmissionPolicy).spec ?? {}
  const path = field('spec')
  const errors = [...commonSpec(spec), ...each(spec.variables, path.child('variables'), variable)]
  if (!spec.validations?.length && !spec.auditAnnotations?.length)
    return [...errors, required(path.child('validations'), nothingSaid), required(path.child('auditAnnotations'), nothingSaid)]
  const annotations = spec.auditAnnotations ?? []
  const many = annotations.length > maxAuditAnnotations
  const at = path.child('auditAnnotations')
  errors.push(...each(spec.validations, path.child('validations'), validation))
  if (many) errors.push(invalid(at, annotations, `must not have more than ${maxAuditAnnotations} auditAnnotations`))
  const seen = new Set<string>()
  for (const [i, annotation] of annotations.entries()) {
    errors.push(...auditAnnotation(annotation, at.index(i), object.metadata.name ?? ''))
    if (seen.has(annotation.key)) errors.push(duplicate(at.index(i).child('key'), annotation.key))
    seen.add(annotation.key)
  }
  return errors
}

export const validateValidatingAdmissionPolicyStatusUpdate = (object: KubeObject): FieldError[] =>
  conditions((object as unknown as ValidatingAdmissionPolicy).status?.conditions, field('status', 'conditions'))

export function validateMutatingAdmissionPolicy(object: KubeObject): FieldError[] {
  const spec = (object as unknown as MutatingAdmissionPolicy).spec ?? {}
  const path = field('spec')
  return [
    ...commonSpec(spec),
    ...each(spec.variables, path.child('variables'), variable),
    ...(spec.mutations?.length ? [] : [required(path.child('mutations'), 'mutations must contain at least one item')]),
    ...each(spec.mutations, path.child('mutations'), mutation),
    ...demandedOneOf(spec.reinvocationPolicy, path.child('reinvocationPolicy'), ['IfNeeded', 'Never']),
  ]
}

type CommonSpec = Pick<
  NonNullable<ValidatingAdmissionPolicy['spec']>,
  'failurePolicy' | 'paramKind' | 'matchConstraints' | 'matchConditions'
>

function commonSpec({ failurePolicy, paramKind: kind, matchConstraints, matchConditions: matching }: CommonSpec): FieldError[] {
  const path = field('spec')
  const at = path.child('matchConstraints')
  return [
    ...given(failurePolicy, path.child('failurePolicy'), failurePolicies),
    ...(kind ? paramKind(kind, path.child('paramKind')) : []),
    ...(matchConstraints ? matchResources(matchConstraints, at) : [required(at)]),
    ...(matchConstraints && !matchConstraints.resourceRules?.length ? [required(at.child('resourceRules'))] : []),
    ...matchConditions(matching, path.child('matchConditions')),
  ]
}

function paramKind({ apiVersion, kind }: ParamKind, path: FieldPath): FieldError[] {
  const mixedCase = isDns1035Label((kind ?? '').toLowerCase())
  const kindErrors =
    mixedCase.length > 0
      ? [invalid(path.child('kind'), kind, `may have mixed case, but should otherwise match: ${mixedCase.join(',')}`)]
      : []
  return [
    ...(apiVersion ? groupVersion(apiVersion, path.child('apiVersion')) : [required(path.child('apiVersion'))]),
    ...(kind ? kindErrors : [required(path.child('kind'))]),
  ]
}

function groupVersion(apiVersion: string, path: FieldPath): FieldError[] {
  const parts = apiVersion.split('/')
  if (parts.length > 2) return [invalid(path, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)]
  const [group = '', version = ''] = parts.length === 2 ? parts : ['', apiVersion]
  const joined = (value: string, texts: readonly string[]): FieldError[] =>
    texts.length > 0 ? [invalid(path, value, texts.join(','))] : []
  return [
    ...(group ? joined(group, isDns1123Subdomain(group)) : []),
    ...(version ? joined(version, isDns1035Label(version)) : [invalid(path, apiVersion, 'version must be specified')]),
  ]
}

const isBlank = (text: string | undefined): boolean => !text?.trim()

function variable({ name, expression }: Variable, path: FieldPath): FieldError[] {
  const isIdentifier = /^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name ?? '') && !celReserved.has(name)
  const nameErrors = isIdentifier ? [] : [invalid(path.child('name'), name, 'name is not a valid CEL identifier')]
  return [
    ...(isBlank(name) ? [required(path.child('name'), 'name is not specified')] : nameErrors),
    ...(isBlank(expression) ? [required(path.child('expression'), 'expression is not specified')] : []),
  ]
}

function validation({ expression, message = '', messageExpression = '', reason }: Validation, path: FieldPath): FieldError[] {
  const errors = isBlank(expression) ? [required(path.child('expression'), 'expression is not specified')] : []
  if (messageExpression && isBlank(messageExpression))
    errors.push(invalid(path.child('messageExpression'), messageExpression, 'must be non-empty if specified'))
  if (message && isBlank(message)) errors.push(invalid(path.child('message'), message, 'message must be non-empty if specified'))
  else if (/[\r\n]/.test(message.trim())) errors.push(invalid(path.child('message'), message, 'message must not contain line breaks'))
  return [...errors, ...ifGiven(reason, path.child('reason'), reasons)]
}

function auditAnnotation({ key, valueExpression }: AuditAnnotation, path: FieldPath, policy: string): FieldError[] {
  const at = path.child('valueExpression')
  const value = (valueExpression ?? '').trim()
  const errors = policy
    ? qualifiedName(`${policy}/${key ?? ''}`, path.child('key'))
    : [invalid(path.child('key'), key, 'requires metadata.name be non-empty')]
  if (!value) errors.push(required(at, 'valueExpression is not specified'))
  else if (byteLength(value) > maxValueExpressionBytes)
    errors.push(required(at, `must not exceed ${maxValueExpressionBytes} bytes in length`))
  return errors
}

/** A change is an apply configuration or a JSON patch, as its type says. */
function mutation({ patchType, applyConfiguration, jsonPatch }: Mutation, path: FieldPath): FieldError[] {
  const forms = { ApplyConfiguration: applyConfiguration, JSONPatch: jsonPatch }
  const names = { ApplyConfiguration: 'applyConfiguration', JSONPatch: 'jsonPatch' }
  const errors = demandedOneOf(patchType, path.child('patchType'), ['ApplyConfiguration', 'JSONPatch'])
  for (const type of ['ApplyConfiguration', 'JSONPatch'] as const) {
    const at = path.child(names[type])
    const form = forms[type]
    if (patchType === type && !form) errors.push(required(at, `must be specified when patchType is ${type}`))
    else if (patchType !== type && form) errors.push(invalid(at, form, `must not be specified when patchType is not ${type}`))
    else if (form && isBlank(form.expression)) errors.push(required(at.child('expression'), 'expression is not specified'))
  }
  return errors
}

export function validateValidatingAdmissionPolicyBinding(object: KubeObject): FieldError[] {
  const { spec } = object as unknown as Partial<ValidatingAdmissionPolicyBinding>
  const path = field('spec', 'validationActions')
  const actions = spec?.validationActions ?? []
  const errors = [...validateMutatingAdmissionPolicyBinding(object), ...distinct(actions, path, ['Audit', 'Deny', 'Warn'])]
  const why =
    'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)'
  if (actions.includes('Deny') && actions.includes('Warn')) errors.push(invalid(path, actions, why))
  return actions.length > 0 ? errors : [...errors, required(path)]
}

export function validateMutatingAdmissionPolicyBinding(object: KubeObject): FieldError[] {
  const spec = (object as unknown as MutatingAdmissionPolicyBinding).spec ?? {}
  const path = field('spec')
  return [
    ...demanded(spec.policyName, path.child('policyName'), isDns1123Subdomain),
    ...(spec.paramRef ? paramRef(spec.paramRef, path.child('paramRef')) : []),
    // The path's spelling is upstream's.
    ...matchResources(spec.matchResources, path.child('matchResouces')),
  ]
}

function paramRef({ name, selector, parameterNotFoundAction }: ParamRef, path: FieldPath): FieldError[] {
  const both = name && selector
  const exclusive = 'name and selector are mutually exclusive'
  return [
    ...(name ? judged(name, path.child('name'), isPathSegmentName) : []),
    ...(both ? [forbiddenField(path.child('name'), exclusive)] : []),
    ...(selector ? validateLabelSelector(selector, path.child('selector')) : []),
    ...(both ? [forbiddenField(path.child('selector'), exclusive)] : []),
    ...(name || selector ? [] : [required(path, 'one of name or selector must be specified')]),
    ...demandedOneOf(parameterNotFoundAction, path.child('parameterNotFoundAction'), ['Deny', 'Allow']),
  ]
}
