/**
 * One watch as its client is to see it: events held back, late, left out, or the watch cut. Order is kept: an event that
 * is held holds those behind it. While no fault means the watch, its batches are handed on as they come.
 */
import { expired } from '../../api/meta/status.js'
import type { Timer } from '../../base/clock.js'
import type { Context } from '../../kernel/context.js'
import type { ServedEvent } from '../request.js'
import type { Positions } from './positions.js'
import type { ApiSpec, Turns } from './selector.js'

type Batch = readonly ServedEvent[]

export interface WatchViewOptions {
  readonly inner: AsyncIterable<Batch>
  readonly context: Context
  /** The faults in force that mean this watch. */
  readonly specs: () => readonly ApiSpec[]
  readonly positions: Positions
  readonly turns: Turns
  readonly hit: (id: string) => void
  /** Breaks the connection. */
  readonly abort: () => void
  readonly ended: () => void
}

export interface WatchView {
  readonly events: AsyncIterable<Batch>
  /** The faults in force are others than before. */
  changed(): void
}

interface Held {
  readonly event: ServedEvent
  readonly arrivedAt: number
}

export function createWatchView(options: WatchViewOptions): WatchView {
  const view = new View(options)
  return { events: { [Symbol.asyncIterator]: () => view }, changed: () => view.changed() }
}

class View implements AsyncIterator<Batch> {
  readonly #options: WatchViewOptions
  readonly #inner: AsyncIterator<Batch>
  readonly #openedAt: number
  #specs: readonly ApiSpec[]
  /** Cuts that have been decided on: by id, whether this watch is one that they hit. */
  readonly #cuts = new Map<string, boolean>()
  #held: Held[] = []
  #told = 0
  #pending: Promise<IteratorResult<Batch>> | undefined
  #innerDone = false
  #wake: () => void = () => {}

  constructor(options: WatchViewOptions) {
    this.#options = options
    this.#inner = options.inner[Symbol.asyncIterator]()
    this.#specs = options.specs()
    this.#openedAt = options.context.clock.monotonic()
    for (const spec of this.#specs) if (spec.type === 'watch-cut' || spec.type === 'past') this.#cuts.set(spec.id, false)
  }

  changed(): void {
    const before = this.#specs.length
    this.#specs = this.#options.specs()
    if (before > 0 || this.#specs.length > 0) this.#wake()
  }

  next(): Promise<IteratorResult<Batch>> {
    return this.#plain ? this.#unfiltered() : this.#filtered()
  }

  async return(): Promise<IteratorResult<Batch>> {
    this.#options.ended()
    await this.#inner.return?.()
    return { done: true, value: undefined }
  }

  get #plain(): boolean {
    return this.#specs.length === 0 && this.#held.length === 0 && !this.#innerDone
  }

  #pull(): Promise<IteratorResult<Batch>> {
    this.#pending ??= this.#inner.next()
    return this.#pending
  }

