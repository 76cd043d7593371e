/** FlowSchema: which requests are of which priority level (pkg/apis/flowcontrol/validation). */
import type { KubeObject } from '../../meta/object.js'
import type { FlowSchema, NonResourcePolicyRule, PolicyRulesWithSubjects, ResourcePolicyRule, Subject } from '../../types/flowcontrol-v1.js'
import { demanded, each, judged, kubeMeta } from '../checks.js'
import { duplicate, type FieldError, type FieldPath, field, forbiddenField, invalid, notSupported, required } from '../field-path.js'
import { isDns1123Label, isDns1123Subdomain } from '../names.js'

const maxPrecedence = 10_000
const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch']
const methods = ['ByNamespace', 'ByUser']

export function validateFlowSchema(object: KubeObject): FieldError[] {
  const { spec, status } = object as unknown as FlowSchema
  const {
    matchingPrecedence = 0,
    distinguisherMethod: method,
    priorityLevelConfiguration: level,
    rules,
  } = spec ?? ({} as Partial<NonNullable<typeof spec>>)
  const path = field('spec')
  const at = path.child('matchingPrecedence')
  const levelAt = path.child('priorityLevelConfiguration', 'name')
  const errors = kubeMeta(object.metadata)
  if (matchingPrecedence <= 0) errors.push(invalid(at, matchingPrecedence, 'must be a positive value'))
  if (matchingPrecedence > maxPrecedence) errors.push(invalid(at, matchingPrecedence, `must not be greater than ${maxPrecedence}`))
  if (matchingPrecedence === 1 && object.metadata.name !== 'exempt')
    errors.push(invalid(at, matchingPrecedence, "only the schema named 'exempt' may have matchingPrecedence 1"))
  if (method && !methods.includes(method.type))
    errors.push(notSupported(path.child('distinguisherMethod', 'type'), { Type: method.type ?? '' }, methods))
  if (level?.name) errors.push(...judged(level.name, levelAt, isDns1123Subdomain))
  else errors.push(required(levelAt, 'must reference a priority level'))
  return [...errors, ...each(rules, path.child('rules'), rule), ...conditionTypes(status?.conditions, field('status', 'conditions'))]
}

/** Conditions of flow control need a type, each its own. */
export function conditionTypes(list: readonly { readonly type?: string | undefined }[] | undefined, path: FieldPath): FieldError[] {
  const seen = new Set<string>()
  return each(list, path, ({ type = '' }, at) => {
    const errors = seen.has(type) ? [duplicate(at.child('type'), type)] : []
    seen.add(type)
    return type ? errors : [...errors, required(at.child('type'))]
  })
}

function rule({ subjects, resourceRules, nonResourceRules }: PolicyRulesWithSubjects, path: FieldPath): FieldError[] {
  const nothing = !resourceRules?.length && !nonResourceRules?.length
  return [
    ...(subjects?.length ? [] : [required(path.child('subjects'), 'subjects must contain at least one value')]),
    ...each(subjects, path.child('subjects'), subject),
    ...(nothing ? [required(path, 'at least one of resourceRules and nonResourceRules has to be non-empty')] : []),
    ...each(resourceRules, path.child('resourceRules'), resourceRule),
    ...each(nonResourceRules, path.child('nonResourceRules'), nonResourceRule),
  ]
}

const subjectKinds = { Group: 'group', ServiceAccount: 'serviceAccount', User: 'user' } as const

/** What its kind says must be there, and nothing else. */
function subject(value: Subject, path: FieldPath): FieldError[] {
  const own = subjectKinds[value.kind as keyof typeof subjectKinds]
  if (own === undefined) return [notSupported(path.child('kind'), value.kind ?? '', Object.keys(subjectKinds))]
  const errors = named(value, own, path.child(own))
  for (const kind of ['ServiceAccount', 'User', 'Group'] as const) {
    const name = subjectKinds[kind]
    if (name !== own && value[name])
      errors.push(forbiddenField(path.child(name), `${name} is forbidden when subject kind is not '${kind}'`))
  }
  return errors
}

function named(value: Subject, own: 'group' | 'serviceAccount' | 'user', path: FieldPath): FieldError[] {
  const given = value[own]
  if (!given) return [required(path, `${own} is required when subject kind is '${value.kind}'`)]
  if (own !== 'serviceAccount') return demanded(given.name, path.child('name'))
  const { name, namespace } = value.serviceAccount ?? { name: '', namespace: '' }
  return [
    ...(name === '*' ? [] : demanded(name, path.child('name'), isDns1123Subdomain)),
    ...(namespace
      ? judged(namespace, path.child('namespace'), isDns1123Label)
      : [required(path.child('namespace'), 'must specify namespace for service account')]),
  ]
}

/** A list that must say something, in which '*' stands alone. */
function wildcardList(list: readonly string[] | undefined, path: FieldPath, missing: string, others: string): FieldError[] {
  if (!list?.length) return [required(path, missing)]
  return list.length > 1 && list.includes('*') ? [invalid(path, list, `if '*' is present, must not specify other ${others}`)] : []
}

function verbErrors(list: readonly string[] | undefined, path: FieldPath): FieldError[] {
  if (!list?.length || list.includes('*')) return wildcardList(list, path, 'verbs must contain at least one value', 'verbs')
  return list.every((verb) => verbs.includes(verb)) ? [] : [notSupported(path, list, verbs)]
}

function resourceRule({ verbs: does, apiGroups, resources, namespaces, clusterScope }: ResourcePolicyRule, path: FieldPath): FieldError[] {
  const missing = (what: string): string => `resource rules must supply at least one ${what}`
  const at = path.child('namespaces')
  const each1 = "each member of this list must be '*' or a DNS-1123 label; "
  const errors = [
    ...verbErrors(does, path.child('verbs')),
    ...wildcardList(apiGroups, path.child('apiGroups'), missing('api group'), 'api groups'),
    ...wildcardList(resources, path.child('resources'), missing('resource'), 'resources'),
  ]
  if (!namespaces?.length)
    return clusterScope
      ? errors
      : [...errors, required(at, 'resource rules that are not cluster scoped must supply at least one namespace')]
  if (namespaces.includes('*')) return [...errors, ...wildcardList(namespaces, at, '', 'namespaces')]
  return [...errors, ...each(namespaces, at, (name, here) => isDns1123Label(name).map((text) => invalid(here, name, `${each1}${text}`)))]
}

function nonResourceRule({ verbs: does, nonResourceURLs: urls }: NonResourcePolicyRule, path: FieldPath): FieldError[] {
  const at = path.child('nonResourceURLs')
  const whole = wildcardList(urls, at, 'nonResourceURLs must contain at least one value', 'non-resource URLs')
  return [...verbErrors(does, path.child('verbs')), ...whole, ...(urls?.includes('*') ? [] : each(urls, at, urlPath))]
}

function urlPath(path: string, at: FieldPath): FieldError[] {
  const why = urlPathError(path)
  return why === undefined ? [] : [invalid(at, path, why)]
}

function urlPathError(path: string): string | undefined {
  if (path === '') return 'must not be empty'
  if (path === '/') return undefined
  if (!path.startsWith('/')) return 'must start with slash'
  if (path.includes(' ')) return 'must not contain white-space'
  if (path.includes('//')) return 'must not contain double slash'
  const wildcards = path.split('*').length - 1
  return wildcards > 1 || (wildcards === 1 && !path.endsWith('/*')) ? 'wildcard can only do suffix matching' : undefined
}
