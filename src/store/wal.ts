/**
 * The write-ahead log of one replica: one ordered stream of hard states and entries (votes and entries in separate streams
 * could be made durable in the wrong order, which loses committed entries), in segment files on a Disk. append() is a
 * group commit: whatever it is given becomes one batch and one sync. The form on disk is wal-record.ts's.
 *
 * Invariants:
 *   1. When append() has resolved, its records survive any crash.
 *   2. Each segment begins with the number of starts, the hard state and the newest snapshot marker, so that segments
 *      before it may be dropped once a snapshot covers their entries.
 *   3. Every start begins a new segment; a torn tail is cut before that, so only the last segment may have one.
 *
 * append() and drop() do not overlap with themselves. A failure of either leaves the log unusable: the replica must crash.
 */
import { CodedError } from '../base/errors.js'
import { type ConfState, type Entry, emptyHardState, type HardState } from '../raft/types.js'
import { ByteWriter } from './bytes.js'
import { type Disk, type DiskFile, replaceFile } from './disk.js'
import {
  decodeBatch,
  decodeSegmentHeader,
  encodeBatchHeader,
  encodeRecord,
  encodeSegmentHeader,
  segmentHeaderBytes,
  segmentName,
  segmentSequence,
  type WalRecord,
} from './wal-record.js'

/** A snapshot that is stored beside the log. */
export interface SnapshotMarker {
  readonly index: number
  readonly term: number
  readonly members: ConfState
}

/** What the log said when it was opened. */
export interface WalState {
  readonly hardState: HardState
  /** Entries after the snapshot, without a gap. */
  readonly entries: readonly Entry[]
  readonly snapshot: SnapshotMarker | undefined
  /** How often the replica has been started, this time included: 1 for a new log. Durable before openWal resolves. */
  readonly starts: number
}

export interface Wal {
  /** Writes records as one batch; resolves when they are durable. */
  append(records: readonly WalRecord[]): Promise<void>
  /** Removes segments that hold no entry above `index`. A marker of a snapshot at or above it must be durable. */
  drop(index: number): Promise<void>
  /** Bytes in all segments. */
  readonly size: number
  close(): Promise<void>
}

export interface WalOptions {
  /** Whose log it is: another replica's is refused. */
  readonly replica: number
  /** A segment that has reached this size is followed by another. Default 16 MiB. */
  readonly segmentBytesMax?: number
}

interface Segment {
  readonly sequence: number
  /** Highest index of an entry in it; 0 when it has none. */
  lastIndex: number
  size: number
}

/** Opens the log, made when there is none, and replays it. Throws code 'DataCorrupt' for damage other than a torn tail. */
export async function openWal(
  disk: Disk,
  { replica, segmentBytesMax = 16 * 1024 * 1024 }: WalOptions,
): Promise<{ wal: Wal; state: WalState }> {
  const replay = createReplay()
  const { segments, chain } = await readSegments(disk, replica, replay)
  const state = replay.finish()
  const last = segments.at(-1)
  const wal = await createWal(disk, { replica, segmentBytesMax }, { segments, chain, next: (last?.sequence ?? 0) + 1, state })
  return { wal, state }
}

async function createWal(
  disk: Disk,
  { replica, segmentBytesMax }: Required<WalOptions>,
  found: { segments: Segment[]; chain: number; next: number; state: WalState },
): Promise<Wal> {
  const { segments, state } = found
  let { chain } = found
  let { hardState, snapshot } = state
  let current: Segment
  let file: DiskFile
  const out = new ByteWriter(64 * 1024)

  function remember(record: WalRecord): void {
    if (record.type === 'hardState') hardState = record.hardState
    else if (record.type === 'entry') current.lastIndex = Math.max(current.lastIndex, record.entry.index)
    else if (record.type !== 'start') snapshot = { index: record.index, term: record.term, members: record.members }
  }

  /** Adds a batch, with `before` in front of it, to the file and makes it durable. */
  async function write(records: readonly WalRecord[], before: readonly Uint8Array[]): Promise<void> {
    const pieces: Uint8Array[] = []
    for (const record of records) {
      encodeRecord(out, pieces, record)
      remember(record)
    }
    if (out.size > 0) pieces.push(out.finish())
    const { head, crc } = encodeBatchHeader(pieces, chain)
    await file.append([...before, head, ...pieces])
    await file.sync()
    chain = crc
    current.size = file.size
  }

  async function begin(sequence: number): Promise<void> {
    file = await disk.create(segmentName(sequence))
    current = { sequence, lastIndex: 0, size: 0 }
    segments.push(current)
    const marker: WalRecord[] = snapshot ? [{ type: 'snapshotTaken', ...snapshot }] : []
    const header = encodeSegmentHeader({ sequence, replica, chain })
    await write([{ type: 'start', count: state.starts }, { type: 'hardState', hardState }, ...marker], [header])
  }

  await begin(found.next)
  return {
    get size() {
      return segments.reduce((sum, segment) => sum + segment.size, 0)
    },
    async append(records) {
      if (current.size >= segmentBytesMax) {
        const full = file
        await begin(current.sequence + 1)
        await full.close()
      }
      await write(records, [])
    },
    async drop(index) {
      for (let first = segments[0]; first && first !== current && first.lastIndex <= index; first = segments[0]) {
        await disk.remove(segmentName(first.sequence))
        segments.shift()
      }
    },
    close: () => file.close(),
  }
}

