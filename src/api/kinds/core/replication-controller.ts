/** ReplicationController: pkg/registry/core/replicationcontroller/strategy.go and SetDefaults_ReplicationController. */
import type { Strategy } from '../../kind.js'
import type { KubeObject } from '../../meta/object.js'
import { printed } from '../../printers/cells.js'
import { replicationControllerRow } from '../../printers/workloads.js'
import type { ReplicationController } from '../../types/core-v1.js'
import {
  validateReplicationController,
  validateReplicationControllerStatusUpdate,
  validateReplicationControllerUpdate,
} from '../../validation/core/replication-controller.js'
import { defaultPodTemplate } from './pod-spec.js'
import { podNameWarnings, templateWarnings } from './pod-warnings.js'

export const replicationControllerStrategy: Strategy = {
  applyDefaults,
  validate: validateReplicationController,
  validateUpdate: validateReplicationControllerUpdate,
  validateStatusUpdate: validateReplicationControllerStatusUpdate,
  warnings: (object) => [...podNameWarnings(object, 'Pod names and hostnames'), ...templateWarnings(object, 'template')],
  hasGeneration: true,
  selectableFields: { 'status.replicas': (object) => String((object as ReplicationController).status?.replicas ?? 0) },
  ...printed('ReplicationController', replicationControllerRow),
}

/** Selector and labels follow the template where they are left out. */
function applyDefaults(object: KubeObject): void {
  const { metadata, spec } = object as ReplicationController
  if (!spec) return
  const labels = spec.template?.metadata?.labels
  if (labels && Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels }
  if (labels && Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels }
  spec.replicas ??= 1
  defaultPodTemplate(spec.template)
}
