/** The metrics of a HorizontalPodAutoscaler: one source each, with the target that fits it. */
import type {
  ContainerResourceMetricSource,
  CrossVersionObjectReference,
  ExternalMetricSource,
  MetricIdentifier,
  MetricSpec,
  MetricTarget,
  ObjectMetricSource,
  PodsMetricSource,
  ResourceMetricSource,
} from '../../types/autoscaling-v2.js'
import { demanded, dnsLabel, each, quantityOf } from '../checks.js'
import { containerResourceName } from '../core/resources.js'
import { type FieldError, type FieldPath, forbiddenField, invalid, notSupported, required } from '../field-path.js'
import { isPathSegmentName } from '../names.js'

/** What is accepted of references because it was there. */
export interface ReferenceRules {
  readonly oddVersions: boolean
  readonly coreGroup: boolean
}

export function objectReference(
  { kind, name, apiVersion = '' }: CrossVersionObjectReference,
  path: FieldPath,
  rules: ReferenceRules,
): FieldError[] {
  const wrong = rules.oddVersions ? undefined : versionError(apiVersion, rules.coreGroup)
  return [
    ...demanded(kind, path.child('kind'), isPathSegmentName),
    ...demanded(name, path.child('name'), isPathSegmentName),
    ...(wrong === undefined ? [] : [invalid(path.child('apiVersion'), apiVersion, wrong)]),
  ]
}

/** What is wrong with the group and version of a reference. */
export function versionError(apiVersion: string, coreGroup: boolean): string | undefined {
  if (apiVersion.split('/').length > 2) return `unexpected GroupVersion string: ${apiVersion}`
  return !coreGroup && (!apiVersion.includes('/') || apiVersion.startsWith('/')) ? 'apiVersion must specify API group' : undefined
}

const types = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource']

export function metrics(
  list: readonly MetricSpec[] | undefined,
  path: FieldPath,
  minReplicas: number | undefined,
  rules: ReferenceRules,
): FieldError[] {
  const errors = each(list, path, (metric, at) => metricSpec(metric, at, rules))
  if (minReplicas !== 0 || (list ?? []).some(({ type }) => type === 'Object' || type === 'External')) return errors
  return [...errors, forbiddenField(path, 'must specify at least one Object or External metric to support scaling to zero replicas')]
}

/** The sources in the order in which upstream looks at them; only the first given one is judged. */
const sources = ['object', 'external', 'pods', 'resource', 'containerResource'] as const
const fieldOf = (type: string): string => type.charAt(0).toLowerCase() + type.slice(1)

function metricSpec(metric: MetricSpec, path: FieldPath, rules: ReferenceRules): FieldError[] {
  const { type = '' } = metric
  const errors: FieldError[] = type === '' ? [required(path.child('type'), 'must specify a metric source type')] : []
  const unknown = types.includes(type) ? [] : [notSupported(path.child('type'), type, types)]
  errors.push(...unknown)
  const given = sources.filter((name) => metric[name])
  const first = given[0]
  if (first) errors.push(...source(metric, first, path.child(first), rules))
  if (unknown.length > 0) errors.push(...unknown)
  else if (!given.some((name) => name === fieldOf(type)))
    errors.push(required(path.child(fieldOf(type)), 'must populate information for the given metric source'))
  if (given.length === 1) return errors
  return [
    ...errors,
    ...given
      .filter((name) => unknown.length > 0 || name !== fieldOf(type))
      .map((name) => forbiddenField(path.child(name), 'must populate the given metric source only')),
  ]
}

function source(metric: MetricSpec, name: (typeof sources)[number], path: FieldPath, rules: ReferenceRules): FieldError[] {
  switch (name) {
    case 'object':
      return metric.object ? objectSource(metric.object, path, rules) : []
    case 'external':
      return metric.external ? externalSource(metric.external, path) : []
    case 'pods':
      return metric.pods ? podsSource(metric.pods, path) : []
    case 'resource':
      return metric.resource ? resourceSource(metric.resource, path) : []
    case 'containerResource':
      return metric.containerResource ? containerSource(metric.containerResource, path) : []
  }
}

