/**
 * Nobody grants what they do not hold: writes of roles and bindings are judged by the rules the writer has, unless the
 * verbs `escalate` and `bind` say otherwise (pkg/registry/rbac policybased storage, validation.ConfirmNoEscalation).
 */
import type { KubeObject } from '../../api/meta/object.js'
import { forbidden, type GroupResource, notFound } from '../../api/meta/status.js'
import { mastersGroup } from '../authn/user.js'
import type { User } from '../request.js'
import type { Lookup } from '../resource/lookup.js'
import type { Authorizer, PolicyRule } from './authorizer.js'
import { rbacGroup, rulesOfRole } from './policy.js'
import { compactRule, compactRules, uncovered } from './rules.js'

/** A write that may be one of a role or binding; any other passes. */
export interface Write {
  readonly user: User
  readonly resource: GroupResource
  readonly namespace: string
  /** As it will be stored. */
  readonly object: KubeObject
  /** For an update: as it is stored. */
  readonly old?: KubeObject
}

/** Throws ApiError 403 (or the 404 of a role that a binding names) when the write would grant what the user does not hold. */
export type CheckEscalation = (write: Write) => void

const fullAuthority: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
]

export function createEscalationCheck(authorizer: Authorizer, lookup: Lookup): CheckEscalation {
  return (write) => {
    const { user, resource } = write
    if (resource.group !== rbacGroup || user.groups.includes(mastersGroup)) return
    if (resource.resource === 'roles' || resource.resource === 'clusterroles') checkRole(write, authorizer)
    else if (resource.resource === 'rolebindings' || resource.resource === 'clusterrolebindings') checkBinding(write, authorizer, lookup)
  }
}

function checkRole({ user, resource, namespace, object, old }: Write, authorizer: Authorizer): void {
  const name = object.metadata.name ?? ''
  if (old && sameJson(old.rules ?? [], object.rules ?? []) && sameJson(old.aggregationRule, object.aggregationRule)) return
  if (allowed(authorizer, { user, verb: 'escalate', resource: resource.resource, namespace, name })) return
  const held = authorizer.rulesFor(user, namespace)
  const missing = missingText(user, held, (object.rules as PolicyRule[] | null | undefined) ?? [])
  if (missing) throw forbidden(resource, name, missing)
  const aggregates = object.aggregationRule ?? old?.aggregationRule
  if (aggregates && uncovered(held, fullAuthority).length > 0)
    throw forbidden(resource, name, 'must have cluster-admin privileges to use the aggregationRule')
}

function checkBinding({ user, resource, namespace, object }: Write, authorizer: Authorizer, lookup: Lookup): void {
  const { kind, name } = object.roleRef as { kind: string; name: string }
  const roles = kind === 'ClusterRole' ? 'clusterroles' : 'roles'
  if (allowed(authorizer, { user, verb: 'bind', resource: roles, namespace, name })) return
  const rules = rulesOfRole(lookup, { kind, name }, namespace)
  if (!rules) throw notFound({ group: rbacGroup, resource: roles }, name)
  const missing = missingText(user, authorizer.rulesFor(user, namespace), rules)
  if (missing) throw forbidden(resource, object.metadata.name ?? '', missing)
}

function allowed(
  authorizer: Authorizer,
  { user, verb, resource, namespace, name }: { user: User; verb: string; resource: string; namespace: string; name: string },
): boolean {
  return authorizer.authorize({ user, verb, resource: { group: rbacGroup, version: 'v1', resource, subresource: '', namespace, name } })
    .allowed
}

function missingText({ name, groups }: User, held: readonly PolicyRule[], wanted: readonly PolicyRule[]): string | undefined {
  const missing = uncovered(held, wanted)
  if (missing.length === 0) return undefined
  const lines = [...new Set(compactRules(missing).map(compactRule))].sort()
  const quoted = groups.map((group) => JSON.stringify(group)).join(' ')
  return `user ${JSON.stringify(name)} (groups=[${quoted}]) is attempting to grant RBAC permissions not currently held:\n${lines.join('\n')}`
}

function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
