/** The row of a HorizontalPodAutoscaler, in both its versions (formatHPAMetrics in pkg/printers/internalversion). */
import type { KubeObject } from '../meta/object.js'
import type { HorizontalPodAutoscaler as ScalerV1 } from '../types/autoscaling-v1.js'
import type { HorizontalPodAutoscaler, MetricSpec, MetricStatus, MetricTarget, MetricValueStatus } from '../types/autoscaling-v2.js'
import { createdAgo } from './cells.js'

const metricsMax = 2
const unknown = '<unknown>'

/** NAME REFERENCE TARGETS MINPODS MAXPODS REPLICAS AGE. */
export function scalerRow(object: KubeObject, now: number): unknown[] {
  const { metadata, spec, status } = object as unknown as HorizontalPodAutoscaler
  return [
    metadata.name,
    `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}`,
    targets(spec.metrics ?? [], status?.currentMetrics ?? []),
    spec.minReplicas === undefined ? '<unset>' : String(spec.minReplicas),
    spec.maxReplicas,
    status?.currentReplicas ?? 0,
    createdAgo(object, now),
  ]
}

/** As scalerRow(), of the version that knows the CPU target only. */
export function scalerV1Row(object: KubeObject, now: number): unknown[] {
  const { metadata, spec, status } = object as unknown as ScalerV1
  const wanted = spec.targetCPUUtilizationPercentage
  const current = status?.currentCPUUtilizationPercentage
  const metrics =
    wanted === undefined
      ? []
      : [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: wanted } } }]
  const currentMetrics =
    current === undefined ? [] : [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: current } } }]
  return scalerRow({ ...object, metadata, spec: { ...spec, metrics }, status: { ...status, currentMetrics } }, now)
}

function targets(specs: readonly MetricSpec[], statuses: readonly MetricStatus[]): string {
  if (specs.length === 0) return '<none>'
  const shown = specs.slice(0, metricsMax).map((spec, i) => targetText(spec, statuses[i]))
  const more = specs.length > metricsMax ? ` + ${specs.length - metricsMax} more...` : ''
  return shown.join(', ') + more
}

function targetText(spec: MetricSpec, status: MetricStatus | undefined): string {
  switch (spec.type) {
    case 'External':
      return valueOrAverage(spec.external?.target, status?.external?.current)
    case 'Object':
      return valueOrAverage(spec.object?.target, status?.object?.current)
    case 'Pods':
      return `${status?.pods?.current.averageValue ?? unknown}/${spec.pods?.target.averageValue ?? ''}`
    case 'Resource':
      return resourceText(spec.resource, status?.resource?.current)
    case 'ContainerResource':
      return resourceText(spec.containerResource, status?.containerResource?.current)
    default:
      return '<unknown type>'
  }
}

function valueOrAverage(target: MetricTarget | undefined, current: MetricValueStatus | undefined): string {
  if (target?.averageValue !== undefined) return `${current?.averageValue ?? unknown}/${target.averageValue} (avg)`
  return `${current?.value ?? unknown}/${target?.value ?? ''}`
}

function resourceText(
  source: { readonly name: string; readonly target: MetricTarget } | undefined,
  current: MetricValueStatus | undefined,
): string {
  const { name = '', target } = source ?? {}
  if (target?.averageValue !== undefined) return `${name}: ${current?.averageValue ?? unknown}/${target.averageValue}`
  const percent = (utilization: number | undefined, none: string): string => (utilization === undefined ? none : `${utilization}%`)
  return `${name}: ${percent(current?.averageUtilization, unknown)}/${percent(target?.averageUtilization, '<auto>')}`
}
