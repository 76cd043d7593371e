/** Which requests webhooks and policies are about: rules, selectors, conditions (pkg/apis/admissionregistration/validation). */
import { validateLabelSelector } from '../../meta/labels.js'
import type { LabelSelector } from '../../meta/object.js'
import type { MatchCondition, MatchResources, NamedRuleWithOperations, RuleWithOperations } from '../../types/admissionregistration-v1.js'
import { demanded, each, oneOf, qualifiedName } from '../checks.js'
import { duplicate, type FieldError, type FieldPath, invalid, notSupported, required, tooMany } from '../field-path.js'
import { isPathSegmentName } from '../names.js'

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE']
const scopes = ['*', 'Cluster', 'Namespaced']
const maxMatchConditions = 64
export const failurePolicies = ['Fail', 'Ignore']
export const matchPolicies = ['Equivalent', 'Exact']

/** A value that may be absent, but must be one of these when it is there, be it empty. */
export const ifGiven = (value: string | undefined, path: FieldPath, supported: readonly string[]): FieldError[] =>
  value === undefined ? [] : oneOf(value, path, supported)

/** A value that must be given and be one of these. */
export const given = (value: string | undefined, path: FieldPath, supported: readonly string[]): FieldError[] =>
  value === undefined ? [required(path)] : oneOf(value, path, supported)

/** A list that must not be empty, in which '*' stands alone. */
function wildcardList(list: readonly string[] | undefined, path: FieldPath, others: string): FieldError[] {
  if (!list?.length) return [required(path)]
  return list.length > 1 && list.includes('*') ? [invalid(path, list, `if '*' is present, must not specify other ${others}`)] : []
}

export function ruleWithOperations(rule: RuleWithOperations, path: FieldPath): FieldError[] {
  return [
    ...wildcardList(rule.operations, path.child('operations'), 'operations'),
    ...each(rule.operations, path.child('operations'), (operation, at) => oneOf(operation, at, operations)),
    ...wildcardList(rule.apiGroups, path.child('apiGroups'), 'API groups'),
    ...wildcardList(rule.apiVersions, path.child('apiVersions'), 'API versions'),
    ...each(rule.apiVersions, path.child('apiVersions'), (version, at) => demanded(version, at)),
    ...resources(rule.resources ?? [], path.child('resources')),
    ...ifGiven(rule.scope, path.child('scope'), scopes),
  ]
}

/** Resources and subresources, each with '*', of which none may be meant twice. */
function resources(list: readonly string[], path: FieldPath): FieldError[] {
  if (list.length === 0) return [required(path)]
  const errors: FieldError[] = []
  const [wholeResources, wholeSubresources] = [new Set<string>(), new Set<string>()]
  let namesPlain = false
  for (const [i, name] of list.entries()) {
    if (!name) errors.push(required(path.index(i)))
    const slash = name.indexOf('/')
    if (!name || slash < 0) {
      if (name) namesPlain = name !== '*'
      continue
    }
    const [resource, sub] = [name.slice(0, slash), name.slice(slash + 1)]
    if (wholeResources.has(resource)) errors.push(invalid(path.index(i), name, `if '${resource}/*' is present, must not specify ${name}`))
    if (wholeSubresources.has(sub)) errors.push(invalid(path.index(i), name, `if '*/${sub}' is present, must not specify ${name}`))
    if (sub === '*') wholeResources.add(resource)
    if (resource === '*') wholeSubresources.add(sub)
  }
  if (list.length > 1 && list.includes('*/*')) errors.push(invalid(path, list, "if '*/*' is present, must not specify other resources"))
  if (list.includes('*') && namesPlain)
    errors.push(invalid(path, list, "if '*' is present, must not specify other resources without subresources"))
  return errors
}

export function labelSelector(selector: LabelSelector | undefined, path: FieldPath): FieldError[] {
  return selector ? validateLabelSelector(selector, path) : []
}

/** The conditions' names and presence; whether an expression compiles is not judged here. */
export function matchConditions(conditions: readonly MatchCondition[] | undefined, path: FieldPath): FieldError[] {
  const count = conditions?.length ?? 0
  const seen = new Set<string>()
  return [
    ...(count > maxMatchConditions ? [tooMany(path, count, maxMatchConditions)] : []),
    ...each(conditions, path, ({ name, expression }, at) => {
      const errors = [
        ...((expression ?? '').trim() ? [] : [required(at.child('expression'))]),
        ...(name ? qualifiedName(name, at.child('name')) : [required(at.child('name'))]),
      ]
      if (name && seen.has(name)) errors.push(duplicate(at.child('name'), name))
      seen.add(name)
      return errors
    }),
  ]
}

/** What a policy or binding is about (validateMatchResources). */
export function matchResources(match: MatchResources | undefined, path: FieldPath): FieldError[] {
  if (!match) return []
  const selector = (value: LabelSelector | undefined, at: FieldPath): FieldError[] =>
    value ? validateLabelSelector(value, at) : [required(at)]
  return [
    ...given(match.matchPolicy, path.child('matchPolicy'), matchPolicies),
    ...selector(match.namespaceSelector, path.child('namespaceSelector')),
    ...selector(match.objectSelector, path.child('labelSelector')),
    ...each(match.resourceRules, path.child('resourceRules'), namedRule),
    ...each(match.excludeResourceRules, path.child('excludeResourceRules'), namedRule),
  ]
}

function namedRule(rule: NamedRuleWithOperations, path: FieldPath): FieldError[] {
  const seen = new Set<string>()
  return [
    ...each(rule.resourceNames, path.child('resourceNames'), (name, at) => {
      const errors = isPathSegmentName(name).map((text) => invalid(at, name, text))
      if (seen.has(name)) errors.push(duplicate(at, name))
      seen.add(name)
      return errors
    }),
    ...ruleWithOperations(rule, path),
  ]
}

/** A value of a list that must be supported and told once; an empty list is missing. */
export function distinct(values: readonly string[] | undefined, path: FieldPath, supported: readonly string[]): FieldError[] {
  const seen = new Set<string>()
  return each(values, path, (value, at) => {
    const errors = supported.includes(value) ? [] : [notSupported(at, value, supported)]
    if (seen.has(value)) errors.push(duplicate(at, value))
    seen.add(value)
    return errors
  })
}
