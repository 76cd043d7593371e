/**
 * A Transport to any Kubernetes API over HTTP(S), with a client certificate or a bearer token: for the command line, for
 * tests, and for components that run away from their API server. Connections are kept and used again.
 *
 * An answer that never comes is told apart by what is known of the request: 'ActorNotRunning' when no connection came
 * about, so nothing was sent; 'ActorDown' when the connection broke afterwards, so it may have been acted on.
 */
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { CodedError } from '../../base/errors.js'
import type { ApiRequest, ApiResponse, Transport } from '../transport.js'

export interface HttpTransportOptions {
  /** 'https://127.0.0.1:6443', without a path or with a prefix of all paths. */
  readonly server: string
  /** PEM of the CA that signed the server's certificate; default: those the system trusts. */
  readonly ca?: string
  /** PEM of the client's certificate and key. */
  readonly cert?: string
  readonly key?: string
  readonly token?: string
  /** Accepts any certificate of the server. */
  readonly insecure?: boolean
  /** The name that the server's certificate must bear, when it is not the one in `server`. */
  readonly serverName?: string
  /** Milliseconds that request() waits for a whole answer unless told otherwise; default 32 s. */
  readonly timeoutMs?: number
}

export interface HttpTransport extends Transport {
  /** Closes idle connections and breaks the others. */
  close(): void
}

const timeoutMsDefault = 32_000

export function createHttpTransport(options: HttpTransportOptions): HttpTransport {
  const base = new URL(options.server)
  const secure = base.protocol === 'https:'
  const agent = secure
    ? new HttpsAgent({
        keepAlive: true,
        ...(options.ca ? { ca: options.ca } : {}),
        ...(options.cert ? { cert: options.cert } : {}),
        ...(options.key ? { key: options.key } : {}),
        ...(options.serverName ? { servername: options.serverName } : {}),
        rejectUnauthorized: !options.insecure,
      })
    : new HttpAgent({ keepAlive: true })
  const prefix = base.pathname.replace(/\/$/, '')

  function send({ method, path, headers, body }: ApiRequest): ClientRequest {
    const head = {
      ...headers,
      ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
      ...(body ? { 'content-length': String(body.length) } : {}),
    }
    const to = {
      method,
      agent,
      host: base.hostname.replace(/^\[|\]$/g, ''),
      port: base.port || (secure ? 443 : 80),
      path: prefix + path,
      headers: head,
    }
    const sent = secure ? httpsRequest(to) : httpRequest(to)
    sent.end(body)
    return sent
  }
  /** Resolves with the head of the answer; `signal` ends the request at any time. */
  function begin(request: ApiRequest, signal: AbortSignal | undefined): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(cancelled(signal))
      const sent = send(request)
      let connected = false
      const abort = () => sent.destroy(cancelled(signal))
      signal?.addEventListener('abort', abort, { once: true })
      sent.on('socket', (socket) => {
        if (sent.reusedSocket) connected = true
        else socket.once(secure ? 'secureConnect' : 'connect', () => (connected = true))
      })
      sent.on('error', (error) => reject(accident(error, connected)))
      sent.on('response', (response) => {
        response.once('close', () => signal?.removeEventListener('abort', abort))
        resolve(response)
      })
    })
  }
  return {
    async request(request, { signal, timeoutMs = options.timeoutMs ?? timeoutMsDefault } = {}) {
      const timeout = new AbortController()
      const timer = setTimeout(
        () =>
          timeout.abort(new CodedError('DeadlineExceeded', `Cannot ${request.method} ${request.path}: no answer within ${timeoutMs} ms`)),
        timeoutMs,
      )
      const abort = () => timeout.abort(signal?.reason)
      if (signal?.aborted) abort()
      signal?.addEventListener('abort', abort, { once: true })
      try {
        const response = await begin(request, timeout.signal)
        return { status: response.statusCode ?? 0, headers: headersOf(response), body: await collect(response) } satisfies ApiResponse
      } finally {
        clearTimeout(timer)
        signal?.removeEventListener('abort', abort)
      }
    },
    async open(request, { signal } = {}) {
      const response = await begin(request, signal)
      return { status: response.statusCode ?? 0, headers: headersOf(response), chunks: chunksOf(response) }
    },
    close: () => agent.destroy(),
  }
}

async function* chunksOf(response: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response) yield chunk as Uint8Array
  } catch (error) {
    throw accident(error, true)
  } finally {
    response.destroy()
  }
}

async function collect(response: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of response) chunks.push(chunk as Uint8Array)
  } catch (error) {
    throw accident(error, true)
  }
  return Buffer.concat(chunks)
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]))
}

function cancelled(signal: AbortSignal | undefined): CodedError {
  return signal?.reason instanceof CodedError ? signal.reason : new CodedError('Cancelled', 'The caller gave up', { cause: signal?.reason })
}

function accident(error: unknown, connected: boolean): CodedError {
  if (error instanceof CodedError) return error
  const why = error instanceof Error ? error.message : String(error)
  return new CodedError(connected ? 'ActorDown' : 'ActorNotRunning', `Cannot reach the API server: ${why}`, { cause: error })
}
