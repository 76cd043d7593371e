/**
 * The Disk port in memory, with all the ways in which a disk can fail: bytes that were not synced are lost in a power
 * cut, wholly, in part or with sectors of zeros among them; a sync can lie or fail; a bit can flip; space can run out.
 *
 * A SimDisk is the device and outlives the actor; each incarnation mounts it. What a dead incarnation still had under way
 * never settles, and may or may not have been done. A kill leaves what was written in the page cache; only crash() is a
 * power cut.
 */
import { joinBytes } from '../base/bytes.js'
import type { Clock } from '../base/clock.js'
import { CodedError } from '../base/errors.js'
import type { Random } from '../base/random.js'
import type { Disk, DiskFile } from '../store/disk.js'

/** Faults in force; probabilities are per call. Change them at any time. */
export interface DiskFaults {
  /** A sync resolves and has done nothing. */
  syncLies: number
  /** A sync is refused, and the bytes it was for are gone or not. */
  syncFails: number
  /** Bytes in all files at which appends are refused, after writing what still fits. */
  capacityBytes: number
  /** Milliseconds one call takes. */
  latencyMs: (call: 'read' | 'write' | 'sync') => number
}

export interface SimDisk {
  /** The device as a new incarnation sees it. What was mounted before is dead. */
  mount(clock: Clock): Disk
  /** The incarnation is dead, the machine is not: everything appended stays. */
  detach(): void
  /** A power cut: what was not synced is lost, or torn. */
  crash(): void
  /** Flips a bit of synced bytes: of this file or of any, at this byte or at any. Returns where, or undefined if there are none. */
  flipBit(name?: string, offset?: number): { readonly name: string; readonly offset: number } | undefined
  readonly faults: DiskFaults
  /** Bytes of each file as they can be read now, for tests. */
  contents(): Map<string, Uint8Array>
}

interface File {
  bytes: Uint8Array
  /** Bytes from here on are lost in a power cut, perhaps. */
  synced: number
}

const sectorBytes = 512

/** An empty device. `random` decides what is lost, and how long calls take. */
export function createSimDisk(random: Random): SimDisk {
  const files = new Map<string, File>()
  const faults: DiskFaults = {
    syncLies: 0,
    syncFails: 0,
    capacityBytes: Number.POSITIVE_INFINITY,
    latencyMs: (call) => (call === 'sync' ? 0.1 + random.float() * 0.4 : 0.02 + random.float() * 0.03),
  }
  let mounted: { alive: boolean; pending: Set<() => void> } | undefined

  function detach(): void {
    if (!mounted) return
    const { pending } = mounted
    mounted.alive = false
    mounted = undefined
    // What was under way may have been done all the same.
    for (const effect of pending) if (random.chance(0.5)) tryEffect(effect)
  }

  return {
    faults,
    mount(clock) {
      detach()
      const mount = { alive: true, pending: new Set<() => void>() }
      mounted = mount
      const perform: Perform = (call, effect) =>
        new Promise((resolve, reject) => {
          const run = (): void => resolve(effect() as never)
          mount.pending.add(run)
          clock.after(faults.latencyMs(call), () => {
            if (!mount.alive) return
            mount.pending.delete(run)
            try {
              run()
            } catch (error) {
              reject(error)
            }
          })
        })
      return createMount({ files, faults, random, perform })
    },
    detach,
    crash() {
      detach()
      for (const file of files.values()) lose(file, random)
    },
    flipBit(name, offset) {
      const candidates = [...files].filter(([other, file]) => (name === undefined || other === name) && file.synced > (offset ?? 0))
      if (candidates.length === 0) return undefined
      const [chosen, file] = random.pick(candidates)
      const at = offset ?? random.below(file.synced)
      file.bytes = file.bytes.slice()
      file.bytes[at] = (file.bytes[at] as number) ^ (1 << random.below(8))
      return { name: chosen, offset: at }
    },
    contents: () => new Map([...files].map(([name, { bytes }]) => [name, bytes.slice()])),
  }
}

