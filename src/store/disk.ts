/**
 * The Disk port: one directory of files that are appended to, read, renamed and removed; all that a replica needs and no
 * more, so that the simulator can lose, tear and damage exactly what a real disk can. drivers/disk.ts is the real one,
 * sim/disk.ts the faulty one, and test/store/disk.test.ts the contract that both keep.
 *
 * What is durable (survives a power cut): the bytes of a file up to its last sync(), and names as create(), rename() and
 * remove() left them, once those have resolved. Bytes appended after the last sync may be there, in part, or as zeros.
 *
 * Errors are CodedErrors: 'FileNotFound', 'DiskFull', and 'DiskFailed' for all else. After a failed append or sync nothing
 * is known about the unsynced bytes; trying again is not safe (dirty pages may be gone), the user has to start anew.
 */

/** An open file. Calls are made one after the other; the caller waits for each. */
export interface DiskFile {
  /** Bytes in the file, synced or not. */
  readonly size: number
  append(chunks: readonly Uint8Array[]): Promise<void>
  /** Makes all that was appended durable. */
  sync(): Promise<void>
  /** Cuts the file to `size` bytes; durable after sync(). */
  truncate(size: number): Promise<void>
  close(): Promise<void>
}

export interface Disk {
  /** Names of all files, in order of name. */
  list(): Promise<readonly string[]>
  /** Bytes of a file from `offset` on, at most `length`, fewer at its end. Default: all of it. */
  read(name: string, offset?: number, length?: number): Promise<Uint8Array>
  /** A new, empty file, in place of one that may be there. */
  create(name: string): Promise<DiskFile>
  /** A file that is there, to append to. */
  open(name: string): Promise<DiskFile>
  /** Gives a synced file another name, in place of the file that may bear it: at once or not at all. */
  rename(from: string, to: string): Promise<void>
  /** Removes a file, if it is there. */
  remove(name: string): Promise<void>
  /** Closes what is open. */
  close(): Promise<void>
}

/** Writes a whole file so that after a crash there is either the old or the new one: aside, synced, renamed. */
export async function replaceFile(disk: Disk, name: string, chunks: readonly Uint8Array[]): Promise<void> {
  const aside = `${name}.tmp`
  const file = await disk.create(aside)
  try {
    await file.append(chunks)
    await file.sync()
  } finally {
    await file.close()
  }
  await disk.rename(aside, name)
}
