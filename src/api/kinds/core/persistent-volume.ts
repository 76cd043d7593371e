/** PersistentVolume: pkg/registry/core/persistentvolume/strategy.go and SetDefaults_PersistentVolume. */
import type { Strategy, StrategyContext } from '../../kind.js'
import type { KubeObject } from '../../meta/object.js'
import { formatTime } from '../../meta/time.js'
import { printed } from '../../printers/cells.js'
import { persistentVolumeRow } from '../../printers/storage.js'
import type { PersistentVolume, PersistentVolumeSpec } from '../../types/core-v1.js'
import {
  validatePersistentVolume,
  validatePersistentVolumeStatusUpdate,
  validatePersistentVolumeUpdate,
} from '../../validation/core/persistent-volume.js'
import { keepStatus } from '../carry-over.js'
import { roundResources } from './resource-list.js'
import { defaultAzureDisk, defaultRbd, defaultScaleIo } from './volumes.js'

export const persistentVolumeStrategy: Strategy = {
  applyDefaults: (object) => {
    const volume = object as PersistentVolume
    const status = (volume.status ??= {})
    status.phase ||= 'Pending'
    defaultVolumeSpec((volume.spec ??= {}))
  },
  prepareForCreate: (object, { now }) => {
    object.status = { phase: 'Pending', lastPhaseTransitionTime: formatTime(now) }
  },
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate,
  validate: validatePersistentVolume,
  validateUpdate: validatePersistentVolumeUpdate,
  validateStatusUpdate: validatePersistentVolumeStatusUpdate,
  ...printed('PersistentVolume', persistentVolumeRow),
}

/** Completes a volume's spec: in a PersistentVolume, and inline in a VolumeAttachment. */
export function defaultVolumeSpec(spec: PersistentVolumeSpec): void {
  spec.persistentVolumeReclaimPolicy ||= 'Retain'
  spec.volumeMode ??= 'Filesystem'
  roundResources(spec.capacity)
  if (spec.hostPath) spec.hostPath.type ??= ''
  if (spec.rbd) defaultRbd(spec.rbd)
  if (spec.iscsi) spec.iscsi.iscsiInterface ||= 'default'
  if (spec.azureDisk) defaultAzureDisk(spec.azureDisk)
  if (spec.scaleIO) defaultScaleIo(spec.scaleIO)
}

/** The time of the last change of phase is the server's, unless the client sets another. */
function prepareForStatusUpdate(object: KubeObject, old: KubeObject, { now }: StrategyContext): void {
  object.spec = structuredClone(old.spec)
  const before = (old as PersistentVolume).status
  const status = ((object as PersistentVolume).status ??= {})
  const same = status.lastPhaseTransitionTime === before?.lastPhaseTransitionTime
  if (status.phase !== before?.phase && (same || status.lastPhaseTransitionTime === undefined))
    status.lastPhaseTransitionTime = formatTime(now)
  else if (status.phase === before?.phase && status.lastPhaseTransitionTime === undefined && before?.lastPhaseTransitionTime)
    status.lastPhaseTransitionTime = before.lastPhaseTransitionTime
}
