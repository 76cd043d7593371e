/**
 * What a controller is and how it runs: informers fill caches and name keys that are due; workers take keys from a
 * queue and reconcile each one until observed is desired. Level-triggered: a key says that something may have changed,
 * never what.
 *
 *   watch ──> informer ──> queue ──key──> reconcile ──> API ──> watch ...
 *
 * Invariants: 1. no reconcile before every cache has its first list. 2. one reconcile per key at a time. 3. no
 * reconcile of a key while a cache has not seen what was last written for it (client/consistency.ts). 4. a reconcile
 * that fails is tried again, later and later, for ever.
 *
 * Read next: replicaset/controller.ts, the classic one.
 */
import { InvariantError } from '../../base/assert.js'
import { messageOf } from '../../base/errors.js'
import type { Client } from '../../client/client.js'
import { createReadYourWrites, type ReadYourWrites } from '../../client/consistency.js'
import { createEventRecorder, type EventRecorder } from '../../client/events.js'
import { createInformer, type Informer, type InformerOptions } from '../../client/informer.js'
import { type ApiObject, keyOf, type ResourceType } from '../../client/resources.js'
import { isConflict, isNamespaceTerminating } from '../../client/status-error.js'
import { createWorkQueue, type WorkQueue } from '../../client/workqueue.js'
import type { Context } from '../../kernel/context.js'

/** What a reconcile may ask for; nothing: the key is settled until something changes. */
export interface Settled {
  /** Reconcile again after so many milliseconds, whatever happens. */
  readonly againAfterMs?: number
}

/** Brings the world one step closer to what the object of this key asks for. A rejection is tried again with backoff. */
export type Reconcile = (key: string) => Promise<Settled | undefined>

/** A controller as the catalogue names it. */
export interface Controller {
  /** The actor's name; its user is system:serviceaccount:kube-system:<name>. */
  readonly name: string
  /** source.component of its events; default: the name. */
  readonly component?: string
  /** Reconciles at once; upstream's --concurrent-...-syncs, default 5. */
  readonly workers?: number
  /** Declares caches and handlers; runs once, before anything is listed. */
  start(kit: ControllerKit): Reconcile
}

/** What the cluster tells its controllers. */
export interface ControllerSettings {
  /** PEM of the CA that signed the API server's certificate, for pods to trust. */
  readonly rootCa?: string
}

/** What a controller works with. */
export interface ControllerKit {
  readonly context: Context
  readonly client: Client
  readonly queue: WorkQueue
  readonly writes: ReadYourWrites
  readonly events: EventRecorder
  readonly settings: ControllerSettings
  /** The cache of a resource. `unawaited`: reconciles start without its first list (it is no part of what is observed). */
  watch<T extends ApiObject>(resource: ResourceType<T>, options?: InformerOptions<T> & { readonly unawaited?: boolean }): Informer<T>
  /** Milliseconds since the epoch. */
  now(): number
}

export interface ControllerOptions {
  readonly context: Context
  readonly client: Client
  readonly settings?: ControllerSettings
  /** Default createReadYourWrites(); tests hand in another to show what it is good for. */
  readonly writes?: ReadYourWrites
}

/** Milliseconds after which a key that waits for its own writes is looked at again, if no event came first. */
const staleRetryMs = 250

/** Runs `controller` until the context is told to stop. Returns what `inspect` shows. */
export function runController(
  controller: Controller,
  { context, client, settings = {}, writes = createReadYourWrites() }: ControllerOptions,
): () => unknown {
  const queue = createWorkQueue(context.clock)
  const awaited: Informer<ApiObject>[] = []
  const events = createEventRecorder({ context, client, component: controller.component ?? controller.name })
  const durations = context.metrics.histogram(
    'workqueue_work_duration_seconds',
    'How long processing an item takes',
    [0.001, 0.01, 0.1, 1, 10],
  )
  const retries = context.metrics.counter('workqueue_retries_total', 'Retries handled by the workqueue')
  const reconcile = controller.start({
    context,
    client,
    queue,
    writes,
    events,
    settings,
    now: () => context.clock.now(),
    watch(resource, options = {}) {
      const informer = createInformer(context, client, resource, options)
      if (!options.unawaited) awaited.push(informer)
      context.spawn(`watch ${resource.resource}`, () => informer.run())
      return informer
    },
  })
  const stop = () => queue.shutDown()
  context.signal.addEventListener('abort', stop, { once: true })

  async function work(): Promise<void> {
    for (let key = await queue.next(); key !== undefined; key = await queue.next()) {
      const startedAt = context.clock.monotonic()
      try {
        await workOn(key)
      } finally {
        queue.done(key)
        durations.observe((context.clock.monotonic() - startedAt) / 1000)
      }
    }
  }
  async function workOn(key: string): Promise<void> {
    if (!writes.fresh(key)) {
      queue.addAfter(key, staleRetryMs)
      return
    }
    try {
      const settled = await reconcile(key)
      queue.forget(key)
      if (settled?.againAfterMs !== undefined) queue.addAfter(key, Math.max(1, settled.againAfterMs))
    } catch (error) {
      // A broken invariant is a bug, and state may be wrong: the actor starts afresh. All else is the world's doing.
      if (error instanceof InvariantError) throw error
      if (context.signal.aborted) return
      const level = isConflict(error) || isNamespaceTerminating(error) ? 'debug' : 'warn'
      context.log[level]('reconcile failed', { key, failures: queue.failures(key) + 1, error: messageOf(error) })
      retries.add()
      queue.addRateLimited(key)
    }
  }
  context.spawn('workers', async () => {
    await Promise.all(awaited.map((informer) => informer.synced()))
    await Promise.all(Array.from({ length: controller.workers ?? 5 }, work))
  })
  return () => ({
    controller: controller.name,
    queue: queue.size,
    caches: awaited.map((informer) => ({ resource: informer.resource.resource, objects: informer.cache.size, ...informer.progress() })),
  })
}

/** A handler that enqueues the key of every object it is told of. */
export function enqueueSelf<T extends ApiObject>(
  queue: WorkQueue,
): { add(object: T): void; update(old: T, object: T): void; delete(object: T): void } {
  const enqueue = (object: T) => queue.add(keyOf(object))
  return { add: enqueue, update: (_old, object) => enqueue(object), delete: enqueue }
}
