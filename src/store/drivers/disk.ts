/**
 * The Disk port on a real directory, with asynchronous calls only: a thread that waits in a synchronous one looks hung
 * to its supervisor. fdatasync makes bytes durable, an fsync of the directory makes names durable.
 */
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CodedError, messageOf } from '../../base/errors.js'
import type { Disk, DiskFile } from '../disk.js'

/** Opens a directory as a Disk; makes it, readable by its owner only, when it is not there. */
export async function openDisk(directory: string): Promise<Disk> {
  await coded(`open the directory "${directory}"`, () => mkdir(directory, { recursive: true, mode: 0o700 }))
  const handles = new Set<FileHandle>()
  const path = (name: string): string => join(directory, name)

  const track = async (name: string, flags: number): Promise<DiskFile> => {
    const handle = await open(path(name), flags, 0o600)
    handles.add(handle)
    const { size } = await handle.stat()
    return createFile(name, handle, size, () => handles.delete(handle))
  }

  return {
    list: () => coded('list the files', async () => (await readdir(directory)).sort()),
    read: (name, offset = 0, length) => coded(`read "${name}"`, () => readPart(path(name), offset, length)),
    create: (name) =>
      coded(`create "${name}"`, async () => {
        const file = await track(name, constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC | constants.O_APPEND)
        await syncDirectory(directory)
        return file
      }),
    open: (name) => coded(`open "${name}"`, () => track(name, constants.O_RDWR | constants.O_APPEND)),
    rename: (from, to) =>
      coded(`rename "${from}"`, async () => {
        await rename(path(from), path(to))
        await syncDirectory(directory)
      }),
    remove: (name) =>
      coded(`remove "${name}"`, async () => {
        await rm(path(name), { force: true })
        await syncDirectory(directory)
      }),
    close: async () => {
      const open = [...handles]
      handles.clear()
      await Promise.all(open.map((handle) => handle.close().catch(() => {})))
    },
  }
}

function createFile(name: string, handle: FileHandle, initialSize: number, closed: () => void): DiskFile {
  let size = initialSize
  return {
    get size() {
      return size
    },
    append: (chunks) =>
      coded(`append to "${name}"`, async () => {
        await writeAll(handle, chunks)
        for (const chunk of chunks) size += chunk.length
      }),
    sync: () => coded(`sync "${name}"`, () => handle.datasync()),
    truncate: (to) =>
      coded(`truncate "${name}"`, async () => {
        await handle.truncate(to)
        size = to
      }),
    close: () => {
      closed()
      return coded(`close "${name}"`, () => handle.close())
    },
  }
}

/** One writev as a rule; a short write is gone on with. */
async function writeAll(handle: FileHandle, chunks: readonly Uint8Array[]): Promise<void> {
  let rest = chunks.filter((chunk) => chunk.length > 0)
  while (rest.length > 0) {
    let { bytesWritten } = await handle.writev(rest.slice(0, writevMax))
    let done = 0
    while (done < rest.length && bytesWritten >= (rest[done] as Uint8Array).length) bytesWritten -= (rest[done++] as Uint8Array).length
    const [part, ...after] = rest.slice(done)
    rest = part ? [part.subarray(bytesWritten), ...after] : []
  }
}

/** IOV_MAX on Linux. */
const writevMax = 1024

async function readPart(path: string, offset: number, length: number | undefined): Promise<Uint8Array> {
  const handle = await open(path, 'r')
  try {
    const wanted = Math.max(0, Math.min(length ?? Number.POSITIVE_INFINITY, (await handle.stat()).size - offset))
    const bytes = new Uint8Array(wanted)
    let at = 0
    while (at < wanted) {
      const { bytesRead } = await handle.read(bytes, at, wanted - at, offset + at)
      if (bytesRead === 0) break
      at += bytesRead
    }
    return bytes.subarray(0, at)
  } finally {
    await handle.close()
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function coded<T>(what: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    const { code } = error as { code?: string }
    const name = code === 'ENOENT' ? 'FileNotFound' : code === 'ENOSPC' || code === 'EDQUOT' ? 'DiskFull' : 'DiskFailed'
    throw new CodedError(name, `Cannot ${what}: ${messageOf(error)}`, { cause: error })
  }
}
