/** PodDisruptionBudget: how many Pods must stay, or may go. */
import { validateLabelSelector } from '../../meta/labels.js'
import type { KubeObject } from '../../meta/object.js'
import type { PodDisruptionBudget } from '../../types/policy-v1.js'
import { kubeMeta, nonNegative, oneOf } from '../checks.js'
import { conditions } from '../conditions.js'
import { type FieldError, field, invalid } from '../field-path.js'
import { atMostAll, intOrPercent } from '../int-or-percent.js'

/** Updates are judged as creates are. */
export function validatePodDisruptionBudget(object: KubeObject): FieldError[] {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: policy } = (object as PodDisruptionBudget).spec ?? {}
  const path = field('spec')
  const shown = {
    MinAvailable: minAvailable ?? null,
    Selector: selector ?? null,
    MaxUnavailable: maxUnavailable ?? null,
    UnhealthyPodEvictionPolicy: policy ?? null,
  }
  const errors: FieldError[] = []
  if (minAvailable !== undefined && maxUnavailable !== undefined)
    errors.push(invalid(path, shown, 'minAvailable and maxUnavailable cannot be both set'))
  for (const [name, value] of Object.entries({ minAvailable, maxUnavailable }))
    if (value !== undefined) errors.push(...intOrPercent(value, path.child(name)), ...atMostAll(value, path.child(name)))
  errors.push(...validateLabelSelector(selector, path.child('selector')))
  return policy === undefined
    ? errors
    : [...errors, ...oneOf(policy, path.child('unhealthyPodEvictionPolicy'), ['AlwaysAllow', 'IfHealthyBudget'])]
}

const counts = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const

export function validatePodDisruptionBudgetStatusUpdate(object: KubeObject): FieldError[] {
  const { status } = object as PodDisruptionBudget
  const path = field('status')
  return [
    ...kubeMeta(object.metadata),
    ...conditions(status?.conditions, path.child('conditions')),
    ...counts.flatMap((name) => nonNegative(status?.[name], path.child(name))),
  ]
}
