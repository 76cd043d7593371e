/** HorizontalPodAutoscaler: bounds, target, behavior. Version 1 says less of the same. Metrics are judged in metrics.ts. */
import type { KubeObject } from '../../meta/object.js'
import type { HorizontalPodAutoscaler as FirstAutoscaler } from '../../types/autoscaling-v1.js'
import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
  HPAScalingPolicy,
  HPAScalingRules,
  MetricSpec,
} from '../../types/autoscaling-v2.js'
import { each, kubeMeta, nonNegative, oneOf, quantityOf } from '../checks.js'
import { type FieldError, type FieldPath, field, invalid, required } from '../field-path.js'
import { metrics, objectReference, type ReferenceRules, versionError } from './metrics.js'

const specOf = (object: KubeObject): Partial<HorizontalPodAutoscalerSpec> => (object as unknown as HorizontalPodAutoscaler).spec ?? {}
/** New targets name a group; what metrics describe may be of the core. */
const strict = { target: { oddVersions: false, coreGroup: true }, metrics: { oddVersions: false, coreGroup: true } } as const

export const validateHorizontalPodAutoscaler = (object: KubeObject): FieldError[] => [
  ...kubeMeta(object.metadata),
  ...spec(specOf(object), field('spec'), strict, 1),
]

/** What was wrong with versions before, and no replicas at all, may stay. */
export function validateHorizontalPodAutoscalerUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const old = specOf(before)
  const odd = (apiVersion: string | undefined): boolean => versionError(apiVersion ?? '', true) !== undefined
  const rules = {
    target: { oddVersions: odd(old.scaleTargetRef?.apiVersion), coreGroup: true },
    metrics: { oddVersions: (old.metrics ?? []).some(({ object: source }) => odd(source?.describedObject?.apiVersion)), coreGroup: true },
  }
  return [...kubeMeta(object.metadata), ...spec(specOf(object), field('spec'), rules, old.minReplicas === 0 ? 0 : 1)]
}

export function validateHorizontalPodAutoscalerStatusUpdate(object: KubeObject): FieldError[] {
  const { status } = object as unknown as HorizontalPodAutoscaler
  return [
    ...kubeMeta(object.metadata),
    ...(['currentReplicas', 'desiredReplicas'] as const).flatMap((name) => nonNegative(status?.[name], field('status', name))),
  ]
}

interface Rules {
  readonly target: ReferenceRules
  readonly metrics: ReferenceRules
}

function spec(given: Partial<HorizontalPodAutoscalerSpec>, path: FieldPath, rules: Rules, least: number): FieldError[] {
  const { minReplicas: min, maxReplicas: max = 0, scaleTargetRef, behavior } = given
  const errors: FieldError[] = []
  if (min !== undefined && min < least) errors.push(invalid(path.child('minReplicas'), min, `must be greater than or equal to ${least}`))
  if (max < 1) errors.push(invalid(path.child('maxReplicas'), max, 'must be greater than 0'))
  if (min !== undefined && max < min) errors.push(invalid(path.child('maxReplicas'), max, 'must be greater than or equal to `minReplicas`'))
  return [
    ...errors,
    ...objectReference(scaleTargetRef ?? { kind: '', name: '' }, path.child('scaleTargetRef'), rules.target),
    ...metrics(given.metrics, path.child('metrics'), min, rules.metrics),
    ...scalingRules(behavior?.scaleUp, path.child('behavior', 'scaleUp')),
    ...scalingRules(behavior?.scaleDown, path.child('behavior', 'scaleDown')),
  ]
}

const windowSecondsMax = 3600
const periodSecondsMax = 1800

function scalingRules(rules: HPAScalingRules | undefined, path: FieldPath): FieldError[] {
  if (!rules) return []
  const { stabilizationWindowSeconds: seconds, selectPolicy, policies, tolerance } = rules
  const at = path.child('stabilizationWindowSeconds')
  const errors: FieldError[] = []
  if (seconds !== undefined && seconds < 0) errors.push(invalid(at, seconds, 'must be greater than or equal to zero'))
  if (seconds !== undefined && seconds > windowSecondsMax)
    errors.push(invalid(at, seconds, `must be less than or equal to ${windowSecondsMax}`))
  if (selectPolicy !== undefined) errors.push(...oneOf(selectPolicy, path.child('selectPolicy'), ['Disabled', 'Max', 'Min']))
  if (!policies?.length) errors.push(required(path.child('policies'), 'must specify at least one Policy'))
  errors.push(...each(policies, path.child('policies'), scalingPolicy))
  if (tolerance !== undefined && quantityOf(tolerance).sign() < 0)
    errors.push(invalid(path.child('tolerance'), tolerance, 'must be greater than or equal to 0'))
  return errors
}

function scalingPolicy({ type, value = 0, periodSeconds = 0 }: HPAScalingPolicy, path: FieldPath): FieldError[] {
  const at = path.child('periodSeconds')
  return [
    ...oneOf(type, path.child('type'), ['Percent', 'Pods']),
    ...(value <= 0 ? [invalid(path.child('value'), value, 'must be greater than zero')] : []),
    ...(periodSeconds <= 0 ? [invalid(at, periodSeconds, 'must be greater than zero')] : []),
    ...(periodSeconds > periodSecondsMax ? [invalid(at, periodSeconds, `must be less than or equal to ${periodSecondsMax}`)] : []),
  ]
}

/** Version 1 has one metric, the use of CPU. */
function asSecond(object: KubeObject): KubeObject {
  const { spec: given } = object as unknown as FirstAutoscaler
  if (!given) return object
  const { targetCPUUtilizationPercentage: percent, ...rest } = given
  const list: MetricSpec[] =
    percent === undefined
      ? []
      : [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: percent } } }]
  return { ...object, spec: { ...rest, metrics: list } }
}

export const validateFirstAutoscaler = (object: KubeObject): FieldError[] => validateHorizontalPodAutoscaler(asSecond(object))
export const validateFirstAutoscalerUpdate = (object: KubeObject, before: KubeObject): FieldError[] =>
  validateHorizontalPodAutoscalerUpdate(asSecond(object), asSecond(before))
