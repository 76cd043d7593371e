/**
 * A reflector makes a sink follow a collection: list, then watch from the list's resourceVersion, for ever.
 *
 * Terms: the *position* is the resourceVersion up to which the sink has everything.
 * Invariants (checkReflector): 1. the position only grows between two lists. 2. every list is linearizable, so it shows
 * all that was written before it was asked for. 3. nothing is applied before the first list.
 *
 * States and what moves them:
 *   listing   --whole list-->      watching    sink.replace
 *   watching  --event-->           watching    sink.apply, position = the event's
 *   watching  --bookmark-->        watching    position = the bookmark's
 *   watching  --end or break-->    watching    again from the position: the server has kept what follows it
 *   watching  --410 Gone-->        listing     it has not; backoff with jitter, since the whole crowd is told at once
 *   any       --other failure-->   same        backoff with jitter
 *
 * client-go tools/cache/reflector.go. Read next: informer.ts.
 */
import { assert } from '../base/assert.js'
import { type Clock, sleep } from '../base/clock.js'
import { messageOf } from '../base/errors.js'
import type { Logger } from '../base/log.js'
import type { Random } from '../base/random.js'
import { createBackoff } from './backoff.js'
import type { Client, ListOptions } from './client.js'
import { type ApiObject, compareResourceVersions, type ResourceType } from './resources.js'
import { isExpired } from './status-error.js'

/** Objects asked for in one page of a list, so that no answer outgrows a message. */
const pageItems = 500
/** Seconds after which the server ends a watch: this plus up to as much again (reflector.go minWatchTimeout). */
const watchSecondsMin = 300

export interface ReflectorSink<T extends ApiObject> {
  /** A list is about to be asked for. */
  listing(): void
  /** The whole collection at `resourceVersion`. */
  replace(items: readonly T[], resourceVersion: string): void
  apply(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: T, resourceVersion: string): void
  bookmark(resourceVersion: string): void
}

export interface ReflectorOptions<T extends ApiObject> {
  readonly client: Client
  readonly resource: ResourceType<T>
  readonly select?: Pick<ListOptions, 'namespace' | 'labelSelector' | 'fieldSelector' | 'metadataOnly'>
  readonly sink: ReflectorSink<T>
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Ends the reflector. */
  readonly signal: AbortSignal
}

export interface Reflector {
  /** Follows the collection until the signal is aborted; then resolves. */
  run(): Promise<void>
  /** List again, now; a list that is under way is not enough. */
  relist(): void
  /** The position; '' before the first list. */
  position(): string
}

export function createReflector<T extends ApiObject>(options: ReflectorOptions<T>): Reflector {
  const { client, resource, select = {}, sink, clock, random, log, signal } = options
  const backoff = createBackoff(random, { firstMs: 20, maxMs: 30_000 })
  let position = ''
  let watching: AbortController | undefined
  let relistWanted = true

  function advance(resourceVersion: string): void {
    checkReflector(position, resourceVersion)
    position = resourceVersion
  }
  async function list(): Promise<void> {
    relistWanted = false
    try {
      sink.listing()
      const items: T[] = []
      let token = ''
      let resourceVersion = ''
      do {
        const page = await client.list(resource, { ...select, limit: pageItems, ...(token ? { continue: token } : {}), signal })
        for (const item of page.items) items.push(item)
        resourceVersion = page.resourceVersion
        token = page.continue
      } while (token !== '')
      position = resourceVersion
      sink.replace(items, resourceVersion)
    } catch (error) {
      // There is still nothing to watch from.
      relistWanted = true
      throw error
    }
  }
  async function watch(): Promise<void> {
    if (relistWanted) return
    watching = new AbortController()
    const events = await client.watch(resource, {
      ...select,
      resourceVersion: position,
      allowWatchBookmarks: true,
      timeoutSeconds: watchSecondsMin + random.below(watchSecondsMin),
      signal: AbortSignal.any([signal, watching.signal]),
    })
    const openedAt = clock.monotonic()
    let seen = 0
    for await (const { type, object } of events) {
      if (watching.signal.aborted) return
      const resourceVersion = object.metadata.resourceVersion ?? position
      advance(resourceVersion)
      if (type === 'BOOKMARK') sink.bookmark(resourceVersion)
      else sink.apply(type, object, resourceVersion)
      if (++seen === 1) backoff.reset()
    }
    if (watching.signal.aborted) return
    // A server that accepts watches only to end them must not be hammered.
    if (seen === 0 && clock.monotonic() - openedAt < 1000) await sleep(clock, backoff.next(), signal)
    else backoff.reset()
  }

  return {
    async run() {
      while (!signal.aborted)
        try {
          if (relistWanted) await list()
          await watch()
        } catch (error) {
          if (signal.aborted) return
          if (watching?.signal.aborted && relistWanted) continue
          if (isExpired(error)) relistWanted = true
          else log.debug('watch broken', { resource: resource.resource, position, error: messageOf(error) })
          await sleep(clock, backoff.next(), signal).catch(() => undefined)
        }
    },
    relist() {
      relistWanted = true
      watching?.abort(new Error('relist'))
    },
    position: () => position,
  }
}

/** Asserts invariant 1 for a step from one position to the next. */
export function checkReflector(position: string, next: string): void {
  assert(compareResourceVersions(position, next) <= 0, `a watch never goes back: from ${position} to ${next}`)
}
