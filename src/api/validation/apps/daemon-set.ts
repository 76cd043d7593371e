/** DaemonSet: its template and how it is rolled out. */
import { validateLabelSelector } from '../../meta/labels.js'
import type { KubeObject } from '../../meta/object.js'
import type { DaemonSet, DaemonSetSpec, DaemonSetUpdateStrategy, RollingUpdateDaemonSet } from '../../types/apps-v1.js'
import { kubeMeta, nonNegative, selectorValue, wholeMeta } from '../checks.js'
import { podTemplate } from '../core/pod-spec.js'
import { type FieldError, type FieldPath, field, invalid, notSupported, required } from '../field-path.js'
import { amountOf, atMostAll, intOrPercent } from '../int-or-percent.js'
import { isEmptySelector, queryOf, templateMatches } from '../selectors.js'
import { alwaysRunning, collisionsKept, immutableSelector } from './replica-set.js'

const specOf = (object: KubeObject): DaemonSetSpec | undefined => (object as DaemonSet).spec

export const validateDaemonSet = (object: KubeObject): FieldError[] => [
  ...kubeMeta(object.metadata),
  ...spec(specOf(object), undefined, field('spec')),
]

export function validateDaemonSetUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const whole = spec(specOf(object), specOf(before), field('spec'))
  return [
    ...wholeMeta(object.metadata, { namespaced: true }),
    ...whole,
    ...kubeMeta(object.metadata),
    ...whole,
    ...immutableSelector(object, before),
  ]
}

function spec(given: DaemonSetSpec | undefined, old: DaemonSetSpec | undefined, path: FieldPath): FieldError[] {
  const { selector, template, minReadySeconds, updateStrategy, revisionHistoryLimit } = given ?? { selector: undefined }
  const at = path.child('template')
  const query = queryOf(selector)
  return [
    ...validateLabelSelector(selector, path.child('selector')),
    ...(query === undefined ? [] : templateMatches(query, template, at)),
    ...(selector && isEmptySelector(selector)
      ? [invalid(path.child('selector'), selectorValue(selector), 'empty selector is invalid for daemonset')]
      : []),
    ...podTemplate(template, at, old?.template),
    ...alwaysRunning(template, at, 'DaemonSet'),
    ...nonNegative(minReadySeconds, path.child('minReadySeconds')),
    ...strategy(updateStrategy ?? {}, path.child('updateStrategy')),
    ...nonNegative(revisionHistoryLimit, path.child('revisionHistoryLimit')),
  ]
}

function strategy({ type = '', rollingUpdate }: DaemonSetUpdateStrategy, path: FieldPath): FieldError[] {
  if (type === 'OnDelete') return []
  if (type === 'RollingUpdate')
    return rollingUpdate ? rolling(rollingUpdate, path.child('rollingUpdate')) : [required(path.child('rollingUpdate'))]
  const { maxUnavailable, maxSurge } = rollingUpdate ?? {}
  const shown = rollingUpdate ? { MaxUnavailable: maxUnavailable ?? 0, MaxSurge: maxSurge ?? 0 } : null
  return [notSupported(path, { Type: type, RollingUpdate: shown }, ['RollingUpdate', 'OnDelete'])]
}

/** Either fewer Pods for a while or more, not both and not neither. */
function rolling({ maxUnavailable, maxSurge }: RollingUpdateDaemonSet, path: FieldPath): FieldError[] {
  const [fewer, more] = [path.child('maxUnavailable'), path.child('maxSurge')]
  const [hasFewer, hasMore] = [amountOf(maxUnavailable) !== 0, amountOf(maxSurge) !== 0]
  const errors = [
    ...intOrPercent(maxUnavailable, fewer),
    ...intOrPercent(maxSurge, more),
    ...atMostAll(maxUnavailable, fewer),
    ...atMostAll(maxSurge, more),
  ]
  if (hasFewer && hasMore) errors.push(invalid(more, maxSurge, 'may not be set when maxUnavailable is non-zero'))
  if (!hasFewer && !hasMore) errors.push(required(fewer, 'cannot be 0 when maxSurge is 0'))
  return errors
}

const counts = [
  'currentNumberScheduled',
  'numberMisscheduled',
  'desiredNumberScheduled',
  'numberReady',
  'observedGeneration',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberUnavailable',
  'collisionCount',
] as const

export function validateDaemonSetStatusUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const { status } = object as DaemonSet
  return [
    ...kubeMeta(object.metadata),
    ...counts.flatMap((name) => nonNegative(status?.[name], field('status').child(name))),
    ...collisionsKept(object, before),
  ]
}
