/**
 * Watches. A watcher is a place in the history and nothing more: while its stream takes items it is sent what matches,
 * revision by revision; when the stream is slow it stays where it is and catches up from the history later, which
 * costs nobody else anything. There are no queues here that could grow.
 *
 * Terms: `next` = first revision not yet looked at for this watcher. `told` = revision of the last item sent. A watcher is
 * idle when it has looked at everything; only idle ones are looked at when something is written.
 *
 * Guarantees (etcd's watch guarantees, tested as such): in order, each event once, none left out, a revision never
 * split, and progress never ahead of events.
 */
import { CodedError } from '../../base/errors.js'
import type { Stream } from '../../kernel/stream.js'
import { bounds } from '../bounds.js'
import type { StoreEvent, WatchItem, WatchParams } from '../protocol.js'
import { inRange, type OrderRange, orderRange } from './key-order.js'
import type { Keyspace } from './keyspace.js'

interface Watcher {
  readonly owner: string
  readonly range: OrderRange
  readonly previous: boolean
  readonly stream: Stream<never, WatchItem>
  next: number
  told: number
  /** Set while idle. */
  wake: (() => void) | undefined
}

export interface WatchHub {
  /** Serves one watch until its stream closes. Throws code 'Compacted'. `owner` is who asked for it. */
  serve(params: WatchParams, stream: Stream<never, WatchItem>, owner: string): Promise<void>
  /** Something was committed to the key space, or it was replaced. */
  changed(): void
  /** Tells idle watchers (of `owner`, if given) how far they are, unless they know. */
  progress(owner?: string): void
  /** Ends all watches with this error. */
  closeAll(error: CodedError): void
  readonly watchers: number
}

/** `keyspace` gives the one to read now: a snapshot from the leader puts another in its place. */
export function createWatchHub(keyspace: () => Keyspace): WatchHub {
  const watchers = new Set<Watcher>()

  function wake(watcher: Watcher): void {
    const { wake } = watcher
    watcher.wake = undefined
    wake?.()
  }

  return {
    get watchers() {
      return watchers.size
    },
    async serve(params, stream, owner) {
      const start = params.startRevision || keyspace().revision + 1
      refuseCompacted(keyspace(), start)
      const watcher: Watcher = {
        owner,
        range: orderRange(params),
        previous: params.previous ?? false,
        stream,
        next: start,
        told: start - 1,
        wake: undefined,
      }
      let open = true
      void stream.closed.then(() => {
        open = false
        wake(watcher)
      })
      watchers.add(watcher)
      try {
        await stream.send({ revision: start - 1, events: [] })
        while (open) {
          const item = collect(keyspace(), watcher)
          if (item) {
            watcher.told = item.revision
            await stream.send(item)
          } else
            await new Promise<void>((resolve) => {
              watcher.wake = resolve
            })
        }
      } finally {
        watchers.delete(watcher)
      }
    },
    changed() {
      const now = keyspace()
      for (const watcher of watchers) if (watcher.wake && !pass(now, watcher)) wake(watcher)
    },
    progress(owner) {
      const { revision } = keyspace()
      for (const watcher of watchers) {
        if (!watcher.wake || (owner !== undefined && watcher.owner !== owner)) continue
        if (watcher.next !== revision + 1 || watcher.told >= revision) continue
        if (watcher.stream.trySend({ revision, events: [] })) watcher.told = revision
      }
    },
    closeAll(error) {
      for (const watcher of [...watchers]) watcher.stream.close(error)
    },
  }
}

/** Moves an idle watcher past revisions that hold nothing for it; false when one does, or when its place is gone. */
function pass(keyspace: Keyspace, watcher: Watcher): boolean {
  if (watcher.next < keyspace.history.first || watcher.next < keyspace.compactRevision) return watcher.next > keyspace.revision
  for (; watcher.next <= keyspace.revision; watcher.next++)
    for (const { order } of keyspace.history.at(watcher.next)) if (inRange(order, watcher.range)) return false
  return true
}

/** The next item for a watcher; undefined when it has seen everything. Throws code 'Compacted'. */
function collect(keyspace: Keyspace, watcher: Watcher): WatchItem | undefined {
  const { revision, history } = keyspace
  if (watcher.next > revision) return undefined
  refuseCompacted(keyspace, watcher.next)
  const events: StoreEvent[] = []
  let bytes = 0
  const scanEnd = watcher.next + bounds.watchScanRevisionsMax
  while (
    watcher.next <= revision &&
    watcher.next < scanEnd &&
    events.length < bounds.watchItemEventsMax &&
    bytes < bounds.watchItemBytesMax
  ) {
    for (const { order, event, full } of history.at(watcher.next)) {
      if (!inRange(order, watcher.range)) continue
      events.push(watcher.previous ? full : event)
      bytes += event.item.value.length + (watcher.previous ? (full.previous?.value.length ?? 0) : 0)
    }
    watcher.next++
  }
  // Nothing found and nothing left to look at: the watcher is idle, and told of progress when somebody asks.
  if (events.length === 0 && watcher.next > revision) return undefined
  return { revision: watcher.next - 1, events }
}

function refuseCompacted({ compactRevision }: Keyspace, start: number): void {
  if (start >= compactRevision) return
  throw new CodedError('Compacted', 'mvcc: required revision has been compacted', { details: { compactRevision } })
}
