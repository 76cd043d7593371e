/**
 * The Event recorder: core/v1 Events as client-go's record package makes them. Like events count instead of piling up,
 * many alike become one "combined from similar events", and an object that floods is muted. Recording never waits and
 * never fails its caller: events are advice, not state.
 */
import type { Event, ObjectReference } from '../api/types/core-v1.js'
import { sleep } from '../base/clock.js'
import { messageOf } from '../base/errors.js'
import type { Context } from '../kernel/context.js'
import type { Client } from './client.js'
import { type ApiObject, events } from './resources.js'
import { isNamespaceTerminating, isNotFound, reasonOf } from './status-error.js'
import { formatTime } from './time.js'

/** client-go tools/record/events_cache.go: the defaults of its correlator. */
const similarEventsMax = 10
const similarWindowMs = 600_000
const spamBurst = 25
const spamRefillMs = 300_000
/** Series and buckets remembered; the oldest go first. */
const rememberedMax = 4096
/** Events that wait to be sent; beyond it new ones are dropped. */
const queueEventsMax = 1000
const attemptsMax = 12
const retryDelayMs = 10_000

export interface EventRecorder {
  /** Records that `reason` befell `object`; `type` is 'Normal' or 'Warning'. */
  event(object: ApiObject | ObjectReference, type: 'Normal' | 'Warning', reason: string, message: string): void
}

interface Series {
  readonly name: string
  readonly namespace: string
  count: number
  readonly first: number
}

interface Correlator {
  /** The event to be sent, and whether it is a patch of one sent before; undefined: muted. */
  correlate(
    reference: ObjectReference,
    type: string,
    reason: string,
    message: string,
    now: number,
  ): { series: Series; message: string } | undefined
}

export interface RecorderOptions {
  readonly context: Context
  readonly client: Client
  /** source.component of the events. */
  readonly component: string
  /** source.host; kubelets set it. */
  readonly host?: string
}

export function createEventRecorder({ context, client, component, host }: RecorderOptions): EventRecorder {
  const { clock, log, signal } = context
  const queue: (() => Promise<void>)[] = []
  let wake: (() => void) | undefined
  const correlator = createCorrelator()

  async function send(event: Event, series: Series): Promise<void> {
    for (let attempt = 1; attempt <= attemptsMax; attempt++)
      try {
        if (series.count > 1)
          try {
            const { count, lastTimestamp, message } = event
            await client.patch(events, series.name, 'strategic', { count, lastTimestamp, message }, { namespace: series.namespace, signal })
            return
          } catch (error) {
            if (!isNotFound(error)) throw error
          }
        await client.create(events, event, { signal })
        return
      } catch (error) {
        if (signal.aborted) return
        // A Status is the server's verdict on this event; no answer at all is worth another try.
        if (reasonOf(error) !== undefined) {
          if (!isNamespaceTerminating(error)) log.debug('event refused', { event: event.metadata.name, error: messageOf(error) })
          return
        }
        await sleep(clock, retryDelayMs, signal).catch(() => undefined)
      }
  }
  signal.addEventListener('abort', () => wake?.(), { once: true })
  context.spawn('events', async () => {
    while (!signal.aborted) {
      const next = queue.shift()
      if (next) await next()
      else
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
  })
  return {
    event(object, type, reason, message) {
      const now = clock.now()
      const reference = 'metadata' in object ? referenceTo(object) : object
      const found = correlator.correlate(reference, type, reason, message, now)
      if (!found || queue.length >= queueEventsMax) return
      const { series } = found
      const event: Event = {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: series.name, namespace: series.namespace },
        involvedObject: reference,
        reason,
        message: found.message,
        source: { component, ...(host === undefined ? {} : { host }) },
        firstTimestamp: formatTime(series.first),
        lastTimestamp: formatTime(now),
        count: series.count,
        type,
        reportingComponent: component,
        reportingInstance: host ?? '',
      }
      const at = { ...series }
      queue.push(() => send(event, at))
      wake?.()
    },
  }
}

/** An ObjectReference to `object`, as events and targetRefs carry it. */
export function referenceTo({ apiVersion, kind, metadata }: ApiObject): ObjectReference {
  return {
    kind,
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    name: metadata.name,
    ...(metadata.uid === undefined ? {} : { uid: metadata.uid }),
    apiVersion,
    ...(metadata.resourceVersion === undefined ? {} : { resourceVersion: metadata.resourceVersion }),
  }
}

function createCorrelator(): Correlator {
  const series = new Map<string, Series>()
  const similar = new Map<string, { messages: Set<string>; at: number }>()
  const buckets = new Map<string, { tokens: number; at: number }>()
  let ordinal = 0

  const muted = (object: string, now: number): boolean => {
    const bucket = buckets.get(object) ?? { tokens: spamBurst, at: now }
    bucket.tokens = Math.min(spamBurst, bucket.tokens + (now - bucket.at) / spamRefillMs)
    bucket.at = now
    remember(buckets, object, bucket)
    if (bucket.tokens < 1) return true
    bucket.tokens--
    return false
  }
  return {
    correlate(reference, type, reason, message, now) {
      const object = [reference.kind, reference.namespace, reference.name, reference.uid, reference.apiVersion, reference.fieldPath].join(
        '/',
      )
      const alike = [object, type, reason].join('/')
      const group = similar.get(alike)
      const messages = group && now - group.at <= similarWindowMs ? group.messages : new Set<string>()
      messages.add(message)
      remember(similar, alike, { messages, at: now })
      const combined = messages.size >= similarEventsMax
      if (combined) for (const oldest of messages) if (messages.size > similarEventsMax) messages.delete(oldest)
      const text = combined ? `(combined from similar events): ${message}` : message
      const key = combined ? alike : `${alike}/${message}`
      const known = series.get(key)
      const one: Series = known ?? {
        // As client-go: the name of the object and the time in hexadecimal nanoseconds; the ordinal keeps them apart.
        name: `${reference.name}.${(BigInt(now) * 1_000_000n + BigInt(ordinal++ % 1_000_000)).toString(16)}`,
        namespace: reference.namespace || 'default',
        count: 0,
        first: now,
      }
      one.count++
      remember(series, key, one)
      return muted(object, now) ? undefined : { series: one, message: text }
    },
  }
}

/** Files `value` as the newest; forgets the oldest beyond the bound. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key)
  map.set(key, value)
  for (const oldest of map.keys()) {
    if (map.size <= rememberedMax) break
    map.delete(oldest)
  }
}
