/** `troupe trace`: the messages of a simulated run, of a running cluster or of a trace file, in whatever form; and where two runs part. */
import { setMaxListeners } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { CodedError, messageOf } from '../../base/errors.js'
import { nextTurn } from '../../kernel/thread/platform.js'
import type { RunSpec } from '../../sim/run.js'
import { formatColumns } from '../../trace/columns.js'
import { firstDivergence, formatDivergence } from '../../trace/difference.js'
import { readViewerScript } from '../../trace/drivers/viewer-script.js'
import type { TraceFile } from '../../trace/event.js'
import { formatTrace, parseTrace } from '../../trace/file.js'
import { formatHtml } from '../../trace/html.js'
import { formatMermaid } from '../../trace/mermaid.js'
import { formatPerfetto } from '../../trace/perfetto.js'
import { keepTrace } from '../../trace/recorder.js'
import { readRun } from '../../trace/run.js'
import { formatShiviz } from '../../trace/shiviz.js'
import { receiveText } from '../command-socket.js'
import { exitCodes } from '../exit-codes.js'
import { print } from '../output.js'
import { find } from '../registry.js'

export type TraceFormat = 'ndjson' | 'html' | 'perfetto' | 'shiviz' | 'mermaid' | 'columns'

export interface TraceExportOptions {
  readonly format: TraceFormat
  readonly seed?: string
  /** With a seed, as `troupe sim` takes them. */
  readonly scenario?: string
  readonly strategy?: string
  readonly schedule?: string
  readonly input?: string
  readonly name?: string
  /** Milliseconds a running cluster is recorded. */
  readonly duration: number
  readonly output?: string
  /** html: a second trace to compare with. */
  readonly compare?: string
  /** mermaid: arrows and notes at most. */
  readonly lines?: number
}

/** Exports one trace; data to stdout unless a file is named. */
export async function exportTrace(options: TraceExportOptions): Promise<number> {
  const { format, compare } = options
  if (compare !== undefined && format !== 'html')
    throw new CodedError('InvalidOption', `Cannot export the trace: --compare is for html, not for ${format}`)
  const file = await sourceOf(options)
  const other = compare === undefined ? undefined : await traceOf(compare)
  const text = await render(file, other, options)
  if (options.output === undefined) await writeOut(text)
  else {
    await writeText(options.output, text)
    process.stderr.write(`${file.records.length} events to ${options.output}\n`)
  }
  return exitCodes.ok
}

function sourceOf({ seed, input, name, duration, scenario, strategy, schedule }: TraceExportOptions): Promise<TraceFile> {
  const given = [seed, input, name].filter((source) => source !== undefined)
  if (given.length !== 1)
    throw new CodedError('InvalidOption', 'Cannot export a trace: it takes one of --seed, --input and --name, to tell which')
  if (seed !== undefined) return recordSimulation({ seed, scenario, strategy, schedule })
  if (scenario !== undefined || strategy !== undefined || schedule !== undefined)
    throw new CodedError('InvalidOption', 'Cannot export a trace: --scenario, --strategy and --schedule go with --seed')
  return input === undefined ? recordCluster(name ?? '', duration) : readTrace(input)
}

/** A trace by what the command line calls it: a file, or seed:S. */
function traceOf(word: string): Promise<TraceFile> {
  return word.startsWith('seed:') ? recordSimulation({ seed: word.slice('seed:'.length) }) : readTrace(word)
}

/** When every simulated world begins. */
const simulatedEpochMs = 1_767_225_600_000

async function recordSimulation(spec: RunSpec): Promise<TraceFile> {
  const { playRun } = await import('../../sim/run.js')
  // An actor's stop signal has many listeners, and here all actors are in one thread.
  setMaxListeners(0)
  const trace = keepTrace()
  const { ok, message } = await playRun(spec, { turn: nextTurn, trace })
  const { seed } = spec
  if (!ok) process.stderr.write(`seed ${seed} FAILED: ${message}\n`)
  return { header: { troupeTrace: 1, source: 'simulation', epochMs: simulatedEpochMs, seed }, records: trace.records }
}

async function recordCluster(name: string, durationMs: number): Promise<TraceFile> {
  const registration = await find(name)
  if (!registration) throw new CodedError('NotRunning', `Cannot record cluster "${name}": it is not running`)
  process.stderr.write(`Recording cluster "${name}" for ${durationMs / 1000} s\n`)
  return parseTrace(await receiveText(registration.socket, `/trace?ms=${durationMs}`, durationMs + 10_000))
}

async function readTrace(path: string): Promise<TraceFile> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new CodedError('FileUnusable', `Cannot read "${path}": ${messageOf(error)}`, { cause: error })
  }
  try {
    return parseTrace(text)
  } catch (error) {
    throw error instanceof CodedError ? new CodedError(error.code, `${path}: ${error.message}`, { cause: error }) : error
  }
}

async function writeText(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text)
  } catch (error) {
    throw new CodedError('FileUnusable', `Cannot write "${path}": ${messageOf(error)}`, { cause: error })
  }
}

/** Resolves when it has left this process: a pipe takes its time. */
function writeOut(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error | null) => {
      // A reader that has seen enough, as `head` has, is no failure.
      if (error && (error as NodeJS.ErrnoException).code !== 'EPIPE') reject(error)
      else resolve()
    }
    process.stdout.once('error', done)
    process.stdout.write(text, done)
  })
}

async function render(file: TraceFile, other: TraceFile | undefined, { format, lines }: TraceExportOptions): Promise<string> {
  const run = () => readRun(file.header, file.records)
  switch (format) {
    case 'ndjson':
      return formatTrace(file)
    case 'html':
      return formatHtml(file, { script: await readViewerScript(), ...(other ? { other } : {}) })
    case 'perfetto':
      return formatPerfetto(run())
    case 'shiviz':
      return formatShiviz(run())
    case 'mermaid':
      return formatMermaid(run(), lines === undefined ? {} : { linesMax: lines })
    case 'columns':
      return formatColumns(run(), { width: process.stdout.columns ?? 200, colour: process.stdout.isTTY === true })
  }
}

export interface TraceDiffOptions {
  readonly json?: boolean
  /** Fields that do not count. */
  readonly ignore: readonly ('at' | 'clock' | 'detail' | 'id')[]
}

/** Where two runs part: exit 0 when they do not, 1 when they do, as diff(1). */
export async function diffTraces(a: string, b: string, { json = false, ignore }: TraceDiffOptions): Promise<number> {
  const [one, other] = [await traceOf(a), await traceOf(b)]
  const divergence = firstDivergence(one.records, other.records, ignore)
  print({ same: divergence === undefined, records: [one.records.length, other.records.length], divergence }, json, () =>
    divergence ? formatDivergence(divergence) : `The runs are the same: ${one.records.length} records`,
  )
  return divergence ? exitCodes.failed : exitCodes.ok
}
