/** Defaults of volumes, in Pods, in templates of Pods and in PersistentVolumes (pkg/apis/core/v1/defaults.go). */
import type { PersistentVolumeClaimSpec, ProjectedVolumeSource, Volume } from '../../types/core-v1.js'
import { pullPolicyOf } from './image-tag.js'
import { roundRequirements } from './resource-list.js'

/** rw-r--r--, as the API writes modes: in decimal. */
const fileMode = 0o644
const tokenSeconds = 3600

/** Completes one volume of a Pod. */
export function defaultVolume(volume: Volume): void {
  if (Object.entries(volume).every(([name, value]) => name === 'name' || value === undefined)) volume.emptyDir = {}
  if (volume.image) volume.image.pullPolicy ||= pullPolicyOf(volume.image.reference)
  if (volume.hostPath) volume.hostPath.type ??= ''
  if (volume.secret) volume.secret.defaultMode ??= fileMode
  if (volume.configMap) volume.configMap.defaultMode ??= fileMode
  if (volume.downwardAPI) {
    volume.downwardAPI.defaultMode ??= fileMode
    defaultFieldRefs(volume.downwardAPI.items)
  }
  if (volume.projected) defaultProjected(volume.projected)
  if (volume.iscsi) volume.iscsi.iscsiInterface ||= 'default'
  if (volume.rbd) defaultRbd(volume.rbd)
  if (volume.azureDisk) defaultAzureDisk(volume.azureDisk)
  if (volume.scaleIO) defaultScaleIo(volume.scaleIO)
  const claim = volume.ephemeral?.volumeClaimTemplate
  if (claim) defaultClaimSpec((claim.spec ??= {}))
}

function defaultProjected(projected: ProjectedVolumeSource): void {
  projected.defaultMode ??= fileMode
  for (const source of projected.sources ?? []) {
    defaultFieldRefs(source.downwardAPI?.items)
    if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= tokenSeconds
  }
}

function defaultFieldRefs(items: readonly { fieldRef?: { apiVersion?: string | undefined } | undefined }[] | undefined): void {
  for (const { fieldRef } of items ?? []) if (fieldRef) fieldRef.apiVersion ||= 'v1'
}

/** Ceph block devices, of Pods and of PersistentVolumes. */
export function defaultRbd(rbd: { pool?: string | undefined; user?: string | undefined; keyring?: string | undefined }): void {
  rbd.pool ||= 'rbd'
  rbd.user ||= 'admin'
  rbd.keyring ||= '/etc/ceph/keyring'
}

export function defaultAzureDisk(disk: NonNullable<Volume['azureDisk']>): void {
  disk.cachingMode ??= 'ReadWrite'
  disk.kind ??= 'Shared'
  disk.fsType ??= 'ext4'
  disk.readOnly ??= false
}

export function defaultScaleIo(source: { storageMode?: string | undefined; fsType?: string | undefined }): void {
  source.storageMode ||= 'ThinProvisioned'
  source.fsType ||= 'xfs'
}

/** Completes what a claim asks for: in a claim, in a template of one, in an ephemeral volume. */
export function defaultClaimSpec(spec: PersistentVolumeClaimSpec): void {
  spec.volumeMode ??= 'Filesystem'
  roundRequirements(spec.resources)
}
