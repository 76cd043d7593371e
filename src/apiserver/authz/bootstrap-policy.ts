/**
 * The roles and bindings every cluster starts with, as objects that the server makes and keeps up to date (the annotation
 * rbac.authorization.kubernetes.io/autoupdate says that it may). The data are bootstrap-cluster-roles.ts and its siblings.
 */
import type { BootstrapObject } from '../resource/resources.js'
import { clusterRoleBindings, roleBindings } from './bootstrap-bindings.js'
import { clusterRoles } from './bootstrap-cluster-roles.js'
import { controllerRoles } from './bootstrap-controller-roles.js'
import { namespaceRoles } from './bootstrap-namespace-roles.js'
import type { BindingSpec, RoleSpec } from './bootstrap-notation.js'
import { castBindings, castRoles } from './cast-policy.js'
import { rbacGroup } from './policy.js'

const apiVersion = `${rbacGroup}/v1`
const annotations = { 'rbac.authorization.kubernetes.io/autoupdate': 'true' }
const bootstrapLabels = { 'kubernetes.io/bootstrapping': 'rbac-defaults' }

/** Roles before the bindings that name them. */
export function bootstrapPolicy(): BootstrapObject[] {
  return [
    ...[...clusterRoles, ...controllerRoles, ...castRoles, ...namespaceRoles].map(roleObject),
    ...[...clusterRoleBindings, ...castBindings, ...roleBindings].map(bindingObject),
  ]
}

function roleObject({ name, namespace, labels, aggregates, rules }: RoleSpec): BootstrapObject {
  const aggregationRule = aggregates && { clusterRoleSelectors: aggregates.map((label) => ({ matchLabels: { [label]: 'true' } })) }
  return {
    apiVersion,
    kind: namespace === undefined ? 'ClusterRole' : 'Role',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), labels: { ...bootstrapLabels, ...labels }, annotations },
    ...(aggregationRule ? { aggregationRule } : {}),
    rules: aggregates ? null : rules,
  }
}

function bindingObject({ name, namespace, role, subjects }: BindingSpec): BootstrapObject {
  const [kind = '', ...roleName] = role.split(' ')
  return {
    apiVersion,
    kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), labels: bootstrapLabels, annotations },
    ...(subjects.length > 0 ? { subjects: subjects.map(subjectOf) } : {}),
    roleRef: { apiGroup: rbacGroup, kind, name: roleName.join(' ') },
  }
}

function subjectOf(spec: string): object {
  const [kind = '', ...rest] = spec.split(' ')
  if (kind === 'ServiceAccount') return { kind, name: rest[1], namespace: rest[0] }
  return { kind, name: rest.join(' '), apiGroup: rbacGroup }
}
