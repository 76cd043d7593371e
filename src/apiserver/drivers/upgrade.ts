/** Connections that are taken over: WebSockets (ws) and bare streams after a 101 (SPDY, proxied upgrades). HTTP/1.1 only. */
import { type IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { limits } from '../../base/limits.js'
import type { ByteDuplex, Incoming, MessageSocket, Reply, Serve } from '../listener.js'
import { sendReply } from './reply.js'

/** Bytes a WebSocket may hold unsent before its sender is made to wait. */
const unsentBytesMax = 1024 * 1024
/** RFC 6455 section 7.4.1. */
const normalClosure = 1000

export function createUpgrader(serve: Serve, closing: AbortSignal, incomingOf: (request: IncomingMessage) => Incoming) {
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: limits.messageBytesMax,
    perMessageDeflate: false,
    handleProtocols: () => false,
  })
  const chosen = new WeakMap<IncomingMessage, Extract<Reply, { type: 'websocket' }>>()
  sockets.options.handleProtocols = (_offered, request) => chosen.get(request)?.protocol || false
  sockets.on('headers', (lines, request) => {
    for (const [name, value] of Object.entries(chosen.get(request)?.headers ?? {}))
      for (const one of [value].flat()) lines.push(`${name}: ${one}`)
  })
  return {
    async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
      socket.on('error', () => socket.destroy())
      const incoming = incomingOf(request)
      const reply = await serve(incoming)
      if (socket.destroyed) return
      switch (reply.type) {
        case 'websocket':
          chosen.set(request, reply)
          return sockets.handleUpgrade(request, socket, head, (websocket) => void runWebSocket(websocket, reply))
        case 'raw':
          socket.write(`HTTP/1.1 101 ${STATUS_CODES[101]}\r\n${headerLines(reply.headers)}\r\n`)
          if (head.length > 0) socket.unshift(head)
          return runRaw(socket, reply)
        default: {
          const response = new ServerResponse(request)
          response.assignSocket(socket as Socket)
          response.shouldKeepAlive = false
          response.once('finish', () => socket.end())
          return sendReply(incoming, response, reply, closing)
        }
      }
    },
  }
}

async function runWebSocket(websocket: WebSocket, { protocol, run }: Extract<Reply, { type: 'websocket' }>): Promise<void> {
  websocket.on('error', () => websocket.terminate())
  const socket = messageSocket(websocket, protocol)
  try {
    await run(socket)
    socket.close()
  } catch {
    websocket.close(1011)
  }
}

function messageSocket(websocket: WebSocket, protocol: string): MessageSocket {
  return {
    protocol,
    send(message) {
      return new Promise((resolve, reject) => {
        websocket.send(message, { binary: typeof message !== 'string' }, (error) => (error ? reject(error) : resolve()))
        if (websocket.bufferedAmount < unsentBytesMax) resolve()
      })
    },
    received: receivedFrom(
      (push, end) => {
        websocket.on('message', (data: Buffer | ArrayBuffer | Buffer[]) =>
          push(Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)),
        )
        websocket.on('close', end)
      },
      () => websocket.pause(),
      () => websocket.resume(),
    ),
    close: (code = normalClosure, reason = '') => websocket.close(code, reason),
  }
}

async function runRaw(socket: Duplex, { run }: Extract<Reply, { type: 'raw' }>): Promise<void> {
  const duplex: ByteDuplex = {
    write: (bytes) => new Promise((resolve, reject) => void socket.write(bytes, (error) => (error ? reject(error) : resolve()))),
    received: receivedFrom(
      (push, end) => {
        socket.on('data', push)
        socket.on('end', end)
        socket.on('close', end)
      },
      () => socket.pause(),
      () => socket.resume(),
    ),
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  }
  try {
    await run(duplex)
    socket.end()
  } catch {
    socket.destroy()
  }
}

/** Chunks waiting to be read before the source is paused. */
const unreadChunksMax = 64

/** What a source pushes, as an iterable that pauses it while the reader is behind. */
function receivedFrom(
  start: (push: (bytes: Uint8Array) => void, end: () => void) => void,
  pause: () => void,
  resume: () => void,
): AsyncIterable<Uint8Array> {
  const unread: Uint8Array[] = []
  let ended = false
  let paused = false
  let wake: (() => void) | undefined
  start(
    (bytes) => {
      unread.push(bytes)
      if (unread.length >= unreadChunksMax && !paused) {
        paused = true
        pause()
      }
      wake?.()
    },
    () => {
      ended = true
      wake?.()
    },
  )
  return {
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const bytes = unread.shift()
        if (bytes) {
          if (paused && unread.length === 0) {
            paused = false
            resume()
          }
          yield bytes
        } else if (ended) return
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    },
  }
}

function headerLines(headers: Record<string, string | readonly string[]>): string {
  return Object.entries(headers)
    .flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}\r\n`))
    .join('')
}
