/** StatefulSet: pkg/registry/apps/statefulset/strategy.go and SetDefaults_StatefulSet. */
import type { Strategy } from '../../kind.js'
import type { KubeObject } from '../../meta/object.js'
import { printed } from '../../printers/cells.js'
import { statefulSetRow } from '../../printers/workloads.js'
import type { StatefulSet, StatefulSetSpec } from '../../types/apps-v1.js'
import { validateStatefulSet, validateStatefulSetStatusUpdate, validateStatefulSetUpdate } from '../../validation/apps/stateful-set.js'
import { defaultClaim } from '../core/persistent-volume-claim.js'
import { defaultPodTemplate } from '../core/pod-spec.js'
import { templateWarnings } from '../core/pod-warnings.js'

export const statefulSetStrategy: Strategy = {
  applyDefaults,
  validate: validateStatefulSet,
  validateUpdate: validateStatefulSetUpdate,
  validateStatusUpdate: validateStatefulSetStatusUpdate,
  warnings: (object) => templateWarnings(object, 'template'),
  // Its Pods' host names begin with it.
  nameRule: 'dns-label',
  hasGeneration: true,
  ...printed('StatefulSet', statefulSetRow),
}

function applyDefaults(object: KubeObject): void {
  const { spec } = object as StatefulSet
  if (!spec) return
  spec.podManagementPolicy ||= 'OrderedReady'
  defaultUpdateStrategy(spec)
  const retention = (spec.persistentVolumeClaimRetentionPolicy ??= {})
  retention.whenDeleted ||= 'Retain'
  retention.whenScaled ||= 'Retain'
  spec.replicas ??= 1
  spec.revisionHistoryLimit ??= 10
  defaultPodTemplate(spec.template)
  for (const claim of spec.volumeClaimTemplates ?? []) {
    claim.kind = 'PersistentVolumeClaim'
    claim.apiVersion = 'v1'
    defaultClaim(claim)
  }
}

/** A rolling update that is asked for by name alone has no parameters. */
function defaultUpdateStrategy(spec: StatefulSetSpec): void {
  const strategy = (spec.updateStrategy ??= {})
  if (!strategy.type) {
    strategy.type = 'RollingUpdate'
    strategy.rollingUpdate ??= {}
  }
  if (strategy.type === 'RollingUpdate' && strategy.rollingUpdate) strategy.rollingUpdate.partition ??= 0
}
