/** ReplicaSet: pkg/registry/apps/replicaset/strategy.go and SetDefaults_ReplicaSet. */
import type { Strategy } from '../../kind.js'
import { printed } from '../../printers/cells.js'
import { replicaSetRow } from '../../printers/workloads.js'
import type { ReplicaSet } from '../../types/apps-v1.js'
import { validateReplicaSet, validateReplicaSetStatusUpdate, validateReplicaSetUpdate } from '../../validation/apps/replica-set.js'
import { defaultPodTemplate } from '../core/pod-spec.js'
import { podNameWarnings, templateWarnings } from '../core/pod-warnings.js'

export const replicaSetStrategy: Strategy = {
  validate: validateReplicaSet,
  validateUpdate: validateReplicaSetUpdate,
  validateStatusUpdate: validateReplicaSetStatusUpdate,
  applyDefaults: (object) => {
    const { spec } = object as ReplicaSet
    if (!spec) return
    spec.replicas ??= 1
    defaultPodTemplate(spec.template)
  },
  warnings: (object) => [...podNameWarnings(object, 'Pod names and hostnames'), ...templateWarnings(object, 'template')],
  hasGeneration: true,
  selectableFields: { 'status.replicas': (object) => String((object as ReplicaSet).status?.replicas ?? 0) },
  ...printed('ReplicaSet', replicaSetRow),
}
