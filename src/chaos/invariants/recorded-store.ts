/** A client of the store that writes down what it asks and what it is answered, for store-judge.ts. */
import { codeOf } from '../../base/errors.js'
import type { StoreClient } from '../../store/client.js'
import type { WatchItem } from '../../store/protocol.js'
import type { HistoryRecorder } from '../history.js'
import { type RecordedEvent, recorded, type StoreInput, type StoreOutput, type StoreWatchRequest } from './store-history.js'

export type StoreRecorder = HistoryRecorder<StoreInput, StoreOutput, StoreWatchRequest, RecordedEvent>

/** Codes with which the store, or the way to it, says that nothing was done. Any other leaves the outcome unknown. */
const refusals = new Set(['NoLeader', 'InvalidRequest', 'Compacted', 'FutureRevision', 'ActorNotRunning', 'Overloaded'])

/** The same store, recorded as `client`. Calls and watches under way when the history is taken count as unknown and open. */
export function recordStore(store: StoreClient, client: string, recorder: StoreRecorder): Pick<StoreClient, 'range' | 'txn' | 'watch'> {
  return {
    async range(params, options) {
      const operation = recorder.called(client, { type: 'range', ...params })
      try {
        const result = await store.range(params, options)
        operation.ok({ type: 'range', ...recorded(result) })
        return result
      } catch (error) {
        // A read that was not answered did nothing.
        operation.failed()
        throw error
      }
    },
    async txn(params, options) {
      const operation = recorder.called(client, { type: 'txn', ...recorded(params) })
      try {
        const result = await store.txn(params, options)
        operation.ok({ type: 'txn', ...recorded(result) })
        return result
      } catch (error) {
        if (refusals.has(codeOf(error) ?? '')) operation.failed()
        else operation.unknown()
        throw error
      }
    },
    async *watch(params, options): AsyncGenerator<WatchItem, void, void> {
      const { key, end, startRevision, previous } = params
      const watch = recorder.watching(client, {
        key,
        ...(end === undefined ? {} : { end }),
        ...(startRevision === undefined ? {} : { startRevision }),
        ...(previous === undefined ? {} : { previous }),
      })
      try {
        for await (const item of store.watch(params, options)) {
          watch.received({ revision: item.revision, events: item.events.map(recorded) })
          yield item
        }
        watch.closed()
      } catch (error) {
        watch.closed(codeOf(error) ?? 'Internal')
        throw error
      }
    },
  }
}