/** Runs an effect once the call's time is over; never settles when the incarnation dies first. */
type Perform = <T>(call: 'read' | 'write' | 'sync', effect: () => T) => Promise<T>

interface Mount {
  readonly files: Map<string, File>
  readonly faults: DiskFaults
  readonly random: Random
  readonly perform: Perform
}

function createMount(mount: Mount): Disk {
  const { files, perform } = mount
  return {
    list: () => perform('read', () => [...files.keys()].sort()),
    read: (name, offset = 0, length = Number.POSITIVE_INFINITY) =>
      perform('read', () => fileOf(files, name).bytes.slice(offset, offset + length)),
    create: (name) =>
      perform('sync', () => {
        const file = { bytes: new Uint8Array(0), synced: 0 }
        files.set(name, file)
        return createFile(file, mount)
      }),
    open: (name) => perform('read', () => createFile(fileOf(files, name), mount)),
    rename: (from, to) =>
      perform('sync', () => {
        const file = fileOf(files, from)
        files.delete(from)
        files.set(to, file)
      }),
    remove: (name) => perform('sync', () => void files.delete(name)),
    close: () => Promise.resolve(),
  }
}

function createFile(file: File, { files, faults, random, perform }: Mount): DiskFile {
  return {
    get size() {
      return file.bytes.length
    },
    append(chunks) {
      // Copied now: the caller's buffers are the caller's again once the call is over.
      const added = joinBytes(chunks)
      return perform('write', () => {
        const used = [...files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0)
        const room = Math.max(0, faults.capacityBytes - used)
        file.bytes = extended(file.bytes, added.subarray(0, room))
        if (added.length > room) throw new CodedError('DiskFull', 'Cannot append: no space is left')
      })
    },
    sync: () =>
      perform('sync', () => {
        if (random.chance(faults.syncLies)) return
        if (random.chance(faults.syncFails)) {
          if (random.chance(0.5)) lose(file, random)
          throw new CodedError('DiskFailed', 'Cannot sync: input/output error')
        }
        file.synced = file.bytes.length
      }),
    truncate: (size) =>
      perform('write', () => {
        file.bytes = file.bytes.slice(0, size)
        file.synced = Math.min(file.synced, size)
      }),
    close: () => Promise.resolve(),
  }
}

/** What a power cut does to a file: of its unsynced bytes a part is there, and of that part some sectors are zeros. */
function lose(file: File, random: Random): void {
  const unsynced = file.bytes.length - file.synced
  if (unsynced === 0) return
  const kept = file.synced + (random.chance(0.4) ? 0 : random.between(0, unsynced))
  const bytes = file.bytes.slice(0, kept)
  if (random.chance(0.5))
    for (let at = file.synced; at < kept; ) {
      const end = Math.min(kept, (Math.floor(at / sectorBytes) + 1) * sectorBytes)
      if (random.chance(0.4)) bytes.fill(0, at, end)
      at = end
    }
  file.bytes = bytes
  // After the restart these bytes are what the platter holds.
  file.synced = kept
}

function tryEffect(effect: () => void): void {
  try {
    effect()
  } catch {
    // Nobody waits for it any more.
  }
}

function fileOf(files: Map<string, File>, name: string): File {
  const file = files.get(name)
  if (!file) throw new CodedError('FileNotFound', `Cannot open "${name}": it does not exist`)
  return file
}

/**
 * `bytes` with `added` behind them. Buffers grow by doubling and are shared by what they held before, so that appending to a
 * log costs what is appended: every other change of a file is made on a copy.
 */
function extended(bytes: Uint8Array, added: Uint8Array): Uint8Array {
  const length = bytes.length + added.length
  let buffer = bytes.buffer
  if (bytes.byteOffset !== 0 || buffer.byteLength < length) {
    buffer = new ArrayBuffer(Math.max(4096, 2 * length))
    new Uint8Array(buffer).set(bytes)
  }
  const all = new Uint8Array(buffer, 0, length)
  all.set(added, bytes.length)
  return all
}
