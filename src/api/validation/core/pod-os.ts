/** What a Pod for one operating system may not ask of it. */
import type { PodSpec } from '../../types/core-v1.js'
import { oneOf } from '../checks.js'
import { type FieldError, type FieldPath, forbiddenField, invalid, required } from '../field-path.js'
import { containersOf } from './pod-rules.js'

/** Fields of the Pod that Windows has not, in upstream's order; those of `spec` stand in Go's security context too. */
const notWindowsPod = [
  'securityContext.appArmorProfile',
  'securityContext.seLinuxOptions',
  'hostUsers',
  'hostPID',
  'hostIPC',
  'securityContext.seccompProfile',
  'securityContext.fsGroup',
  'securityContext.fsGroupChangePolicy',
  'securityContext.sysctls',
  'shareProcessNamespace',
  'securityContext.runAsUser',
  'securityContext.runAsGroup',
  'securityContext.supplementalGroups',
  'securityContext.supplementalGroupsPolicy',
  'securityContext.seLinuxChangePolicy',
]
/** These are given only when they hold something. */
const plainValues = new Set(['hostPID', 'hostIPC', 'securityContext.sysctls'])
const notWindowsContainer = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
] as const

export function podOs(spec: PodSpec, path: FieldPath): FieldError[] {
  if (!spec.os) return []
  const { name } = spec.os
  if (!name) return [required(path.child('os', 'name'))]
  const errors = oneOf(name, path.child('os'), ['linux', 'windows'])
  if (errors.length > 0) return errors
  return name === 'linux' ? linux(spec, path) : windows(spec, path)
}

function linux(spec: PodSpec, path: FieldPath): FieldError[] {
  const refuse = (at: FieldPath): FieldError =>
    forbiddenField(at.child('securityContext', 'windowsOptions'), 'windows options cannot be set for a linux pod')
  return [
    ...(spec.securityContext?.windowsOptions ? [refuse(path)] : []),
    ...containersOf(spec)
      .filter(({ container }) => container.securityContext?.windowsOptions)
      .map(({ list, i }) => refuse(path.child(list).index(i))),
  ]
}

function windows(spec: PodSpec, path: FieldPath): FieldError[] {
  const refuse = (at: FieldPath): FieldError => forbiddenField(at, 'cannot be set for a windows pod')
  const errors = notWindowsPod.filter((name) => isGiven(spec, name)).map((name) => refuse(path.child(name)))
  for (const { container, list, i } of containersOf(spec))
    for (const name of notWindowsContainer)
      if (container.securityContext?.[name] !== undefined) errors.push(refuse(path.child(list).index(i).child('securityContext', name)))
  return errors
}

function isGiven(spec: PodSpec, name: string): boolean {
  const value = name.split('.').reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], spec)
  if (!plainValues.has(name)) return value !== undefined
  return Array.isArray(value) ? value.length > 0 : Boolean(value)
}

/** HostProcess containers: all or none, and on the node's network. */
export function windowsHostProcess(spec: PodSpec, path: FieldPath): FieldError[] {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess
  const containers = containersOf(spec)
  const errors: FieldError[] = []
  let count = 0
  for (const { container, list, i } of containers) {
    const own = container.securityContext?.windowsOptions?.hostProcess
    if (ofPod !== undefined && own !== undefined && ofPod !== own) {
      const at = path.child(list).index(i).child('securityContext', 'windowsOptions', 'hostProcess')
      errors.push(invalid(at, own, `pod hostProcess value must be identical if both are specified, was ${ofPod}`))
    }
    if (own ?? ofPod) count++
  }
  if (count === 0) return errors
  if (count !== containers.length)
    errors.push(invalid(path, '', 'If pod contains any hostProcess containers then all containers must be HostProcess containers'))
  if (!spec.hostNetwork)
    errors.push(invalid(path.child('hostNetwork'), false, 'hostNetwork must be true if pod contains any hostProcess containers'))
  return errors
}
