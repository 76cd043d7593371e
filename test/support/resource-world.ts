/**
 * The API server's back half over a store in memory, in virtual time: requests in HTTP's terms in, Answers out. What is
 * shared is frozen, so that code that changes what others read fails.
 */

import type { KubeObject } from '../../src/api/meta/object.js'
import { ApiError, type Status } from '../../src/api/meta/status.js'
import { builtinRegistry } from '../../src/api/registry.js'
import type { Answer, ApiCall, ServedEvent, User } from '../../src/apiserver/request.js'
import { createResources, type Resources, type ResourcesOptions } from '../../src/apiserver/resource/resources.js'
import { requestInfo, resolve } from '../../src/apiserver/router.js'
import { createIds } from '../../src/base/ids.js'
import { silentLogger } from '../../src/base/log.js'
import type { Context } from '../../src/kernel/context.js'
import { createTimeline, type Timeline } from '../../src/sim/timeline.js'
import { createMetrics } from '../../src/telemetry/metrics.js'
import { createMemoryStore, type MemoryStore } from './memory-store.js'

/** What the wire's JSON says, to be read without ceremony: a test fails soon enough when a field is not there. */
// biome-ignore lint/suspicious/noExplicitAny: answers of every kind pass through here
export type Loose = any

export interface Asked {
  readonly code: number
  readonly answer?: Answer
  /** The object, or the list as one, or the Status: what the wire's JSON says. */
  readonly body: Loose
  readonly warnings: readonly string[]
}

export interface ResourceWorld {
  readonly store: MemoryStore
  readonly resources: Resources
  readonly timeline: Timeline
  readonly context: Context
  readonly registry: ReturnType<typeof builtinRegistry>
  /** Errors of background loops. */
  readonly crashes: unknown[]
  ask(
    method: string,
    path: string,
    body?: unknown,
    options?: { headers?: Record<string, string>; user?: User; signal?: AbortSignal },
  ): Promise<Asked>
  /** As ask(), and the answer must have this code. */
  must(code: number, method: string, path: string, body?: unknown, options?: { headers?: Record<string, string> }): Promise<Loose>
  watch(path: string): Promise<Watcher>
  /** Runs virtual time until the promise settles, at most `virtualMs` (default 120 s). */
  until<T>(promise: Promise<T>, virtualMs?: number): Promise<T>
  pass(virtualMs: number): Promise<void>
  stop(): void
}

export interface Watcher {
  /** The next events, `count` of them; fails when the watch ends first. */
  next(count?: number): Promise<{ type: string; object: KubeObject }[]>
  /** Reads to the end; what it threw as a Status. */
  rest(): Promise<{ events: { type: string; object: KubeObject }[]; error?: Status }>
  close(): void
}

const admin: User = { name: 'system:admin', groups: ['system:masters', 'system:authenticated'] }
export const patchHeaders = (type: 'json' | 'merge' | 'strategic' | 'apply'): { headers: Record<string, string> } => ({
  headers: {
    'content-type':
      type === 'apply'
        ? 'application/apply-patch+yaml'
        : `application/${type === 'strategic' ? 'strategic-merge-patch' : `${type}-patch`}+json`,
  },
})

