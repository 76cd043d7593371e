/** Role and ClusterRole: what rules must name. Whether their writer may grant them is for admission. */
import { validateLabelSelector } from '../../meta/labels.js'
import type { KubeObject } from '../../meta/object.js'
import type { ClusterRole, PolicyRule } from '../../types/rbac-v1.js'
import { each, kubeMeta, selectorValue, wholeMeta } from '../checks.js'
import { type FieldError, type FieldPath, field, invalid, required } from '../field-path.js'
import { queryOf } from '../selectors.js'

const rulesOf = (object: KubeObject): readonly PolicyRule[] | undefined => (object as unknown as ClusterRole).rules

export const validateRole = (object: KubeObject): FieldError[] => [
  ...kubeMeta(object.metadata),
  ...each(rulesOf(object), field('rules'), (rule, at) => policyRule(rule, at, true)),
]

/** Upstream's strategy judges the role, and its update does so again. */
export function validateRoleUpdate(object: KubeObject): FieldError[] {
  const whole = [
    ...wholeMeta(object.metadata, { namespaced: true, nameRule: 'path-segment' }),
    ...each(rulesOf(object), field('rules'), (rule, at) => policyRule(rule, at, true)),
  ]
  return [...whole, ...whole]
}

export const validateClusterRole = (object: KubeObject): FieldError[] => [...kubeMeta(object.metadata), ...clusterRole(object)]

export function validateClusterRoleUpdate(object: KubeObject): FieldError[] {
  const whole = [...wholeMeta(object.metadata, { namespaced: false, nameRule: 'path-segment' }), ...clusterRole(object)]
  return [...whole, ...whole]
}

function clusterRole(object: KubeObject): FieldError[] {
  const errors = each(rulesOf(object), field('rules'), (rule, at) => policyRule(rule, at, false))
  const { aggregationRule } = object as unknown as ClusterRole
  if (!aggregationRule) return errors
  const path = field('aggregationRule', 'clusterRoleSelectors')
  const selectors = aggregationRule.clusterRoleSelectors ?? []
  if (selectors.length === 0) errors.push(required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil'))
  return [
    ...errors,
    ...each(selectors, path, (selector, at) => [
      ...validateLabelSelector(selector, at),
      ...(queryOf(selector) === undefined ? [invalid(at, selectorValue(selector), 'invalid label selector.')] : []),
    ]),
  ]
}

function policyRule(rule: PolicyRule, path: FieldPath, namespaced: boolean): FieldError[] {
  const { verbs = [], nonResourceURLs: urls = [], apiGroups = [], resources = [], resourceNames = [] } = rule
  const errors: FieldError[] = verbs.length === 0 ? [required(path.child('verbs'), 'verbs must contain at least one value')] : []
  const at = path.child('nonResourceURLs')
  if (urls.length > 0) {
    if (namespaced) errors.push(invalid(at, urls, 'namespaced rules cannot apply to non-resource URLs'))
    if (apiGroups.length + resources.length + resourceNames.length > 0)
      errors.push(invalid(at, urls, 'rules cannot apply to both regular resources and non-resource URLs'))
    return errors
  }
  if (apiGroups.length === 0) errors.push(required(path.child('apiGroups'), 'resource rules must supply at least one api group'))
  if (resources.length === 0) errors.push(required(path.child('resources'), 'resource rules must supply at least one resource'))
  return errors
}
