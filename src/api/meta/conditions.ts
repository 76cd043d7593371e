/**
 * Conditions: a list keyed by `type` in which lastTransitionTime moves only when `status` changes
 * (k8s.io/apimachinery/pkg/api/meta/conditions.go). Works on every kind's conditions, whatever else they carry.
 */

/** What all kinds' conditions have in common. */
export interface ConditionLike {
  type: string
  status: string
  reason?: string | undefined
  message?: string | undefined
  observedGeneration?: number | undefined
  lastTransitionTime?: string | undefined
}

/** The condition of this type. */
export function findCondition<T extends ConditionLike>(conditions: readonly T[] | undefined, type: string): T | undefined {
  return conditions?.find((condition) => condition.type === type)
}

/** Whether the condition is there with this status. */
export function conditionIs(conditions: readonly ConditionLike[] | undefined, type: string, status: 'True' | 'False' | 'Unknown'): boolean {
  return findCondition(conditions, type)?.status === status
}

/**
 * The list with the condition set: in its place or at the end, its lastTransitionTime `now` (RFC 3339) when the status is
 * new and as before when it is not. The same list when nothing changes.
 */
export function setCondition<T extends ConditionLike>(
  conditions: readonly T[] | undefined,
  condition: Partial<T> & Pick<T, 'type' | 'status'>,
  now: string,
): readonly T[] {
  const list = conditions ?? []
  const at = list.findIndex(({ type }) => type === condition.type)
  const old = list[at]
  if (old === undefined) return [...list, { ...condition, lastTransitionTime: condition.lastTransitionTime ?? now } as T]
  const changed = old.status !== condition.status
  const next = { ...old, ...condition, lastTransitionTime: changed ? (condition.lastTransitionTime ?? now) : old.lastTransitionTime }
  return sameCondition(old, next) ? list : list.with(at, next)
}

/** The list without conditions of these types; the same list when there were none. */
export function removeConditions<T extends ConditionLike>(conditions: readonly T[] | undefined, ...types: readonly string[]): readonly T[] {
  const list = conditions ?? []
  return list.some(({ type }) => types.includes(type)) ? list.filter(({ type }) => !types.includes(type)) : list
}

/** Whether two conditions say the same, times included. */
export function sameCondition(a: ConditionLike, b: ConditionLike): boolean {
  const left = a as unknown as Record<string, unknown>
  const right = b as unknown as Record<string, unknown>
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((name) => left[name] === right[name])
}

/** The types whose condition differs between two lists in anything but its times. */
export function changedConditions(before: readonly ConditionLike[] | undefined, after: readonly ConditionLike[] | undefined): string[] {
  const types = [...new Set([...(before ?? []), ...(after ?? [])].map(({ type }) => type))]
  return types.filter((type) => {
    const [a, b] = [findCondition(before, type), findCondition(after, type)]
    if (a === undefined || b === undefined) return true
    return a.status !== b.status || (a.reason ?? '') !== (b.reason ?? '') || (a.message ?? '') !== (b.message ?? '')
  })
}
