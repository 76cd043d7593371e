/**
 * matchLabelKeys and mismatchLabelKeys become selectors with the Pod's own labels when it is created, so that the
 * scheduler need not look at the Pod again (mutatePodAffinity, mutateTopologySpreadConstraints).
 */
import type { LabelSelector } from '../../meta/object.js'
import type { Pod, PodAffinityTerm } from '../../types/core-v1.js'

/** Completes the affinity terms and spread constraints of a new Pod. */
export function mergeLabelKeys({ metadata, spec }: Pod): void {
  const labels = metadata.labels ?? {}
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {}
  for (const affinity of [podAffinity, podAntiAffinity]) {
    for (const { podAffinityTerm } of affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []) mergeTerm(podAffinityTerm, labels)
    for (const term of affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) mergeTerm(term, labels)
  }
  for (const { labelSelector, matchLabelKeys } of spec?.topologySpreadConstraints ?? []) demand(labelSelector, matchLabelKeys, 'In', labels)
}

function mergeTerm({ labelSelector, matchLabelKeys, mismatchLabelKeys }: PodAffinityTerm, labels: Readonly<Record<string, string>>): void {
  demand(labelSelector, matchLabelKeys, 'In', labels)
  demand(labelSelector, mismatchLabelKeys, 'NotIn', labels)
}

/** A selector that is absent selects nothing and stays absent. */
function demand(
  selector: LabelSelector | undefined,
  keys: readonly string[] | undefined,
  operator: 'In' | 'NotIn',
  labels: Readonly<Record<string, string>>,
): void {
  if (!selector) return
  for (const key of keys ?? []) {
    const value = labels[key]
    if (value !== undefined) (selector.matchExpressions ??= []).push({ key, operator, values: [value] })
  }
}
