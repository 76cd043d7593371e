/**
 * A snapshot on disk and on its way to another replica: the same bytes. Frames of length:4 crc:4 payload, little endian,
 * each checksum going on from the one before; the first frame says of which index the snapshot is, the others are the
 * blocks of the key space (mvcc/snapshot.ts). Written aside, synced and renamed, so a file under its name is whole.
 */
import { joinBytes } from '../base/bytes.js'
import { CodedError } from '../base/errors.js'
import { ByteReader, ByteWriter } from './bytes.js'
import { crc32c } from './crc32c.js'
import type { Disk } from './disk.js'
import type { Keyspace } from './mvcc/keyspace.js'
import { createKeyspaceLoader } from './mvcc/snapshot.js'
import type { SnapshotMarker } from './wal.js'
import { decodeMembers, encodeMembers } from './wal-record.js'

const frameHeaderBytes = 8
const formatVersion = 1
const magic = 'TRPSNAP'

/** Bytes that are read, or sent, at a time. */
const chunkBytes = 512 * 1024

export function snapshotName(index: number): string {
  return `snapshot-${String(index).padStart(16, '0')}.snap`
}

/** The index in a snapshot's file name; undefined when it is another file. */
export function snapshotIndex(name: string): number | undefined {
  const match = /^snapshot-(\d{16})\.snap$/.exec(name)
  return match ? Number(match[1]) : undefined
}

/** Writes a snapshot's blocks to its file. Others get their turn between blocks. */
export async function writeSnapshotFile(disk: Disk, marker: SnapshotMarker, blocks: Iterable<Uint8Array>): Promise<void> {
  const name = snapshotName(marker.index)
  const file = await disk.create(`${name}.tmp`)
  try {
    let crc = 0
    const add = async (payload: Uint8Array): Promise<void> => {
      crc = crc32c(payload, crc)
      const head = new ByteWriter(frameHeaderBytes)
      head.fixed32(payload.length)
      head.fixed32(crc)
      await file.append([head.finish(), payload])
    }
    await add(encodeMarker(marker))
    for (const block of blocks) await add(block)
    await file.sync()
  } finally {
    await file.close()
  }
  await disk.rename(`${name}.tmp`, name)
}

/** The bytes of a stored snapshot from `begin` on, a chunk at a time. Throws code 'FileNotFound'. */
export async function* snapshotChunks(disk: Disk, index: number, begin = 0): AsyncGenerator<Uint8Array, void, void> {
  for (let offset = begin; ; ) {
    const chunk = await disk.read(snapshotName(index), offset, chunkBytes)
    if (chunk.length === 0) return
    yield chunk
    offset += chunk.length
  }
}

/** Loads a stored snapshot. Throws code 'DataCorrupt'. */
export async function loadSnapshotFile(disk: Disk, marker: SnapshotMarker): Promise<Keyspace> {
  const receiver = createSnapshotReceiver(marker)
  try {
    for await (const chunk of snapshotChunks(disk, marker.index)) receiver.chunk(chunk)
  } catch (error) {
    if (error instanceof CodedError && error.code === 'FileNotFound') throw corrupt(marker, 'its file is missing')
    throw error
  }
  return receiver.finish()
}

/** Takes a snapshot's bytes in chunks of any size, checks them and fills a key space. */
export interface SnapshotReceiver {
  /** Throws code 'DataCorrupt'. */
  chunk(bytes: Uint8Array): void
  /** Throws code 'DataCorrupt' unless the snapshot is whole. */
  finish(): Keyspace
}

/** A receiver of the snapshot at this index and term; another one is refused. */
export function createSnapshotReceiver(marker: Pick<SnapshotMarker, 'index' | 'term'>): SnapshotReceiver {
  const loader = createKeyspaceLoader()
  let rest: Uint8Array = new Uint8Array(0)
  let crc = 0
  let begun = false

  function frame(payload: Uint8Array): void {
    if (begun) return loader.block(payload)
    begun = true
    const { index, term } = decodeMarker(payload)
    if (index !== marker.index || term !== marker.term) throw corrupt(marker, `it is of index ${index} and term ${term}`)
  }

  return {
    chunk(bytes) {
      rest = rest.length === 0 ? bytes : joinBytes([rest, bytes])
      while (rest.length >= frameHeaderBytes) {
        const reader = new ByteReader(rest)
        const [length, expected] = [reader.fixed32(), reader.fixed32()]
        if (length > 64 * 1024 * 1024) throw corrupt(marker, 'a frame is damaged')
        if (rest.length < frameHeaderBytes + length) return
        const payload = reader.raw(length)
        crc = crc32c(payload, crc)
        if (crc !== expected) throw corrupt(marker, 'a checksum does not match')
        frame(payload)
        rest = rest.subarray(frameHeaderBytes + length)
      }
    },
    finish() {
      if (rest.length > 0) throw corrupt(marker, 'it ends inside a frame')
      return loader.finish()
    },
  }
}

function encodeMarker({ index, term, members }: SnapshotMarker): Uint8Array {
  const out = new ByteWriter()
  out.text(magic)
  for (const value of [formatVersion, index, term]) out.uint(value)
  encodeMembers(out, members)
  return out.finish()
}

function decodeMarker(payload: Uint8Array): SnapshotMarker {
  const reader = new ByteReader(payload)
  if (reader.text() !== magic || reader.uint() !== formatVersion)
    throw new CodedError('DataCorrupt', 'Cannot read a snapshot: it is of another format')
  return { index: reader.uint(), term: reader.uint(), members: decodeMembers(reader) }
}

function corrupt({ index }: Pick<SnapshotMarker, 'index'>, why: string): CodedError {
  return new CodedError('DataCorrupt', `Cannot read the snapshot at ${index}: ${why}`, { details: { file: snapshotName(index) } })
}
