/**
 * The Transport of the cast: requests as messages to the actor 'apiserver'. While no API server runs, requests wait for
 * the next one: a request that was not sent can be sent again whatever it does, one that was sent and lost its answer
 * only when it changes nothing. The rest rejects with an unknown outcome, which is the caller's to resolve.
 */

import type { ApiFrame, ApiServerProtocol } from '../apiserver/protocol.js'
import { sleep } from '../base/clock.js'
import { CodedError, codeOf } from '../base/errors.js'
import type { Context } from '../kernel/context.js'
import type { Stream } from '../kernel/stream.js'
import { createBackoff } from './backoff.js'
import type { ApiRequest, ApiResponse, Transport } from './transport.js'

/** Milliseconds a request may take, waiting for an API server included, unless the caller says otherwise (client-go: none; kubectl: none). */
const requestTimeoutMsDefault = 32_000
/** The longest nap while waiting for an API server; the monitor normally ends it at once. */
const retryDelayMsMax = 1_000

/** A Transport to the actor `name`. */
export function createActorTransport(context: Context, name = 'apiserver'): Transport {
  const server = context.actor<ApiServerProtocol>(name)
  const { clock } = context

  async function request(params: ApiRequest, options: { signal?: AbortSignal; timeoutMs?: number } = {}): Promise<ApiResponse> {
    const deadline = clock.monotonic() + (options.timeoutMs ?? requestTimeoutMsDefault)
    const backoff = createBackoff(context.random, { firstMs: 5, maxMs: retryDelayMsMax })
    const signal = options.signal ?? context.signal
    for (;;) {
      signal.throwIfAborted()
      const left = deadline - clock.monotonic()
      try {
        return await server.call('request', params, { timeoutMs: Math.max(1, left), signal })
      } catch (error) {
        const delay = backoff.next()
        if (!isRetryable(params, codeOf(error)) || clock.monotonic() + delay >= deadline) throw error
        await serverOrDelay(context, name, delay, signal)
      }
    }
  }

  async function open(params: ApiRequest, options: { signal?: AbortSignal } = {}) {
    const stream = server.stream('open', params, { signal: options.signal ?? context.signal })
    stream.end()
    const frames = stream[Symbol.asyncIterator]()
    const first = await frames.next()
    if (first.done) throw new CodedError('ActorDown', 'Cannot open a stream: it ended before its head')
    if (!('head' in first.value)) {
      stream.close()
      throw new CodedError('BadMessage', 'Cannot open a stream: it began without its head')
    }
    return { status: first.value.head.status, headers: first.value.head.headers, chunks: bytesOf(stream, frames) }
  }

  return { request, open }
}

/** Nothing was done (the first two), or doing it twice is the same as once. */
function isRetryable({ method }: ApiRequest, code: string | undefined): boolean {
  if (code === 'ActorNotRunning' || code === 'Overloaded') return true
  return code === 'ActorDown' && (method === 'GET' || method === 'HEAD')
}

/** Resolves when an actor of this name comes up or `delayMs` have passed. */
async function serverOrDelay(context: Context, name: string, delayMs: number, signal: AbortSignal): Promise<void> {
  const woken = new AbortController()
  const monitor = context.monitor(name, (event) => {
    if (event.type === 'up') woken.abort(woken)
  })
  try {
    await sleep(context.clock, delayMs, AbortSignal.any([signal, woken.signal]))
  } catch (reason) {
    if (reason !== woken) throw reason
    // 'Up' may be told at once by a server that is merely full: a moment's pause keeps this from spinning.
    await sleep(context.clock, 1, signal)
  } finally {
    monitor.cancel()
  }
}

async function* bytesOf(
  stream: Stream<ApiFrame, { readonly bytes: Uint8Array }>,
  frames: AsyncIterator<ApiFrame>,
): AsyncGenerator<Uint8Array> {
  try {
    for (;;) {
      const next = await frames.next()
      if (next.done) return
      if ('bytes' in next.value) yield next.value.bytes
    }
  } finally {
    stream.close()
  }
}
