/**
 * Traces as files: NDJSON, a header line and then one record a line, in the order in which they were recorded. Reading
 * refuses what it does not know for certain: another version, another shape, half a line.
 */
import { CodedError } from '../base/errors.js'
import { type TraceFile, type TraceHeader, type TraceRecord, traceKinds } from './event.js'

/** The version that is written and read. */
export const traceVersion = 1

/** The header's line, without its end. */
export function formatHeader(header: TraceHeader): string {
  return JSON.stringify(header)
}

/** A record's line, without its end. Fields stand in one order: equal records are equal lines. */
export function formatRecord(record: TraceRecord): string {
  const { at, actor, incarnation, slot, kind, peer, type, method, id, sent, request, span, objects, detail, clock } = record
  return JSON.stringify({ at, actor, incarnation, slot, kind, peer, type, method, id, sent, request, span, objects, detail, clock })
}

/** A whole trace as text. */
export function formatTrace({ header, records }: TraceFile): string {
  const lines = [formatHeader(header)]
  for (const record of records) lines.push(formatRecord(record))
  return `${lines.join('\n')}\n`
}

/** Throws code 'TraceVersion' for another version and 'TraceDamaged' for anything that is no trace. */
export function parseTrace(text: string): TraceFile {
  const lines = text.split('\n')
  // The last line ends too: a file that was cut in the middle of a line is damaged.
  if (lines.pop() !== '') throw damaged(lines.length + 1, 'it does not end with a line feed')
  const header = parseHeader(lines[0] ?? '')
  return { header, records: lines.slice(1).map((line, i) => parseRecord(line, i + 2)) }
}

/** The header in the first line of a trace. */
export function parseHeader(line: string): TraceHeader {
  const header = parseLine(line, 1)
  const version = header['troupeTrace']
  if (version === undefined) throw damaged(1, 'there is no "troupeTrace" in its header')
  if (version !== traceVersion)
    throw new CodedError('TraceVersion', `Cannot read the trace: it is of version ${JSON.stringify(version)}, not ${traceVersion}`)
  if ((header['source'] !== 'simulation' && header['source'] !== 'cluster') || typeof header['epochMs'] !== 'number')
    throw damaged(1, 'its header lacks "source" or "epochMs"')
  return header as unknown as TraceHeader
}

/** The record in one line; `number` is the line's, for the error. */
export function parseRecord(line: string, number: number): TraceRecord {
  const record = parseLine(line, number)
  for (const [name, is] of Object.entries(required))
    if (!is(record[name])) throw damaged(number, `"${name}" is ${record[name] === undefined ? 'missing' : JSON.stringify(record[name])}`)
  for (const [name, is] of Object.entries(optional))
    if (record[name] !== undefined && !is(record[name])) throw damaged(number, `"${name}" is ${JSON.stringify(record[name])}`)
  return record as unknown as TraceRecord
}

function parseLine(line: string, number: number): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw damaged(number, 'it is no JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw damaged(number, 'it is no JSON object')
  return value as Record<string, unknown>
}

function damaged(line: number, why: string): CodedError {
  return new CodedError('TraceDamaged', `Cannot read the trace: line ${line}: ${why}`, { details: { line } })
}

type Check = (value: unknown) => boolean
const isText: Check = (value) => typeof value === 'string'
const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value)
const isInteger: Check = (value) => Number.isSafeInteger(value)
const listOf =
  (is: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(is)

const kinds: ReadonlySet<unknown> = new Set(traceKinds)
const required: Readonly<Record<string, Check>> = {
  at: isNumber,
  actor: isText,
  incarnation: isInteger,
  slot: isInteger,
  kind: (value) => kinds.has(value),
  clock: listOf(isInteger),
}
const optional: Readonly<Record<string, Check>> = {
  peer: isText,
  type: isText,
  method: isText,
  id: isInteger,
  sent: isInteger,
  request: isText,
  span: isText,
  objects: listOf(isText),
  detail: isText,
}
