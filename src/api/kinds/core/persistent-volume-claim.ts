/** PersistentVolumeClaim: pkg/registry/core/persistentvolumeclaim/strategy.go and SetDefaults_PersistentVolumeClaim. */
import type { Strategy } from '../../kind.js'
import type { KubeObject } from '../../meta/object.js'
import { printed } from '../../printers/cells.js'
import { persistentVolumeClaimRow } from '../../printers/storage.js'
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../types/core-v1.js'
import {
  validatePersistentVolumeClaim,
  validatePersistentVolumeClaimStatusUpdate,
  validatePersistentVolumeClaimUpdate,
} from '../../validation/core/persistent-volume-claim.js'
import { keepStatus } from '../carry-over.js'
import { saysTheSame } from '../equality.js'
import { roundResources } from './resource-list.js'
import { defaultClaimSpec } from './volumes.js'

export const persistentVolumeClaimStrategy: Strategy = {
  applyDefaults: (object) => defaultClaim(object as PersistentVolumeClaim),
  prepareForCreate: (object) => {
    const claim = object as PersistentVolumeClaim
    claim.status = { phase: 'Pending' }
    if (claim.spec) normalizeDataSources(claim.spec)
  },
  prepareForUpdate,
  validate: validatePersistentVolumeClaim,
  validateUpdate: validatePersistentVolumeClaimUpdate,
  validateStatusUpdate: validatePersistentVolumeClaimStatusUpdate,
  ...printed('PersistentVolumeClaim', persistentVolumeClaimRow),
}

/** Completes a claim, or a StatefulSet's template of one. */
export function defaultClaim(claim: PersistentVolumeClaim): void {
  const status = (claim.status ??= {})
  status.phase ||= 'Pending'
  defaultClaimSpec((claim.spec ??= {}))
  roundResources(status.capacity)
  roundResources(status.allocatedResources)
}

function prepareForUpdate(object: KubeObject, old: KubeObject): void {
  const claim = object as PersistentVolumeClaim
  keepStatus(object, old)
  // Clients that know dataSource alone send back what was completed for them.
  const before = (old as PersistentVolumeClaim).spec
  if (
    claim.spec &&
    before?.dataSource &&
    before.dataSourceRef &&
    saysTheSame(claim.spec.dataSource, before.dataSource) &&
    !claim.spec.dataSourceRef
  )
    claim.spec.dataSourceRef = structuredClone(before.dataSourceRef)
}

/** dataSource is dataSourceRef within the namespace; each completes the other (NormalizeDataSources). */
function normalizeDataSources(spec: PersistentVolumeClaimSpec): void {
  const { dataSource, dataSourceRef } = spec
  if (dataSource && !dataSourceRef) spec.dataSourceRef = { ...dataSource }
  else if (dataSourceRef && !dataSource && !dataSourceRef.namespace) {
    const { apiGroup, kind, name } = dataSourceRef
    spec.dataSource = { ...(apiGroup === undefined ? {} : { apiGroup }), kind, name }
  }
}
