/**
 * What a message is about, for readers of a trace: the objects it names and one line of detail. It knows the shapes of
 * the two protocols that all goes through, the API server's and the store's, by their fields alone; of anything else it
 * shows the plain fields.
 */
import type { Envelope } from '../kernel/envelope.js'
import type { Asked, Description } from '../kernel/recording.js'
import { objectOfKey, objectOfPath, resourceOfPath } from './object-key.js'

type Fields = Readonly<Record<string, unknown>>

const detailCharsMax = 200
const objectsMax = 16
/** A body that is longer is not looked into. */
const bodyBytesMax = 512 * 1024

/** Describes a message; `asked` is what it answers. */
export function describe(envelope: Envelope, asked: Asked | undefined): Description {
  switch (envelope.type) {
    case 'call':
    case 'open':
    case 'cast':
      return finish(request(envelope.method, fieldsOf(envelope.params)))
    case 'result':
      return finish(answer(fieldsOf(envelope.result), asked))
    case 'item':
      return finish(item(fieldsOf(envelope.item), asked))
    case 'failure':
      return finish({ detail: `${envelope.error.code}: ${envelope.error.message}` })
    case 'close':
      return envelope.error ? finish({ detail: `${envelope.error.code}: ${envelope.error.message}` }) : {}
    case 'credit':
      return { detail: `${envelope.items} more` }
    case 'cancel':
    case 'end':
      return {}
  }
}

function finish({ objects = [], detail = '' }: Description): Description {
  const distinct = [...new Set(objects)].slice(0, objectsMax)
  const line = detail.length > detailCharsMax ? `${detail.slice(0, detailCharsMax - 1)}…` : detail
  return { ...(distinct.length > 0 ? { objects: distinct } : {}), ...(line === '' ? {} : { detail: line }) }
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : []
}

function request(method: string, params: Fields): Description {
  const { path, key, messages } = params
  if (typeof path === 'string' && typeof params['method'] === 'string')
    return { objects: objectOfPath(path) ?? objectsInBody(params['body'], path), detail: `${params['method']} ${path}` }
  if (Array.isArray(params['success'])) return transaction(params)
  if (typeof key === 'string') {
    const object = params['end'] === undefined ? objectOfKey(key) : undefined
    return { objects: object ? [object] : [], detail: plainFields(params) }
  }
  if (method === 'raft' && Array.isArray(messages)) return { detail: messages.map((message) => peerMessage(fieldsOf(message))).join('; ') }
  return { detail: plainFields(params) }
}

function transaction(params: Fields): Description {
  const steps = listOf(params['success'])
  const objects = steps.flatMap(({ type, key }) => (type !== 'range' && typeof key === 'string' ? (objectOfKey(key) ?? []) : []))
  const compares = listOf(params['compare']).map(({ target, is, value }) => `${target}${is}${plain(value) ?? 'bytes'}`)
  const writes = steps.map(({ type, key }) => `${type} ${key}`).join(', ')
  return { objects, detail: compares.length > 0 ? `if ${compares.join(' and ')}: ${writes}` : writes }
}

/** One message between replicas: `append term 3 prev 41 +2 commit 40`. */
function peerMessage(fields: Fields): string {
  if (fields['type'] !== 'raft') return plainFields(fields)
  const { type, from: _from, to: _to, entries, ...rest } = fieldsOf(fields['message'])
  const count = Array.isArray(entries) && entries.length > 0 ? ` +${entries.length}` : ''
  return `${type}${count} ${plainFields(rest)}`
}

function answer(result: Fields, asked: Asked | undefined): Description {
  const { status, body, headers } = result
  if (typeof status === 'number' && headers !== undefined) {
    const path = pathOf(asked)
    const named = asked?.objects || path === undefined || resourceOfPath(path) === undefined ? [] : objectsInBody(body, path)
    return { ...(named.length > 0 ? { objects: named } : {}), detail: String(status) }
  }
  return { detail: plainFields(result) }
}

function item(fields: Fields, asked: Asked | undefined): Description {
  const { events, revision, head, bytes } = fields
  if (Array.isArray(events)) {
    const changes = listOf(events).map(({ type, item: changed }) => ({ type, key: String(fieldsOf(changed)['key']) }))
    const detail = changes.map(({ type, key }) => `${type} ${objectOfKey(key) ?? key}`).join(', ')
    return { objects: changes.flatMap(({ key }) => objectOfKey(key) ?? []), detail: `revision ${revision}${detail ? `: ${detail}` : ''}` }
  }
  if (head !== undefined) return { detail: `head ${fieldsOf(head)['status']}` }
  const path = pathOf(asked)
  if (bytes instanceof Uint8Array && path !== undefined) return watchEvents(bytes, path)
  return { detail: plainFields(fields) }
}

function pathOf(asked: Asked | undefined): string | undefined {
  const path = fieldsOf(asked?.params)['path']
  return typeof path === 'string' ? path : undefined
}

/** A frame of a watch: one JSON event a line. */
function watchEvents(bytes: Uint8Array, path: string): Description {
  const events = text(bytes)
    .split('\n')
    .flatMap((line): readonly Fields[] => {
      const event = json(line)
      return event ? [event] : []
    })
  const objects = events.flatMap((event) => objectKey(fieldsOf(event['object']), path) ?? [])
  if (events.length === 0) return { detail: `${bytes.byteLength} bytes` }
  const detail = events.map((event) => `${event['type']} ${objectKey(fieldsOf(event['object']), path) ?? ''}`.trimEnd()).join(', ')
  return { objects, detail }
}

function objectsInBody(body: unknown, path: string): string[] {
  if (!(body instanceof Uint8Array)) return []
  const found = objectKey(json(text(body)) ?? {}, path)
  return found ? [found] : []
}

function objectKey(object: Fields, path: string): string | undefined {
  const { name, namespace } = fieldsOf(object['metadata'])
  const resource = resourceOfPath(path)
  if (typeof name !== 'string' || name === '' || !resource) return undefined
  return [resource.resource, namespace ?? resource.namespace, name].filter((part) => part !== undefined && part !== '').join('/')
}

function text(bytes: Uint8Array): string {
  return bytes.byteLength > bodyBytesMax ? '' : new TextDecoder().decode(bytes)
}

/** The object in a text that is JSON; undefined for any other. */
function json(line: string): Fields | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return fieldsOf(JSON.parse(line))
  } catch {
    return undefined
  }
}

function plain(value: unknown): string | undefined {
  switch (typeof value) {
    case 'number':
    case 'boolean':
      return String(value)
    case 'string': {
      // A store's range may end at the key '\0'; a control character has no place in a line.
      const shown = value.replaceAll(/\p{Cc}/gu, '\\0')
      return shown.length > 80 ? `${shown.slice(0, 79)}…` : shown
    }
    default:
      return undefined
  }
}

/** `name value` of the fields that are a number, text or truth; of lists their length. */
function plainFields(fields: Fields): string {
  return Object.entries(fields)
    .flatMap(([name, value]) => {
      const shown = Array.isArray(value) ? `[${value.length}]` : plain(value)
      return shown === undefined || shown === '' ? [] : [`${name} ${shown}`]
    })
    .join(' ')
}
