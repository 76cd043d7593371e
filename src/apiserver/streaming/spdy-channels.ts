/** A session of channels over SPDY/3.1: each channel is a stream that the client opens, named by its header streamType. */
import type { CreateHeaderCompression, Incoming, Reply } from '../listener.js'
import type { Answer, ChannelSession } from '../request.js'
import { ByteQueue } from './byte-queue.js'
import { type SpdyStream, serveSpdy } from './spdy.js'
import { spdyReply } from './upgrade.js'

/** v5 is for WebSockets only. */
const protocols = ['v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io']
const channels = ['stdin', 'stdout', 'stderr', 'error', 'resize']

type Received =
  | { readonly type: 'data'; readonly channel: number; readonly bytes: Uint8Array }
  | { readonly type: 'close'; readonly channel: number }

export function spdyChannelsReply(
  answer: Extract<Answer, { type: 'connect' }>,
  incoming: Incoming,
  compression: CreateHeaderCompression,
): Reply {
  return spdyReply(incoming, protocols, async (duplex, protocol) => {
    // The first protocol has neither resize nor, before v3, is it sent.
    const expected = (answer.streams ?? []).filter(
      (name) => name !== 'resize' || protocol === 'v4.channel.k8s.io' || protocol === 'v3.channel.k8s.io',
    )
    const streams = new Map<string, SpdyStream>()
    let started = false
    await serveSpdy(duplex, compression, (stream) => {
      streams.set(stream.headers.get('streamtype') ?? '', stream)
      if (started || !expected.every((name) => streams.has(name))) return
      started = true
      void runSession(answer.session, streams, protocol).then(
        () => duplex.end(),
        () => duplex.destroy(),
      )
    })
  })
}

async function runSession(session: ChannelSession, streams: ReadonlyMap<string, SpdyStream>, protocol: string): Promise<void> {
  const merged = new Merged()
  for (const name of ['stdin', 'resize']) {
    const stream = streams.get(name)
    if (stream) void merged.take(channels.indexOf(name), stream.received)
  }
  // The client's going shows as the end of the stream that it never writes to.
  void untilEnd(streams.get('error')?.received).then(
    () => {},
    () => merged.end(),
  )
  await session.run({
    protocol,
    send: async (channel, bytes) => {
      if (bytes.length > 0) await streams.get(channels[channel] ?? '')?.send(bytes)
    },
    receive: merged,
  })
  for (const stream of streams.values()) await stream.end()
}

async function untilEnd(received: AsyncIterable<Uint8Array> | undefined): Promise<void> {
  for await (const _bytes of received ?? []);
}

/** What comes on several channels, in the order it came. */
class Merged implements AsyncIterable<Received> {
  readonly #order: Received[] = []
  readonly #bell = new ByteQueue()

  async take(channel: number, received: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const bytes of received) await this.#push({ type: 'data', channel, bytes }, bytes)
      await this.#push({ type: 'close', channel }, new Uint8Array(1))
    } catch {
      this.end()
    }
  }

  end(): void {
    this.#bell.end()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Received> {
    for await (const _bytes of this.#bell) {
      const next = this.#order.shift()
      if (next) yield next
    }
  }

  #push(received: Received, weight: Uint8Array): Promise<void> {
    this.#order.push(received)
    return this.#bell.put(weight)
  }
}
