/** Deployment: its template, its strategy, its deadlines. */
import type { KubeObject } from '../../meta/object.js'
import type { Deployment, DeploymentSpec, DeploymentStrategy, RollingUpdateDeployment } from '../../types/apps-v1.js'
import { kubeMeta, nonNegative } from '../checks.js'
import { type FieldError, type FieldPath, field, forbiddenField, invalid, notSupported, required } from '../field-path.js'
import { amountOf, atMostAll, intOrPercent } from '../int-or-percent.js'
import { workloadSelector } from '../selectors.js'
import { collisionsKept, immutableSelector, selectedTemplate } from './replica-set.js'

const specOf = (object: KubeObject): DeploymentSpec | undefined => (object as Deployment).spec

export const validateDeployment = (object: KubeObject): FieldError[] => [
  ...kubeMeta(object.metadata),
  ...spec(specOf(object), undefined, field('spec')),
]

export const validateDeploymentUpdate = (object: KubeObject, before: KubeObject): FieldError[] => [
  ...kubeMeta(object.metadata),
  ...spec(specOf(object), specOf(before), field('spec')),
  ...immutableSelector(object, before),
]

function spec(given: DeploymentSpec | undefined, old: DeploymentSpec | undefined, path: FieldPath): FieldError[] {
  const {
    replicas,
    selector,
    template,
    strategy,
    minReadySeconds = 0,
    revisionHistoryLimit,
    progressDeadlineSeconds: deadline,
  } = given ?? { selector: undefined }
  return [
    ...nonNegative(replicas, path.child('replicas')),
    ...workloadSelector(selector, path.child('selector'), 'empty selector is invalid for deployment'),
    ...selectedTemplate(selector, template, path, old?.template),
    ...deploymentStrategy(strategy ?? {}, path.child('strategy')),
    ...nonNegative(minReadySeconds, path.child('minReadySeconds')),
    ...nonNegative(revisionHistoryLimit, path.child('revisionHistoryLimit')),
    ...nonNegative(deadline, path.child('progressDeadlineSeconds')),
    ...(deadline !== undefined && deadline <= minReadySeconds
      ? [invalid(path.child('progressDeadlineSeconds'), deadline, 'must be greater than minReadySeconds')]
      : []),
  ]
}

function deploymentStrategy({ type = '', rollingUpdate }: DeploymentStrategy, path: FieldPath): FieldError[] {
  const at = path.child('rollingUpdate')
  if (type === 'Recreate') return rollingUpdate ? [forbiddenField(at, "may not be specified when strategy `type` is 'Recreate'")] : []
  if (type === 'RollingUpdate')
    return rollingUpdate ? rolling(rollingUpdate, at) : [required(at, 'this should be defaulted and never be nil')]
  const { maxUnavailable, maxSurge } = rollingUpdate ?? {}
  const shown = rollingUpdate ? { MaxUnavailable: maxUnavailable ?? 0, MaxSurge: maxSurge ?? 0 } : null
  return [notSupported(path, { Type: type, RollingUpdate: shown }, ['Recreate', 'RollingUpdate'])]
}

function rolling({ maxUnavailable, maxSurge }: RollingUpdateDeployment, path: FieldPath): FieldError[] {
  const at = path.child('maxUnavailable')
  return [
    ...intOrPercent(maxUnavailable, at),
    ...intOrPercent(maxSurge, path.child('maxSurge')),
    ...(amountOf(maxUnavailable) === 0 && amountOf(maxSurge) === 0
      ? [invalid(at, maxUnavailable ?? 0, 'may not be 0 when `maxSurge` is 0')]
      : []),
    ...atMostAll(maxUnavailable, at),
  ]
}

export function validateDeploymentStatusUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const status: Readonly<Record<string, unknown>> = { ...(object as Deployment).status }
  const path = field('status')
  const countOf = (name: string): number => Number(status[name] ?? 0)
  const counts = [
    'observedGeneration',
    'replicas',
    'updatedReplicas',
    'readyReplicas',
    'availableReplicas',
    'unavailableReplicas',
    'collisionCount',
  ]
  return [
    ...kubeMeta(object.metadata),
    ...counts.flatMap((name) => nonNegative(countOf(name), path.child(name))),
    ...['updatedReplicas', 'readyReplicas', 'availableReplicas']
      .filter((name) => countOf(name) > countOf('replicas'))
      .map((name) => invalid(path.child(name), countOf(name), 'cannot be greater than status.replicas')),
    ...(countOf('availableReplicas') > countOf('readyReplicas')
      ? [invalid(path.child('availableReplicas'), countOf('availableReplicas'), 'cannot be greater than readyReplicas')]
      : []),
    ...collisionsKept(object, before),
  ]
}
