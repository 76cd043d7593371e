/** Replies to bytes on an HTTP response: whole bodies compressed when asked for, streams under backpressure. */
import type { ServerResponse } from 'node:http'
import { gzip } from 'node:zlib'
import type { Incoming, Reply } from '../listener.js'

/** HTTP/2's compatibility response has the same methods. */
export type Response = ServerResponse

/** Bodies over this many bytes are compressed for who asks for it (apiserver writers.go defaultGzipThresholdBytes). */
const gzipFromBytes = 128 * 1024
const gzipLevel = 1

/** Writes a reply that is no upgrade; a stream until it ends, the client is gone or the server is `closing`. */
export async function sendReply(incoming: Incoming, response: Response, reply: Reply, closing: AbortSignal): Promise<void> {
  switch (reply.type) {
    case 'whole':
      return sendWhole(incoming, response, reply)
    case 'stream':
      return sendStream(incoming, response, reply, closing)
    case 'cut':
      return void response.destroy()
    default:
      response.writeHead(400, { 'content-type': 'text/plain' })
      response.end('Upgrade request required\n')
  }
}

function sendWhole({ headers: asked }: Incoming, response: Response, { status, headers, body }: Extract<Reply, { type: 'whole' }>): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  if (bytes.length > gzipFromBytes && asked['accept-encoding']?.includes('gzip') && !('content-encoding' in headers)) {
    gzip(bytes, { level: gzipLevel }, (error, packed) => {
      if (response.destroyed) return
      if (error) return end(response, status, headers, bytes)
      end(response, status, { ...headers, 'content-encoding': 'gzip', vary: 'Accept-Encoding' }, packed)
    })
    return
  }
  end(response, status, headers, bytes)
}

function end(response: Response, status: number, headers: Record<string, string | readonly string[]>, bytes: Uint8Array): void {
  if (status !== 204 && status !== 304) headers['content-length'] = String(bytes.length)
  writeHead(response, status, headers)
  response.end(bytes)
}

async function sendStream(
  incoming: Incoming,
  response: Response,
  { status, headers, chunks }: Extract<Reply, { type: 'stream' }>,
  closing: AbortSignal,
): Promise<void> {
  const iterator = chunks[Symbol.asyncIterator]()
  writeHead(response, status, headers)
  // HTTP/2 sends the head at once; HTTP/1.1 would keep it back for the first chunk.
  response.flushHeaders()
  let leave = (): void => {}
  const end = (): void => leave()
  incoming.signal.addEventListener('abort', end, { once: true })
  closing.addEventListener('abort', end, { once: true })
  // One promise for each wait, and none that lives as long as the connection and collects reactions.
  const orGone = <T>(work: Promise<T>): Promise<T | 'gone'> =>
    new Promise((resolve, reject) => {
      leave = () => resolve('gone')
      work.then(resolve, reject)
    })
  try {
    while (!incoming.signal.aborted && !closing.aborted) {
      const next = await orGone(iterator.next())
      if (next === 'gone') break
      if (next.done) {
        closing.removeEventListener('abort', end)
        return void response.end()
      }
      if (!response.write(next.value as string)) await orGone(drained(response))
    }
  } catch {
    // The head is out already: a cut connection is the only way to say that something is wrong.
  }
  closing.removeEventListener('abort', end)
  incoming.abort()
  // A generator that waits for its source is freed by the signal; nobody waits for it here.
  abandon(iterator)
  if (closing.aborted) response.end()
  else response.destroy()
}

function writeHead(response: Response, status: number, headers: Record<string, string | readonly string[]>): void {
  response.writeHead(status, headers as Record<string, string>)
}

function drained(response: Response): Promise<void> {
  return new Promise((resolve) => response.once('drain', resolve))
}

/** Lets go of an answer that nobody waits for any more. */
export function discard(reply: Reply): void {
  if (reply.type === 'stream') abandon(reply.chunks[Symbol.asyncIterator]())
}

function abandon(iterator: AsyncIterator<unknown>): void {
  Promise.resolve(iterator.return?.()).catch(() => {})
}
