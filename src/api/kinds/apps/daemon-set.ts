/** DaemonSet: pkg/registry/apps/daemonset/strategy.go and SetDefaults_DaemonSet. */
import type { Strategy } from '../../kind.js'
import type { KubeObject } from '../../meta/object.js'
import { printed } from '../../printers/cells.js'
import { daemonSetRow } from '../../printers/workloads.js'
import type { DaemonSet } from '../../types/apps-v1.js'
import { defaultPodTemplate } from '../core/pod-spec.js'

export const daemonSetStrategy: Strategy = { applyDefaults, hasGeneration: true, ...printed('DaemonSet', daemonSetRow) }

function applyDefaults(object: KubeObject): void {
  const { spec } = object as DaemonSet
  if (!spec) return
  const strategy = (spec.updateStrategy ??= {})
  strategy.type ||= 'RollingUpdate'
  if (strategy.type === 'RollingUpdate') {
    const rolling = (strategy.rollingUpdate ??= {})
    rolling.maxUnavailable ??= 1
    rolling.maxSurge ??= 0
  }
  spec.revisionHistoryLimit ??= 10
  defaultPodTemplate(spec.template)
}
