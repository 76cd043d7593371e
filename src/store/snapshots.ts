/**
 * Snapshots of a replica: taken of the own state every so many entries, so that the log can be cut; served to followers
 * that are behind the log; fetched from the leader when this replica is such a follower.
 *
 * The follower fetches: Raft's InstallSnapshot message names the snapshot only, the receiver opens a stream for its bytes and
 * hands Raft the message once they are stored and loaded. So a slow follower slows nobody and half a snapshot is none.
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
import { createSnapshotReceiver, snapshotChunks, snapshotIndex, snapshotName, writeSnapshotFile } from './snapshot-file.js'
import type { SnapshotMarker } from './wal.js'

export interface SnapshotHooks {
  /** Makes the marker durable, and then cuts the log as far as it wants. */
  taken(marker: SnapshotMarker): Promise<void>
  /** The snapshot that this message names is stored and loaded; returns whether Raft took it. */
  fetched(message: InstallSnapshot): boolean
}

export interface Snapshots {
  /** Begins to store the state at `marker`, unless one is being stored. */
  take(marker: SnapshotMarker, keyspace: Keyspace): void
  /** Fetches what the message names from the replica that sent it, unless something is being fetched. */
  fetch(message: InstallSnapshot): void
  /** The key space of a fetched snapshot, to be used from now on. */
  install(snapshot: Snapshot): Keyspace
  /** Sends the bytes of a stored snapshot. Throws code 'FileNotFound'. */
  serve(index: number, stream: Stream<never, Uint8Array>, active: () => void): Promise<void>
  /** Removes all files but the one of this index and those being sent. */
  clean(keep: number): Promise<void>
}

export function createSnapshots(context: Context, disk: Disk, peers: Peers, hooks: SnapshotHooks): Snapshots {
  let taking = false
  let fetching = false
  let installs = 0
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
    const receiver = createSnapshotReceiver(snapshot)
    const file = await disk.create(`${name}.tmp`)
    try {
      for await (const chunk of leader.stream('snapshot', { index: snapshot.index }, { credit: 8 })) {
        receiver.chunk(chunk)
        await file.append([chunk])
      }
      await file.sync()
    } finally {
      await file.close()
    }
    const keyspace = receiver.finish()
    await disk.rename(`${name}.tmp`, name)
    return keyspace
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
    async serve(index, stream, active) {
      serving.set(index, (serving.get(index) ?? 0) + 1)
      try {
        for await (const chunk of snapshotChunks(disk, index)) {
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
