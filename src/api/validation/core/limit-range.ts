/** LimitRange: bounds and defaults of what Pods, containers and claims ask for must fit together. */
import type { KubeObject } from '../../meta/object.js'
import { Quantity } from '../../meta/quantity.js'
import type { LimitRange, LimitRangeItem } from '../../types/core-v1.js'
import { each, entriesOf, judged, kubeMeta, quantityOf } from '../checks.js'
import { duplicate, type FieldError, type FieldPath, field, forbiddenField, invalid, required } from '../field-path.js'
import { isQualifiedName } from '../names.js'
import { containerResourceName, isOvercommitAllowed, resourceName } from './resources.js'

export function validateLimitRange(object: KubeObject): FieldError[] {
  const types = new Set<string>()
  return [
    ...kubeMeta(object.metadata),
    ...each((object as LimitRange).spec?.limits, field('spec', 'limits'), (limit, at) => {
      const type = limit.type ?? ''
      const errors = limitType(type, at.child('type'))
      if (types.has(type)) errors.push(duplicate(at.child('type'), type))
      types.add(type)
      return [...errors, ...resourceNames(limit, at), ...names(limit).flatMap((name) => bounds(limit, name, at))]
    }),
  ]
}

function limitType(type: string, path: FieldPath): FieldError[] {
  const errors = judged(type, path, isQualifiedName)
  if (errors.length > 0 || type.includes('/') || ['Pod', 'Container', 'PersistentVolumeClaim'].includes(type)) return errors
  return [invalid(path, type, 'must be a standard limit type or fully qualified')]
}

const parts = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const
type Part = (typeof parts)[number]
/** Pods have no defaults. */
const partsOf = ({ type }: LimitRangeItem): readonly Part[] =>
  type === 'Pod' ? parts.filter((part) => !part.startsWith('default')) : parts
const names = (limit: LimitRangeItem): string[] => [...new Set(partsOf(limit).flatMap((part) => Object.keys(limit[part] ?? {})))].sort()

function resourceNames(limit: LimitRangeItem, path: FieldPath): FieldError[] {
  const name = limit.type === 'Pod' || limit.type === 'Container' ? containerResourceName : resourceName
  return parts.flatMap((part) => {
    const list = limit[part]
    const errors = []
    if (limit.type === 'PersistentVolumeClaim' && part === 'maxLimitRequestRatio' && !limit.min?.['storage'] && !limit.max?.['storage'])
      errors.push(required(path.child('limits'), 'either minimum or maximum storage value is required, but neither was provided'))
    if (partsOf(limit).includes(part))
      return [...errors, ...entriesOf(list).flatMap(([resource]) => name(resource, path.child(part).key(resource)))]
    return Object.keys(list ?? {}).length > 0 ? [forbiddenField(path.child(part), "may not be specified when `type` is 'Pod'")] : []
  })
}

/** Every pair of bounds on one resource, in upstream's order. */
function bounds(limit: LimitRangeItem, name: string, path: FieldPath): FieldError[] {
  const amountOf = (part: Part): Quantity | undefined => {
    const text = partsOf(limit).includes(part) ? limit[part]?.[name] : undefined
    return text === undefined ? undefined : quantityOf(text)
  }
  const [max, min, preset, request, ratio] = parts.map(amountOf)
  const errors: FieldError[] = []
  const above = (
    low: Quantity | undefined,
    high: Quantity | undefined,
    part: Part,
    shown: Quantity | undefined,
    words: readonly [string, string],
  ): void => {
    if (low && high && low.cmp(high) > 0)
      errors.push(invalid(path.child(part).key(name), String(shown), `${words[0]} value ${low} is greater than ${words[1]} value ${high}`))
  }
  above(min, max, 'min', min, ['min', 'max'])
  above(min, request, 'defaultRequest', request, ['min', 'default request'])
  above(request, max, 'defaultRequest', request, ['default request', 'max'])
  above(request, preset, 'defaultRequest', request, ['default request', 'default limit'])
  above(min, preset, 'default', min, ['min', 'default'])
  above(preset, max, 'default', max, ['default', 'max'])
  const at = path.child('maxLimitRequestRatio').key(name)
  if (ratio && ratio.cmp(Quantity.of(1)) < 0) errors.push(invalid(at, String(ratio), `ratio ${ratio} is less than 1`))
  if (ratio && min && max) {
    const highest = max.toNumber() / min.toNumber()
    if (ratio.toNumber() > highest)
      errors.push(invalid(at, String(ratio), `ratio ${ratio} is greater than max/min = ${highest.toFixed(6)}`))
  }
  if (!isOvercommitAllowed(name) && preset && request && !preset.equals(request))
    errors.push(
      invalid(
        path.child('defaultRequest').key(name),
        String(request),
        `default value ${preset} must equal to defaultRequest value ${request} in ${name}`,
      ),
    )
  return errors
}
