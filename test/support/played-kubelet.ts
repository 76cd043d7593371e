/** A kubelet of a test's own: its streams are plain functions over one end of a stream pair. */
import type { ActorRef } from '../../src/kernel/context.js'
import type { Protocol } from '../../src/kernel/protocol.js'
import type { Stream } from '../../src/kernel/stream.js'
import { createStreamEnd, type StreamHandle, type StreamWire } from '../../src/kernel/stream-end.js'
import type { KubeletProtocol } from '../../src/node/kubelet/protocol.js'

type Streams = KubeletProtocol['streams']
export type Played = {
  [M in keyof Streams]?: (params: Streams[M]['params'], stream: Stream<Streams[M]['up'], Streams[M]['down']>) => Promise<void>
}

const window = 16

/** Both ends of one stream, wired in later turns as actors' are. */
export function streamPair(): [StreamHandle, StreamHandle] {
  const wireTo = (peer: () => StreamHandle): StreamWire => {
    const later = (run: (handle: StreamHandle) => void) => void setImmediate(() => run(peer()))
    return {
      item: (item) => later(({ incoming }) => incoming.item(item)),
      credit: (items) => later(({ incoming }) => incoming.credit(items)),
      end: () => later(({ incoming }) => incoming.end()),
      close: (error) => later(({ incoming }) => incoming.close(error)),
    }
  }
  const pair: StreamHandle[] = []
  pair[0] = createStreamEnd(
    wireTo(() => pair[1] as StreamHandle),
    { credit: window, window },
  )
  pair[1] = createStreamEnd(
    wireTo(() => pair[0] as StreamHandle),
    { credit: window, window },
  )
  return [pair[0], pair[1]]
}

export function playKubelet(played: Played): Partial<ActorRef<Protocol>> {
  const stream = (method: string, params: unknown, options: { signal?: AbortSignal } = {}): unknown => {
    const [ours, theirs] = streamPair()
    const handler = played[method as keyof Played] as ((params: unknown, stream: unknown) => Promise<void>) | undefined
    options.signal?.addEventListener('abort', () => ours.close(), { once: true })
    void (handler?.(params, theirs) ?? Promise.reject(new Error(`nobody plays ${method}`))).then(
      () => theirs.close(),
      (error: unknown) => theirs.close(error),
    )
    return ours
  }
  return { stream } as Partial<ActorRef<Protocol>>
}
