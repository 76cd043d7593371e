/**
 * All roles and bindings as one index: from a subject to the grants that name it. It is built whole from the live objects
 * and thrown away when any of them has changed, so it has no state of its own to go wrong.
 *
 * Aggregated cluster roles are put together here from their selectors, so they hold what they select even before, or
 * without, a controller that writes it into their rules.
 */
import { labelSelectorQuery, matchesLabels } from '../../api/meta/labels.js'
import type { KubeObject, LabelSelector } from '../../api/meta/object.js'
import { serviceAccountUserName } from '../authn/user.js'
import type { User } from '../request.js'
import type { Lookup } from '../resource/lookup.js'
import type { PolicyRule } from './authorizer.js'

export const rbacGroup = 'rbac.authorization.k8s.io'

/** One binding's word for one subject. */
export interface Grant {
  readonly rules: readonly PolicyRule[]
  /** As SubjectAccessReview gives the reason: `ClusterRoleBinding "x" of ClusterRole "y" to User "z"`. */
  readonly describes: string
  /** When the role it names is not there. */
  readonly problem?: string
}

export interface Policy {
  /** Grants for a user in a namespace: cluster-wide ones, then the namespace's ('' has none). */
  grantsFor(user: User, namespace: string): readonly Grant[]
}

interface Subject {
  readonly kind: string
  readonly name: string
  readonly namespace?: string
}

interface RoleRef {
  readonly kind: string
  readonly name: string
}

type GrantsBySubject = Map<string, Grant[]>

export function buildPolicy(lookup: Lookup): Policy {
  const roles = readRoles(lookup)
  const cluster: GrantsBySubject = new Map()
  const byNamespace = new Map<string, GrantsBySubject>()
  for (const binding of lookup.list({ group: rbacGroup, resource: 'clusterrolebindings' })) addBinding(cluster, binding, '', roles)
  for (const binding of lookup.list({ group: rbacGroup, resource: 'rolebindings' })) {
    const namespace = binding.metadata.namespace ?? ''
    let grants = byNamespace.get(namespace)
    if (!grants) byNamespace.set(namespace, (grants = new Map()))
    addBinding(grants, binding, namespace, roles)
  }
  return {
    grantsFor(user, namespace) {
      const local = namespace === '' ? undefined : byNamespace.get(namespace)
      const found: Grant[] = []
      for (const grants of local ? [cluster, local] : [cluster]) {
        found.push(...(grants.get(`User:${user.name}`) ?? []))
        for (const group of user.groups) found.push(...(grants.get(`Group:${group}`) ?? []))
      }
      return found
    },
  }
}

/** The rules of a role as it is named in a binding of `namespace` ('' for a ClusterRoleBinding); undefined when it is not there. */
export function rulesOfRole(lookup: Lookup, { kind, name }: RoleRef, namespace: string): readonly PolicyRule[] | undefined {
  return readRoles(lookup).rulesOf({ kind, name }, namespace)
}

interface Roles {
  rulesOf(ref: RoleRef, namespace: string): readonly PolicyRule[] | undefined
}

function readRoles(lookup: Lookup): Roles {
  const clusterRoles = lookup.list({ group: rbacGroup, resource: 'clusterroles' })
  const byName = new Map(clusterRoles.map((role) => [role.metadata.name ?? '', role]))
  const rulesByName = new Map<string, readonly PolicyRule[]>()

  function clusterRules(name: string, asking: ReadonlySet<string>): readonly PolicyRule[] | undefined {
    const known = rulesByName.get(name)
    const role = byName.get(name)
    if (known || !role) return known
    const selectors = (role.aggregationRule as { clusterRoleSelectors?: LabelSelector[] } | undefined)?.clusterRoleSelectors
    if (!selectors) return remember(name, rulesIn(role))
    const inner = new Set([...asking, name])
    const parts = clusterRoles.filter((one) => !inner.has(one.metadata.name ?? '') && selectors.some((selector) => selects(selector, one)))
    const rules = parts.flatMap((one) => clusterRules(one.metadata.name ?? '', inner) ?? [])
    return asking.size === 0 ? remember(name, rules) : rules
  }
  function remember(name: string, rules: readonly PolicyRule[]): readonly PolicyRule[] {
    rulesByName.set(name, rules)
    return rules
  }
  return {
    rulesOf({ kind, name }, namespace) {
      if (kind === 'ClusterRole') return clusterRules(name, new Set())
      const role = namespace === '' ? undefined : lookup.get({ group: rbacGroup, resource: 'roles' }, namespace, name)
      return role && rulesIn(role)
    },
  }
}

function addBinding(grants: GrantsBySubject, binding: KubeObject, namespace: string, roles: Roles): void {
  const ref = binding.roleRef as RoleRef
  const rules = roles.rulesOf(ref, namespace)
  const name = JSON.stringify(namespace ? `${binding.metadata.name}/${namespace}` : binding.metadata.name)
  const what = `${namespace ? 'RoleBinding' : 'ClusterRoleBinding'} ${name} of ${ref.kind} ${JSON.stringify(ref.name)}`
  const problem = rules ? {} : { problem: `${ref.kind.toLowerCase()}.${rbacGroup} ${JSON.stringify(ref.name)} not found` }
  for (const subject of (binding.subjects ?? []) as Subject[]) {
    const key = subjectKey(subject, namespace)
    if (key === undefined) continue
    let list = grants.get(key)
    if (!list) grants.set(key, (list = []))
    list.push({ rules: rules ?? [], describes: `${what} to ${describeSubject(subject, namespace)}`, ...problem })
  }
}

function subjectKey({ kind, name, namespace }: Subject, bindingNamespace: string): string | undefined {
  if (kind === 'User' || kind === 'Group') return `${kind}:${name}`
  const at = namespace || bindingNamespace
  return kind === 'ServiceAccount' && at ? `User:${serviceAccountUserName(at, name)}` : undefined
}

function describeSubject({ kind, name, namespace }: Subject, bindingNamespace: string): string {
  return `${kind} ${JSON.stringify(kind === 'ServiceAccount' ? `${name}/${namespace || bindingNamespace}` : name)}`
}

function rulesIn(role: KubeObject): readonly PolicyRule[] {
  return (role.rules as PolicyRule[] | null | undefined) ?? []
}

function selects(selector: LabelSelector, { metadata: { labels } }: KubeObject): boolean {
  return matchesLabels(labelSelectorQuery(selector), labels)
}
