/** A kubelet on an API in memory: with real processes in real time, or simulated ones in virtual time. */
import { setMaxListeners } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { CodedError } from '../../../src/base/errors.js'
import { createIds } from '../../../src/base/ids.js'
import { createLogger } from '../../../src/base/log.js'
import { createRandom } from '../../../src/base/random.js'
import type { Transport } from '../../../src/client/transport.js'
import type { Instance } from '../../../src/kernel/behaviour.js'
import type { Context } from '../../../src/kernel/context.js'
import type { Protocol } from '../../../src/kernel/protocol.js'
import type { Stream } from '../../../src/kernel/stream.js'
import { createSystemClock } from '../../../src/kernel/thread/platform.js'
import { createMetrics } from '../../../src/telemetry/metrics.js'
import type { MemoryApi } from '../../support/memory-api.js'

/** A context of its own on the machine's clock; `crashed` tells what it crashed with. */
export function realContext(role: string, name: string): { context: Context; stop(): void; crashed(): unknown } {
  const ended = new AbortController()
  setMaxListeners(0, ended.signal)
  const clock = createSystemClock()
  const random = createRandom(`${name}/${process.pid}`)
  let crash: unknown
  const context: Context = {
    self: { role, name, incarnation: 1 },
    clock,
    random,
    ids: createIds(random),
    log: createLogger(name, clock.now, (record) => process.env['TROUPE_TEST_LOG'] && console.error(JSON.stringify(record))),
    metrics: createMetrics(),
    signal: ended.signal,
    actor: () => {
      throw new CodedError('ActorNotRunning', 'There are no other actors here')
    },
    running: () => [],
    monitor: () => ({ cancel() {} }),
    spawn(label, run) {
      run().catch((error) => {
        if (!ended.signal.aborted) crash ??= new Error(`${label}: ${String(error?.stack ?? error)}`)
      })
    },
    crash: (error) => void (crash ??= error),
  }
  return { context, stop: () => ended.abort(new CodedError('Cancelled', 'The actor stops')), crashed: () => crash }
}

/** The API's transport as this node's kubelet sees it: the API in memory selects by name only. */
export function nodeTransport({ transport }: MemoryApi): Transport {
  const strip = <T extends { readonly path: string }>(request: T): T => ({
    ...request,
    path: request.path.replace(/&?fieldSelector=spec\.nodeName[^&]*/, ''),
  })
  return {
    request: (request, options) => transport.request(strip(request), options),
    open: (request, options) => transport.open(strip(request), options),
  }
}

/** Waits in real time until `probe` gives something. */
export async function until<T>(what: string, probe: () => T | Promise<T>, maxMs = 15_000): Promise<NonNullable<T>> {
  for (const end = performance.now() + maxMs; performance.now() < end; await delay(20)) {
    const value = await probe()
    if (value) return value as NonNullable<T>
  }
  throw new Error(`Never came about within ${maxMs} ms: ${what}`)
}

/** Opens a stream of an instance without a kernel in between. */
export function openStream<P extends Protocol, M extends keyof P['streams'] & string>(
  instance: Instance<P>,
  method: M,
  params: P['streams'][M]['params'],
): { items: AsyncIterable<P['streams'][M]['down']>; send(item: P['streams'][M]['up']): void; end(): void; close(): void } {
  type Down = P['streams'][M]['down']
  type Up = P['streams'][M]['up']
  const down = createQueue<Down>()
  const up = createQueue<Up>()
  let resolve = () => {}
  const closed = new Promise<Record<string, never>>((done) => (resolve = () => done({})))
  const stream: Stream<Up, Down> = {
    send: async (item) => down.push(item),
    trySend(item) {
      down.push(item)
      return true
    },
    end: () => down.end(),
    close: (error) => {
      down.end(error)
      up.end()
      resolve()
    },
    closed,
    [Symbol.asyncIterator]: () => up.items[Symbol.asyncIterator](),
  }
  const handler = instance.streams?.[method]
  const received = { from: { role: 'test', name: 'test', incarnation: 1 }, signal: new AbortController().signal }
  handler?.(params, stream, received).then(
    () => stream.close(),
    (error: unknown) => stream.close(error),
  )
  return { items: down.items, send: (item) => up.push(item), end: () => up.end(), close: () => stream.close() }
}

function createQueue<T>(): { push(item: T): void; end(error?: unknown): void; items: AsyncIterable<T> } {
  const queue: T[] = []
  let over = false
  let failure: unknown
  let wake = () => {}
  return {
    push(item) {
      queue.push(item)
      wake()
    },
    end(error) {
      over = true
      failure ??= error
      wake()
    },
    items: {
      async *[Symbol.asyncIterator]() {
        for (;;) {
          const item = queue.shift()
          if (item !== undefined) yield item
          else if (over) {
            if (failure) throw failure
            return
          } else await new Promise<void>((resolve) => (wake = resolve))
        }
      },
    },
  }
}
