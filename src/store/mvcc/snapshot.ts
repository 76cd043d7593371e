/**
 * The key space as a sequence of blocks, and back. A snapshot is the state just before the compact revision (the base),
 * and then every write since, in order: filling a key space from it executes those writes again, so versions, history
 * and events come out as they were.
 *
 * Blocks are made one at a time between which others may write: the key space is pinned and versions never change, so
 * all of them show the revision at which the first was asked for.
 */
import { CodedError } from '../../base/errors.js'
import { bounds } from '../bounds.js'
import { ByteReader, ByteWriter } from '../bytes.js'
import type { KeyValue } from '../protocol.js'
import { Keyspace } from './keyspace.js'

const formatVersion = 1

const blockType = { start: 1, base: 2, writes: 3, end: 4 } as const

/** A snapshot being made: its blocks, to be asked for once, and what lets the key space go afterwards. */
export interface SnapshotInMaking {
  readonly blocks: Iterable<Uint8Array>
  /** Must be called in the end, whether the blocks were all taken or not. */
  release(): void
}

/** A snapshot of the key space as it is now. */
export function takeSnapshot(keyspace: Keyspace): SnapshotInMaking {
  const release = keyspace.pin()
  const { revision, compactRevision, keys, hash } = keyspace
  return { blocks: makeBlocks(keyspace, { revision, compactRevision, keys, hash }), release }
}

function* makeBlocks(
  keyspace: Keyspace,
  { revision, compactRevision, keys, hash }: Readonly<Record<'revision' | 'compactRevision' | 'keys' | 'hash', number>>,
): Generator<Uint8Array, void, void> {
  const out = new ByteWriter(64 * 1024)
  out.byte(blockType.start)
  for (const value of [formatVersion, revision, compactRevision]) out.uint(value)
  yield out.finish()
  const firstWrite = Math.max(compactRevision, 2)
  yield* baseBlocks(keyspace, firstWrite, out)
  yield* writeBlocks(keyspace, firstWrite, revision, out)
  out.byte(blockType.end)
  out.uint(keys)
  out.uint(hash)
  yield out.finish()
}

function* baseBlocks(keyspace: Keyspace, firstWrite: number, out: ByteWriter): Generator<Uint8Array, void, void> {
  let after: string | undefined
  do {
    const { items, last } = keyspace.baseAfter(after, firstWrite, 512)
    for (const item of items) {
      if (out.size === 0) out.byte(blockType.base)
      writeItem(out, item)
      if (out.size >= bounds.snapshotBlockBytes) yield out.finish()
    }
    after = last
  } while (after !== undefined)
  if (out.size > 0) yield out.finish()
}

function* writeBlocks(keyspace: Keyspace, first: number, last: number, out: ByteWriter): Generator<Uint8Array, void, void> {
  for (let revision = first; revision <= last; revision++) {
    const changes = keyspace.history.at(revision)
    if (out.size === 0) out.byte(blockType.writes)
    out.uint(changes.length)
    for (const { event } of changes) {
      out.byte(event.type === 'put' ? 1 : 0)
      out.text(event.item.key)
      if (event.type === 'delete') continue
      out.uint(event.item.lease)
      out.blob(event.item.value)
    }
    if (out.size >= bounds.snapshotBlockBytes) yield out.finish()
  }
  if (out.size > 0) yield out.finish()
}

/** Fills a key space from blocks. */
export interface KeyspaceLoader {
  /** Takes the next block, which may be reused afterwards. Throws code 'DataCorrupt'. */
  block(bytes: Uint8Array): void
  /** The key space, once all blocks were given. Throws code 'DataCorrupt' when some are missing. */
  finish(): Keyspace
}

export function createKeyspaceLoader(): KeyspaceLoader {
  let keyspace: Keyspace | undefined
  let target = { revision: 0, compactRevision: 0 }
  let ended = false

  function start(reader: ByteReader): void {
    const version = reader.uint()
    if (version !== formatVersion) throw corrupt(`its format ${version} is not ${formatVersion}`)
    target = { revision: reader.uint(), compactRevision: reader.uint() }
    keyspace = new Keyspace(Math.max(target.compactRevision, 2) - 1)
  }

  function end(filled: Keyspace, reader: ByteReader): void {
    if (target.compactRevision > 0) filled.compact(target.compactRevision)
    const [keys, hash] = [reader.uint(), reader.uint()]
    if (filled.revision !== target.revision || filled.keys !== keys || filled.hash !== hash)
      throw corrupt(`it gives revision ${filled.revision} with ${filled.keys} keys instead of ${target.revision} with ${keys}`)
    ended = true
  }

  return {
    block(bytes) {
      const reader = new ByteReader(bytes)
      const type = reader.byte()
      if (type === blockType.start && !keyspace) return start(reader)
      if (!keyspace || ended) throw corrupt('its blocks are out of order')
      if (type === blockType.base) while (!reader.done) keyspace.restore(readItem(reader))
      else if (type === blockType.writes) while (!reader.done) readWrites(keyspace, reader)
      else if (type === blockType.end) end(keyspace, reader)
      else throw corrupt(`it has a block of type ${type}`)
    },
    finish() {
      if (!keyspace || !ended) throw corrupt('blocks are missing')
      return keyspace
    },
  }
}

function readWrites(keyspace: Keyspace, reader: ByteReader): void {
  for (let left = reader.uint(); left > 0; left--) {
    const isPut = reader.byte() === 1
    const key = reader.text()
    if (!isPut) keyspace.delete({ key })
    else {
      const lease = reader.uint()
      keyspace.put(key, reader.copy(), lease)
    }
  }
  keyspace.commit()
}

function writeItem(out: ByteWriter, { key, value, createRevision, modRevision, version, lease }: KeyValue): void {
  out.text(key)
  for (const one of [createRevision, modRevision, version, lease]) out.uint(one)
  out.blob(value)
}

function readItem(reader: ByteReader): KeyValue {
  const key = reader.text()
  const [createRevision, modRevision, version, lease] = [reader.uint(), reader.uint(), reader.uint(), reader.uint()]
  return { key, value: reader.copy(), createRevision, modRevision, version, lease }
}

function corrupt(why: string): CodedError {
  return new CodedError('DataCorrupt', `Cannot read a snapshot: ${why}`)
}
