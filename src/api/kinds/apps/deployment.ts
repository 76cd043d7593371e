/** Deployment: pkg/registry/apps/deployment/strategy.go and SetDefaults_Deployment. */
import type { Strategy } from '../../kind.js'
import type { KubeObject } from '../../meta/object.js'
import { printed } from '../../printers/cells.js'
import { deploymentRow } from '../../printers/workloads.js'
import type { Deployment } from '../../types/apps-v1.js'
import { validateDeployment, validateDeploymentStatusUpdate, validateDeploymentUpdate } from '../../validation/apps/deployment.js'
import { keepStatus } from '../carry-over.js'
import { defaultPodTemplate } from '../core/pod-spec.js'
import { podNameWarnings, templateWarnings } from '../core/pod-warnings.js'
import { saysTheSame } from '../equality.js'

export const deploymentStrategy: Strategy = {
  applyDefaults,
  prepareForUpdate,
  validate: validateDeployment,
  validateUpdate: validateDeploymentUpdate,
  validateStatusUpdate: validateDeploymentStatusUpdate,
  prepareForStatusUpdate: (object, old) => {
    object.spec = structuredClone(old.spec)
    if (old.metadata.labels) object.metadata.labels = { ...old.metadata.labels }
    else delete object.metadata.labels
  },
  warnings: (object) => [...podNameWarnings(object, 'Pod names and hostnames'), ...templateWarnings(object, 'template')],
  hasGeneration: true,
  resetFields: { main: ['status'], status: ['spec', 'metadata.labels'] },
  ...printed('Deployment', deploymentRow),
}

function applyDefaults(object: KubeObject): void {
  const { spec } = object as Deployment
  if (!spec) return
  spec.replicas ??= 1
  const strategy = (spec.strategy ??= {})
  strategy.type ||= 'RollingUpdate'
  if (strategy.type === 'RollingUpdate') {
    const rolling = (strategy.rollingUpdate ??= {})
    rolling.maxUnavailable ??= '25%'
    rolling.maxSurge ??= '25%'
  }
  spec.revisionHistoryLimit ??= 10
  spec.progressDeadlineSeconds ??= 600
  defaultPodTemplate(spec.template)
}

function prepareForUpdate(object: KubeObject, old: KubeObject): void {
  keepStatus(object, old)
  // The controller copies annotations to ReplicaSets, so that they are as good as spec; a changed spec counts anyway.
  if (!saysTheSame(object.metadata.annotations, old.metadata.annotations)) object.metadata.generation = (old.metadata.generation ?? 0) + 1
}
