/**
 * The messages of a running cluster for any number of readers. Actors are recorded while somebody reads, and only then.
 * A reader that does not keep up loses records and is told how many: nobody waits for a reader.
 */
import { RingQueue } from '../base/ring-queue.js'
import type { ThreadHost } from '../kernel/thread/host.js'
import type { TraceHeader, TraceRecord } from '../trace/event.js'
import { createTraceRecorder } from '../trace/recorder.js'

/** A recording that goes on while it is iterated, once. An actor's records come in order; trace/run.ts puts all in one. */
export interface TraceRecording extends AsyncIterable<TraceRecord> {
  readonly header: TraceHeader
}

export interface TraceOptions {
  /** Ends the recording; what was recorded until then is still read. */
  readonly signal?: AbortSignal
  /** Records kept for a reader that is behind. Default 100,000. */
  readonly recordsMax?: number
}

export interface TraceFeed {
  open(options?: TraceOptions): TraceRecording
  /** Something that no actor tells of itself, for whoever reads. */
  mark(kind: 'violation' | 'fault', actor: string, detail: string): void
  close(): void
}

interface Reader {
  readonly queue: RingQueue<TraceRecord>
  readonly recordsMax: number
  dropped: number
  over: boolean
  wake: () => void
}

/** What names the objects in messages; every thread loads it when a recording begins. */
const describer = new URL('../trace/describe.js', import.meta.url)

export function createTraceFeed(host: ThreadHost, name: string): TraceFeed {
  const readers = new Set<Reader>()
  const epochMs = Date.now()
  const now = (): number => performance.timeOrigin + performance.now() - epochMs
  let recording: { end(): void } | undefined
  const recorder = createTraceRecorder((record) => {
    for (const reader of readers) offer(reader, record)
  })
  const leave = (reader: Reader): void => {
    reader.over = true
    reader.wake()
    if (!readers.delete(reader) || readers.size > 0) return
    recording?.end()
    recording = undefined
  }
  return {
    open({ signal, recordsMax = 100_000 } = {}) {
      const reader: Reader = { queue: new RingQueue(), recordsMax, dropped: 0, over: signal?.aborted === true, wake: () => {} }
      if (!reader.over) {
        readers.add(reader)
        recording ??= host.record({ describer, epochMs, sink: (event) => recorder.stage(event) })
        signal?.addEventListener('abort', () => leave(reader), { once: true })
      }
      return { header: { troupeTrace: 1, source: 'cluster', epochMs, name }, [Symbol.asyncIterator]: () => read(reader, leave) }
    },
    mark: (kind, actor, detail) => recorder.mark(kind, now(), actor, detail),
    close() {
      for (const reader of [...readers]) leave(reader)
    },
  }
}

function offer(reader: Reader, record: TraceRecord): void {
  if (reader.queue.size >= reader.recordsMax) {
    reader.dropped++
    return
  }
  if (reader.dropped > 0) {
    const detail = `${reader.dropped} records were not kept: they were read too slowly`
    reader.queue.push({ at: record.at, actor: 'trace', incarnation: 0, slot: -1, kind: 'note', clock: [], detail })
    reader.dropped = 0
  }
  reader.queue.push(record)
  reader.wake()
}

function read(reader: Reader, leave: (reader: Reader) => void): AsyncIterator<TraceRecord> {
  return {
    async next() {
      for (;;) {
        const value = reader.queue.shift()
        if (value !== undefined) return { done: false, value }
        if (reader.over) return { done: true, value: undefined }
        await new Promise<void>((resolve) => {
          reader.wake = resolve
        })
      }
    },
    async return() {
      leave(reader)
      return { done: true, value: undefined }
    },
  }
}
