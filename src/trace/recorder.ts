/**
 * Makes records out of what a stage tells of its actors. A stage knows of an actor's start and death, the actor itself
 * of its messages; joined here, an actor's records are in order and each has the vector clock that holds at it.
 */
import { CodedError } from '../base/errors.js'
import type { Address } from '../kernel/address.js'
import type { RecordedEvent, StageEvent } from '../kernel/recording.js'
import type { TraceKind, TraceRecord } from './event.js'

export interface TraceRecorder {
  /** What the stage tells. */
  stage(event: StageEvent): void
  /** Something that is no message and no start or death. `actor` need not be one: then it stands beside all of them. */
  mark(kind: 'note' | 'violation' | 'fault', at: number, actor: string, detail: string): void
}

/** `emit` gets each record in turn. */
export function createTraceRecorder(emit: (record: TraceRecord) => void): TraceRecorder {
  const actors = new Map<string, { readonly address: Address; readonly slot: number; readonly clock: readonly number[] }>()
  const lifecycle = (kind: TraceKind, at: number, address: Address, slot: number, detail?: string): void => {
    const clock = actors.get(address.name)?.clock ?? []
    actors.set(address.name, { address, slot, clock })
    const { name: actor, incarnation } = address
    emit({ at: micros(at), actor, incarnation, slot, kind, clock, ...(detail === undefined ? {} : { detail }) })
  }
  return {
    stage(event) {
      const { address, slot } = event
      switch (event.type) {
        case 'messages':
          for (const one of event.events) emit(recordOf(one, address, slot))
          return void actors.set(address.name, { address, slot, clock: event.events.at(-1)?.clock ?? [] })
        case 'dropped':
          return lifecycle('note', event.at, address, slot, `${event.events} events were not recorded: their reader was too slow`)
        case 'started':
          return lifecycle('started', event.at, address, slot, address.role)
        case 'ready':
          return lifecycle('ready', event.at, address, slot)
        case 'fault':
          return lifecycle('fault', event.at, address, slot, event.detail)
        case 'ended': {
          const { type, message, code } = event.reason
          const detail = `${type}: ${code && !message.includes(code) ? `${code}: ` : ''}${message}`
          return lifecycle(type === 'shutdown' ? 'stopped' : 'crashed', event.at, address, slot, detail)
        }
      }
    },
    mark(kind, at, actor, detail) {
      const known = actors.get(actor)
      if (known) return lifecycle(kind, at, known.address, known.slot, detail)
      emit({ at: micros(at), actor, incarnation: 0, slot: -1, kind, clock: [], detail })
    },
  }
}

function recordOf(event: RecordedEvent, { name: actor, incarnation }: Address, slot: number): TraceRecord {
  const { at, direction: kind, count: _, ...rest } = event
  return { at: micros(at), actor, incarnation, slot, kind, ...rest }
}

/** Times are told to the microsecond: what is below is noise on threads and would only lengthen files. */
function micros(at: number): number {
  return Math.round(at * 1000) / 1000
}

/** A recorder that keeps all it gets, up to `recordsMax`; beyond that it throws 'TraceTooLong', because a trace with a hole lies. */
export function keepTrace(recordsMax = 2_000_000): TraceRecorder & { readonly records: readonly TraceRecord[] } {
  const records: TraceRecord[] = []
  const recorder = createTraceRecorder((record) => {
    if (records.length >= recordsMax) throw new CodedError('TraceTooLong', `Cannot record the run: it has more than ${recordsMax} events`)
    records.push(record)
  })
  return { ...recorder, records }
}
