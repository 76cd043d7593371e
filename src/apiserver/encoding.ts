/**
 * Answers to bytes: the object's own JSON, put together from text that was encoded once, or one of meta.k8s.io's forms.
 * Table and PartialObjectMetadata are made here, so no handler knows of them. Watches are framed one event a line.
 */

import type { Kind } from '../api/kind.js'
import { apiVersionOf } from '../api/meta/object.js'
import { ApiError, badRequest, type Status } from '../api/meta/status.js'
import { unreachable } from '../base/assert.js'
import type { Negotiated } from './negotiation.js'
import { notAcceptable } from './negotiation.js'
import type { Answer, Served, ServedEvent } from './request.js'
import { type IncludeObject, partialOf, tableOf } from './table.js'

/** How one request's answer is to be encoded. */
export interface Encoding extends Negotiated {
  readonly include: IncludeObject
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly toYaml: (value: unknown) => string
  /** Told of what breaks a watch and is no ApiError. */
  readonly failed: (error: unknown) => void
}

export interface Encoded {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

/** The includeObject of a query. Throws ApiError 400. */
export function includeObjectOf(query: URLSearchParams): IncludeObject {
  const include = query.get('includeObject') ?? ''
  if (include === '') return 'Metadata'
  if (include === 'None' || include === 'Metadata' || include === 'Object') return include
  const why = `includeObject: Invalid value: ${JSON.stringify(include)}: must be 'Metadata', 'Object', 'None', or empty`
  throw badRequest(`Unable to convert to Table as requested: ${why}`)
}

export function encodeObject(answer: Extract<Answer, { type: 'object' }>, encoding: Encoding): Encoded {
  return finish(answer.code, objectText(answer.served, answer.kind, encoding, true), encoding)
}

export function encodeList({ kind, metadata, items }: Extract<Answer, { type: 'list' }>, encoding: Encoding): Encoded {
  const { transform } = encoding
  if (transform?.as === 'Table') {
    const options = { version: transform.version, include: encoding.include, now: encoding.now(), headers: true }
    return finish(200, tableOf(kind, metadata, items, options), encoding)
  }
  if (transform?.as === 'PartialObjectMetadata')
    throw notAcceptable(`you requested PartialObjectMetadata, but the requested object is a list (${kind.listKind})`)
  if (transform) {
    const rows = items.map((served) => partialOf(served, transform.version)).join(',')
    const head = `{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/${transform.version}"`
    return finish(200, `${head},"metadata":${JSON.stringify(metadata)},"items":[${rows}]}`, encoding)
  }
  return finish(200, listText(kind, metadata, items), encoding)
}

export function encodeStatus(status: Status, encoding: Pick<Encoding, 'format' | 'pretty' | 'toYaml'>): Encoded {
  return finish(status.code ?? 200, JSON.stringify(status), encoding)
}

/** Lines of a watch: one chunk for each batch of events. What the iterable throws as an ApiError becomes an ERROR event. */
export async function* encodeWatch(answer: Extract<Answer, { type: 'watch' }>, encoding: Encoding): AsyncGenerator<string> {
  let first = true
  try {
    for await (const batch of answer.events) {
      let text = ''
      for (const event of batch) {
        text += eventText(event, answer.kind, encoding, first)
        first = false
      }
      if (text !== '') yield text
    }
  } catch (error) {
    if (!(error instanceof ApiError)) {
      encoding.failed(error)
      throw error
    }
    yield `{"type":"ERROR","object":${JSON.stringify(error.status)}}\n`
  }
}

export const watchContentType = 'application/json'

/** Texts of events in their own form, by event: all watchers of a kind are sent the same. */
const eventTexts = new WeakMap<ServedEvent, string>()

function eventText(event: ServedEvent, kind: Kind, encoding: Encoding, first: boolean): string {
  if (encoding.transform) return `{"type":"${event.type}","object":${eventObject(event, kind, encoding, first)}}\n`
  let text = eventTexts.get(event)
  if (text === undefined) {
    text = `{"type":"${event.type}","object":${event.served.json()}}\n`
    eventTexts.set(event, text)
  }
  return text
}

function eventObject({ type, served }: ServedEvent, kind: Kind, encoding: Encoding, first: boolean): string {
  const { transform } = encoding
  if (type === 'BOOKMARK' && transform?.as === 'Table') {
    const options = { version: transform.version, include: encoding.include, now: encoding.now(), headers: first }
    return tableOf(kind, { resourceVersion: served.object.metadata.resourceVersion }, [], options)
  }
  return objectText(served, kind, encoding, first)
}

function objectText(served: Served, kind: Kind | undefined, encoding: Encoding, headers: boolean): string {
  const { transform } = encoding
  switch (transform?.as) {
    case undefined:
      return served.json()
    case 'Table': {
      const { resourceVersion } = served.object.metadata
      const options = { version: transform.version, include: encoding.include, now: encoding.now(), headers }
      return tableOf(kind, resourceVersion ? { resourceVersion } : {}, [served], options)
    }
    case 'PartialObjectMetadata':
      return partialOf(served, transform.version)
    case 'PartialObjectMetadataList':
      throw notAcceptable(`you requested PartialObjectMetadataList, but the requested object is not a list (${served.object.kind})`)
    default:
      return unreachable(transform as never)
  }
}

/** Built-in lists carry no kind and apiVersion in their items, lists of custom resources do. */
function listText(kind: Kind, metadata: object, items: readonly Served[]): string {
  const apiVersion = apiVersionOf(kind)
  const head = `{"kind":"${kind.listKind}","apiVersion":"${apiVersion}","metadata":${JSON.stringify(metadata)},"items":[`
  const typed = kind.schema.groupVersionKinds.length === 0
  const prefix = `{"kind":"${kind.kind}","apiVersion":"${apiVersion}",`
  const texts = items.map((served) => (typed ? served.json() : withoutType(served, prefix)))
  return `${head}${texts.join(',')}]}`
}

function withoutType(served: Served, prefix: string): string {
  const text = served.json()
  if (text.startsWith(prefix)) return `{${text.slice(prefix.length)}`
  const { kind: _kind, apiVersion: _apiVersion, ...rest } = served.object
  return JSON.stringify(rest)
}

function finish(status: number, text: string, { format, pretty, toYaml }: Pick<Encoding, 'format' | 'pretty' | 'toYaml'>): Encoded {
  if (format === 'yaml') return { status, contentType: 'application/yaml', body: toYaml(JSON.parse(text)) }
  return { status, contentType: 'application/json', body: pretty ? JSON.stringify(JSON.parse(text), undefined, 2) : `${text}\n` }
}
