/**
 * A trace in a form that a page can carry: columns of small numbers, each text once, each clock as what changed since the
 * actor's record before. A tenth of the NDJSON; unpack() gives the very same records back.
 */
import { type TraceFile, type TraceHeader, type TraceRecord, traceKinds } from './event.js'

const textFields = ['actor', 'peer', 'type', 'method', 'request', 'span', 'detail'] as const

/** Column arrays are as long as the trace; texts are indexes into `texts`, -1 where there is none. */
export interface PackedTrace {
  readonly header: TraceHeader
  readonly texts: readonly string[]
  /** Microseconds since the record before. */
  readonly at: readonly number[]
  readonly kind: readonly number[]
  readonly incarnation: readonly number[]
  readonly slot: readonly number[]
  /** -1 where there is none. */
  readonly id: readonly number[]
  readonly sent: readonly number[]
  readonly text: Readonly<Record<(typeof textFields)[number], readonly number[]>>
  readonly objects: readonly (readonly number[])[]
  /** Slot and entry of each entry that changed, in turn; preceded by the clock's length where that changed (as -length). */
  readonly clock: readonly (readonly number[])[]
}

/** Packs a trace. */
export function packTrace({ header, records }: TraceFile): PackedTrace {
  const texts = new Map<string, number>()
  const indexOf = (text: string | undefined): number => {
    if (text === undefined) return -1
    const known = texts.get(text)
    if (known !== undefined) return known
    texts.set(text, texts.size)
    return texts.size - 1
  }
  const column = (name: (typeof textFields)[number]) => records.map((record) => indexOf(record[name]))
  const micros = records.map(({ at }) => Math.round(at * 1000))
  const previous = new Map<string, readonly number[]>()
  const packed = {
    header,
    at: micros.map((at, i) => at - (micros[i - 1] ?? 0)),
    kind: records.map(({ kind }) => traceKinds.indexOf(kind)),
    incarnation: records.map(({ incarnation }) => incarnation),
    slot: records.map(({ slot }) => slot),
    id: records.map(({ id = -1 }) => id),
    sent: records.map(({ sent = -1 }) => sent),
    text: {
      actor: column('actor'),
      peer: column('peer'),
      type: column('type'),
      method: column('method'),
      request: column('request'),
      span: column('span'),
      detail: column('detail'),
    },
    objects: records.map(({ objects = [] }) => objects.map(indexOf)),
    clock: records.map(({ actor, clock }) => {
      const change = changeOf(previous.get(actor) ?? [], clock)
      previous.set(actor, clock)
      return change
    }),
  }
  return { ...packed, texts: [...texts.keys()] }
}

function changeOf(before: readonly number[], clock: readonly number[]): number[] {
  const change = before.length === clock.length ? [] : [-clock.length]
  for (const [slot, entry] of clock.entries()) if (entry !== (before[slot] ?? 0)) change.push(slot, entry)
  return change
}

/** The records again. */
export function unpackTrace(packed: PackedTrace): TraceFile {
  const { header, texts } = packed
  const previous = new Map<string, readonly number[]>()
  let micros = 0
  const records = packed.at.map((delta, i): TraceRecord => {
    micros += delta
    const text = (name: (typeof textFields)[number]) => texts[packed.text[name][i] ?? -1]
    const actor = text('actor') ?? ''
    const clock = changed(previous.get(actor) ?? [], packed.clock[i] ?? [])
    previous.set(actor, clock)
    const [peer, type, method, request, span, detail] = textFields.slice(1).map(text)
    const [id = -1, sent = -1] = [packed.id[i], packed.sent[i]]
    const objects = (packed.objects[i] ?? []).map((index) => texts[index] ?? '')
    return {
      at: micros / 1000,
      actor,
      incarnation: packed.incarnation[i] ?? 0,
      slot: packed.slot[i] ?? -1,
      kind: traceKinds[packed.kind[i] ?? 0] ?? 'note',
      clock,
      ...(peer === undefined ? {} : { peer }),
      ...(type === undefined ? {} : { type: type as NonNullable<TraceRecord['type']> }),
      ...(method === undefined ? {} : { method }),
      ...(id < 0 ? {} : { id }),
      ...(sent < 0 ? {} : { sent }),
      ...(request === undefined ? {} : { request }),
      ...(span === undefined ? {} : { span }),
      ...(objects.length === 0 ? {} : { objects }),
      ...(detail === undefined ? {} : { detail }),
    }
  })
  return { header, records }
}

function changed(before: readonly number[], change: readonly number[]): readonly number[] {
  if (change.length === 0) return before
  const first = change[0] ?? 0
  const resized = change.length % 2 === 1
  const clock = before.slice(0, resized ? -first : before.length)
  while (resized && clock.length < -first) clock.push(0)
  for (let i = resized ? 1 : 0; i < change.length; i += 2) clock[change[i] ?? 0] = change[i + 1] ?? 0
  return clock
}
