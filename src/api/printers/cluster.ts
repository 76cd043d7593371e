/** Rows of nodes, namespaces, events and the small kinds of core/v1 (pkg/printers/internalversion/printers.go). */
import type { KubeObject } from '../meta/object.js'
import { Quantity } from '../meta/quantity.js'
import type { Lease } from '../types/coordination-v1.js'
import type { ComponentStatus, ConfigMap, Event, Namespace, Node, ResourceQuota, Secret, ServiceAccount } from '../types/core-v1.js'
import type { Event as NewEvent } from '../types/events-v1.js'
import { ageOf, createdAgo } from './cells.js'

/** NAME STATUS ROLES AGE VERSION INTERNAL-IP EXTERNAL-IP OS-IMAGE KERNEL-VERSION CONTAINER-RUNTIME. */
export function nodeRow(object: KubeObject, now: number): unknown[] {
  const { metadata, status } = object as Node
  const info = status?.nodeInfo
  const address = (type: string): string => status?.addresses?.find((one) => one.type === type)?.address ?? '<none>'
  return [
    metadata.name,
    nodeStatus(object as Node),
    nodeRoles(metadata.labels ?? {}),
    createdAgo(object, now),
    info?.kubeletVersion ?? '',
    address('InternalIP'),
    address('ExternalIP'),
    info?.osImage || '<unknown>',
    info?.kernelVersion || '<unknown>',
    info?.containerRuntimeVersion || '<unknown>',
  ]
}

function nodeStatus({ spec, status }: Node): string {
  const ready = status?.conditions?.findLast(({ type }) => type === 'Ready')
  const said = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady'
  return spec?.unschedulable ? `${said},SchedulingDisabled` : said
}

const rolePrefix = 'node-role.kubernetes.io/'

function nodeRoles(labels: Readonly<Record<string, string>>): string {
  const roles = Object.entries(labels).flatMap(([key, value]) => {
    if (key.startsWith(rolePrefix)) return key.slice(rolePrefix.length)
    return key === 'kubernetes.io/role' ? value : ''
  })
  return [...new Set(roles.filter((role) => role !== ''))].sort().join(',') || '<none>'
}

export function namespaceRow(object: KubeObject, now: number): unknown[] {
  const { metadata, status } = object as Namespace
  return [metadata.name, status?.phase ?? '', createdAgo(object, now)]
}

export function secretRow(object: KubeObject, now: number): unknown[] {
  const { metadata, type, data } = object as Secret
  return [metadata.name, type ?? '', Object.keys(data ?? {}).length, createdAgo(object, now)]
}

export function configMapRow(object: KubeObject, now: number): unknown[] {
  const { metadata, data, binaryData } = object as ConfigMap
  return [metadata.name, Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length, createdAgo(object, now)]
}

export function serviceAccountRow(object: KubeObject, now: number): unknown[] {
  const { metadata, secrets } = object as ServiceAccount
  return [metadata.name, secrets?.length ?? 0, createdAgo(object, now)]
}

export function leaseRow(object: KubeObject, now: number): unknown[] {
  const { metadata, spec } = object as Lease
  return [metadata.name, spec?.holderIdentity ?? '', createdAgo(object, now)]
}

export function componentStatusRow(object: KubeObject): unknown[] {
  const { metadata, conditions } = object as ComponentStatus
  const healthy = conditions?.find(({ type }) => type === 'Healthy')
  const status = healthy === undefined ? 'Unknown' : healthy.status === 'True' ? 'Healthy' : 'Unhealthy'
  return [metadata.name, status, healthy?.message ?? '', healthy?.error ?? '']
}

/** NAME REQUEST LIMIT AGE: `pods: 1/10, ...`, limits apart from the rest. */
export function resourceQuotaRow(object: KubeObject, now: number): unknown[] {
  const { metadata, status } = object as ResourceQuota
  const text = (amount: string | undefined): string => (Quantity.tryParse(amount) ?? Quantity.zero).toString()
  const cells = { requests: [] as string[], limits: [] as string[] }
  for (const [name, hard] of Object.entries(status?.hard ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)))
    cells[name.startsWith('limits.') ? 'limits' : 'requests'].push(`${name}: ${text(status?.used?.[name])}/${text(hard)}`)
  return [metadata.name, cells.requests.join(', '), cells.limits.join(', '), createdAgo(object, now)]
}

/** LAST-SEEN TYPE REASON OBJECT SUBOBJECT SOURCE MESSAGE FIRST-SEEN COUNT NAME. */
export function eventRow(object: KubeObject, now: number): unknown[] {
  const { metadata, type, reason, involvedObject, message, source, reportingComponent, reportingInstance, ...times } =
    object as unknown as Event
  return [
    lastSeen(times, now),
    type ?? '',
    reason ?? '',
    involvedText(involvedObject),
    involvedObject.fieldPath ?? '',
    [source?.component || reportingComponent, source?.host || reportingInstance].filter((part) => part).join(', '),
    (message ?? '').trim(),
    firstSeen(times, now),
    countOf(times),
    metadata.name,
  ]
}

/** As eventRow(), for the form that events.k8s.io/v1 gives the same object. */
export function newEventRow(object: KubeObject, now: number): unknown[] {
  const event = object as unknown as NewEvent
  const renamed = {
    ...event,
    involvedObject: event.regarding ?? {},
    message: event.note,
    source: event.deprecatedSource,
    firstTimestamp: event.deprecatedFirstTimestamp,
    lastTimestamp: event.deprecatedLastTimestamp,
    count: event.deprecatedCount,
    reportingComponent: event.reportingController,
  }
  return eventRow(renamed as unknown as KubeObject, now)
}

type Times = Pick<Event, 'firstTimestamp' | 'lastTimestamp' | 'eventTime' | 'series' | 'count'>

function firstSeen({ firstTimestamp, eventTime }: Times, now: number): string {
  return ageOf(firstTimestamp ?? eventTime, now)
}

function lastSeen(times: Times, now: number): string {
  if (times.series) return ageOf(times.series.lastObservedTime, now)
  return times.lastTimestamp ? ageOf(times.lastTimestamp, now) : firstSeen(times, now)
}

function countOf({ series, count }: Times): number {
  return series ? (series.count ?? 0) : count || 1
}

function involvedText({ kind = '', name }: Event['involvedObject']): string {
  return name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase()
}
