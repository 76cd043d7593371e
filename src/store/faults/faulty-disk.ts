/**
 * The Disk port with the faults of layer 'disk' that are in force on the replica. It stands between the replica and its
 * disk on both stages: on files it does to real bytes what the simulator's disk does to its own. A lost sync is kept
 * true to life by holding the bytes in memory: they are read back as long as the replica lives, and gone when it dies.
 */
import { joinBytes } from '../../base/bytes.js'
import type { Clock } from '../../base/clock.js'
import { sleep } from '../../base/clock.js'
import { CodedError } from '../../base/errors.js'
import type { Random } from '../../base/random.js'
import type { Faults } from '../../kernel/faults.js'
import type { Disk, DiskFile } from '../disk.js'
import type { DiskFault } from './protocol.js'

type DiskSpec = { readonly id: string } & DiskFault

export interface FaultyDiskOptions {
  readonly faults: Faults | undefined
  readonly clock: Clock
  readonly random: Random
}

/** `disk` itself when there is nobody who could put faults in force. */
export function createFaultyDisk(disk: Disk, { faults, clock, random }: FaultyDiskOptions): Disk {
  return faults ? new FaultyDisk(disk, faults, clock, random.fork('disk faults')) : disk
}

class FaultyDisk implements Disk {
  readonly #disk: Disk
  readonly #faults: Faults
  readonly #clock: Clock
  readonly #random: Random
  /** Files that are open, by the name they bear now. */
  readonly files = new Map<string, FaultyFile>()

  constructor(disk: Disk, faults: Faults, clock: Clock, random: Random) {
    this.#disk = disk
    this.#faults = faults
    this.#clock = clock
    this.#random = random
    faults.onChange(() => {
      if (this.find('lost-fsync')) return
      for (const file of this.files.values()) void file.writeOut().catch(() => {})
    })
  }

  get active(): boolean {
    return this.#specs.length > 0
  }

  get #specs(): readonly DiskSpec[] {
    return this.#faults.of('disk') as unknown as readonly DiskSpec[]
  }

  find<T extends DiskFault['type']>(type: T): Extract<DiskSpec, { type: T }> | undefined {
    return this.#specs.find((spec) => spec.type === type) as Extract<DiskSpec, { type: T }> | undefined
  }

  /** A fault that happens to this call, by its probability. */
  draw(type: 'torn-write' | 'bit-flip' | 'misdirected-write'): boolean {
    const spec = this.find(type)
    if (!spec || !this.#random.chance(spec.probability)) return false
    this.#faults.hit(spec.id)
    return true
  }

  hit(spec: DiskSpec): void {
    this.#faults.hit(spec.id)
  }

  below(bound: number): number {
    return this.#random.below(bound)
  }

  async slow(call: 'read' | 'write' | 'sync'): Promise<void> {
    for (const spec of this.#specs) {
      if (spec.type !== 'slow' || !spec.calls.includes(call)) continue
      this.hit(spec)
      await sleep(this.#clock, spec.delayMs + this.#random.float() * spec.jitterMs)
    }
  }

  async list(): Promise<readonly string[]> {
    if (this.active) await this.slow('read')
    return this.#disk.list()
  }

  async read(name: string, offset = 0, length = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
    if (this.active) await this.slow('read')
    const held = this.files.get(name)?.held ?? []
    if (held.length === 0) return this.#disk.read(name, offset, length)
    return joinBytes([await this.#disk.read(name), ...held]).slice(offset, offset + length)
  }

  async create(name: string): Promise<DiskFile> {
    if (this.active) await this.slow('sync')
    return this.#open(name, await this.#disk.create(name))
  }

  async open(name: string): Promise<DiskFile> {
    if (this.active) await this.slow('read')
    return this.#open(name, await this.#disk.open(name))
  }

  #open(name: string, file: DiskFile): DiskFile {
    const own = new FaultyFile(file, this)
    this.files.set(name, own)
    return own
  }

  async rename(from: string, to: string): Promise<void> {
    if (this.active) await this.slow('sync')
    await this.#disk.rename(from, to)
    const file = this.files.get(from)
    this.files.delete(from)
    if (file) this.files.set(to, file)
    else this.files.delete(to)
  }

  async remove(name: string): Promise<void> {
    if (this.active) await this.slow('sync')
    this.files.delete(name)
    return this.#disk.remove(name)
  }

  async close(): Promise<void> {
    await this.#disk.close()
  }
}

class FaultyFile implements DiskFile {
  readonly #file: DiskFile
  readonly #disk: FaultyDisk
  /** What was appended and never reached the file. */
  held: Uint8Array[] = []
  /** What was held is on its way to the file: what comes next waits for it. */
  #writingOut: Promise<void> | undefined

  constructor(file: DiskFile, disk: FaultyDisk) {
    this.#file = file
    this.#disk = disk
  }

  get size(): number {
    return this.held.reduce((sum, { length }) => sum + length, this.#file.size)
  }

  async append(chunks: readonly Uint8Array[]): Promise<void> {
    const disk = this.#disk
    if (!disk.active) return this.#write(chunks)
    await disk.slow('write')
    const full = disk.find('full')
    if (full) {
      disk.hit(full)
      throw new CodedError('DiskFull', 'Cannot append: no space is left')
    }
    if (disk.draw('torn-write')) {
      const bytes = joinBytes(chunks)
      await this.#write([bytes.subarray(0, disk.below(bytes.length + 1))])
      throw new CodedError('DiskFailed', 'Cannot append: input/output error')
    }
    if (disk.draw('bit-flip')) {
      const bytes = joinBytes(chunks)
      const at = disk.below(bytes.length)
      bytes[at] = (bytes[at] ?? 0) ^ (1 << disk.below(8))
      return this.#write([bytes])
    }
    if (disk.draw('misdirected-write')) {
      const others = [...disk.files.values()].filter((file) => file !== this)
      const other = others[disk.below(Math.max(1, others.length))]
      return other ? other.#write(chunks) : undefined
    }
    return this.#write(chunks)
  }

  async #write(chunks: readonly Uint8Array[]): Promise<void> {
    if (this.#writingOut) await this.#writingOut
    const lost = this.#disk.find('lost-fsync')
    if (!lost) {
      if (this.held.length > 0) await this.writeOut()
      return this.#file.append(chunks)
    }
    this.#disk.hit(lost)
    this.held.push(joinBytes(chunks))
  }

  /** Brings what was held to the file. */
  writeOut(): Promise<void> {
    if (this.held.length === 0) return this.#writingOut ?? Promise.resolve()
    const held = this.held.splice(0)
    const writing = this.#file.append(held).then(() => this.#file.sync())
    this.#writingOut = writing.finally(() => {
      this.#writingOut = undefined
    })
    return this.#writingOut
  }

  async sync(): Promise<void> {
    if (this.#disk.active) await this.#disk.slow('sync')
    if (this.held.length > 0 && this.#disk.find('lost-fsync')) return
    return this.#file.sync()
  }

  async truncate(size: number): Promise<void> {
    if (this.#disk.active) await this.#disk.slow('write')
    if (this.held.length > 0 || this.#writingOut) await this.writeOut()
    return this.#file.truncate(size)
  }

  async close(): Promise<void> {
    // A file that is closed is written out: nobody would do it later.
    if (this.held.length > 0 || this.#writingOut) await this.writeOut()
    for (const [name, file] of this.#disk.files) if (file === this) this.#disk.files.delete(name)
    return this.#file.close()
  }
}
