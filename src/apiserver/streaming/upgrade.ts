/** The handshakes of connections that are taken over other than as a plain WebSocket: SPDY/3.1, bare or inside one. */
import { ApiError, badRequest } from '../../api/meta/status.js'
import type { ByteDuplex, Incoming, MessageSocket, Reply } from '../listener.js'
import { splitList } from './negotiate.js'

/** Whether the client asks for SPDY/3.1 itself. */
export function asksForSpdy({ upgrade, headers }: Incoming): boolean {
  return upgrade === 'other' && headers.upgrade?.toLowerCase() === 'spdy/3.1'
}

/** The 101 to SPDY with the first protocol of the client's that is spoken here, or the 403 that says which are (httpstream.Handshake). */
export function spdyReply(
  incoming: Incoming,
  protocols: readonly string[],
  run: (duplex: ByteDuplex, protocol: string) => Promise<void>,
): Reply {
  const offered = incoming.values('x-stream-protocol-version').flatMap(splitList)
  if (offered.length === 0) throw badRequest('unable to upgrade: X-Stream-Protocol-Version is required')
  const protocol = offered.find((one) => protocols.includes(one))
  if (protocol === undefined) {
    const { status } = new ApiError(
      403,
      'Forbidden',
      `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(' ')}], server accepts [${protocols.join(' ')}]`,
    )
    return {
      type: 'whole',
      status: 403,
      headers: { 'content-type': 'application/json', 'x-accepted-stream-protocol-versions': [...protocols] },
      body: JSON.stringify(status),
    }
  }
  return {
    type: 'raw',
    headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': protocol },
    run: (duplex) => run(duplex, protocol),
  }
}

/** A WebSocket whose binary messages are a byte stream, cut anywhere (KEP-4006). */
export function tunnel(socket: MessageSocket): ByteDuplex {
  return { write: (bytes) => socket.send(bytes), received: socket.received, end: () => socket.close(), destroy: () => socket.close(1011) }
}
