/**
 * A small world for tests of clients and controllers: virtual time, a seed, an API in memory, and actors' contexts.
 * Time moves only when nothing else can happen, so a run is decided by its seed.
 */
import { setMaxListeners } from 'node:events'
import type { Clock, Timer } from '../../src/base/clock.js'
import { CodedError } from '../../src/base/errors.js'
import { createIds } from '../../src/base/ids.js'
import { createLogger, type LogRecord } from '../../src/base/log.js'
import { createRandom, type Random } from '../../src/base/random.js'
import { type Client, createClient } from '../../src/client/client.js'
import type { ReadYourWrites } from '../../src/client/consistency.js'
import { formatTime } from '../../src/client/time.js'
import type { Transport } from '../../src/client/transport.js'
import { type Controller, runController } from '../../src/controllers/framework/controller.js'
import type { Context } from '../../src/kernel/context.js'
import { createMetrics } from '../../src/telemetry/metrics.js'
import { createMemoryApi, type Loose, type MemoryApi, type MemoryApiOptions } from './memory-api.js'

export interface TestActor {
  readonly context: Context
  readonly client: Client
  /** Ends it at once, as a crash would. */
  kill(): void
  crashed(): unknown
}

export interface World {
  readonly clock: Clock
  readonly random: Random
  readonly api: MemoryApi
  readonly logs: LogRecord[]
  actor(name: string, transport?: Transport): TestActor
  start(controller: Controller, options?: { writes?: ReadYourWrites; transport?: Transport; settings?: Loose }): TestActor
  /** Lets `ms` of virtual time pass. */
  run(ms: number): Promise<void>
  /** Lets time pass until `condition` holds; fails the test by throwing after `maxMs`. */
  until(what: string, condition: () => boolean, maxMs?: number): Promise<void>
  /** Stops all actors. */
  stop(): void
}

/** Midnight, 1 January 2026. */
const epochMs = 1_767_225_600_000

export function createWorld(seed: number | string, options: Omit<Partial<MemoryApiOptions>, 'clock' | 'random'> = {}): World {
  const random = createRandom(seed)
  const { clock, step } = createVirtualClock()
  const api = createMemoryApi({ clock, random: random.fork('api'), ...options })
  const actors: TestActor[] = []
  const logs: LogRecord[] = []

  function actor(name: string, transport: Transport = api.transport): TestActor {
    const stop = new AbortController()
    setMaxListeners(0, stop.signal)
    let crash: unknown
    const own = random.fork(`${name}#${actors.length}`)
    const context: Context = {
      self: { role: 'controller', name, incarnation: 1 },
      clock,
      random: own,
      ids: createIds(own),
      log: createLogger(name, clock.now, (record) => logs.push(record)),
      metrics: createMetrics(),
      signal: stop.signal,
      actor: () => {
        throw new CodedError('ActorNotRunning', 'There are no other actors here')
      },
      running: () => [],
      monitor: () => ({ cancel() {} }),
      spawn(_label, run) {
        run().catch((error) => {
          if (!stop.signal.aborted) crash ??= error
        })
      },
      crash(error) {
        crash ??= error
      },
    }
    const one: TestActor = {
      context,
      client: createClient({ transport, clock, userAgent: name }),
      kill: () => stop.abort(new CodedError('Cancelled', 'The actor stops')),
      crashed: () => crash,
    }
    actors.push(one)
    return one
  }
  async function run(ms: number): Promise<void> {
    const end = clock.monotonic() + ms
    while (await step(end)) check()
    check()
  }
  function check(): void {
    for (const { crashed } of actors) if (crashed()) throw crashed()
  }
  return {
    clock,
    random,
    api,
    logs,
    actor,
    start(controller, { writes, transport, settings } = {}) {
      const one = actor(controller.name, transport)
      runController(controller, {
        context: one.context,
        client: one.client,
        ...(writes ? { writes } : {}),
        ...(settings ? { settings } : {}),
      })
      return one
    },
    run,
    async until(what, condition, maxMs = 120_000) {
      const end = clock.monotonic() + maxMs
      while (!condition()) {
        if (!(await step(end)) && !condition()) throw new Error(`Never came about within ${maxMs} ms (seed ${seed}): ${what}`)
        check()
      }
    },
    stop() {
      for (const { kill } of actors) kill()
    },
  }
}

function createVirtualClock(): { clock: Clock; step(end: number): Promise<boolean> } {
  let time = 0
  let ordinal = 0
  const timers = new Map<number, { at: number; run: () => void }>()
  const after = (delayMs: number, run: () => void): Timer => {
    const id = ordinal++
    timers.set(id, { at: time + Math.max(0, delayMs), run })
    return { cancel: () => void timers.delete(id) }
  }
  const clock: Clock = {
    now: () => epochMs + Math.floor(time),
    monotonic: () => time,
    after,
    every(periodMs, run) {
      let timer: Timer
      const again = () => {
        timer = after(periodMs, again)
        run()
      }
      timer = after(periodMs, again)
      return { cancel: () => timer.cancel() }
    },
  }
  return {
    clock,
    /** Runs the next timer at or before `end`; false when there is none, time being `end` then. */
    async step(end) {
      await new Promise((resolve) => setImmediate(resolve))
      let next: [number, { at: number; run: () => void }] | undefined
      for (const entry of timers) if (!next || entry[1].at < next[1].at) next = entry
      if (!next || next[1].at > end) {
        time = end
        return false
      }
      timers.delete(next[0])
      time = Math.max(time, next[1].at)
      next[1].run()
      return true
    },
  }
}

/** A kubelet and scheduler in one: binds pods, makes them ready, and lets them go when they are deleted. */
export function simulateNodes({ api, clock, random }: World, { startMs = 20, stopMs = 20, nodes = 3 } = {}): void {
  const own = random.fork('nodes')
  api.onChange(({ collection, type, object }) => {
    if (collection !== 'pods' || type === 'DELETED') return
    const pod = object as Loose
    const key = `${pod.metadata.namespace}/${pod.metadata.name}`
    const again = (delay: number, change: (now: Loose) => void) =>
      clock.after(own.between(0, delay), () => {
        const now = api.get('pods', key)
        if (now?.metadata.uid === pod.metadata.uid) change(now)
      })
    if (pod.metadata.deletionTimestamp)
      again(stopMs, (now) => {
        if (now.metadata.finalizers?.length) return
        api.remove('pods', key)
      })
    else if (!pod.spec.nodeName)
      again(startMs, (now) => writePod(api, { ...now, spec: { ...now.spec, nodeName: `node-${own.below(nodes)}` } }))
    else if (pod.status.phase === 'Pending') again(startMs, (now) => writePod(api, readyPod(now, clock.now())))
  })
}

/** Stores a pod with its status, past the subresource. */
export function writePod(api: MemoryApi, pod: Loose): void {
  writeWithStatus(api, 'pods', pod)
}

/** Stores an object and its status, each where it belongs. */
export function writeWithStatus(api: MemoryApi, collection: string, object: Loose): void {
  api.put(collection, object)
  const current = api.get(
    collection,
    object.metadata.namespace ? `${object.metadata.namespace}/${object.metadata.name}` : object.metadata.name,
  )
  if (current) api.putStatus(collection, { ...current, status: object.status })
}

export function readyPod(pod: Loose, now: number): Loose {
  return {
    ...pod,
    status: {
      ...pod.status,
      phase: 'Running',
      podIP: '10.0.0.1',
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: formatTime(now) }],
    },
  }
}
