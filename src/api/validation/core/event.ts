/** Events in both forms. The rules of the new form are told in the words of the fields of old (events.go upstream). */
import type { KubeObject } from '../../meta/object.js'
import type { Event } from '../../types/core-v1.js'
import type { Event as NewEvent } from '../../types/events-v1.js'
import { dnsSubdomain, immutable, qualifiedName } from '../checks.js'
import { type FieldError, field, invalid, required } from '../field-path.js'
import { byteLength } from '../names.js'

/** What both forms say, under the names of old. */
interface Said {
  readonly namespace: string
  readonly involved: Event['involvedObject'] | undefined
  readonly eventTime: string | undefined
  readonly reason: string
  readonly message: string
  readonly action: string
  readonly type: string
  readonly reporter: string
  readonly instance: string
  readonly source: { readonly component?: string | undefined; readonly host?: string | undefined } | undefined
  readonly firstTimestamp: string | undefined
  readonly lastTimestamp: string | undefined
  readonly count: number
  readonly series: { readonly count?: number | undefined; readonly lastObservedTime?: string | undefined } | undefined
  readonly related: unknown
}

function oldForm(object: KubeObject): Said {
  const event = object as unknown as Event
  return {
    namespace: object.metadata.namespace ?? '',
    involved: event.involvedObject,
    eventTime: event.eventTime,
    reason: event.reason ?? '',
    message: event.message ?? '',
    action: event.action ?? '',
    type: event.type ?? '',
    reporter: event.reportingComponent ?? '',
    instance: event.reportingInstance ?? '',
    source: event.source,
    firstTimestamp: event.firstTimestamp,
    lastTimestamp: event.lastTimestamp,
    count: event.count ?? 0,
    series: event.series,
    related: event.related,
  }
}

function newForm(object: KubeObject): Said {
  const event = object as unknown as NewEvent
  return {
    namespace: object.metadata.namespace ?? '',
    involved: event.regarding,
    eventTime: event.eventTime,
    reason: event.reason ?? '',
    message: event.note ?? '',
    action: event.action ?? '',
    type: event.type ?? '',
    reporter: event.reportingController ?? '',
    instance: event.reportingInstance ?? '',
    source: event.deprecatedSource,
    firstTimestamp: event.deprecatedFirstTimestamp,
    lastTimestamp: event.deprecatedLastTimestamp,
    count: event.deprecatedCount ?? 0,
    series: event.series,
    related: event.related,
  }
}

const shortMax = 128
const messageMax = 1024

function common(event: Said, reporterField: string): FieldError[] {
  const { namespace, eventTime } = event
  const about = event.involved?.namespace ?? ''
  const astray = invalid(field('involvedObject', 'namespace'), about, 'does not match event.namespace')
  const errors: FieldError[] = []
  if (!eventTime) {
    if (about ? namespace !== about : namespace !== '' && namespace !== 'default') errors.push(astray)
  } else {
    const tooLong = (name: string, text: string, max: number): FieldError[] =>
      byteLength(text) > max ? [invalid(field(name), '', `can have at most ${max} characters`)] : []
    const demanded = (name: string, text: string): FieldError[] => (text ? tooLong(name, text, shortMax) : [required(field(name))])
    if (!about && namespace !== 'default' && namespace !== 'kube-system') errors.push(astray)
    if (!event.reporter) errors.push(required(field(reporterField)))
    errors.push(...qualifiedName(event.reporter, field(reporterField)), ...demanded('reportingInstance', event.instance))
    errors.push(...demanded('action', event.action), ...demanded('reason', event.reason), ...tooLong('message', event.message, messageMax))
  }
  return [...errors, ...dnsSubdomain(namespace, field('namespace'))]
}

export const validateEvent = (object: KubeObject): FieldError[] => common(oldForm(object), 'reportingComponent')

export function validateNewEvent(object: KubeObject): FieldError[] {
  const event = newForm(object)
  const unset = (name: string, given: unknown): FieldError[] => (given ? [invalid(field(name), '', 'needs to be unset')] : [])
  return [
    ...common(event, 'reportingController'),
    ...series(event),
    ...(event.eventTime ? [] : [required(field('eventTime'))]),
    ...(event.type === 'Normal' || event.type === 'Warning' ? [] : [invalid(field('type'), '', `has invalid value: ${event.type}`)]),
    ...unset('firstTimestamp', event.firstTimestamp),
    ...unset('lastTimestamp', event.lastTimestamp),
    ...unset('count', event.count),
    ...unset('source', event.source?.component || event.source?.host),
  ]
}

function series({ series: given }: Said): FieldError[] {
  if (!given) return []
  return [
    ...((given.count ?? 0) < 2 ? [invalid(field('series.count'), '', 'should be at least 2')] : []),
    ...(given.lastObservedTime ? [] : [required(field('series.lastObservedTime'))]),
  ]
}

/** Only the series of an event goes on. */
export function validateNewEventUpdate(object: KubeObject, before: KubeObject): FieldError[] {
  const [event, old] = [newForm(object), newForm(before)]
  const kept = (name: string, is: unknown, was: unknown): FieldError[] => immutable(is, was, field(name))
  return [
    ...common(event, 'reportingController'),
    ...(JSON.stringify(event.series) === JSON.stringify(old.series) ? [] : series(event)),
    ...kept('involvedObject', goReference(event.involved), goReference(old.involved)),
    ...kept('reason', event.reason, old.reason),
    ...kept('message', event.message, old.message),
    ...kept('source', goSource(event.source), goSource(old.source)),
    ...kept('firstTimestamp', event.firstTimestamp ?? null, old.firstTimestamp ?? null),
    ...kept('lastTimestamp', event.lastTimestamp ?? null, old.lastTimestamp ?? null),
    ...kept('count', event.count, old.count),
    ...kept('reason', event.reason, old.reason),
    ...kept('type', event.type, old.type),
    ...kept('eventTime', event.eventTime ?? null, old.eventTime ?? null),
    ...kept('action', event.action, old.action),
    ...kept('related', event.related ?? null, old.related ?? null),
    ...kept('reportingController', event.reporter, old.reporter),
    ...kept('reportingInstance', event.instance, old.instance),
  ]
}

const goSource = (source: Said['source']): unknown => ({ Component: source?.component ?? '', Host: source?.host ?? '' })

function goReference(reference: Said['involved']): unknown {
  const names = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'] as const
  const goNames: Readonly<Record<string, string>> = { uid: 'UID', apiVersion: 'APIVersion' }
  return Object.fromEntries(names.map((name) => [goNames[name] ?? `${name[0]?.toUpperCase()}${name.slice(1)}`, reference?.[name] ?? '']))
}
