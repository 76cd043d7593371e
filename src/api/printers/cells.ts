/** Cells that tables of many kinds have: ages, containers, selectors, and lists that are cut short. */
import { defined } from '../../base/assert.js'
import type { Strategy, TableColumn } from '../kind.js'
import { SelectorError } from '../meta/fields.js'
import { formatLabelQuery, labelSelectorQuery } from '../meta/labels.js'
import type { KubeObject, LabelSelector } from '../meta/object.js'
import { parseTime } from '../meta/time.js'
import { tableColumns } from '../schema/columns.js'
import { humanDuration } from './human-duration.js'

/** A row's cells in the order of its columns; `now` in milliseconds since the epoch. */
export type Row = (object: KubeObject, now: number) => unknown[]

/** The columns that the published API has for this printer (see tableColumns()), and what fills them. */
export function printed(printer: string, row: Row): Required<Pick<Strategy, 'columns' | 'row'>> {
  return { columns: defined(tableColumns(printer), `there is a table of ${printer}`), row }
}

/** As printed(), with columns of its own: the name, then pairs of a name and its type. */
export function printedAs(
  columns: readonly (readonly [string, 'string' | 'integer' | 'boolean'])[],
  row: Row,
): Required<Pick<Strategy, 'columns' | 'row'>> {
  const named = columns.map(([name, type]): TableColumn => ({ name, type, format: '', description: '', priority: 0 }))
  return { columns: [{ name: 'Name', type: 'string', format: 'name', description: '', priority: 0 }, ...named], row }
}

/** NAME AGE, of kinds that have nothing else to show. */
export function ageRow(object: KubeObject, now: number): unknown[] {
  return [object.metadata.name, createdAgo(object, now)]
}

/** How long ago an RFC 3339 time was. */
export function ageOf(time: string | undefined | null, now: number): string {
  const then = time ? parseTime(time) : undefined
  return then === undefined ? '<unknown>' : humanDuration(now - then)
}

/** How long ago an object was created. */
export function createdAgo({ metadata }: KubeObject, now: number): string {
  return ageOf(metadata.creationTimestamp, now)
}

/** The cells CONTAINERS and IMAGES. */
export function containerCells(
  containers: readonly { readonly name: string; readonly image?: string | undefined }[] | undefined,
): [string, string] {
  const list = containers ?? []
  return [list.map(({ name }) => name).join(','), list.map(({ image }) => image ?? '').join(',')]
}

/** A label selector as text; `<none>` for one that demands nothing, `<error>` for one that cannot be. */
export function selectorCell(selector: LabelSelector | undefined): string {
  return selectorText(selector, '<error>') || '<none>'
}

/** A label selector as text, or `wrong` for one that cannot be. */
export function selectorText(selector: LabelSelector | undefined, wrong: string): string {
  try {
    return formatLabelQuery(labelSelectorQuery(selector))
  } catch (error) {
    if (error instanceof SelectorError) return wrong
    throw error
  }
}

/** Labels as text; `<none>` for none. */
export function labelsCell(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`)
  return pairs.sort().join(',') || '<none>'
}

/** At most three of the items, and how many more there are. */
export function listCell(items: readonly string[], none: string): string {
  const shown = items.slice(0, 3).join(',')
  if (items.length > 3) return `${shown} + ${items.length - 3} more...`
  return shown || none
}

/** A pointer's value or `<unset>`, as upstream prints booleans that may be absent. */
export function booleanCell(value: boolean | undefined): string {
  return value === undefined ? '<unset>' : value ? 'True' : 'False'
}
