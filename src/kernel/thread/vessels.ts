/**
 * Opens what an incarnation runs in (vessel.ts): a thread of its own, a spare one that has its code loaded already, a seat in a shared
 * thread, or a process. The host sees no difference: a vessel is opened, it can be ended at once, and it tells of its end.
 */
import { Worker } from 'node:worker_threads'
import type { ExitReason, StartSpec } from '../host.js'
import type { FromCarrier, ToCarrier } from './carrier.js'
import type { ThreadStart } from './messages.js'
import { openProcess } from './process-vessel.js'
import type { Vessel, VesselEvents } from './vessel.js'

export interface Vessels {
  open(spec: StartSpec, start: ThreadStart, events: VesselEvents): Vessel
  /** Spare threads that have loaded their code and wait. */
  readonly spares: number
  /** Ends the spare threads. */
  close(): void
}

export interface VesselsOptions {
  readonly entryOf: (entry: string) => URL
  readonly heapMiBDefault: number
  /** How many spare threads to keep, by entry. */
  readonly spares?: Readonly<Record<string, number>>
}

/** Neither a test runner's loader nor a debugger's flags are the actors' business. */
const clean = () => ({ execArgv: [], env: { ...process.env, NODE_OPTIONS: '' } })
const carrierEntry = new URL('./carrier-entry.js', import.meta.url)
/** How long after the last start spares are made: they must not slow down who is needed now. */
const spareAfterMs = 1_000
/** How long a shared thread may take to end one actor before it is ended as a whole. */
const endSeatMs = 100

export function createVessels({ entryOf, heapMiBDefault, spares: wanted = {} }: VesselsOptions): Vessels {
  const shared = new Map<string, SharedThread>()
  const spares = new Map<string, Worker[]>()
  let filling: NodeJS.Timeout | undefined

  const carrier = (name: string, heapMiB: number) =>
    new Worker(carrierEntry, { name, ...clean(), resourceLimits: { maxOldGenerationSizeMb: heapMiB } })

  const forget = (name: string, thread: SharedThread) => {
    if (shared.get(name) === thread) shared.delete(name)
  }

  /** One spare at a time, so that a machine with few cores hardly notices. */
  function fill(): void {
    const entry = Object.keys(wanted).find((one) => (spares.get(one)?.length ?? 0) < (wanted[one] ?? 0))
    if (!entry) return
    const worker = carrier(`spare ${entry}`, heapMiBDefault)
    worker.unref()
    const drop = () => void spares.set(entry, spares.get(entry)?.filter((one) => one !== worker) ?? [])
    worker.once('exit', drop)
    worker.on('error', drop)
    worker.once('message', () => {
      spares.set(entry, [...(spares.get(entry) ?? []), worker])
      fill()
    })
    worker.postMessage({ type: 'load', entry: entryOf(entry).href } satisfies ToCarrier)
  }

  function takeSpare(spec: StartSpec): Worker | undefined {
    if (Object.keys(wanted).length === 0) return undefined
    clearTimeout(filling)
    filling = setTimeout(fill, spareAfterMs)
    filling.unref()
    return spec.heapMiB === undefined || spec.heapMiB === heapMiBDefault ? spares.get(spec.entry)?.shift() : undefined
  }

  return {
    open(spec, start, events) {
      const heapMiB = spec.heapMiB ?? heapMiBDefault
      const entry = entryOf(spec.entry)
      if (spec.placement?.type === 'shared') {
        const { thread: name } = spec.placement
        const thread = shared.get(name) ?? new SharedThread(name, carrier(name, heapMiB), (gone) => forget(name, gone))
        shared.set(name, thread)
        return thread.seat(entry.href, start, events)
      }
      if (spec.placement?.type === 'process') return openProcess(entry, start, heapMiB, events)
      const transferList = [start.control, start.host]
      const spare = takeSpare(spec)
      const worker =
        spare ??
        new Worker(entry, {
          name: start.address.name,
          workerData: start,
          transferList,
          ...clean(),
          resourceLimits: { maxOldGenerationSizeMb: heapMiB },
        })
      spare?.removeAllListeners()
      spare?.ref()
      spare?.postMessage({ type: 'start', seat: 0, entry: entry.href, start, solo: true } satisfies ToCarrier, transferList)
      worker.on('error', events.error)
      worker.on('messageerror', events.error)
      worker.on('exit', (code) => events.exit(code))
      return { worker, end: () => void worker.terminate() }
    },
    get spares() {
      return [...spares.values()].reduce((sum, { length }) => sum + length, 0)
    },
    close() {
      clearTimeout(filling)
      for (const worker of [...spares.values()].flat()) void worker.terminate()
    },
  }
}

/** A thread that several actors sit in. */
class SharedThread {
  readonly #name: string
  readonly #worker: Worker
  readonly #seats = new Map<number, { readonly name: string; readonly events: VesselEvents }>()
  #next = 0
  /** Who had to be ended by ending all. */
  #culprit: string | undefined

  constructor(name: string, worker: Worker, gone: (thread: SharedThread) => void) {
    this.#name = name
    this.#worker = worker
    worker.on('message', (message: FromCarrier) => {
      if (message.type === 'over') this.#over(message.seat, message.code)
      if (this.#seats.size > 0) return
      gone(this)
      void worker.terminate()
    })
    worker.on('error', (error) => {
      for (const { events } of this.#seats.values()) events.error(error)
    })
    worker.on('exit', (code) => {
      gone(this)
      const why = this.#culprit ? `"${this.#culprit}" did not end by itself` : 'it ended'
      const reason: ExitReason = { type: 'killed', message: `the thread "${this.#name}" that it shared is gone: ${why}` }
      for (const { events } of [...this.#seats.values()]) events.exit(code || 1, reason)
      this.#seats.clear()
    })
  }

  #over(number: number, code: number): void {
    const seat = this.#seats.get(number)
    this.#seats.delete(number)
    seat?.events.exit(code)
  }

  seat(entry: string, start: ThreadStart, events: VesselEvents): Vessel {
    const number = ++this.#next
    const { name } = start.address
    this.#seats.set(number, { name, events })
    this.#worker.postMessage({ type: 'start', seat: number, entry, start, solo: false } satisfies ToCarrier, [start.control, start.host])
    return {
      worker: this.#worker,
      end: () => {
        if (!this.#seats.has(number)) return
        this.#worker.postMessage({ type: 'end', seat: number } satisfies ToCarrier)
        setTimeout(() => {
          if (!this.#seats.has(number)) return
          this.#culprit ??= name
          void this.#worker.terminate()
        }, endSeatMs)
      },
    }
  }
}
