/**
 * The form of the write-ahead log on disk. Next: wal.ts, which writes and replays it.
 *
 *   segment = header batch*          name wal-<sequence>.log
 *   header  = "TRPWAL" version:2 sequence:4 replica:4 chain:4 crc:4                   24 bytes
 *   batch   = length:4 crc:4 headcrc:4 payload                                        12 + length bytes
 *   payload = record*
 *   record  = type:1 ...                                                              see encodeRecord
 *
 * Integers are little endian. A batch is what one sync made durable. `crc` is the CRC-32C of the payload, begun with the crc
 * of the batch before (`chain` in the header carries it across segments): a batch that is whole but stands in the wrong
 * place is refused too. `headcrc` covers length and crc, so that a damaged length is not taken for a torn tail.
 *
 * Torn or damaged: every batch is synced before the next one is written, so only the last batch of the last segment can
 * be torn, and what a crash leaves of it is too short or has a sector of zeros (files are never written over). Anything
 * else that does not add up was damaged after it was acknowledged.
 */
import { unreachable } from '../base/assert.js'
import { CodedError } from '../base/errors.js'
import type { ConfState, Entry, HardState } from '../raft/types.js'
import { ByteReader, ByteWriter } from './bytes.js'
import { crc32c } from './crc32c.js'

/** What the log is made of. */
export type WalRecord =
  /** The replica was started for the nth time. */
  | { readonly type: 'start'; readonly count: number }
  | { readonly type: 'hardState'; readonly hardState: HardState }
  | { readonly type: 'entry'; readonly entry: Entry }
  /** A snapshot of the own state at an applied index is stored: what is below need not be replayed. */
  | { readonly type: 'snapshotTaken'; readonly index: number; readonly term: number; readonly members: ConfState }
  /** A snapshot from the leader is stored; it replaces the whole log. */
  | { readonly type: 'snapshotInstalled'; readonly index: number; readonly term: number; readonly members: ConfState }

export const segmentHeaderBytes = 24
export const batchHeaderBytes = 12
const sectorBytes = 512
const formatVersion = 1
const magic = [0x54, 0x52, 0x50, 0x57, 0x41, 0x4c]

export interface SegmentHeader {
  readonly sequence: number
  readonly replica: number
  /** Checksum of the last batch of the segment before. */
  readonly chain: number
}

export function segmentName(sequence: number): string {
  return `wal-${String(sequence).padStart(10, '0')}.log`
}

/** The sequence in a segment's name; undefined when it is another file. */
export function segmentSequence(name: string): number | undefined {
  const match = /^wal-(\d{10})\.log$/.exec(name)
  return match ? Number(match[1]) : undefined
}

export function encodeSegmentHeader({ sequence, replica, chain }: SegmentHeader): Uint8Array {
  const out = new ByteWriter(segmentHeaderBytes)
  for (const byte of magic) out.byte(byte)
  out.byte(formatVersion & 255)
  out.byte(formatVersion >>> 8)
  for (const value of [sequence, replica, chain]) out.fixed32(value)
  const head = out.finish()
  out.raw(head)
  out.fixed32(crc32c(head))
  return out.finish()
}

/** The header of a segment; 'torn' when a crash may have left it so. Throws code 'DataCorrupt'. */
export function decodeSegmentHeader(name: string, bytes: Uint8Array): SegmentHeader | 'torn' {
  const head = bytes.subarray(0, segmentHeaderBytes)
  if (head.length < segmentHeaderBytes || head.every((byte) => byte === 0)) return 'torn'
  const reader = new ByteReader(head, magic.length)
  const version = reader.byte() | (reader.byte() << 8)
  const header = { sequence: reader.fixed32(), replica: reader.fixed32(), chain: reader.fixed32() }
  if (magic.some((byte, i) => head[i] !== byte) || reader.fixed32() !== crc32c(head.subarray(0, 20)))
    throw corrupt(name, 0, 'the header is damaged')
  if (version !== formatVersion) throw corrupt(name, 0, `format version ${version} is not ${formatVersion}`)
  if (segmentName(header.sequence) !== name) throw corrupt(name, 0, `it is segment ${header.sequence}`)
  return header
}

/** A batch's header for a payload in pieces. Returns it with the payload's checksum, which the next batch goes on from. */
export function encodeBatchHeader(payload: readonly Uint8Array[], chain: number): { readonly head: Uint8Array; readonly crc: number } {
  let crc = chain
  let length = 0
  for (const piece of payload) {
    crc = crc32c(piece, crc)
    length += piece.length
  }
  const out = new ByteWriter(batchHeaderBytes)
  out.fixed32(length)
  out.fixed32(crc)
  const first = out.finish()
  out.raw(first)
  out.fixed32(crc32c(first))
  return { head: out.finish(), crc }
}

export type BatchRead =
  | { readonly type: 'batch'; readonly records: WalRecord[]; readonly crc: number; readonly end: number }
  | { readonly type: 'end' }
  | { readonly type: 'torn' }

