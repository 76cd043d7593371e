/** What webhooks and policies say alike of the requests they are about, and its defaults (admissionregistration/v1). */
import type { MatchResources, RuleWithOperations } from '../../types/admissionregistration-v1.js'

/** Which objects are meant: all unless said otherwise, in whatever version they come. */
export function defaultMatch(match: Pick<MatchResources, 'matchPolicy' | 'namespaceSelector' | 'objectSelector'>): void {
  match.matchPolicy ??= 'Equivalent'
  match.namespaceSelector ??= {}
  match.objectSelector ??= {}
}

/** defaultMatch(), with the rules of a policy. */
export function defaultMatchResources(match: MatchResources | undefined): void {
  if (!match) return
  defaultMatch(match)
  defaultRules(match.resourceRules)
  defaultRules(match.excludeResourceRules)
}

/** Rules are about namespaced and other resources alike. */
export function defaultRules(rules: readonly Pick<RuleWithOperations, 'scope'>[] | undefined): void {
  for (const rule of rules ?? []) (rule as { scope?: string | undefined }).scope ??= '*'
}
