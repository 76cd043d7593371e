/**
 * Numbered channels over one WebSocket: every message starts with its channel's number (remotecommand v4, v5 and their
 * forerunners). Also their form in text messages, where the number is a digit and the bytes are base64. v5 adds the
 * half-close: channel 255 names a channel that gets no more bytes.
 */
import { ApiError, badRequest } from '../../api/meta/status.js'
import type { Incoming, MessageSocket, Reply } from '../listener.js'
import type { Answer, ChannelSession } from '../request.js'
import { offeredProtocols } from './negotiate.js'

/** v5's channel that closes others. */
const closeChannel = 255

type Received =
  | { readonly type: 'data'; readonly channel: number; readonly bytes: Uint8Array }
  | { readonly type: 'close'; readonly channel: number }

/** Accepts a WebSocket for a session of channels. Throws ApiError 400 or 403. */
export function channelsReply(answer: Extract<Answer, { type: 'connect' }>, incoming: Incoming): Reply {
  if (incoming.upgrade !== 'websocket') throw badRequest('Upgrade request required')
  const offered = offeredProtocols(incoming.headers)
  const protocol = offered.length === 0 ? '' : offered.find((one) => answer.protocols.includes(one))
  if (protocol === undefined || (protocol === '' && !answer.protocols.includes('')))
    throw new ApiError(
      403,
      'Forbidden',
      `unable to negotiate a subprotocol: client offers [${offered.join(' ')}], server supports [${answer.protocols.join(' ')}]`,
    )
  return { type: 'websocket', protocol, headers: {}, run: (socket) => runChannels(socket, answer.session) }
}

/** Runs a session over the channels of a socket. */
export async function runChannels(socket: MessageSocket, session: ChannelSession): Promise<void> {
  const text = socket.protocol.startsWith('base64.') || socket.protocol.includes('.base64.')
  const halfCloses = socket.protocol === 'v5.channel.k8s.io'
  await session.run({
    protocol: socket.protocol,
    send: (channel, bytes) => socket.send(text ? `${channel}${toBase64(bytes)}` : withChannel(channel, bytes)),
    receive: received(socket, text, halfCloses),
  })
}

async function* received(socket: MessageSocket, text: boolean, halfCloses: boolean): AsyncGenerator<Received> {
  for await (const message of socket.received) {
    const first = message[0]
    if (first === undefined) continue
    if (text) yield { type: 'data', channel: first - 0x30, bytes: fromBase64(message.subarray(1)) }
    else if (halfCloses && first === closeChannel) yield { type: 'close', channel: message[1] ?? 0 }
    else yield { type: 'data', channel: first, bytes: message.subarray(1) }
  }
}

function withChannel(channel: number, bytes: Uint8Array): Uint8Array {
  const message = new Uint8Array(bytes.length + 1)
  message[0] = channel
  message.set(bytes, 1)
  return message
}

/** Bytes per call of String.fromCharCode, well below the engines' limit of arguments. */
const sliceBytes = 8192

export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (let i = 0; i < bytes.length; i += sliceBytes) binary += String.fromCharCode(...bytes.subarray(i, i + sliceBytes))
  return btoa(binary)
}

function fromBase64(text: Uint8Array): Uint8Array {
  try {
    return Uint8Array.from(atob(new TextDecoder().decode(text)), (char) => char.charCodeAt(0))
  } catch {
    throw badRequest('illegal base64 data')
  }
}
