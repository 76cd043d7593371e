/** Conditions as newer kinds have them (metav1.Condition): complete, well-formed, each type once (ValidateConditions). */
import type { Condition } from '../types/meta-v1.js'
import { demanded, each, judged, nonNegative, oneOf } from './checks.js'
import { duplicate, type FieldError, type FieldPath, required, tooLong } from './field-path.js'
import { byteLength, isQualifiedName, regexError } from './names.js'

const reasonPattern = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?'
const reasonBytesMax = 1024
const messageBytesMax = 32 * 1024
const isReason = (reason: string): string[] =>
  new RegExp(`^${reasonPattern}$`).test(reason)
    ? []
    : [
        regexError(
          "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'",
          reasonPattern,
          'my_name',
          'MY_NAME',
          'MyName',
          'ReasonA,ReasonB',
          'ReasonA:ReasonB',
        ),
      ]

export function conditions(list: readonly Condition[] | undefined, path: FieldPath): FieldError[] {
  const types = new Set<string>()
  return each(list, path, ({ type, status, observedGeneration, lastTransitionTime, reason = '', message = '' }, at) => {
    const errors: FieldError[] = []
    if (types.has(type)) errors.push(duplicate(at.child('type'), type))
    types.add(type)
    errors.push(...demanded(type, at.child('type'), isQualifiedName), ...oneOf(status, at.child('status'), ['False', 'True', 'Unknown']))
    errors.push(...nonNegative(observedGeneration, at.child('observedGeneration')))
    if (!lastTransitionTime) errors.push(required(at.child('lastTransitionTime'), 'must be set'))
    if (reason === '') errors.push(required(at.child('reason'), 'must be set'))
    else {
      errors.push(...judged(reason, at.child('reason'), isReason))
      if (byteLength(reason) > reasonBytesMax) errors.push(tooLong(at.child('reason'), reasonBytesMax))
    }
    return byteLength(message) > messageBytesMax ? [...errors, tooLong(at.child('message'), messageBytesMax)] : errors
  })
}
