/**
 * The store as its users see it: one key space, whichever replica answers. Follows replicas as they die and return,
 * repeats what is safe to repeat, and tells what is not known.
 *
 * It stays with the replica that answered last and goes on to the next one in the list when that fails, so that all of
 * one user's calls and watches are at one place, whose progress they share.
 */
import { sleep } from '../base/clock.js'
import { codeOf } from '../base/errors.js'
import { limits } from '../base/limits.js'
import type { ActorRef, Context } from '../kernel/context.js'
import { isOutcomeUnknown } from '../kernel/protocol.js'
import type {
  KeyValue,
  Range,
  RangeParams,
  RangeResult,
  StoreErrorCode,
  StoreProtocol,
  TxnParams,
  TxnResult,
  WatchItem,
  WatchParams,
} from './protocol.js'

export interface StoreCallOptions {
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export interface StoreClient {
  /**
   * Repeated on another replica until `timeoutMs` (default 10 s) when a replica dies or knows no leader. Answers too
   * large for one message are joined from several reads of the same revision.
   */
  range(params: RangeParams, options?: StoreCallOptions): Promise<RangeResult>
  /**
   * Repeated only when it is certain that nothing was written ('NoLeader', 'ActorNotRunning', 'Overloaded'). Rejects
   * with an error whose outcome is unknown (isOutcomeUnknown, 'LeaderChanged') when it may have been.
   */
  txn(params: TxnParams, options?: StoreCallOptions): Promise<TxnResult>
  /** A linearizable revision. Calls under way at the same time share one round. */
  readRevision(options?: StoreCallOptions): Promise<number>
  compact(revision: number): Promise<void>
  /**
   * Changes from `startRevision` on. When the replica dies the watch goes on at another one where it left off: no event
   * is missed and none comes twice. Ends when the signal is aborted; throws code 'Compacted' when its place is gone.
   */
  watch(params: WatchParams, options?: { readonly signal?: AbortSignal }): AsyncIterable<WatchItem>
}

/** How long to wait before the next replica is asked, once all have been. */
const retryDelayMs = 25

/** Whether after this error nothing was done, and another replica may be asked. */
function isRefusal(code: string | undefined): boolean {
  const refusal: StoreErrorCode = 'NoLeader'
  return code === refusal || code === 'ActorNotRunning' || code === 'Overloaded'
}

/** Whether what was asked may have been done: 'LeaderChanged', and the kernel's codes of that kind. */
function isUnknown(code: string | undefined): boolean {
  const unknown: StoreErrorCode = 'LeaderChanged'
  return code === unknown || isOutcomeUnknown(code)
}

/** A client of the store whose replicas are the actors of these names. */
export function createStoreClient(context: Context, replicas: readonly string[]): StoreClient {
  const refs = replicas.map((name) => context.actor<StoreProtocol>(name))
  let preferred = 0

  /** Asks replicas in turn until one answers, or `repeats` does not hold of its error, or the time is over. */
  async function ask<T>(
    call: (ref: ActorRef<StoreProtocol>, options: { timeoutMs: number; signal?: AbortSignal }) => Promise<T>,
    { timeoutMs = limits.callTimeoutMsDefault, signal }: StoreCallOptions,
    repeats: (code: string | undefined) => boolean,
  ): Promise<T> {
    const end = context.clock.monotonic() + timeoutMs
    for (let failures = 0; ; ) {
      const at = preferred
      try {
        const left = Math.max(1, end - context.clock.monotonic())
        return await call(refs[at] as ActorRef<StoreProtocol>, { timeoutMs: left, ...(signal ? { signal } : {}) })
      } catch (error) {
        const isLate = context.clock.monotonic() + retryDelayMs >= end
        if (signal?.aborted || isLate || !repeats(codeOf(error))) throw error
        if (preferred === at) preferred = (at + 1) % refs.length
        if (++failures % refs.length === 0) await sleep(context.clock, retryDelayMs, signal)
      }
    }
  }

  const readOnce = (params: RangeParams, options: StoreCallOptions): Promise<RangeResult> =>
    ask(
      (ref, callOptions) => ref.call('range', params, callOptions),
      options,
      (code) => isRefusal(code) || isUnknown(code),
    )

  const readRevision = share((options: StoreCallOptions) =>
    ask(
      (ref, callOptions) => ref.call('readRevision', {}, callOptions),
      options,
      (code) => isRefusal(code) || isUnknown(code),
    ).then(({ revision }) => revision),
  )

  return {
    range: (params, options = {}) => readPages(params, (page) => readOnce(page, options)),
    txn: (params, options = {}) => ask((ref, callOptions) => ref.call('txn', params, callOptions), options, isRefusal),
    readRevision,
    async compact(revision) {
      // Compacting twice does no harm: the second time it is refused as already done.
      const refusable = (code: string | undefined): boolean => isRefusal(code) || isUnknown(code)
      let repeated = false
      await ask(
        async (ref, options) => {
          try {
            await ref.call('compact', { revision }, options)
          } catch (error) {
            if (codeOf(error) === 'Compacted' && repeated) return
            repeated ||= isUnknown(codeOf(error))
            throw error
          }
        },
        {},
        refusable,
      )
    },
    watch: (params, { signal } = {}) =>
      follow(context, params, signal, {
        readRevision: () => readRevision(signal ? { signal } : {}),
        replica: () => ({ ref: refs[preferred] as ActorRef<StoreProtocol>, at: preferred }),
        failed: (at) => {
          if (preferred === at) preferred = (at + 1) % refs.length
        },
      }),
  }
}

interface Places {
  readRevision(): Promise<number>
  replica(): { readonly ref: ActorRef<StoreProtocol>; readonly at: number }
  failed(at: number): void
}

/** One watch over as many streams as it takes. */
async function* follow(
  context: Context,
  params: WatchParams,
  signal: AbortSignal | undefined,
  places: Places,
): AsyncGenerator<WatchItem, void, void> {
  let next = params.startRevision ?? 0
  try {
    // Not a replica's own idea of now, which may be old: only what comes after this call.
    if (next === 0) next = (await places.readRevision()) + 1
  } catch (error) {
    if (signal?.aborted) return
    throw error
  }
  for (let opened = false; !signal?.aborted; ) {
    const { ref, at } = places.replica()
    let alive = false
    try {
      for await (const item of ref.stream('watch', { ...params, startRevision: next }, signal ? { signal } : {})) {
        const first = !alive
        alive = true
        next = Math.max(next, item.revision + 1)
        // The first item of a later stream says nothing new.
        if (first && opened && item.events.length === 0) continue
        opened = true
        yield item
      }
    } catch (error) {
      if (signal?.aborted) return
      if (!isRefusal(codeOf(error)) && !isUnknown(codeOf(error))) throw error
    }
    places.failed(at)
    if (!alive) await sleep(context.clock, retryDelayMs, signal).catch(() => {})
  }
}

/** Joins the pages into which a replica cuts an answer that is too large. */
async function readPages(params: RangeParams, read: (page: RangeParams) => Promise<RangeResult>): Promise<RangeResult> {
  const first = await read(params)
  const wanted = params.limit ? Math.min(params.limit, first.count) : first.count
  if (params.countOnly || first.items.length >= wanted || params.end === undefined) return first
  const items: KeyValue[] = [...first.items]
  // Later pages are of the first one's revision, which is linearizable already.
  const page: RangeParams = { ...params, revision: params.revision || first.revision }
  while (items.length < wanted) {
    const last = items.at(-1)
    const next = await read({
      ...page,
      key: last ? `${last.key}\0` : params.key,
      ...(params.limit ? { limit: wanted - items.length } : {}),
    })
    if (next.items.length === 0) break
    items.push(...next.items)
  }
  return { ...first, items, more: first.count > items.length }
}

/**
 * Lets calls that are made in the same turn, or while another is under way, share the next one: never one that was
 * already sent, which may be answered with what was before the call.
 */
function share(call: (options: StoreCallOptions) => Promise<number>): (options?: StoreCallOptions) => Promise<number> {
  let next: Promise<number> | undefined
  let current: Promise<unknown> = Promise.resolve()
  return (options) => {
    if (options) return call(options)
    if (next) return next
    const begun = current.then(() => {
      next = undefined
      return call({})
    })
    next = begun
    current = begun.catch(() => {})
    return begun
  }
}

/** The first key after all keys that begin with `prefix`, for Range.end; '\0' (to the last key) when there is none. */
export function prefixEnd(prefix: string): Range['end'] & string {
  const points = Array.from(prefix)
  while (points.length > 0) {
    const last = (points.pop() as string).codePointAt(0) as number
    // The next code point that is a character: no half of a surrogate pair, nothing beyond the last plane.
    const next = last === 0xd7ff ? 0xe000 : last + 1
    if (next <= 0x10ffff) return points.join('') + String.fromCodePoint(next)
  }
  return '\0'
}
