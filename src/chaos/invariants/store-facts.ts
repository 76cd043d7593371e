/**
 * What watches know about revisions. Answers alone leave open which of several writes of unknown outcome took place; a watch that saw a
 * revision knows. With these facts the search for an order finds the one that was, and finds it sooner.
 */
import { isInRange, type KeyRange } from './key-range.js'
import { changesBetween, type StoreState } from './models/store.js'
import type { RecordedEvent } from './store-history.js'
import { firstRevisionOf, type StoreWatch } from './watch-guarantees.js'

interface Coverage {
  readonly range: KeyRange
  /** Everything after `from` up to `to` was sent. */
  readonly from: number
  readonly to: number
}

export class WatchedFacts {
  readonly #events = new Map<number, Map<string, RecordedEvent>>()
  readonly #coverage: Coverage[] = []

  constructor(watches: readonly StoreWatch[]) {
    for (const { request, batches } of watches) {
      const [opening] = batches
      const last = batches.at(-1)
      if (!opening || !last) continue
      for (const { events } of batches) for (const event of events) this.#see(event)
      this.#coverage.push({ range: request, from: firstRevisionOf(request.startRevision ?? 0, opening) - 1, to: last.revision })
    }
  }

  #see(event: RecordedEvent): void {
    const { modRevision, key } = event.item
    const known = this.#events.get(modRevision)
    if (known) known.set(key, event)
    else this.#events.set(modRevision, new Map([[key, event]]))
  }

  /** Whether a write that leads from one state to the next can be what the watches saw at that revision. */
  permits(before: StoreState, after: StoreState): boolean {
    if (after.revision === before.revision) return true
    const seen = this.#events.get(after.revision)
    const made = changesBetween(before, after)
    for (const { type, item } of made) {
      const event = seen?.get(item.key)
      if (event ? event.type !== type || (type === 'put' && event.item.value !== item.value) : this.#isCovered(item.key, after.revision))
        return false
    }
    return !seen || [...seen.keys()].every((key) => made.some(({ item }) => item.key === key))
  }

  #isCovered(key: string, revision: number): boolean {
    return this.#coverage.some(({ range, from, to }) => revision > from && revision <= to && isInRange(key, range))
  }
}
