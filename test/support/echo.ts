/** An actor for tests of the kernel: echoes, fails and hangs on demand, and passes on what it is told to. */

import { sleep } from '../../src/base/clock.js'
import { CodedError } from '../../src/base/errors.js'
import type { Behaviour } from '../../src/kernel/behaviour.js'
import type { Protocol } from '../../src/kernel/protocol.js'

export interface EchoProtocol extends Protocol {
  calls: {
    echo: { params: unknown; result: unknown }
    /** Throws: a CodedError with this code, or a plain Error without one. */
    fail: { params: { code?: string }; result: never }
    never: { params: Record<string, never>; result: never }
    spin: { params: { ms: number }; result: Record<string, never> }
    /** Asks to be stopped. */
    finish: { params: Record<string, never>; result: Record<string, never> }
    exit: { params: Record<string, never>; result: never }
    leak: { params: Record<string, never>; result: never }
    /** Keeps so much memory outside its heap. */
    hoard: { params: { MiB: number }; result: Record<string, never> }
    later: { params: { ms: number }; result: number }
    /** Calls `method` of the actor `to` and tells what came of it. */
    relay: {
      params: { to: string; method: 'echo' | 'fail' | 'never' | 'spin' | 'exit' | 'leak' | 'later'; params: unknown; timeoutMs?: number }
      result: { ok?: unknown; code?: string; ms: number }
    }
    /** Reads `items` items of the stream `count` of the actor `to`. */
    read: { params: { to: string; items: number; of: number; credit?: number }; result: { items: number[]; end?: string } }
    casts: { params: Record<string, never>; result: unknown[] }
    clock: { params: Record<string, never>; result: { clock: number } }
    sent: { params: Record<string, never>; result: number }
  }
  casts: { note: unknown }
  streams: { count: { params: { of: number }; down: number; up: number }; sum: { params: Record<string, never>; down: number; up: number } }
}

export const echoActor: Behaviour<EchoProtocol, { initFails?: boolean; initTakesMs?: number; terminateTakesMs?: number }> = {
  role: 'test',
  async init(context, config) {
    if (config.initFails) throw new Error('cannot start')
    if (config.initTakesMs) await sleep(context.clock, config.initTakesMs)
    const notes: unknown[] = []
    const hoarded: Uint8Array[] = []
    let sent = 0
    return {
      calls: {
        echo: (params) => params,
        fail({ code }) {
          throw code ? new CodedError(code, 'as asked') : new Error('a bug')
        },
        never: () => new Promise<never>(() => {}),
        spin({ ms }) {
          const until = context.clock.monotonic() + ms
          while (context.clock.monotonic() < until);
          return {}
        },
        finish() {
          context.finish?.()
          return {}
        },
        exit: () => process.exit(7),
        async leak() {
          const hoard: unknown[] = []
          for (;;) {
            for (let i = 0; i < 500; i++) hoard.push(new Array(1000).fill(hoard.length))
            await sleep(context.clock, 0)
          }
        },
        hoard({ MiB }) {
          hoarded.push(new Uint8Array(MiB * 2 ** 20).fill(1))
          return {}
        },
        later: async ({ ms }) => {
          await sleep(context.clock, ms)
          return context.clock.monotonic()
        },
        async relay({ to, method, params, timeoutMs }) {
          const from = context.clock.monotonic()
          try {
            const ok = await context.actor<EchoProtocol>(to).call(method, params as never, timeoutMs ? { timeoutMs } : {})
            return { ok, ms: context.clock.monotonic() - from }
          } catch (error) {
            return { code: error instanceof CodedError ? error.code : 'none', ms: context.clock.monotonic() - from }
          }
        },
        async read({ to, items, of, credit }) {
          const got: number[] = []
          try {
            if (items === 0) return { items: got }
            for await (const item of context.actor<EchoProtocol>(to).stream('count', { of }, credit ? { credit } : {})) {
              got.push(item)
              if (got.length === items) break
            }
            return { items: got }
          } catch (error) {
            return { items: got, end: error instanceof CodedError ? error.code : 'none' }
          }
        },
        casts: () => notes,
        clock: () => ({ clock: context.clock.now() }),
        sent: () => sent,
      },
      casts: { note: (params) => void notes.push(params) },
      streams: {
        async count({ of }, stream) {
          for (let i = 0; i < of; i++) {
            await stream.send(i)
            sent++
          }
        },
        async sum(_params, stream) {
          let sum = 0
          for await (const item of stream) sum += item
          await stream.send(sum)
        },
      },
      terminate: () => (config.terminateTakesMs ? sleep(context.clock, config.terminateTakesMs) : undefined),
      inspect: () => ({ notes: notes.length }),
    }
  },
}