async function readSegments(disk: Disk, replica: number, replay: Replay): Promise<{ segments: Segment[]; chain: number }> {
  const sequences = (await disk.list()).map(segmentSequence).filter((sequence) => sequence !== undefined)
  const segments: Segment[] = []
  let chain: number | undefined
  for (const [i, sequence] of sequences.entries()) {
    const name = segmentName(sequence)
    const isLast = i === sequences.length - 1
    if (i > 0 && sequence !== (sequences[i - 1] as number) + 1) throw damaged(name, 'the segment before it is missing')
    const bytes = await disk.read(name)
    const header = decodeSegmentHeader(name, bytes)
    if (header === 'torn') {
      if (!isLast) throw damaged(name, 'its header is missing')
      await disk.remove(name)
      break
    }
    if (header.replica !== replica) throw damaged(name, `it belongs to replica ${header.replica}, not ${replica}`)
    if (chain !== undefined && header.chain !== chain) throw damaged(name, 'it does not follow the segment before it')
    const segment: Segment = { sequence, lastIndex: 0, size: bytes.length }
    chain = await readBatches(disk, { name, bytes, chain: header.chain, isLast }, (record) => {
      if (record.type === 'entry') segment.lastIndex = Math.max(segment.lastIndex, record.entry.index)
      replay.record(record)
    })
    segments.push(segment)
  }
  return { segments, chain: chain ?? 0 }
}

/**
 * Gives the records of one segment to `take` and returns the checksum of its last batch. The last segment is written anew, up to
 * its last whole batch: what stands in it may have been read from the machine's memory only (its writer died before the
 * sync, or the sync failed, after which another one would succeed and do nothing), and is built upon from now on.
 */
async function readBatches(
  disk: Disk,
  { name, bytes, chain, isLast }: { name: string; bytes: Uint8Array; chain: number; isLast: boolean },
  take: (record: WalRecord) => void,
): Promise<number> {
  let crc = chain
  let offset = segmentHeaderBytes
  for (;;) {
    const read = decodeBatch(name, bytes, offset, crc)
    if (read.type === 'batch') {
      for (const record of read.records) take(record)
      crc = read.crc
      offset = read.end
      continue
    }
    if (isLast) await replaceFile(disk, name, [bytes.subarray(0, offset)])
    else if (read.type === 'torn') throw damaged(name, `it ends inside a batch at byte ${offset}`)
    return crc
  }
}

interface Replay {
  record(record: WalRecord): void
  finish(): WalState
}

function createReplay(): Replay {
  let hardState = emptyHardState
  let snapshot: SnapshotMarker | undefined
  let starts = 0
  let entries: Entry[] = []

  /** A later entry replaces those from its index on. A gap before it is closed by a later snapshot, or found in the end. */
  function entry(added: Entry): void {
    const first = entries[0]?.index ?? added.index
    const at = added.index - first
    if (at < 0 || at > entries.length) entries = []
    else entries.length = at
    entries.push(added)
  }

  return {
    record(record) {
      switch (record.type) {
        case 'start':
          starts = record.count
          return
        case 'hardState':
          hardState = record.hardState
          return
        case 'entry':
          return entry(record.entry)
        case 'snapshotInstalled':
          entries = []
          snapshot = record
          return
        case 'snapshotTaken':
          if (record.index >= (snapshot?.index ?? 0)) snapshot = record
      }
    },
    finish() {
      const base = snapshot?.index ?? 0
      const after = entries.filter(({ index }) => index > base)
      const first = after[0]
      if (first && first.index !== base + 1) throw damaged('the log', `entries ${base + 1} to ${first.index - 1} are missing`)
      const marker = snapshot && { index: snapshot.index, term: snapshot.term, members: snapshot.members }
      return { hardState, entries: after, snapshot: marker, starts: starts + 1 }
    },
  }
}

function damaged(name: string, why: string): CodedError {
  return new CodedError('DataCorrupt', `Cannot read "${name}": ${why}`, { details: { file: name } })
}
