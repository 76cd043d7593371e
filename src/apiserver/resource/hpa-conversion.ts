/**
 * HorizontalPodAutoscaler between autoscaling/v1 and autoscaling/v2, after pkg/apis/autoscaling/v1/conversion.go: what v1
 * has no field for travels as JSON in annotations, so that nothing is lost on the way there and back.
 */
import type { KubeObject } from '../../api/meta/object.js'

const metricsAnnotation = 'autoscaling.alpha.kubernetes.io/metrics'
const currentMetricsAnnotation = 'autoscaling.alpha.kubernetes.io/current-metrics'
const conditionsAnnotation = 'autoscaling.alpha.kubernetes.io/conditions'
const behaviorAnnotation = 'autoscaling.alpha.kubernetes.io/behavior'
const annotationNames = [metricsAnnotation, currentMetricsAnnotation, conditionsAnnotation, behaviorAnnotation]

type Fields = Record<string, unknown>

/** v2 → v1; the object is used up. */
export function scalerToV1(object: KubeObject): KubeObject {
  const { metrics = [], behavior, ...spec } = { ...(object.spec as Fields) } as Fields & { metrics?: Fields[] }
  const {
    currentMetrics = [],
    conditions = [],
    ...status
  } = { ...(object.status as Fields) } as Fields & { currentMetrics?: Fields[]; conditions?: Fields[] }
  const annotations = without(object.metadata.annotations)
  const cpu = metrics.find(isCpuUtilization)
  if (cpu) spec.targetCPUUtilizationPercentage = dig(cpu, 'resource', 'target', 'averageUtilization')
  const others = metrics.filter((metric) => metric !== cpu)
  if (others.length > 0) annotations[metricsAnnotation] = JSON.stringify(others.map((metric) => metricToV1(metric, 'target', 'target')))
  const currentCpu = currentMetrics.find(
    (metric) =>
      metric.type === 'Resource' &&
      dig(metric, 'resource', 'name') === 'cpu' &&
      dig(metric, 'resource', 'current', 'averageUtilization') !== undefined,
  )
  if (currentCpu) status.currentCPUUtilizationPercentage = dig(currentCpu, 'resource', 'current', 'averageUtilization')
  if (currentMetrics.length > 0)
    annotations[currentMetricsAnnotation] = JSON.stringify(currentMetrics.map((metric) => metricToV1(metric, 'current', 'current')))
  if (conditions.length > 0) annotations[conditionsAnnotation] = JSON.stringify(conditions)
  if (behavior !== undefined) annotations[behaviorAnnotation] = JSON.stringify(behavior)
  return rebuilt(object, 'autoscaling/v1', annotations, spec, status)
}

/** v1 → v2; the object is used up. */
export function scalerFromV1(object: KubeObject): KubeObject {
  const { targetCPUUtilizationPercentage, ...spec } = { ...(object.spec as Fields) }
  const { currentCPUUtilizationPercentage, ...status } = { ...(object.status as Fields) }
  const held = object.metadata.annotations ?? {}
  const metrics = (parsed(held[metricsAnnotation]) ?? []).map((metric) => metricFromV1(metric, 'target', 'target'))
  if (targetCPUUtilizationPercentage !== undefined && targetCPUUtilizationPercentage !== null)
    metrics.unshift({
      type: 'Resource',
      resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: targetCPUUtilizationPercentage } },
    })
  if (metrics.length > 0) spec.metrics = metrics
  const behavior = parsed(held[behaviorAnnotation])
  if (behavior !== undefined) spec.behavior = behavior
  const currentMetrics = parsed(held[currentMetricsAnnotation])?.map((metric) => metricFromV1(metric, 'current', 'current'))
  if (currentMetrics) status.currentMetrics = currentMetrics
  else if (currentCPUUtilizationPercentage !== undefined)
    status.currentMetrics = [
      { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: currentCPUUtilizationPercentage } } },
    ]
  const conditions = parsed(held[conditionsAnnotation])
  if (conditions) status.conditions = conditions
  return rebuilt(object, 'autoscaling/v2', without(held), spec, status)
}

function rebuilt(object: KubeObject, apiVersion: string, annotations: Record<string, string>, spec: Fields, status: Fields): KubeObject {
  const { annotations: _old, ...metadata } = object.metadata
  return {
    ...object,
    apiVersion,
    metadata: { ...metadata, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
    spec,
    ...(object.status === undefined && Object.keys(status).length === 0 ? {} : { status }),
  }
}

function without(annotations: Readonly<Record<string, string>> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations ?? {}).filter(([name]) => !annotationNames.includes(name)))
}

function isCpuUtilization(metric: Fields): boolean {
  return (
    metric.type === 'Resource' &&
    dig(metric, 'resource', 'name') === 'cpu' &&
    dig(metric, 'resource', 'target', 'averageUtilization') !== undefined
  )
}

/** One metric (or metric status) of v2 with v1's flat names; `from` is v2's member, `prefix` that of v1's names. */
function metricToV1(metric: Fields, from: 'target' | 'current', prefix: 'target' | 'current'): Fields {
  const { type } = metric
  const source = memberOf(metric)
  const amount = (source[from] ?? {}) as Fields
  const named = source.metric as Fields | undefined
  const flat = defined({
    name: source.name,
    container: source.container,
    target: source.describedObject,
    metricName: named?.name,
    [type === 'External' ? 'metricSelector' : 'selector']: named?.selector,
    [`${prefix}Value`]: type === 'Object' || type === 'External' ? amount.value : undefined,
    [type === 'Object' ? 'averageValue' : `${prefix}AverageValue`]: amount.averageValue,
    [`${prefix}AverageUtilization`]: amount.averageUtilization,
  })
  return { type, [memberName(type)]: flat }
}

function metricFromV1(metric: Fields, to: 'target' | 'current', prefix: 'target' | 'current'): Fields {
  const { type } = metric
  const flat = memberOf(metric)
  const value = flat[`${prefix}Value`]
  const averageValue = flat[type === 'Object' ? 'averageValue' : `${prefix}AverageValue`]
  const averageUtilization = flat[`${prefix}AverageUtilization`]
  const kindOfTarget = averageUtilization !== undefined ? 'Utilization' : averageValue !== undefined ? 'AverageValue' : 'Value'
  const selector = flat.metricSelector ?? flat.selector
  return {
    type,
    [memberName(type)]: defined({
      name: flat.name,
      container: flat.container,
      describedObject: flat.target,
      metric: flat.metricName === undefined ? undefined : defined({ name: flat.metricName, selector }),
      [to]: defined({ type: to === 'target' ? kindOfTarget : undefined, value, averageValue, averageUtilization }),
    }),
  }
}

function memberName(type: unknown): string {
  const text = String(type)
  return text.slice(0, 1).toLowerCase() + text.slice(1)
}
function memberOf(metric: Fields): Fields {
  return (metric[memberName(metric.type)] ?? {}) as Fields
}
function defined(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
function dig(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((at, name) => (typeof at === 'object' && at !== null ? (at as Fields)[name] : undefined), value)
}

/** JSON of an annotation; what cannot be parsed is as good as absent. */
function parsed(text: string | undefined): Fields[] | undefined {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as Fields[]
  } catch {
    return undefined
  }
}
