/**
 * Where two runs part: the first record in which they are not the same. Two runs of one seed and one program do not;
 * two of one seed and two programs show here what the change did first.
 */
import { type TraceRecord, titleOf } from './event.js'

export interface Divergence {
  /** Position of the first records that differ; records before it are the same in both. */
  readonly at: number
  /** Undefined where that run is over. */
  readonly a: TraceRecord | undefined
  readonly b: TraceRecord | undefined
  /** Which fields of the two differ. */
  readonly fields: readonly string[]
}

/** What makes two records the same, in order of what tells most. */
const compared = ['actor', 'incarnation', 'kind', 'peer', 'type', 'method', 'id', 'objects', 'detail', 'at', 'clock'] as const

/** The first difference; undefined when the runs are the same. `ignore` names fields that do not count, such as 'at'. */
export function firstDivergence(
  a: readonly TraceRecord[],
  b: readonly TraceRecord[],
  ignore: readonly (typeof compared)[number][] = [],
): Divergence | undefined {
  const fields = compared.filter((field) => !ignore.includes(field))
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const [one, other] = [a[at], b[at]]
    if (!one || !other) return { at, a: one, b: other, fields: [] }
    const different = fields.filter((field) => !same(one[field], other[field]))
    if (different.length > 0) return { at, a: one, b: other, fields: different }
  }
  return undefined
}

function same(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b
  return a.length === b.length && a.every((value, i) => value === b[i])
}

/** The divergence in lines for people. */
export function formatDivergence({ at, a, b, fields }: Divergence): string {
  const line = (record: TraceRecord | undefined) =>
    record ? `${record.at.toFixed(3)} ms ${record.actor}#${record.incarnation} ${titleOf(record)}${detailOf(record)}` : 'the run is over'
  const what = fields.length > 0 ? ` in ${fields.join(', ')}` : ''
  return [`The runs part at record ${at + 1}${what}:`, `  a: ${line(a)}`, `  b: ${line(b)}`].join('\n')
}

function detailOf({ kind, detail }: TraceRecord): string {
  return detail && (kind === 'sent' || kind === 'received') ? ` (${detail})` : ''
}
