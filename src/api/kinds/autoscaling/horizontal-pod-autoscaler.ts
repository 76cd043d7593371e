/** HorizontalPodAutoscaler: pkg/registry/autoscaling/horizontalpodautoscaler/strategy.go and the defaults of autoscaling/v1 and v2. */
import type { Strategy } from '../../kind.js'
import type { KubeObject } from '../../meta/object.js'
import { scalerRow, scalerV1Row } from '../../printers/autoscaling.js'
import { printed } from '../../printers/cells.js'
import type { HorizontalPodAutoscaler as ScalerV1 } from '../../types/autoscaling-v1.js'
import type { HorizontalPodAutoscaler, HPAScalingRules } from '../../types/autoscaling-v2.js'
import {
  validateFirstAutoscaler,
  validateFirstAutoscalerUpdate,
  validateHorizontalPodAutoscaler,
  validateHorizontalPodAutoscalerStatusUpdate,
  validateHorizontalPodAutoscalerUpdate,
} from '../../validation/autoscaling/horizontal-pod-autoscaler.js'
import { keepStatus } from '../carry-over.js'

const cpuPercent = 80
const periodSeconds = 15
/** Where v1 carries the metrics that it has no field for. */
const otherMetrics = 'autoscaling.alpha.kubernetes.io/metrics'

export const horizontalPodAutoscalerStrategy: Strategy = {
  applyDefaults,
  validate: validateHorizontalPodAutoscaler,
  validateUpdate: validateHorizontalPodAutoscalerUpdate,
  validateStatusUpdate: validateHorizontalPodAutoscalerStatusUpdate,
  ...printed('HorizontalPodAutoscaler', scalerRow),
}

/** autoscaling/v1, which knows one CPU target and no behavior. */
export const horizontalPodAutoscalerV1Strategy: Strategy = {
  validate: validateFirstAutoscaler,
  validateUpdate: validateFirstAutoscalerUpdate,
  validateStatusUpdate: validateHorizontalPodAutoscalerStatusUpdate,
  applyDefaults: (object) => {
    const { spec } = object as unknown as Partial<ScalerV1>
    if (spec) spec.minReplicas ??= 1
  },
  prepareForCreate: (object) => {
    delete object.status
    aimAtCpu(object)
  },
  prepareForUpdate: (object, old) => {
    keepStatus(object, old)
    aimAtCpu(object)
  },
  ...printed('HorizontalPodAutoscaler', scalerV1Row),
}

/** Stored as v2, an autoscaler without metrics has one: the CPU's. */
function aimAtCpu(object: KubeObject): void {
  const { spec } = object as unknown as ScalerV1
  if (object.metadata.annotations?.[otherMetrics] === undefined) spec.targetCPUUtilizationPercentage ??= cpuPercent
}

function applyDefaults(object: KubeObject): void {
  const { spec } = object as unknown as Partial<HorizontalPodAutoscaler>
  if (!spec) return
  spec.minReplicas ??= 1
  if (!spec.metrics?.length)
    spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpuPercent } } }]
  if (!spec.behavior) return
  const percent = { type: 'Percent', value: 100, periodSeconds }
  spec.behavior.scaleUp = filled(spec.behavior.scaleUp, {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [{ type: 'Pods', value: 4, periodSeconds }, { ...percent }],
  })
  // How long a scale-down waits is an option of the controller.
  spec.behavior.scaleDown = filled(spec.behavior.scaleDown, { selectPolicy: 'Max', policies: [percent] })
}

function filled(rules: HPAScalingRules | undefined, defaults: HPAScalingRules): HPAScalingRules {
  const given = Object.entries(rules ?? {}).filter(([, value]) => value !== undefined)
  return { ...defaults, ...Object.fromEntries(given) }
}
