/**
 * pods/portforward: TCP connections to a pod's ports, as pairs of streams (data and error) over SPDY/3.1, bare or inside a
 * WebSocket, or as numbered channels of a WebSocket (kubelet/pkg/cri/streaming/portforward).
 */

import { ApiError, badRequest } from '../../api/meta/status.js'
import { messageOf } from '../../base/errors.js'
import type { Context } from '../../kernel/context.js'
import { type KubeletProtocol, kubeletName } from '../../node/kubelet/protocol.js'
import type { CreateHeaderCompression, Incoming, MessageSocket, Reply } from '../listener.js'
import type { ApiCall, ResourceTarget } from '../request.js'
import type { Lookup } from '../resource/lookup.js'
import { ByteQueue } from './byte-queue.js'
import { runChannels } from './channels.js'
import { offeredProtocols } from './negotiate.js'
import { placed, podOf } from './pod.js'
import { type SpdyStream, serveSpdy } from './spdy.js'
import { asksForSpdy, spdyReply, tunnel } from './upgrade.js'

const spdyProtocol = 'portforward.k8s.io'
const tunnelProtocol = 'SPDY/3.1+portforward.k8s.io'
const channelProtocols = ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io', '']

interface Options {
  readonly context: Context
  readonly lookup: Lookup
  readonly compression: CreateHeaderCompression
}

/** One direction to the client. */
interface Outlet {
  send(bytes: Uint8Array): Promise<void>
  end(): Promise<void>
}

/** One forwarded connection: the client's bytes, and where the pod's bytes and what goes wrong are told. */
type Forward = (port: number, received: AsyncIterable<Uint8Array>, data: Outlet, error: Outlet) => Promise<void>

const encoder = new TextEncoder()

/** Throws ApiError 404 and 400. */
export async function portForwardReply(call: ApiCall, incoming: Incoming, { context, lookup, compression }: Options): Promise<Reply> {
  const target = call.target as ResourceTarget
  const { namespace, pod, node } = placed(await podOf(target, lookup))
  const forward: Forward = (port, received, data, error) => carry(context, node, { namespace, pod, port }, { received, data, error })
  if (asksForSpdy(incoming)) return spdyReply(incoming, [spdyProtocol], (duplex) => serveSpdy(duplex, compression, pairs(forward)))
  if (incoming.upgrade !== 'websocket') throw badRequest('Upgrade request required')
  const offered = offeredProtocols(incoming.headers)
  if (offered.includes(tunnelProtocol))
    return {
      type: 'websocket',
      protocol: tunnelProtocol,
      headers: {},
      run: (socket) => serveSpdy(tunnel(socket), compression, pairs(forward)),
    }
  const protocol = offered.length === 0 ? '' : offered.find((one) => channelProtocols.includes(one))
  if (protocol === undefined)
    throw new ApiError(403, 'Forbidden', `unable to negotiate a subprotocol: client offers [${offered.join(' ')}]`)
  const ports = portsOf(call.query)
  return { type: 'websocket', protocol, headers: {}, run: (socket) => runNumbered(socket, ports, forward) }
}

/** Carries bytes between a client and a port of the pod until either has ended. */
async function carry(
  context: Context,
  node: string,
  to: { readonly namespace: string; readonly pod: string; readonly port: number },
  { received, data, error }: { readonly received: AsyncIterable<Uint8Array>; readonly data: Outlet; readonly error: Outlet },
): Promise<void> {
  try {
    const stream = context.actor<KubeletProtocol>(kubeletName(node)).stream('dial', to)
    const sending = (async () => {
      try {
        for await (const bytes of received) await stream.send({ bytes })
        stream.end()
      } catch {
        stream.close()
      }
    })()
    for await (const { bytes } of stream) await data.send(bytes)
    await data.end()
    await Promise.race([sending, stream.closed])
    await error.end()
    return
  } catch (problem) {
    await error.send(encoder.encode(`error forwarding port ${to.port} to pod ${to.pod}: ${messageOf(problem)}`)).catch(() => {})
  }
  await data.end().catch(() => {})
  await error.end().catch(() => {})
}

/** Joins a connection's two streams by their request id; the error stream comes first. */
function pairs(forward: Forward): (stream: SpdyStream) => void {
  const waiting = new Map<string, SpdyStream>()
  return (stream) => {
    const id = stream.headers.get('requestid') ?? String(stream.headers.get('streamtype') === 'data' ? stream.id - 2 : stream.id)
    const other = waiting.get(id)
    if (!other) return void waiting.set(id, stream)
    waiting.delete(id)
    const [data, error] = stream.headers.get('streamtype') === 'data' ? [stream, other] : [other, stream]
    void forward(Number(data.headers.get('port')), data.received, data, error)
  }
}

/** Throws ApiError 400. */
function portsOf(query: URLSearchParams): number[] {
  const texts = query.getAll('ports').flatMap((text) => text.split(','))
  if (texts.length === 0) throw badRequest('query parameter "port" is required')
  return texts.map((text) => {
    const port = Number(text)
    if (!Number.isInteger(port) || port < 1 || port > 65_535) throw badRequest(`unable to parse ${JSON.stringify(text)} as a port`)
    return port
  })
}

/** Two channels a port: 2i for data, 2i + 1 for its error; each begins with the port in two bytes, low one first. */
async function runNumbered(socket: MessageSocket, ports: readonly number[], forward: Forward): Promise<void> {
  await runChannels(socket, {
    async run(io) {
      const queues = ports.map(() => new ByteQueue())
      const outlet = (channel: number): Outlet => ({ send: (bytes) => io.send(channel, bytes), end: () => Promise.resolve() })
      for (const [i, port] of ports.entries())
        for (const channel of [2 * i, 2 * i + 1]) await io.send(channel, new Uint8Array([port & 255, port >> 8]))
      void (async () => {
        for await (const { type, channel, ...received } of io.receive) {
          if (channel % 2 === 0 && type === 'data') await queues[channel / 2]?.put((received as { bytes: Uint8Array }).bytes)
        }
        for (const queue of queues) queue.end()
      })()
      await Promise.all(ports.map((port, i) => forward(port, queues[i] as ByteQueue, outlet(2 * i), outlet(2 * i + 1))))
    },
  })
}
