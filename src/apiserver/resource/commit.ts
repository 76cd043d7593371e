/**
 * One write to the store, exactly once. A write is a compare-and-swap on the object's modRevision, so it cannot be
 * applied twice; when its outcome is unknown (the replica died, the leader changed) the mirror's history tells whether it
 * was applied, and only when it certainly was not is it tried again.
 *
 * What must happen together with an object (addresses, node ports, the namespace being there) rides in the same
 * transaction as further compares and operations.
 */

import { ApiError, type GroupResource, serverTimeout, timeout } from '../../api/meta/status.js'
import { CodedError, codeOf } from '../../base/errors.js'
import { isOutcomeUnknown } from '../../kernel/protocol.js'
import type { StoreClient } from '../../store/client.js'
import type { Compare, KeyValue, Operation, TxnResult } from '../../store/protocol.js'
import type { Mirror } from './mirror.js'
import { freshnessTimeoutMs } from './read.js'
import type { Shelf } from './shelf.js'

/** What else must hold and be done for a write. */
export interface Companions {
  readonly compare: readonly Compare[]
  readonly operations: readonly Operation[]
}
export const noCompanions: Companions = { compare: [], operations: [] }

export interface Write extends Companions {
  readonly resource: GroupResource
  /** The verb, for the error text. */
  readonly action: string
  readonly shelf: Shelf
  readonly key: string
  /** The modRevision the key must have; 0: it must be absent. */
  readonly expected: number
  /** The new value; undefined deletes. */
  readonly value: Uint8Array | undefined
}

export type Committed =
  | { readonly type: 'done'; readonly revision: number }
  /** The object is another than expected. */
  | { readonly type: 'conflict'; readonly current: KeyValue | undefined }
  /** The object is as expected; the companions' compares at these places failed. */
  | { readonly type: 'refused'; readonly failed: readonly number[] }

/** A transaction whose outcome stays unknown is tried this often before the client is told so. */
const attemptsMax = 5

export interface Committer {
  /** Throws 504 when it is not known whether the write was applied, 500 ServerTimeout when it was not and cannot be. */
  commit(write: Write, signal?: AbortSignal): Promise<Committed>
}

export function createCommitter({ store, mirror }: { store: StoreClient; mirror: Mirror }): Committer {
  const attempt = async (write: Write, signal?: AbortSignal): Promise<Committed> => {
    const guard: Compare = { key: write.key, target: 'modRevision', is: '=', value: write.expected }
    const operation: Operation =
      write.value === undefined ? { type: 'delete', key: write.key } : { type: 'put', key: write.key, value: write.value }
    const result = await store.txn(
      {
        compare: [guard, ...write.compare],
        success: [operation, ...write.operations],
        failure: [write.key, ...write.compare.map(({ key }) => key)].map((key) => ({ type: 'range', key })),
      },
      signal ? { signal } : {},
    )
    return result.succeeded ? { type: 'done', revision: result.revision } : refusal(write, result)
  }

  /** What became of a write that was lost on its way; undefined when it was certainly not applied and may still be tried. */
  const settle = async (write: Write, before: number): Promise<Committed | undefined> => {
    const revision = await store.readRevision()
    const events = (await mirror.reached(revision, freshnessTimeoutMs)) ? write.shelf.eventsOf(write.key, before) : undefined
    if (!events) throw unknownOutcome()
    const text = write.value && new TextDecoder().decode(write.value)
    const mine = events.find(({ type, item, previous }) =>
      text === undefined ? type === 'DELETED' && previous?.revision === write.expected : type !== 'DELETED' && item.text === text,
    )
    return mine && { type: 'done', revision: mine.revision }
  }

  return {
    async commit(write, signal) {
      const before = mirror.revision
      for (let i = 0; ; i++) {
        try {
          return await attempt(write, signal)
        } catch (error) {
          const code = codeOf(error)
          if (!(error instanceof CodedError)) throw error
          if (!isOutcomeUnknown(code) && code !== 'LeaderChanged') throw failure(write, error)
        }
        let settled: Committed | undefined
        try {
          settled = await settle(write, before)
        } catch (error) {
          throw error instanceof CodedError ? unknownOutcome() : error
        }
        if (settled) return settled
        if (i + 1 >= attemptsMax || signal?.aborted) throw unknownOutcome()
      }
    },
  }
}

function refusal(write: Write, { results }: TxnResult): Committed {
  const found = results.map((result) => (result.type === 'range' ? result.items[0] : undefined))
  const current = found[0]
  if ((current?.modRevision ?? 0) !== write.expected) return { type: 'conflict', current }
  return { type: 'refused', failed: write.compare.flatMap((compare, i) => (holds(compare, found[i + 1]) ? [] : [i])) }
}

function holds({ target, is, value }: Compare, item: KeyValue | undefined): boolean {
  if (target === 'value' || typeof value !== 'number') return true
  const actual = item?.[target] ?? 0
  switch (is) {
    case '=':
      return actual === value
    case '!=':
      return actual !== value
    case '<':
      return actual < value
    case '>':
      return actual > value
  }
}

function unknownOutcome(): ApiError {
  return timeout('request did not complete within the allotted timeout', 0)
}

function failure({ resource, action }: Write, error: CodedError): ApiError {
  if (error.code === 'InvalidRequest') return new ApiError(500, '', `etcdserver: ${error.message}`)
  return serverTimeout(resource, action, 1)
}
