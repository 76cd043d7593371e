/**
 * Snapshots of a replica: taken of the own state every so many entries, so that the log can be cut; served to followers
 * that are behind the log; fetched from the leader when this replica is such a follower.
 *
 * The follower fetches: Raft's InstallSnapshot message names the snapshot only, the receiver opens a stream for its bytes and
 * hands Raft the message once they are stored and loaded. So a slow follower slows nobody and half a snapshot is none. A stream that breaks
 * off is gone on with where it broke off, if Raft still offers the same snapshot: whoever sends the rest, the chain of checksums tells
 * whether it is the rest of what is here.
 *
 * Order of taking one: file, then marker in the log, then the log is cut. Of installing one: file, then Raft, then marker.
 * A file without a marker is litter and is removed at the next start.
 */
import { assert } from '../base/assert.js'
import { messageOf } from '../base/errors.js'
import type { Context } from '../kernel/context.js'
import type { Stream } from '../kernel/stream.js'
import type { InstallSnapshot, Snapshot } from '../raft/types.js'
import type { Disk } from './disk.js'
import type { Keyspace } from './mvcc/keyspace.js'
import { takeSnapshot } from './mvcc/snapshot.js'
import type { Peers } from './peers.js'
import {
  createSnapshotReceiver,
  type SnapshotReceiver,
  snapshotChunks,
  snapshotIndex,
  snapshotName,
  writeSnapshotFile,
} from './snapshot-file.js'
import type { SnapshotMarker } from './wal.js'

export interface SnapshotHooks {
  /** Makes the marker durable, and then cuts the log as far as it wants. */
  taken(marker: SnapshotMarker): Promise<void>
  /** The snapshot that this message names is stored and loaded; returns whether Raft took it. */
  fetched(message: InstallSnapshot): boolean
}

/** The bytes of a snapshot from `begin` on. */
export interface SnapshotRange {
  readonly index: number
  readonly begin: number
}

/** A snapshot that is here in part: in a file written aside, and in its receiver. */
interface Begun {
  readonly index: number
  readonly term: number
  readonly receiver: SnapshotReceiver
  bytes: number
}

export interface Snapshots {
  /** Begins to store the state at `marker`, unless one is being stored. */
  take(marker: SnapshotMarker, keyspace: Keyspace): void
  /** Fetches what the message names from the replica that sent it, unless something is being fetched. */
  fetch(message: InstallSnapshot): void
  /** The key space of a fetched snapshot, to be used from now on. */
  install(snapshot: Snapshot): Keyspace
  /** Sends the bytes of a stored snapshot. Throws code 'FileNotFound'. */
  serve(wanted: SnapshotRange, stream: Stream<never, Uint8Array>, active: () => void): Promise<void>
  /** Removes all files but the one of this index and those being sent. */
  clean(keep: number): Promise<void>
}

export function createSnapshots(context: Context, disk: Disk, peers: Peers, hooks: SnapshotHooks): Snapshots {
  let taking = false
  let fetching = false
  let installs = 0
  let begun: Begun | undefined
  let loaded: { readonly index: number; readonly keyspace: Keyspace } | undefined
  const serving = new Map<number, number>()

  async function store(marker: SnapshotMarker, keyspace: Keyspace): Promise<void> {
    const before = installs
    const { blocks, release } = takeSnapshot(keyspace)
    try {
      await writeSnapshotFile(disk, marker, blocks)
    } finally {
      release()
    }
    // One from the leader has come in between: it is newer.
    if (installs === before) await hooks.taken(marker)
  }

  async function receive(message: InstallSnapshot): Promise<void> {
    const { snapshot, from } = message
    let ok = false
    try {
      const keyspace = await download(snapshot, from)
      loaded = { index: snapshot.index, keyspace }
      ok = hooks.fetched(message)
    } catch (error) {
      context.log.warn('A snapshot could not be fetched', { index: snapshot.index, from, error: messageOf(error) })
    } finally {
      loaded = undefined
    }
    peers.send(from, { type: 'snapshotResult', index: snapshot.index, ok })
    peers.flush()
  }

  async function download(snapshot: Snapshot, from: number): Promise<Keyspace> {
    const leader = peers.ref(from)
    assert(leader, 'snapshots come from peers')
    const name = snapshotName(snapshot.index)
    const { index, term } = snapshot
    const part =
      begun?.index === index && begun.term === term ? begun : { index, term, receiver: createSnapshotReceiver(snapshot), bytes: 0 }
    if (begun && begun !== part) await disk.remove(`${snapshotName(begun.index)}.tmp`)
    begun = undefined
    const file = part.bytes > 0 ? await disk.open(`${name}.tmp`) : await disk.create(`${name}.tmp`)
    try {
      for await (const chunk of resumable(leader.stream('snapshot', { index, begin: part.bytes }, { credit: 8 }), part)) {
        part.receiver.chunk(chunk)
        await file.append([chunk])
        part.bytes += chunk.length
      }
      await file.sync()
    } finally {
      await file.close()
    }
    const keyspace = part.receiver.finish()
    await disk.rename(`${name}.tmp`, name)
    return keyspace
  }

  /** The stream; if it breaks off, and not what is done with it fails, the part is kept for the next attempt. */
  async function* resumable(stream: AsyncIterable<Uint8Array>, part: Begun): AsyncGenerator<Uint8Array, void, void> {
    try {
      yield* stream
    } catch (error) {
      begun = part
      throw error
    }
  }

  return {
    take(marker, keyspace) {
      if (taking) return
      taking = true
      context.spawn('take a snapshot', () =>
        store(marker, keyspace).finally(() => {
          taking = false
        }),
      )
    },
    fetch(message) {
      if (fetching) return
      fetching = true
      context.spawn('fetch a snapshot', () =>
        receive(message).finally(() => {
          fetching = false
        }),
      )
    },
    install({ index }) {
      assert(loaded?.index === index, `the snapshot at ${index} was fetched`)
      installs++
      return loaded.keyspace
    },
    async serve({ index, begin }, stream, active) {
      serving.set(index, (serving.get(index) ?? 0) + 1)
      try {
        for await (const chunk of snapshotChunks(disk, index, begin)) {
          active()
          await stream.send(chunk)
        }
      } finally {
        const left = (serving.get(index) ?? 1) - 1
        if (left > 0) serving.set(index, left)
        else serving.delete(index)
      }
    },
    async clean(keep) {
      for (const name of await disk.list()) {
        const index = snapshotIndex(name)
        if (index !== undefined && index < keep && !serving.has(index)) await disk.remove(name)
      }
    },
  }
}

/** Removes what a crash left behind: files written aside, and snapshots of which the log knows nothing. For the start. */
export async function removeLitter(disk: Disk, marker: SnapshotMarker | undefined): Promise<void> {
  for (const name of await disk.list()) {
    const index = snapshotIndex(name)
    if (name.endsWith('.tmp') || (index !== undefined && index !== marker?.index)) await disk.remove(name)
  }
}
