/** HeaderCompression on node:zlib: one deflate and one inflate stream for the life of a connection. */
import { constants, createDeflate, createInflate, type Deflate, type Inflate } from 'node:zlib'
import type { CreateHeaderCompression } from '../listener.js'

export const createHeaderCompression: CreateHeaderCompression = (dictionary) => {
  const deflate = createDeflate({ dictionary })
  const inflate = createInflate({ dictionary })
  return {
    compress: inTurn((bytes) => through(deflate, bytes)),
    decompress: inTurn((bytes) => through(inflate, bytes)),
    close() {
      deflate.close()
      inflate.close()
    },
  }
}

/** The bytes that come out for those that go in, flushed to the last one. */
function through(codec: Deflate | Inflate, bytes: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    const collect = (part: Buffer): void => void parts.push(part)
    codec.on('data', collect)
    codec.once('error', reject)
    codec.write(bytes)
    codec.flush(constants.Z_SYNC_FLUSH, () => {
      codec.off('data', collect)
      codec.off('error', reject)
      resolve(Buffer.concat(parts))
    })
  })
}

/** One call at a time, in order. */
function inTurn(work: (bytes: Uint8Array) => Promise<Uint8Array>): (bytes: Uint8Array) => Promise<Uint8Array> {
  let last: Promise<unknown> = Promise.resolve()
  return (bytes) => {
    const next = last.then(() => work(bytes))
    last = next.catch(() => {})
    return next
  }
}