  /** The next batch as it comes, unless faults that mean this watch begin before it does. */
  #unfiltered(): Promise<IteratorResult<Batch>> {
    return new Promise((resolve, reject) => {
      const once = (work: () => void) => (): void => {
        if (this.#wake !== woken) return
        this.#wake = () => {}
        work()
      }
      const woken = (): void => once(() => resolve(this.#filtered()))()
      this.#wake = woken
      this.#pull().then(
        (result) =>
          once(() => {
            this.#pending = undefined
            if (result.done) this.#options.ended()
            else this.#told += result.value.length
            resolve(result)
          })(),
        (error) => once(() => reject(error))(),
      )
    })
  }

  async #filtered(): Promise<IteratorResult<Batch>> {
    const { context } = this.#options
    for (;;) {
      if (this.#isCut()) {
        this.#options.ended()
        this.#options.abort()
        void Promise.resolve(this.#inner.return?.()).catch(() => {})
        return { done: true, value: undefined }
      }
      const ready = this.#ready()
      if (ready.length > 0) {
        this.#told += ready.length
        return { done: false, value: ready }
      }
      if (this.#innerDone && this.#held.length === 0) {
        this.#options.ended()
        return { done: true, value: undefined }
      }
      await this.#somethingNew(context)
    }
  }

  /** Waits for the inner watch, for a change of faults, or until something held or a cut is due. */
  async #somethingNew({ clock }: Context): Promise<void> {
    let timer: Timer | undefined
    const woken = new Promise<'woken'>((resolve) => {
      this.#wake = () => resolve('woken')
      const delay = this.#dueInMs()
      if (delay !== undefined) timer = clock.after(delay, () => resolve('woken'))
    })
    const result = await (this.#innerDone ? woken : Promise.race([this.#pull(), woken]))
    timer?.cancel()
    this.#wake = () => {}
    if (result === 'woken') return
    this.#pending = undefined
    if (result.done) this.#innerDone = true
    else for (const event of result.value) if (!this.#isHidden(event)) this.#held.push({ event, arrivedAt: clock.monotonic() })
  }

  #isHidden({ type, served }: ServedEvent): boolean {
    for (const spec of this.#specs) {
      const hides =
        (spec.type === 'bookmark-withheld' && type === 'BOOKMARK' && !served.object.metadata?.annotations?.['k8s.io/initial-events-end']) ||
        (spec.type === 'hidden' && type !== 'BOOKMARK' && spec.events.includes(type))
      if (!hides || !this.#options.turns.take(spec)) continue
      this.#options.hit(spec.id)
      return true
    }
    return false
  }

  /** Takes what may be told now. */
  #ready(): ServedEvent[] {
    const ready: ServedEvent[] = []
    for (let head = this.#held[0]; head && this.#waitMs(head) === 0; head = this.#held[0]) {
      ready.push(head.event)
      this.#held.shift()
    }
    return ready
  }

  /** How long an event is still held; undefined: until a fault is healed. */
  #waitMs({ event, arrivedAt }: Held): number | undefined {
    let wait = 0
    for (const spec of this.#specs) {
      if (spec.type === 'lagging') {
        const left = arrivedAt + spec.lagMs - this.#options.context.clock.monotonic()
        if (left <= 0) continue
        this.#options.hit(spec.id)
        wait = Math.max(wait, left)
      } else if (spec.type === 'frozen') {
        const at = this.#options.positions.of(spec)
        if (at === undefined || Number(event.served.object.metadata?.resourceVersion ?? 0) <= at) continue
        this.#options.hit(spec.id)
        return undefined
      }
    }
    return wait
  }

  #dueInMs(): number | undefined {
    const waits = this.#held[0] ? [this.#waitMs(this.#held[0])] : []
    for (const spec of this.#specs)
      if (spec.type === 'watch-cut' && spec.afterMs !== undefined)
        waits.push(this.#openedAt + spec.afterMs - this.#options.context.clock.monotonic())
    const due = waits.filter((wait) => wait !== undefined && wait > 0) as number[]
    return due.length > 0 ? Math.min(...due) : undefined
  }

  /** Whether the watch breaks now. Throws the 410 of a view of the past. */
  #isCut(): boolean {
    const { turns, hit, context } = this.#options
    for (const spec of this.#specs) {
      if (spec.type !== 'watch-cut' && spec.type !== 'past') continue
      if (!this.#cuts.has(spec.id)) {
        // It was open when the fault began.
        this.#cuts.set(spec.id, false)
        if (!turns.take(spec)) continue
        hit(spec.id)
        if (spec.type === 'past') {
          this.#options.ended()
          throw expired('too old resource version: the watch was sent to the past')
        }
        return true
      }
      if (spec.type === 'past') continue
      const after =
        (spec.afterMs !== undefined && context.clock.monotonic() - this.#openedAt >= spec.afterMs) || this.#hasTold(spec.afterEvents)
      if (!after || !turns.take(spec)) continue
      hit(spec.id)
      return true
    }
    return false
  }

  #hasTold(events: number | undefined): boolean {
    return events !== undefined && this.#told >= events
  }
}
