/** Reading CRI log files as they are: from the end for a tail, on and on for a follower, across rotations. */
import { type FileHandle, open, stat } from 'node:fs/promises'
import type { Runtime } from '../../runtime.js'

const chunkBytes = 64 * 1024
const pollMs = 50

/** See Runtime.readLog. A file that is not there yet is waited for by a follower and is empty to others. */
export const readLogFile: Runtime['readLog'] = async function* (path, { follow, tailLines, finished, signal }) {
  let file: FileHandle | undefined
  let inode: number | undefined
  let position = 0
  const openNow = async () => {
    try {
      file = await open(path, 'r')
      inode = (await file.stat()).ino
      position = 0
    } catch {}
  }
  await openNow()
  try {
    if (file && tailLines !== undefined) position = await startOfTail(file, tailLines)
    const buffer = Buffer.alloc(chunkBytes)
    while (!signal.aborted) {
      const over = finished()
      let read = 0
      while (file && (read = (await file.read(buffer, 0, chunkBytes, position)).bytesRead) > 0) {
        position += read
        yield new Uint8Array(buffer.subarray(0, read))
        if (signal.aborted) return
      }
      if (!follow) return
      const now = await stat(path).then(
        (found) => found.ino,
        () => undefined,
      )
      if (now !== undefined && now !== inode) {
        await file?.close()
        await openNow()
        continue
      }
      if (over) return
      await new Promise((resolve) => setTimeout(resolve, pollMs))
    }
  } finally {
    await file?.close()
  }
}

/** The position of the first of the last `lines` lines. */
async function startOfTail(file: FileHandle, lines: number): Promise<number> {
  const { size } = await file.stat()
  if (lines <= 0) return size
  const buffer = Buffer.alloc(chunkBytes)
  let found = 0
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - chunkBytes)
    const { bytesRead } = await file.read(buffer, 0, end - start, start)
    for (let i = bytesRead - 1; i >= 0; i--) {
      // The newline that ends the last line begins no line.
      if (buffer[i] === 10 && start + i !== size - 1 && ++found === lines) return start + i + 1
    }
    end = start
  }
  return 0
}
