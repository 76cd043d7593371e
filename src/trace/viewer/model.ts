/**
 * What of a run is shown, and where: which records pass the filters (rows), where a row stands on the vertical axis, which
 * arrows cross a stretch of it. Knows nothing of the page, so that 50,000 events are a matter of arrays.
 */
import { isMessage, type TraceRecord, titleOf } from '../event.js'
import type { Run } from '../run.js'
import { topicOf } from '../topic.js'

export interface Filter {
  readonly hiddenActors: Set<string>
  /** Message types, and 'life' for what is no message. */
  readonly hiddenTypes: Set<string>
  /** '' for any. */
  method: string
  request: string
  object: string
}

/** 'order': every event has a row of its own. 'time': distances are durations. */
export type Axis = 'order' | 'time'

export interface Model {
  readonly run: Run
  readonly filter: Filter
  axis: Axis
  /** Pixels a row, on the axis of order; pixels a millisecond, on that of time. */
  zoom: number
  /** Pixels from the top of all to the top of what is shown. */
  top: number
  selected: number
  /** Records that are shown, in order. */
  readonly rows: Int32Array
  /** Row of each record, -1 when it is not shown. */
  readonly rowOf: Int32Array
  /** To be called when the filter has changed. */
  refilter(): void
  /** Pixels from the top of all. */
  yOf(record: number): number
  height(): number
  /** First row at or below this y. */
  rowAt(y: number): number
  /** Sendings whose arrows touch these rows; both ends are shown. */
  arrows(firstRow: number, lastRow: number): number[]
  /** Position in Run.actors of those that are shown. */
  readonly columns: readonly number[]
  /** What can be searched for in a record. */
  textOf(record: number): string
}

const rowsPerBlock = 256
/** Space above the first and below the last event, in pixels. */
const margin = 14

export function createModel(run: Run): Model {
  const { records, partner } = run
  const texts: (string | undefined)[] = []
  const filter: Filter = { hiddenActors: new Set(), hiddenTypes: new Set(), method: '', request: '', object: '' }
  const first = records[0]?.at ?? 0
  let rows = new Int32Array(0)
  let rowOf = new Int32Array(records.length)
  let columns: number[] = []
  /** By block of rows: sendings above its start whose receiving is at or below it. */
  let crossing: number[][] = []

  const passes = (record: TraceRecord, about: (objects: readonly string[]) => boolean): boolean => {
    if (filter.hiddenActors.has(record.actor) || filter.hiddenTypes.has(topicOf(record))) return false
    if (!isMessage(record)) return true
    if (filter.method !== '' && record.method !== filter.method) return false
    if (filter.request !== '' && record.request !== filter.request) return false
    return filter.object === '' || about(record.objects ?? [])
  }

  const refilter = (): void => {
    // A whole key means that object; a part of one all that have it.
    const exact = records.some(({ objects }) => objects?.includes(filter.object))
    const about = (objects: readonly string[]) =>
      exact ? objects.includes(filter.object) : objects.some((object) => object.includes(filter.object))
    let shown = [...records.keys()].filter((i) => passes(records[i] as TraceRecord, about))
    const following = filter.request !== '' || filter.object !== ''
    const cast = new Set(shown.filter((i) => !following || isMessage(records[i] as TraceRecord)).map((i) => run.actorOf[i] as number))
    // A start, a death, a violation is part of the story of those who are in it.
    if (following) shown = shown.filter((i) => cast.has(run.actorOf[i] as number) || records[i]?.kind === 'violation')
    for (const i of shown) if (records[i]?.kind === 'violation') cast.add(run.actorOf[i] as number)
    columns = [...run.actors.keys()].filter((a) => cast.has(a))
    rows = Int32Array.from(shown)
    rowOf = new Int32Array(records.length).fill(-1)
    for (const [row, i] of rows.entries()) rowOf[i] = row
    crossing = []
    for (let row = 0; row < rows.length; row++) {
      const to = receivingRow(row)
      for (let block = Math.floor(row / rowsPerBlock) + 1; block * rowsPerBlock <= to; block++)
        (crossing[block] ??= []).push(rows[row] as number)
    }
  }

  /** Row where the message sent in this row arrives; -1 when it is none, or its arrival is not shown. */
  const receivingRow = (row: number): number => {
    const i = rows[row] as number
    const to = records[i]?.kind === 'sent' ? (partner[i] as number) : -1
    return to < 0 ? -1 : (rowOf[to] as number)
  }

  const yOfRow = (row: number): number => {
    if (model.axis === 'order') return margin + (row + 0.5) * model.zoom
    return margin + ((records[rows[row] as number]?.at ?? first) - first) * model.zoom
  }

  const rowAt = (y: number): number => {
    if (model.axis === 'order') return Math.min(rows.length, Math.max(0, Math.floor((y - margin) / model.zoom)))
    let low = 0
    let high = rows.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (yOfRow(middle) < y) low = middle + 1
      else high = middle
    }
    return low
  }

  const model: Model = {
    run,
    filter,
    axis: 'order',
    zoom: 18,
    top: 0,
    selected: -1,
    get rows() {
      return rows
    },
    get rowOf() {
      return rowOf
    },
    get columns() {
      return columns
    },
    refilter,
    yOf(record) {
      const row = rowOf[record] ?? -1
      if (row >= 0) return yOfRow(row)
      // Where it would be: behind the last shown record before it.
      let low = 0
      let high = rows.length
      while (low < high) {
        const middle = (low + high) >>> 1
        if ((rows[middle] as number) < record) low = middle + 1
        else high = middle
      }
      return model.axis === 'order' ? margin + low * model.zoom : margin + ((records[record]?.at ?? first) - first) * model.zoom
    },
    height: () => (rows.length === 0 ? 0 : yOfRow(rows.length - 1) + margin + (model.axis === 'order' ? model.zoom / 2 : 0)),
    rowAt,
    arrows(firstRow, lastRow) {
      const block = Math.floor(firstRow / rowsPerBlock)
      const found = (crossing[block] ?? []).slice()
      for (let row = block * rowsPerBlock; row <= lastRow && row < rows.length; row++)
        if (receivingRow(row) >= 0) found.push(rows[row] as number)
      return found
    },
    textOf(record) {
      const known = texts[record]
      if (known !== undefined) return known
      const one = records[record] as TraceRecord
      const text =
        `${one.actor}#${one.incarnation} ${titleOf(one)} ${one.detail ?? ''} ${one.request ?? ''} ${one.objects?.join(' ') ?? ''}`.toLowerCase()
      texts[record] = text
      return text
    },
  }
  refilter()
  return model
}

/**
 * Of each actor the last of its events that happened before record `i`, and the first that happened after it, as
 * positions in the actor's events (-1 and the number of events where there is none). All between is concurrent with it.
 */
export function coneOf({ actors, actorOf, indexOf, known }: Run, i: number): readonly { readonly past: number; readonly future: number }[] {
  const width = actors.length
  const self = actorOf[i] as number
  const index = indexOf[i] as number
  return actors.map(({ events }, a) => {
    const past = (known[i * width + a] as number) - 1
    // Knowledge only grows along an actor's events.
    let low = 0
    let high = events.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((known[(events[middle] as number) * width + self] as number) >= index) high = middle
      else low = middle + 1
    }
    return a === self ? { past: index - 2, future: index } : { past, future: low }
  })
}
