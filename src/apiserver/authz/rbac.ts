/**
 * The authorizer: members of system:masters may everything, nodes what the role system:node says, everybody what the
 * roles bound to them say. Decisions are made from the live objects in the cache.
 *
 * The node authorizer is simpler than upstream's: a node's user holds all of system:node, with no graph of which pods
 * are bound to it. What a node may write is narrowed by the NodeRestriction admission plugin.
 */

import { mastersGroup } from '../authn/user.js'
import type { User } from '../request.js'
import type { Lookup } from '../resource/lookup.js'
import type { Attributes, Authorizer, Decision, PolicyRule } from './authorizer.js'
import { buildPolicy, type Grant, type Policy, rbacGroup, rulesOfRole } from './policy.js'
import { ruleAllows } from './rules.js'

const everything: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
]
const rbacResources = ['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings']
/** Users whose grants are remembered until a role or binding changes. */
const rememberedMax = 4096

export function createAuthorizer(lookup: Lookup): Authorizer {
  let policy: Policy | undefined
  let nodeGrants: readonly Grant[] = []
  const remembered = new Map<string, readonly Grant[]>()
  const forget = (): void => {
    policy = undefined
    remembered.clear()
  }
  for (const resource of rbacResources) lookup.subscribe({ group: rbacGroup, resource }, forget)

  function current(): Policy {
    if (policy) return policy
    const rules = rulesOfRole(lookup, { kind: 'ClusterRole', name: 'system:node' }, '') ?? []
    nodeGrants = [{ rules, describes: 'node authorizer' }]
    policy = buildPolicy(lookup)
    return policy
  }

  function grantsFor(user: User, namespace: string): readonly Grant[] {
    const key = `${user.name}\n${namespace}\n${user.groups.join('\n')}`
    const known = remembered.get(key)
    if (known) return known
    const bound = current().grantsFor(user, namespace)
    const grants = isNode(user) ? [...nodeGrants, ...bound] : bound
    if (remembered.size >= rememberedMax) remembered.clear()
    remembered.set(key, grants)
    return grants
  }

  return {
    authorize(attributes) {
      const { user, resource } = attributes
      if (user.groups.includes(mastersGroup)) return { allowed: true, reason: '' }
      return judge(grantsFor(user, resource?.namespace ?? ''), attributes)
    },
    rulesFor(user, namespace) {
      const granted = grantsFor(user, namespace).flatMap(({ rules }) => rules)
      return user.groups.includes(mastersGroup) && granted.length === 0 ? everything : granted
    },
  }
}

function judge(grants: readonly Grant[], attributes: Attributes): Decision {
  const problems: string[] = []
  for (const { rules, describes, problem } of grants) {
    for (const rule of rules) if (ruleAllows(rule, attributes)) return { allowed: true, reason: `RBAC: allowed by ${describes}` }
    if (problem !== undefined && !problems.includes(problem)) problems.push(problem)
  }
  if (problems.length === 0) return { allowed: false, reason: '' }
  return { allowed: false, reason: `RBAC: ${problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`}` }
}

function isNode({ name, groups }: User): boolean {
  return name.startsWith('system:node:') && groups.includes('system:nodes')
}
