/**
 * The Listener on node:http2: one TLS port for HTTP/2 and HTTP/1.1, client certificates asked for and not required,
 * upgrades handed to upgrade.ts. What is here is bytes: nothing of it knows what a request means.
 */
import { setMaxListeners } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { CodedError, messageOf } from '../../base/errors.js'
import type { Incoming, Listener, Listening, ListenOptions } from '../listener.js'
import { type Certificates, incomingOf } from './incoming.js'
import { discard, type Response, sendReply } from './reply.js'
import { createUpgrader } from './upgrade.js'

const keepAliveTimeoutMs = 120_000
const h2StreamsMax = 250
/** How often connections are looked at while the server closes. */
const sweepMs = 20

/** Ports are real; nothing is shared between listeners. */
export const httpListener: Listener = {
  async listen(options) {
    const closing = new AbortController()
    setMaxListeners(0, closing.signal)
    const certificates: Certificates = new WeakMap()
    const server = createSecureServer({
      allowHTTP1: true,
      cert: options.certificate,
      key: options.key,
      ca: options.clientCa,
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      settings: { maxConcurrentStreams: h2StreamsMax },
    })
    // The server is an http.Server too where HTTP/1.1 is concerned; its types do not say so.
    Object.assign(server, { keepAliveTimeout: keepAliveTimeoutMs })
    const upgrader = createUpgrader(options.serve, closing.signal, (request) => incomingOf(request, undefined, certificates))
    server.on('secureConnection', (socket: TLSSocket) => void socket.setNoDelay(true))
    server.on('request', (request, compat) => {
      const response = compat as unknown as Response
      void answer(incomingOf(request, response, certificates), response, options.serve, closing.signal)
    })
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => void upgrader.upgrade(request, socket, head))
    server.on('tlsClientError', () => {})
    server.on('sessionError', () => {})
    return listening(server, await bind(server, options), options, closing)
  },
}

async function bind(server: Http2SecureServer, { host, port }: ListenOptions): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new CodedError('ListenFailed', `Cannot listen on ${host}:${port}: ${messageOf(error)}`)))
    server.listen(port, host, resolve)
  })
  const address = server.address()
  return typeof address === 'object' && address ? address.port : port
}

function listening(server: Http2SecureServer, port: number, { host }: ListenOptions, closing: AbortController): Listening {
  const sockets = new Set<Duplex>()
  const sessions = new Set<ServerHttp2Session>()
  server.on('connection', (socket: Duplex) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('session', (session) => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
  })
  return {
    host,
    port,
    close(graceMs) {
      closing.abort()
      return new Promise((resolve) => {
        const cut = setTimeout(() => {
          for (const socket of sockets) socket.destroy()
        }, graceMs)
        // A connection that still had an answer to finish is idle only afterwards.
        const sweep = setInterval(() => (server as unknown as { closeIdleConnections(): void }).closeIdleConnections(), sweepMs)
        server.close(() => {
          clearTimeout(cut)
          clearInterval(sweep)
          resolve()
        })
        for (const session of sessions) session.close()
      })
    },
  }
}

async function answer(incoming: Incoming, response: Response, serve: ListenOptions['serve'], closing: AbortSignal): Promise<void> {
  response.on('error', () => {})
  const reply = await serve(incoming)
  if (response.destroyed) return discard(reply)
  await sendReply(incoming, response, reply, closing)
}
