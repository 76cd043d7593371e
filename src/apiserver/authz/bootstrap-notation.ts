/** How the bootstrap roles are written down: a rule a line, lists joined with commas. bootstrap-policy.ts makes objects of it. */
import type { PolicyRule } from './authorizer.js'

export interface RoleSpec {
  readonly name: string
  /** Absent for a ClusterRole. */
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
  /** Labels whose bearers' rules make up this role's; each must be "true". */
  readonly aggregates?: readonly string[]
  readonly rules: readonly PolicyRule[]
}

export interface BindingSpec {
  readonly name: string
  readonly namespace?: string
  /** Kind and name. */
  readonly role: string
  /** Kind, namespace of a service account, name. */
  readonly subjects: readonly string[]
}

/** May do `verbs` on `resources` of `groups`; '' in groups is the core group. */
export function on(verbs: string, groups: string, resources: string, names?: string): PolicyRule {
  const rule = { apiGroups: groups.split(','), resources: resources.split(','), verbs: verbs.split(',') }
  return names === undefined ? rule : { ...rule, resourceNames: names.split(',') }
}

/** May do `verbs` (HTTP methods in lower case) on these paths. */
export function url(verbs: string, paths: string): PolicyRule {
  return { nonResourceURLs: paths.split(','), verbs: verbs.split(',') }
}