/** The batch at `offset` of a segment. Throws code 'DataCorrupt'. */
export function decodeBatch(name: string, bytes: Uint8Array, offset: number, chain: number): BatchRead {
  if (offset === bytes.length) return { type: 'end' }
  if (bytes.length - offset < batchHeaderBytes) return { type: 'torn' }
  const reader = new ByteReader(bytes, offset)
  const [length, crc, headCrc] = [reader.fixed32(), reader.fixed32(), reader.fixed32()]
  const start = offset + batchHeaderBytes
  if (headCrc !== crc32c(bytes.subarray(offset, offset + 8)) || length === 0) {
    if (hasZeroSector(bytes, offset, start) && !batchFollows(bytes, start)) return { type: 'torn' }
    throw corrupt(name, offset, 'a batch header is damaged')
  }
  const end = start + length
  if (end > bytes.length) return { type: 'torn' }
  if (crc32c(bytes.subarray(start, end), chain) !== crc) {
    if (end === bytes.length && hasZeroSector(bytes, start, end)) return { type: 'torn' }
    throw corrupt(name, offset, 'a checksum does not match')
  }
  return { type: 'batch', records: decodeRecords(bytes.subarray(start, end)), crc, end }
}

/** Whether some sector's share of [from, to) is all zeros, as after a crash before it was written. */
function hasZeroSector(bytes: Uint8Array, from: number, to: number): boolean {
  for (let start = from; start < to; ) {
    const end = Math.min(to, (Math.floor(start / sectorBytes) + 1) * sectorBytes)
    if (bytes.subarray(start, end).every((byte) => byte === 0)) return true
    start = end
  }
  return false
}

/** Whether anything in [from, end) looks like a batch header: then what stands before it was synced, and is not torn. */
function batchFollows(bytes: Uint8Array, from: number): boolean {
  for (let at = from; at + batchHeaderBytes <= bytes.length; at++) {
    if (bytes[at] === 0 && bytes[at + 1] === 0 && bytes[at + 2] === 0 && bytes[at + 3] === 0) continue
    if (new ByteReader(bytes, at + 8).fixed32() === crc32c(bytes.subarray(at, at + 8))) return true
  }
  return false
}

const recordType = { start: 1, hardState: 2, normalEntry: 3, configEntry: 4, snapshotTaken: 5, snapshotInstalled: 6 } as const

/** Appends a record to `out` and its bulk data, if any, as a piece of its own to `pieces`, so that entries are not copied. */
export function encodeRecord(out: ByteWriter, pieces: Uint8Array[], record: WalRecord): void {
  switch (record.type) {
    case 'start':
      out.byte(recordType.start)
      return out.uint(record.count)
    case 'hardState':
      out.byte(recordType.hardState)
      for (const value of [record.hardState.term, record.hardState.vote, record.hardState.commit]) out.uint(value)
      return
    case 'entry': {
      const { type, index, term, data } = record.entry
      out.byte(type === 'normal' ? recordType.normalEntry : recordType.configEntry)
      for (const value of [index, term, data.length]) out.uint(value)
      if (data.length < 1024) return out.raw(data)
      pieces.push(out.finish(), data)
      return
    }
    case 'snapshotTaken':
    case 'snapshotInstalled':
      out.byte(recordType[record.type])
      out.uint(record.index)
      out.uint(record.term)
      return encodeMembers(out, record.members)
    default:
      return unreachable(record)
  }
}

function decodeRecords(payload: Uint8Array): WalRecord[] {
  const reader = new ByteReader(payload)
  const records: WalRecord[] = []
  while (!reader.done) records.push(decodeRecord(reader))
  return records
}

function decodeRecord(reader: ByteReader): WalRecord {
  const type = reader.byte()
  switch (type) {
    case recordType.start:
      return { type: 'start', count: reader.uint() }
    case recordType.hardState:
      return { type: 'hardState', hardState: { term: reader.uint(), vote: reader.uint(), commit: reader.uint() } }
    case recordType.normalEntry:
    case recordType.configEntry: {
      const [index, term] = [reader.uint(), reader.uint()]
      // A copy: a view would keep the whole segment in memory.
      return { type: 'entry', entry: { index, term, type: type === recordType.normalEntry ? 'normal' : 'config', data: reader.copy() } }
    }
    case recordType.snapshotTaken:
    case recordType.snapshotInstalled:
      return {
        type: type === recordType.snapshotTaken ? 'snapshotTaken' : 'snapshotInstalled',
        index: reader.uint(),
        term: reader.uint(),
        members: decodeMembers(reader),
      }
    default:
      throw new CodedError('DataCorrupt', `Cannot read the log: it has a record of type ${type}`)
  }
}

/** The members of a cluster, in log records and snapshot files. */
export function encodeMembers(out: ByteWriter, { voters, votersOutgoing, learners, learnersNext, autoLeave }: ConfState): void {
  for (const ids of [voters, votersOutgoing, learners, learnersNext]) {
    out.uint(ids.length)
    for (const id of ids) out.uint(id)
  }
  out.byte(autoLeave ? 1 : 0)
}

/** The inverse of encodeMembers. Throws code 'DataCorrupt'. */
export function decodeMembers(reader: ByteReader): ConfState {
  const ids = (): number[] => Array.from({ length: reader.uint() }, () => reader.uint())
  return { voters: ids(), votersOutgoing: ids(), learners: ids(), learnersNext: ids(), autoLeave: reader.byte() === 1 }
}

function corrupt(name: string, offset: number, why: string): CodedError {
  return new CodedError('DataCorrupt', `Cannot read "${name}": ${why} at byte ${offset}`, { details: { file: name, offset } })
}
