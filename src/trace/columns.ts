/**
 * A run as columns of text, one for each actor, for terminals and pagers: what MIT's 6.5840 does with its logs (dslogs).
 * Each line is one event in its actor's column; colours tell topics apart.
 */
import { isMessage, type TraceRecord, titleOf } from './event.js'
import type { Run } from './run.js'
import { topicOf } from './topic.js'

export interface ColumnsOptions {
  /** Characters in a line. Default 200. */
  readonly width?: number
  /** Whether to colour with ANSI escapes. */
  readonly colour?: boolean
}

const timeWidth = 12
const columnWidthMin = 7

/** SGR codes of topics. */
const colours: Readonly<Record<string, string>> = {
  call: '34',
  result: '36',
  failure: '31',
  cast: '35',
  open: '33',
  close: '33',
  item: '32',
  credit: '90',
  end: '90',
  cancel: '33',
  life: '1',
}

/** The run as text; what does not fit its column runs on to the right. */
export function formatColumns(run: Run, { width = 200, colour = false }: ColumnsOptions = {}): string {
  const column = Math.max(columnWidthMin, Math.floor((width - timeWidth) / Math.max(1, run.actors.length)))
  const paint = (text: string, code: string | undefined) => (colour && code ? `\u001b[${code}m${text}\u001b[0m` : text)
  const lines = headOf(run, column).map((line) => paint(line, '1'))
  for (const [i, record] of run.records.entries()) {
    const indent = (run.actorOf[i] ?? 0) * column
    const text = wordsOf(record).slice(0, Math.max(column - 1, width - timeWidth - indent))
    lines.push(`${record.at.toFixed(3).padStart(timeWidth - 2)}  ${' '.repeat(indent)}${paint(text, codeOf(record))}`)
  }
  return `${lines.join('\n')}\n`
}

function codeOf(record: TraceRecord): string | undefined {
  if (record.kind === 'crashed' || record.kind === 'violation') return '1;31'
  if (record.kind === 'fault') return '1;33'
  return colours[topicOf(record)]
}

function wordsOf(record: TraceRecord): string {
  if (!isMessage(record)) return `* ${titleOf(record)}`
  const { kind, peer, type, method, detail } = record
  const words = [kind === 'sent' ? `>${peer}` : `<${peer}`, type, method, detail].filter((word) => word !== undefined)
  return words.join(' ')
}

/** Names over their columns: in one line where they fit, else each in a line of its own with strokes to the columns before. */
function headOf({ actors }: Run, column: number): string[] {
  const space = ' '.repeat(timeWidth)
  if (actors.every(({ name }) => name.length < column))
    return [`${space}${actors.map(({ name }) => name.padEnd(column)).join('')}`.trimEnd()]
  return actors.map(({ name }, a) => `${space}${'|'.padEnd(column).repeat(a)}${name}`)
}
