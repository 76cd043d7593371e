/**
 * A watch's bytes as events: newline-delimited JSON, cut anywhere (apimachinery watch/streamwatcher). An
 * ERROR event is thrown as the ApiError it carries, so that a reader meets "too old" in one place whether it came as an
 * HTTP status or as an event.
 */
import type { Status } from '../api/meta/status.js'
import { CodedError } from '../base/errors.js'
import type { ApiObject } from './resources.js'
import { apiErrorOf } from './status-error.js'

export interface WatchEvent<T extends ApiObject = ApiObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  readonly object: T
}

/** The events of a watch. Throws ApiError for an ERROR event and CodedError for a broken or garbled connection. */
export async function* decodeWatch<T extends ApiObject>(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<WatchEvent<T>> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true })
    let from = 0
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', from)) {
      const line = rest.slice(from, end)
      from = end + 1
      if (line.trim() !== '') yield decodeEvent<T>(line)
    }
    rest = rest.slice(from)
  }
  if (rest.trim() !== '') throw new CodedError('BadMessage', 'Cannot read a watch: it ended within an event')
}

function decodeEvent<T extends ApiObject>(line: string): WatchEvent<T> {
  let event: { type: string; object: unknown }
  try {
    event = JSON.parse(line)
  } catch (cause) {
    throw new CodedError('BadMessage', 'Cannot read a watch: an event is not JSON', { cause })
  }
  switch (event.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
    case 'BOOKMARK':
      return { type: event.type, object: event.object as T }
    case 'ERROR':
      throw apiErrorOf(event.object as Status)
    default:
      throw new CodedError('BadMessage', `Cannot read a watch: an event is of type "${event.type}"`)
  }
}
