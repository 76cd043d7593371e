/**
 * Events live for an hour (--event-ttl). Upstream leaves that to leases of etcd; here a sweep deletes what is too old, a
 * few in each transaction, so that the store needs no clock for it.
 */

import { parseTime } from '../../api/meta/time.js'
import { sleep } from '../../base/clock.js'
import { CodedError, messageOf } from '../../base/errors.js'
import type { Context } from '../../kernel/context.js'
import type { StoreClient } from '../../store/client.js'
import type { Compare, Operation } from '../../store/protocol.js'
import type { StorageOf } from './keys.js'
import type { Mirror } from './mirror.js'
import type { StoredItem } from './stored-item.js'

const events: StorageOf = { storage: 'events', namespaced: true }
const lifetimeMs = 3_600_000
const sweepEveryMs = 60_000
/** Deletions in one transaction; etcd allows 128 operations. */
const batchEvents = 100

/** Sweeps until the context's signal is aborted. */
export async function expireEvents({ context, store, mirror }: { context: Context; store: StoreClient; mirror: Mirror }): Promise<void> {
  const { clock, signal, log } = context
  while (!signal.aborted) {
    await sleep(clock, sweepEveryMs, signal).catch(() => {})
    const old = signal.aborted
      ? []
      : mirror
          .shelf(events)
          .range('', '\uffff')
          .filter((item) => isOver(item, clock.now()))
    try {
      for (let i = 0; i < old.length && !signal.aborted; i += batchEvents) await deleteUnchanged(store, old.slice(i, i + batchEvents))
    } catch (error) {
      if (!(error instanceof CodedError)) throw error
      log.warn('Events could not be swept', { message: messageOf(error) })
    }
  }
}

/** An event lives from its last write; a series that goes on goes on living. */
function isOver({ object }: StoredItem, now: number): boolean {
  const { metadata, lastTimestamp, series } = object as typeof object & { lastTimestamp?: string; series?: { lastObservedTime?: string } }
  const times = [metadata.creationTimestamp, lastTimestamp, series?.lastObservedTime].map((text) => (text ? (parseTime(text) ?? 0) : 0))
  return Math.max(...times) + lifetimeMs <= now
}

/** All of them, unless one was written meanwhile: then the next sweep looks again. */
async function deleteUnchanged(store: StoreClient, items: readonly StoredItem[]): Promise<void> {
  await store.txn({
    compare: items.map(({ key, revision }): Compare => ({ key, target: 'modRevision', is: '=', value: revision })),
    success: items.map(({ key }): Operation => ({ type: 'delete', key })),
    failure: [],
  })
}
