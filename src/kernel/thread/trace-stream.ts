/**
 * A thread's end of a recording: its actor's message events go to the host in batches. Nothing here ever waits: what
 * the host has not taken yet is bounded, and so is what waits to be sent; events beyond that are counted instead of kept,
 * and the next batch tells how many.
 */
import type { RunningActor } from '../actor.js'
import { createRecording, type Describe, type RecordedEvent } from '../recording.js'

/** What a thread is told to record. */
export interface RecordingOrder {
  /** Names the recording: what comes late from an earlier one is not mixed into it. */
  readonly number: number
  /** URL of a module that exports `describe` (see recording.ts). */
  readonly describer: string
  /** What times count from, in milliseconds since 1970. */
  readonly epochMs: number
}

/** Events, and how many were not kept after them. */
export interface TraceBatch {
  readonly number: number
  readonly events: readonly RecordedEvent[]
  readonly dropped: number
}

export interface TraceStream {
  /** Loads what a recording needs and begins it, for the actor when there is one and else as soon as there is one. */
  begin(order: RecordingOrder): Promise<void>
  attach(actor: RunningActor): void
  end(): void
  /** The host has taken so many events. */
  taken(events: number): void
  /** Sends what there is: before the thread ends, whatever the bounds. */
  flush(): void
}

/** Bounds in events. What the host has not taken, and what waits here, for it. */
const underWayMax = 16_384
const waitingMax = 16_384
const batchEvents = 512
const flushMs = 20

export function createTraceStream(name: string, post: (batch: TraceBatch) => void): TraceStream {
  let actor: RunningActor | undefined
  let current: { readonly order: RecordingOrder; readonly describe: Describe } | undefined
  let waiting: RecordedEvent[] = []
  let dropped = 0
  let underWay = 0
  let timer: NodeJS.Timeout | undefined

  const send = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (!current || (waiting.length === 0 && dropped === 0)) return
    underWay += waiting.length
    post({ number: current.order.number, events: waiting, dropped })
    waiting = []
    dropped = 0
  }
  const sendWithinBounds = (): void => {
    timer = undefined
    if (underWay < underWayMax) send()
  }
  const observe = (): void => {
    if (!actor || !current) return
    const { order, describe } = current
    const shift = performance.timeOrigin - order.epochMs
    const keep = (event: RecordedEvent): void => {
      if (waiting.length >= waitingMax) {
        dropped++
        return
      }
      waiting.push({ ...event, at: event.at + shift })
      if (waiting.length >= batchEvents) sendWithinBounds()
      else timer ??= setTimeout(sendWithinBounds, flushMs).unref()
    }
    actor.observe(createRecording(name, describe, keep))
  }
  return {
    async begin(order) {
      const { describe } = (await import(order.describer)) as { readonly describe: Describe }
      current = { order, describe }
      waiting = []
      dropped = underWay = 0
      observe()
    },
    attach(running) {
      actor = running
      observe()
    },
    end() {
      actor?.observe(undefined)
      send()
      current = undefined
    },
    taken(events) {
      underWay = Math.max(0, underWay - events)
      if (waiting.length >= batchEvents || dropped > 0) sendWithinBounds()
    },
    flush: send,
  }
}
