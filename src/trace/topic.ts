/** Topics of records, by which they are coloured and filtered. */
import { isMessage, type TraceRecord } from './event.js'

/** The type of a message's envelope; 'life' for what is no message. */
export function topicOf(record: TraceRecord): string {
  return isMessage(record) ? (record.type ?? 'cast') : 'life'
}
