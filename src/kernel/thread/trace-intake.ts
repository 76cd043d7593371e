/** The host's end of a recording: batches of all threads, and what the host itself knows of starts and deaths. */
import { CodedError } from '../../base/errors.js'
import type { Address } from '../address.js'
import type { ExitReason } from '../host.js'
import type { StageEvent } from '../recording.js'
import type { Member } from './guest.js'
import type { RecordingOrder, TraceBatch } from './trace-stream.js'

export interface RecordingOptions {
  /** A module that exports `describe` (see recording.ts); every thread loads it. */
  readonly describer: URL
  /** What times count from, in milliseconds since 1970. */
  readonly epochMs: number
  /** Gets each event; an actor's own in order. Must not throw. */
  readonly sink: (event: StageEvent) => void
}

export interface TraceIntake {
  /** What new members are to record. */
  readonly order: RecordingOrder | undefined
  begin(options: RecordingOptions): { end(): void }
  batch(from: Member, batch: TraceBatch): void
  life(address: Address, type: 'started' | 'ready'): void
  /** A fault was put in force, or ended. */
  fault(address: Address, detail: string): void
  ended(address: Address, reason: ExitReason): void
}

/** `members` are all that run; `slotOf` is an actor's place in vector clocks. */
export function createTraceIntake(members: () => Iterable<Member>, slotOf: (name: string) => number): TraceIntake {
  let current: { readonly order: RecordingOrder; readonly sink: (event: StageEvent) => void } | undefined
  let recordings = 0
  const tell = (event: (at: number) => StageEvent): void => {
    if (current) current.sink(event(performance.timeOrigin + performance.now() - current.order.epochMs))
  }
  return {
    get order() {
      return current?.order
    },
    begin({ describer, epochMs, sink }) {
      if (current) throw new CodedError('AlreadyRecording', 'Cannot record: a recording is under way')
      const order = { number: ++recordings, describer: describer.href, epochMs }
      const own = { order, sink }
      current = own
      for (const member of members()) member.post({ type: 'record', order })
      return {
        end() {
          if (current !== own) return
          current = undefined
          for (const member of members()) member.post({ type: 'record-end' })
        },
      }
    },
    batch(from, { number, events, dropped }) {
      from.post({ type: 'recorded', events: events.length })
      if (!current || current.order.number !== number) return
      const { address } = from
      const slot = slotOf(address.name)
      if (events.length > 0) current.sink({ type: 'messages', address, slot, events })
      if (dropped > 0) tell((at) => ({ type: 'dropped', address, slot, at, events: dropped }))
    },
    life: (address, type) => tell((at) => ({ type, address, slot: slotOf(address.name), at })),
    fault: (address, detail) => tell((at) => ({ type: 'fault', address, slot: slotOf(address.name), at, detail })),
    ended: (address, reason) => tell((at) => ({ type: 'ended', address, slot: slotOf(address.name), at, reason })),
  }
}
