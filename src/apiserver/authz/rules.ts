/** Whether a rule covers a request, and whether rules cover a rule (component-helpers/auth/rbac). */
import type { Attributes, PolicyRule } from './authorizer.js'

const none: readonly string[] = []

export function ruleAllows(rule: PolicyRule, { verb, resource, path }: Attributes): boolean {
  if (!resource) return matches(rule.verbs, verb) && pathMatches(rule.nonResourceURLs ?? none, path ?? '')
  return (
    matches(rule.verbs, verb) &&
    matches(rule.apiGroups ?? none, resource.group) &&
    resourceMatches(rule.resources ?? none, resource.resource, resource.subresource) &&
    nameMatches(rule.resourceNames ?? none, resource.name)
  )
}

/** What of `wanted` the rules of `held` do not cover: an element for each verb, group, resource and name (rbac validation.Covers). */
export function uncovered(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(breakDown).filter((small) => !held.some((rule) => covers(rule, small)))
}

/** Rules about one resource each, with the verbs of those about the same one joined (rbac validation.CompactRules). */
export function compactRules(rules: readonly PolicyRule[]): PolicyRule[] {
  const compact = new Map<string, PolicyRule>()
  for (const rule of rules) {
    const key = JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames, rule.nonResourceURLs])
    const same = compact.get(key)
    compact.set(key, same ? { ...same, verbs: [...same.verbs, ...rule.verbs] } : rule)
  }
  return [...compact.values()]
}

/** A rule as the error of an escalation shows it (rbacv1helpers.CompactString). */
export function compactRule({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): string {
  const part = (label: string, values: readonly string[] | undefined): string[] =>
    values && values.length > 0 ? [`${label}:[${values.map((value) => JSON.stringify(value)).join(' ')}]`] : []
  const parts = [
    ...part('APIGroups', apiGroups),
    ...part('Resources', resources),
    ...part('NonResourceURLs', nonResourceURLs),
    ...part('ResourceNames', resourceNames),
    ...part('Verbs', verbs),
  ]
  return `{${parts.join(', ')}}`
}

function matches(allowed: readonly string[], value: string): boolean {
  return allowed.includes('*') || allowed.includes(value)
}

function resourceMatches(allowed: readonly string[], resource: string, subresource: string): boolean {
  const combined = subresource ? `${resource}/${subresource}` : resource
  return allowed.some((one) => one === '*' || one === combined || (subresource !== '' && one === `*/${subresource}`))
}

function nameMatches(allowed: readonly string[], name: string): boolean {
  return allowed.length === 0 || allowed.includes(name)
}

function pathMatches(allowed: readonly string[], path: string): boolean {
  return allowed.some((one) => one === '*' || one === path || (one.endsWith('*') && path.startsWith(one.slice(0, -1))))
}

function breakDown(rule: PolicyRule): PolicyRule[] {
  const small: PolicyRule[] = []
  for (const group of rule.apiGroups ?? none)
    for (const resource of rule.resources ?? none)
      for (const verb of rule.verbs) {
        const base = { apiGroups: [group], resources: [resource], verbs: [verb] }
        if (!rule.resourceNames?.length) small.push(base)
        else for (const name of rule.resourceNames) small.push({ ...base, resourceNames: [name] })
      }
  for (const url of rule.nonResourceURLs ?? none) for (const verb of rule.verbs) small.push({ nonResourceURLs: [url], verbs: [verb] })
  return small
}

function covers(owner: PolicyRule, small: PolicyRule): boolean {
  if (!small.verbs.every((verb) => matches(owner.verbs, verb))) return false
  if (small.nonResourceURLs) return small.nonResourceURLs.every((url) => pathMatches(owner.nonResourceURLs ?? none, url))
  return (
    (small.apiGroups ?? none).every((group) => matches(owner.apiGroups ?? none, group)) &&
    (small.resources ?? none).every((resource) => resourceCovered(owner.resources ?? none, resource)) &&
    (!owner.resourceNames?.length || small.resourceNames?.every((name) => owner.resourceNames?.includes(name)) === true)
  )
}

function resourceCovered(allowed: readonly string[], resource: string): boolean {
  if (allowed.includes('*') || allowed.includes(resource)) return true
  const slash = resource.indexOf('/')
  return slash >= 0 && allowed.includes(`*${resource.slice(slash)}`)
}