export async function createResourceWorld(
  options: Partial<Omit<ResourcesOptions, 'context'>> & { readonly seed?: number; readonly memory?: MemoryStore } = {},
): Promise<ResourceWorld> {
  const timeline = createTimeline({ seed: options.seed ?? 1, turn: () => new Promise((done) => setImmediate(done)) })
  const store = options.memory ?? createMemoryStore()
  const registry = options.registry ?? builtinRegistry()
  const stopping = new AbortController()
  const crashes: unknown[] = []
  const random = timeline.random.fork(`context/${store.revision}`)
  const context: Context = {
    self: { role: 'apiserver', name: 'apiserver', incarnation: 1 },
    clock: timeline.clock,
    random,
    ids: createIds(random),
    log: silentLogger,
    metrics: createMetrics(),
    signal: stopping.signal,
    actor: (name) => {
      throw new Error(`nobody plays ${name}`)
    },
    running: () => [],
    monitor: () => ({ cancel() {} }),
    spawn: (_label, run) => void run().catch((error: unknown) => crashes.push(error)),
    crash: (error) => void crashes.push(error),
  }
  const resources = createResources({
    store: options.store ?? store,
    ...options,
    registry,
    context,
    settings: { freeze: true, ...options.settings },
  })
  const until = async <T>(promise: Promise<T>, virtualMs = 120_000): Promise<T> => {
    let settled = false
    const mark = () => {
      settled = true
    }
    promise.then(mark, mark)
    for (let i = 0; i < 50 && !settled; i++) await new Promise((done) => setImmediate(done))
    if (!settled) await timeline.run(() => settled, { virtualMs })
    if (!settled) throw new Error(`not settled after ${virtualMs} ms of virtual time`)
    return promise
  }
  const callOf = (
    method: string,
    url: string,
    body: unknown,
    given: { headers?: Record<string, string>; user?: User; signal?: AbortSignal } = {},
  ): ApiCall => {
    const [path = '', queryText = ''] = url.split('?')
    const query = new URLSearchParams(queryText)
    const bytes = body === undefined ? new Uint8Array() : new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body))
    return {
      target: resolve(requestInfo(method, path, query), method, registry),
      method,
      path,
      query,
      headers: { 'user-agent': 'test/1.0', ...given.headers },
      body: bytes,
      user: given.user ?? admin,
      signal: given.signal ?? new AbortController().signal,
      warnings: [],
      upgradable: false,
    }
  }
  const world: ResourceWorld = {
    store,
    resources,
    timeline,
    context,
    registry,
    crashes,
    until,
    async ask(method, url, body, given) {
      let call: ApiCall | undefined
      try {
        call = callOf(method, url, body, given)
        const answer = await until(resources.handler(call))
        return { ...bodyOf(answer), answer, warnings: call.warnings }
      } catch (error) {
        if (!(error instanceof ApiError)) throw error
        return { code: error.status.code ?? 0, body: error.status as unknown as Loose, warnings: call?.warnings ?? [] }
      }
    },
    async must(code, method, url, body, given) {
      const asked = await world.ask(method, url, body, given)
      if (asked.code !== code) throw new Error(`${method} ${url}: ${asked.code}, not ${code}: ${JSON.stringify(asked.body).slice(0, 500)}`)
      return asked.body
    },
    async watch(url) {
      const closing = new AbortController()
      const answer = await until(resources.handler(callOf('GET', url, undefined, { signal: closing.signal })))
      if (answer.type !== 'watch') throw new Error(`no watch: ${answer.type}`)
      return watcherOf(answer.events, closing, until)
    },
    async pass(virtualMs) {
      await timeline.run(() => false, { virtualMs })
    },
    stop: () => stopping.abort(new Error('stopped')),
  }
  await until(resources.start())
  return world
}

function bodyOf(answer: Answer): { code: number; body: Loose } {
  switch (answer.type) {
    case 'object':
      return { code: answer.code, body: JSON.parse(answer.served.json()) as Loose }
    case 'list':
      return {
        code: 200,
        body: {
          kind: answer.kind.listKind,
          metadata: answer.metadata,
          items: answer.items.map((item) => JSON.parse(item.json()) as unknown),
        },
      }
    case 'status':
      return { code: answer.status.code ?? 200, body: answer.status as unknown as Loose }
    default:
      throw new Error(`unexpected answer: ${answer.type}`)
  }
}

function watcherOf(events: AsyncIterable<readonly ServedEvent[]>, closing: AbortController, until: ResourceWorld['until']): Watcher {
  const iterator = events[Symbol.asyncIterator]()
  const buffer: { type: string; object: KubeObject }[] = []
  const more = async (): Promise<boolean> => {
    const result = await until(iterator.next(), 4_000_000)
    if (result.done) return false
    for (const { type, served } of result.value) buffer.push({ type, object: JSON.parse(served.json()) as KubeObject })
    return true
  }
  return {
    async next(count = 1) {
      while (buffer.length < count) if (!(await more())) throw new Error(`the watch ended after ${buffer.length} of ${count} events`)
      return buffer.splice(0, count)
    },
    async rest() {
      try {
        while (await more());
        return { events: buffer.splice(0) }
      } catch (error) {
        if (!(error instanceof ApiError)) throw error
        return { events: buffer.splice(0), error: error.status }
      }
    },
    close: () => closing.abort(new Error('closed')),
  }
}
