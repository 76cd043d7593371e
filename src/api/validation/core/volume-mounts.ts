/** How a container uses its Pod's volumes: as directories (volumeMounts) or as devices (volumeDevices). */
import type { SecurityContext, VolumeDevice, VolumeMount } from '../../types/core-v1.js'
import { each, oneOf } from '../checks.js'
import { type FieldError, type FieldPath, forbiddenField, invalid, notFoundValue, required } from '../field-path.js'
import { localPath } from '../paths.js'
import type { KnownVolumes } from './volumes.js'

interface Using {
  readonly volumeMounts?: readonly VolumeMount[] | undefined
  readonly volumeDevices?: readonly VolumeDevice[] | undefined
  readonly securityContext?: SecurityContext | undefined
}

export function volumeMounts(
  { volumeMounts: mounts, volumeDevices: devices = [], securityContext }: Using,
  path: FieldPath,
  volumes: KnownVolumes,
): FieldError[] {
  const taken = new Set<string>()
  // Upstream names no item in the paths of all but the first few.
  return each(mounts, path, (mount, at) => {
    const { name = '', mountPath = '', subPath = '', subPathExpr = '', mountPropagation } = mount
    const errors: FieldError[] = []
    if (!name) errors.push(required(at.child('name')))
    if (!volumes.has(name)) errors.push(notFoundValue(at.child('name'), name))
    if (!mountPath) errors.push(required(at.child('mountPath')))
    if (taken.has(mountPath)) errors.push(invalid(at.child('mountPath'), mountPath, 'must be unique'))
    taken.add(mountPath)
    if (devices.some((device) => device.name === name))
      errors.push(invalid(at.child('name'), name, 'must not already exist in volumeDevices'))
    if (devices.some(({ devicePath }) => devicePath === mountPath))
      errors.push(invalid(at.child('mountPath'), mountPath, 'must not already exist as a path in volumeDevices'))
    if (subPath) errors.push(...localPath(subPath, path.child('subPath')))
    if (subPathExpr) {
      if (subPath) errors.push(invalid(at.child('subPathExpr'), subPathExpr, 'subPathExpr and subPath are mutually exclusive'))
      errors.push(...localPath(subPathExpr, path.child('subPathExpr')))
    }
    if (mountPropagation !== undefined)
      errors.push(...propagation(mountPropagation, path.child('mountPropagation'), securityContext?.privileged === true))
    return [...errors, ...recursiveReadOnly(mount, path.child('recursiveReadOnly'))]
  })
}

function propagation(mode: string, path: FieldPath, privileged: boolean): FieldError[] {
  const errors = oneOf(mode, path, ['Bidirectional', 'HostToContainer', 'None'])
  if (mode !== 'Bidirectional' || privileged) return errors
  return [forbiddenField(path, 'Bidirectional mount propagation is available only to privileged containers')]
}

function recursiveReadOnly({ recursiveReadOnly: mode, readOnly, mountPropagation }: VolumeMount, path: FieldPath): FieldError[] {
  if (mode === undefined || mode === 'Disabled') return []
  if (mode !== 'Enabled' && mode !== 'IfPossible') return oneOf(mode, path, ['Disabled', 'Enabled', 'IfPossible'])
  const propagates = mountPropagation !== undefined && mountPropagation !== 'None'
  return [
    ...(readOnly ? [] : [forbiddenField(path, 'may only be specified when readOnly is true')]),
    ...(propagates ? [forbiddenField(path, 'may only be specified when mountPropagation is None or not specified')] : []),
  ]
}

export function volumeDevices(
  { volumeDevices: devices, volumeMounts: mounts = [] }: Using,
  path: FieldPath,
  volumes: KnownVolumes,
): FieldError[] {
  const names = new Set<string>()
  const paths = new Set<string>()
  return each(devices, path, ({ name = '', devicePath = '' }, at) => {
    const volume = volumes.get(name)
    const errors: FieldError[] = []
    if (!name) errors.push(required(at.child('name')))
    if (names.has(name)) errors.push(invalid(at.child('name'), name, 'must be unique'))
    if (!volume) errors.push(notFoundValue(at.child('name'), name))
    else if (!volume.persistentVolumeClaim && !volume.ephemeral)
      errors.push(invalid(at.child('name'), name, 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode'))
    if (!devicePath) errors.push(required(at.child('devicePath')))
    if (paths.has(devicePath)) errors.push(invalid(at.child('devicePath'), devicePath, 'must be unique'))
    if (devicePath.split('/').includes('..')) errors.push(invalid(at.child('devicePath'), devicePath, "can not contain backsteps ('..')"))
    else paths.add(devicePath)
    if (mounts.some((mount) => mount.name === name)) errors.push(invalid(at.child('name'), name, 'must not already exist in volumeMounts'))
    if (mounts.some(({ mountPath }) => mountPath === devicePath))
      errors.push(invalid(at.child('devicePath'), devicePath, 'must not already exist as a path in volumeMounts'))
    if (name) names.add(name)
    return errors
  })
}