const identifier = ({ name }: Partial<MetricIdentifier>, path: FieldPath): FieldError[] =>
  name ? demanded(name, path.child('name'), isPathSegmentName) : [required(path.child('name'), 'must specify a metric name')]

const noReference: CrossVersionObjectReference = { kind: '', name: '' }

function objectSource(
  { describedObject, metric, target = { type: '' } }: ObjectMetricSource,
  path: FieldPath,
  rules: ReferenceRules,
): FieldError[] {
  const at = path.child('target')
  return [
    ...objectReference(describedObject ?? noReference, path.child('describedObject'), rules),
    ...identifier(metric ?? {}, path.child('metric')),
    ...metricTarget(target, at),
    ...(target.value === undefined && target.averageValue === undefined
      ? [required(at.child('averageValue'), 'must set either a target value or averageValue')]
      : []),
  ]
}

function externalSource({ metric, target = { type: '' } }: ExternalMetricSource, path: FieldPath): FieldError[] {
  const at = path.child('target')
  const errors = [...identifier(metric ?? {}, path.child('metric')), ...metricTarget(target, at)]
  if (target.value === undefined && target.averageValue === undefined)
    errors.push(required(at.child('averageValue'), 'must set either a target value for metric or a per-pod target'))
  if (target.value !== undefined && target.averageValue !== undefined)
    errors.push(forbiddenField(at.child('value'), 'may not set both a target value for metric and a per-pod target'))
  return errors
}

function podsSource({ metric, target = { type: '' } }: PodsMetricSource, path: FieldPath): FieldError[] {
  const at = path.child('target')
  const errors = [...identifier(metric ?? {}, path.child('metric')), ...metricTarget(target, at)]
  return target.averageValue === undefined
    ? [...errors, required(at.child('averageValue'), 'must specify a positive target averageValue')]
    : errors
}

const resourceSource = ({ name, target }: ResourceMetricSource, path: FieldPath): FieldError[] => [
  ...(name ? [] : [required(path.child('name'), 'must specify a resource name')]),
  ...utilization(target ?? { type: '' }, path.child('target')),
]

const containerSource = ({ name, container, target }: ContainerResourceMetricSource, path: FieldPath): FieldError[] => [
  ...(name ? containerResourceName(name, path.child('name')) : [required(path.child('name'), 'must specify a resource name')]),
  ...(container ? dnsLabel(container, path.child('container')) : [required(path.child('container'), 'must specify a container')]),
  ...utilization(target ?? { type: '' }, path.child('target')),
]

function utilization(target: MetricTarget, path: FieldPath): FieldError[] {
  const errors = metricTarget(target, path)
  const { averageUtilization: percent, averageValue: value } = target
  if (percent === undefined && value === undefined)
    errors.push(required(path.child('averageUtilization'), 'must set either a target raw value or a target utilization'))
  if (percent !== undefined && value !== undefined)
    errors.push(forbiddenField(path.child('averageValue'), 'may not set both a target raw value and a target utilization'))
  return errors
}

function metricTarget({ type = '', value, averageValue, averageUtilization: percent }: MetricTarget, path: FieldPath): FieldError[] {
  const errors: FieldError[] = type === '' ? [required(path.child('type'), 'must specify a metric target type')] : []
  if (!['Utilization', 'Value', 'AverageValue'].includes(type))
    errors.push(invalid(path.child('type'), type, 'must be either Utilization, Value, or AverageValue'))
  for (const [name, amount] of Object.entries({ value, averageValue }))
    if (amount !== undefined && quantityOf(amount).sign() !== 1) errors.push(invalid(path.child(name), amount, 'must be positive'))
  if (percent !== undefined && percent < 1) errors.push(invalid(path.child('averageUtilization'), percent, 'must be greater than 0'))
  return errors
}
