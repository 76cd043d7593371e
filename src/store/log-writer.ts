/**
 * Feeds the WAL: what is pushed while a write is under way becomes the next batch, so that one sync serves many (group
 * commit), and `done` is called in the order of the pushes, each when its records and all before it are durable.
 *
 * A hard state in which only the commit index moved is not worth a sync (Raft can learn it again): it goes out with the
 * next batch.
 */
import type { HardState } from '../raft/types.js'
import type { Wal } from './wal.js'
import type { WalRecord } from './wal-record.js'

export interface LogWrite {
  readonly records: readonly WalRecord[]
  readonly hardState?: HardState | undefined
  /** Whether the hard state must be durable before `done`. */
  readonly mustSync: boolean
  readonly done: () => void
}

export interface LogWriter {
  push(write: LogWrite): void
  /** Resolves when nothing is under way any more. */
  idle(): Promise<void>
}

export interface LogWriterHooks {
  /** The WAL is unusable; nothing is done, and idle() does not resolve, from then on. */
  readonly failed: (error: unknown) => void
  readonly monotonic: () => number
  /** A batch was made durable, which took so many seconds. */
  readonly synced: (seconds: number) => void
}

export function createLogWriter(wal: Wal, { failed, monotonic, synced }: LogWriterHooks): LogWriter {
  let queue: LogWrite[] = []
  let unsaved: HardState | undefined
  /** Set until the moment the queue is found empty, so that nothing is left lying in it. */
  let busy = false
  const idlers: (() => void)[] = []

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      const writes = queue
      queue = []
      const records: WalRecord[] = []
      for (const write of writes) {
        for (const record of write.records) records.push(record)
        if (write.hardState) unsaved = write.hardState
      }
      if (records.length > 0 || writes.some((write) => write.mustSync)) {
        if (unsaved) records.push({ type: 'hardState', hardState: unsaved })
        unsaved = undefined
        const began = monotonic()
        await wal.append(records)
        synced((monotonic() - began) / 1000)
      }
      for (const write of writes) write.done()
    }
    busy = false
    for (const idler of idlers.splice(0)) idler()
  }

  return {
    push(write) {
      if (!busy && write.records.length === 0 && !write.mustSync) {
        if (write.hardState) unsaved = write.hardState
        write.done()
        return
      }
      queue.push(write)
      if (busy) return
      busy = true
      drain().catch(failed)
    },
    idle: () => (busy ? new Promise((resolve) => idlers.push(resolve)) : Promise.resolve()),
  }
}
