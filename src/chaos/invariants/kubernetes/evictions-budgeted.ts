/**
 * Evictions are paid for. The Eviction API takes one disruption from the pod's budget, and writes the pod's name there, before the pod
 * goes; so the budget's own writes show whether each was allowed when it was made.
 */
import { labelSelectorQuery, matchesLabels } from '../../../api/meta/labels.js'
import type { Pod } from '../../../api/types/core-v1.js'
import type { PodDisruptionBudget } from '../../../api/types/policy-v1.js'
import type { Finding, Invariant } from '../invariant.js'
import { describeObject, groupKindOf, uidOf, type World } from '../world.js'
import { isReady, isTerminal } from './pods.js'

export const evictionsBudgeted: Invariant = {
  name: 'EvictionsWithinBudget',
  description: 'A ready pod is evicted only when its PodDisruptionBudget allowed one more disruption, which was taken from it first.',
  source: 'Kubernetes docs, "Disruptions"; pkg/registry/core/pod/storage/eviction.go',
  begin() {
    /** Names of pods that were paid for, by budget. */
    const paid = new Map<string, Set<string>>()
    return {
      observe({ type, object, previous }, world) {
        const groupKind = groupKindOf(object)
        if (groupKind === 'policy/PodDisruptionBudget' && type !== 'DELETED')
          return judgeBudget(object as unknown as PodDisruptionBudget, previous as unknown as PodDisruptionBudget | undefined, paid)
        if (groupKind !== 'Pod' || type === 'DELETED' || !previous) return undefined
        const [pod, before] = [object, previous] as unknown as [Pod, Pod]
        if (!isEvicted(pod) || isEvicted(before) || !isReady(before) || isTerminal(before) || before.metadata.deletionTimestamp)
          return undefined
        return budgetsOf(pod, world)
          .filter((budget) => !paid.get(uidOf(budget))?.has(pod.metadata.name))
          .map((budget) => ({
            objects: [describeObject(budget), describeObject(pod)],
            message: 'evicted without taking a disruption from its budget',
          }))
      },
    }
  },
}

function judgeBudget(budget: PodDisruptionBudget, before: PodDisruptionBudget | undefined, paid: Map<string, Set<string>>): Finding[] {
  const objects = [describeObject(budget)]
  const names = Object.keys(budget.status?.disruptedPods ?? {})
  const known = paid.get(uidOf(budget)) ?? new Set<string>()
  paid.set(uidOf(budget), known)
  const added = names.filter((name) => !(name in (before?.status?.disruptedPods ?? {})))
  for (const name of names) known.add(name)
  const allowed = budget.status?.disruptionsAllowed ?? 0
  const found: Finding[] = []
  if (allowed < 0) found.push({ objects, message: `allows ${allowed} disruptions` })
  const had = before?.status?.disruptionsAllowed ?? 0
  if (before && added.length > had) found.push({ objects, message: `${added.join(', ')} evicted, when ${had} disruptions were allowed` })
  else if (before && added.length > 0 && allowed > had - added.length)
    found.push({ objects, message: `${added.join(', ')} evicted, and still ${allowed} disruptions allowed of ${had}` })
  return found
}

/** Evicted through the API: preemption and taints do not ask budgets, or not to the end. */
function isEvicted({ status }: Pod): boolean {
  return (
    status?.conditions?.some(
      ({ type, status, reason }) => type === 'DisruptionTarget' && status === 'True' && reason === 'EvictionByEvictionAPI',
    ) ?? false
  )
}

function budgetsOf({ metadata }: Pod, world: World): PodDisruptionBudget[] {
  return world
    .all<PodDisruptionBudget>('policy/PodDisruptionBudget')
    .filter(
      (budget) =>
        budget.metadata.namespace === metadata.namespace && matchesLabels(labelSelectorQuery(budget.spec?.selector), metadata.labels),
    )
}
