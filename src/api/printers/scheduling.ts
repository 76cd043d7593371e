/** Rows of what decides where Pods go: priorities, runtimes, budgets, devices (pkg/printers/internalversion). */
import type { KubeObject } from '../meta/object.js'
import type { RuntimeClass } from '../types/node-v1.js'
import type { PodDisruptionBudget } from '../types/policy-v1.js'
import type { ResourceClaim, ResourceSlice } from '../types/resource-v1.js'
import type { PriorityClass } from '../types/scheduling-v1.js'
import { createdAgo } from './cells.js'

/** NAME VALUE GLOBAL-DEFAULT AGE PREEMPTIONPOLICY. */
export function priorityClassRow(object: KubeObject, now: number): unknown[] {
  const { metadata, value, globalDefault, preemptionPolicy } = object as PriorityClass
  return [metadata.name, value ?? 0, globalDefault ?? false, createdAgo(object, now), preemptionPolicy ?? '']
}

export function runtimeClassRow(object: KubeObject, now: number): unknown[] {
  const { metadata, handler } = object as unknown as RuntimeClass
  return [metadata.name, handler, createdAgo(object, now)]
}

/** NAME MIN-AVAILABLE MAX-UNAVAILABLE ALLOWED-DISRUPTIONS AGE. */
export function podDisruptionBudgetRow(object: KubeObject, now: number): unknown[] {
  const { metadata, spec, status } = object as PodDisruptionBudget
  const amount = (value: number | string | undefined): string => (value === undefined ? 'N/A' : String(value))
  return [metadata.name, amount(spec?.minAvailable), amount(spec?.maxUnavailable), status?.disruptionsAllowed ?? 0, createdAgo(object, now)]
}

export function resourceClaimRow(object: KubeObject, now: number): unknown[] {
  return [object.metadata.name, claimState(object as unknown as ResourceClaim), createdAgo(object, now)]
}

function claimState({ metadata, status }: ResourceClaim): string {
  const states = metadata.deletionTimestamp ? ['deleted'] : []
  if (status?.allocation) states.push('allocated', ...(status.reservedFor?.length ? ['reserved'] : []))
  else if (!metadata.deletionTimestamp) states.push('pending')
  return states.join(',')
}

/** NAME NODE DRIVER POOL AGE. */
export function resourceSliceRow(object: KubeObject, now: number): unknown[] {
  const { metadata, spec } = object as unknown as ResourceSlice
  return [metadata.name, spec.nodeName ?? '', spec.driver, spec.pool.name, createdAgo(object, now)]
}
