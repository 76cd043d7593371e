/** DaemonSet: pkg/registry/apps/daemonset/strategy.go and SetDefaults_DaemonSet. */
import type { Strategy } from '../../kind.js'
import type { KubeObject } from '../../meta/object.js'
import { printed } from '../../printers/cells.js'
import { daemonSetRow } from '../../printers/workloads.js'
import type { DaemonSet } from '../../types/apps-v1.js'
import { validateDaemonSet, validateDaemonSetStatusUpdate, validateDaemonSetUpdate } from '../../validation/apps/daemon-set.js'
import { keepStatus } from '../carry-over.js'
import { defaultPodTemplate } from '../core/pod-spec.js'
import { templateWarnings } from '../core/pod-warnings.js'
import { saysTheSame } from '../equality.js'

/** Counts the template's changes, for clients from before revisions were kept. */
const templateGeneration = 'deprecated.daemonset.template.generation'

export const daemonSetStrategy: Strategy = {
  applyDefaults,
  validate: validateDaemonSet,
  validateUpdate: validateDaemonSetUpdate,
  validateStatusUpdate: validateDaemonSetStatusUpdate,
  prepareForCreate: (object) => {
    object.status = {}
    setTemplateGeneration(object, Math.max(Number(object.metadata.annotations?.[templateGeneration]) || 1, 1))
  },
  prepareForUpdate: (object, old) => {
    keepStatus(object, old)
    const before = Number(old.metadata.annotations?.[templateGeneration] ?? 0)
    const [template, oldTemplate] = [object, old].map((one) => (one as DaemonSet).spec?.template)
    setTemplateGeneration(object, saysTheSame(template, oldTemplate) ? before : before + 1)
  },
  warnings: (object) => templateWarnings(object, 'template'),
  hasGeneration: true,
  ...printed('DaemonSet', daemonSetRow),
}

function setTemplateGeneration({ metadata }: KubeObject, generation: number): void {
  metadata.annotations = { ...metadata.annotations, [templateGeneration]: String(generation) }
}

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
