/** PriorityClass: the highest values and names are the system's; what was promised stays. */
import type { KubeObject } from '../../meta/object.js'
import type { PriorityClass } from '../../types/scheduling-v1.js'
import { demandedOneOf, immutable, kubeMeta } from '../checks.js'
import { type FieldError, field, forbiddenField } from '../field-path.js'

const userValueMax = 1_000_000_000
const systemClasses: Readonly<Record<string, number>> = { 'system-node-critical': 2_000_001_000, 'system-cluster-critical': 2_000_000_000 }

export function validatePriorityClass(object: KubeObject): FieldError[] {
  const { value = 0, globalDefault = false, preemptionPolicy } = object as unknown as PriorityClass
  const name = object.metadata.name ?? ''
  const errors = kubeMeta(object.metadata)
  if (name.startsWith('system-')) {
    const wrong = systemError(name, value, globalDefault)
    const text = "priority class names with 'system-' prefix are reserved for system use only. error: "
    if (wrong !== undefined) errors.push(forbiddenField(field('metadata', 'name'), `${text}${wrong}`))
  } else if (value > userValueMax)
    errors.push(forbiddenField(field('value'), `maximum allowed value of a user defined priority is ${userValueMax}`))
  return preemptionPolicy === undefined
    ? errors
    : [...errors, ...demandedOneOf(preemptionPolicy, field('preemptionPolicy'), ['PreemptLowerPriority', 'Never'])]
}

function systemError(name: string, value: number, globalDefault: boolean): string | undefined {
  const expected = systemClasses[name]
  if (expected === undefined) return `${name} is not a known system priority class`
  if (value !== expected) return `value of ${name} PriorityClass must be ${expected}`
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined
}

export function validatePriorityClassUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const [is, was] = [object as unknown as PriorityClass, before as unknown as PriorityClass]
  return [
    ...kubeMeta(object.metadata),
    ...((is.value ?? 0) === (was.value ?? 0) ? [] : [forbiddenField(field('value'), 'may not be changed in an update.')]),
    ...immutable(is.preemptionPolicy ?? null, was.preemptionPolicy ?? null, field('preemptionPolicy')),
  ]
}
