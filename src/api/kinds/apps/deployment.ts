/** Deployment: pkg/registry/apps/deployment/strategy.go and SetDefaults_Deployment. */
import type { Strategy } from '../../kind.js'
import type { KubeObject } from '../../meta/object.js'
import { printed } from '../../printers/cells.js'
import { deploymentRow } from '../../printers/workloads.js'
import type { Deployment } from '../../types/apps-v1.js'
import { defaultPodTemplate } from '../core/pod-spec.js'

export const deploymentStrategy: Strategy = {
  applyDefaults,
  prepareForUpdate,
  prepareForStatusUpdate: (object, old) => {
    object.spec = structuredClone(old.spec)
    if (old.metadata.labels) object.metadata.labels = { ...old.metadata.labels }
    else delete object.metadata.labels
  },
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
  if (old.status === undefined) delete object.status
  else object.status = structuredClone(old.status)
  // The controller copies annotations to ReplicaSets, so that they are as good as spec; a changed spec counts anyway.
  const { generation } = old.metadata
  if (JSON.stringify(sorted(object)) !== JSON.stringify(sorted(old))) object.metadata.generation = (generation ?? 0) + 1
}

function sorted({ metadata }: KubeObject): [string, string][] {
  return Object.entries(metadata.annotations ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
}
