/** A node:http or node:http2 request as an Incoming. What costs something is made when it is first asked for. */
import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import { ApiError } from '../../api/meta/status.js'
import { CodedError } from '../../base/errors.js'
import { limits } from '../../base/limits.js'
import type { ClientCertificate, Incoming } from '../listener.js'
import type { Response } from './reply.js'

export type Request = IncomingMessage | Http2ServerRequest

/** What the client of a connection showed, by its socket or HTTP/2 session. */
export type Certificates = WeakMap<object, ClientCertificate | 'none' | 'untrusted'>

/** Without a response the request is an upgrade, and its end that of the connection. */
export function incomingOf(request: Request, response: Response | undefined, certificates: Certificates): Incoming {
  const session = 'stream' in request ? request.stream?.session : undefined
  const socket = (session ? session.socket : request.socket) as TLSSocket
  // A session's socket is a proxy, another one each time: the session stands for the connection.
  const connection = session ?? socket
  let certificate = certificates.get(connection)
  if (certificate === undefined) certificates.set(connection, (certificate = certificateOf(socket)))
  return new HttpIncoming(request, response, socket, certificate)
}

function certificateOf(socket: TLSSocket): ClientCertificate | 'none' | 'untrusted' {
  const certificate = socket.getPeerX509Certificate()
  if (!certificate) return 'none'
  if (!socket.authorized) return 'untrusted'
  const { subject, fingerprint256 } = certificate
  // One attribute a line; a value's own line breaks and backslashes are escaped by OpenSSL.
  const values = (name: string): string[] =>
    subject
      .split('\n')
      .filter((line) => line.startsWith(`${name}=`))
      .map((line) => line.slice(name.length + 1))
  return {
    commonName: values('CN').at(-1) ?? '',
    organizations: values('O'),
    fingerprint: fingerprint256.replaceAll(':', '').toLowerCase(),
  }
}

class HttpIncoming implements Incoming {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly certificate?: ClientCertificate | 'untrusted'
  readonly #request: Request
  readonly #response: Response | undefined
  readonly #socket: TLSSocket
  #abort: AbortController | undefined

  constructor(request: Request, response: Response | undefined, socket: TLSSocket, certificate: ClientCertificate | 'none' | 'untrusted') {
    this.#request = request
    this.#response = response
    this.#socket = socket
    this.method = request.method ?? ''
    this.url = request.url ?? '/'
    this.headers = request.headers as Record<string, string>
    if (certificate !== 'none') this.certificate = certificate
  }

  get upgrade(): 'websocket' | 'other' | undefined {
    const { upgrade, connection } = this.headers
    if (upgrade === undefined || !connection?.toLowerCase().includes('upgrade')) return undefined
    return upgrade.toLowerCase() === 'websocket' ? 'websocket' : 'other'
  }

  get remote(): string {
    return `${this.#socket.remoteAddress}:${this.#socket.remotePort}`
  }

  get local(): string {
    return `${this.#socket.localAddress}:${this.#socket.localPort}`
  }

  get signal(): AbortSignal {
    if (this.#abort) return this.#abort.signal
    const abort = (this.#abort = new AbortController())
    const response = this.#response
    const over = response ?? this.#socket
    if (over.destroyed) abort.abort()
    // A connection serves many requests, so nothing of one may stay behind on it.
    else over.once('close', () => response?.writableFinished || abort.abort())
    return abort.signal
  }

  abort(): void {
    if (this.#abort) this.#abort.abort()
    else this.#abort = aborted()
  }

  values(name: string): readonly string[] {
    const { rawHeaders } = this.#request
    const found: string[] = []
    for (let i = 0; i + 1 < rawHeaders.length; i += 2) if (rawHeaders[i]?.toLowerCase() === name) found.push(rawHeaders[i + 1] as string)
    return found
  }

  body(): Promise<Uint8Array> {
    const request = this.#request
    const declared = Number(this.headers['content-length'] ?? 0)
    if (declared > limits.requestBodyBytesMax) return Promise.reject(bodyTooLarge())
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = []
      let size = 0
      request.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > limits.requestBodyBytesMax) {
          request.removeAllListeners('data')
          request.resume()
          reject(bodyTooLarge())
        } else chunks.push(chunk)
      })
      request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)))
      request.on('error', reject)
      request.on('close', () => {
        if (!request.readableEnded) reject(new CodedError('ClientGone', 'Cannot read the request body: the client is gone'))
      })
    })
  }

  async *bodyStream(): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#request) yield chunk as Uint8Array
  }
}

function aborted(): AbortController {
  const controller = new AbortController()
  controller.abort()
  return controller
}

function bodyTooLarge(): ApiError {
  return new ApiError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${limits.requestBodyBytesMax}`)
}
