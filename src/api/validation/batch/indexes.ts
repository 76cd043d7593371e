/** Lists of completion indexes as Jobs write them: `1,3-5,7`. */

/** What is wrong with such a list, in upstream's words. */
export class IndexError extends Error {
  override readonly name = 'IndexError'
}

interface Interval {
  readonly first: number
  readonly last: number
}

/** The intervals of a list, in order; throws IndexError. */
export function parseIndexes(text: string, completions: number): Interval[] {
  if (text === '') return []
  const intervals: Interval[] = []
  for (const part of text.split(',')) {
    const interval = parseInterval(part, completions)
    const before = intervals[intervals.length - 1]
    if (before && before.last >= interval.first)
      throw new IndexError(`non-increasing order, previous: ${before.last}, current: ${interval.first}`)
    intervals.push(interval)
  }
  return intervals
}

function parseInterval(text: string, completions: number): Interval {
  const limits = text.split('-')
  if (limits.length > 2)
    throw new IndexError(
      `the fragment ${JSON.stringify(text)} violates the requirement that an index interval can have at most two parts separated by '-'`,
    )
  const [first = 0, last = first] = limits.map((limit) => {
    if (!/^[+-]?\d+$/.test(limit)) throw new IndexError(`cannot convert string to integer for index: ${JSON.stringify(limit)}`)
    if (Number(limit) >= completions) throw new IndexError(`too large index: ${JSON.stringify(limit)}`)
    return Number(limit)
  })
  if (limits.length === 2 && first >= last) throw new IndexError(`non-increasing order, previous: ${first}, current: ${last}`)
  return { first, last }
}

/** How many indexes a list has; throws IndexError. */
export const indexCount = (text: string, completions: number): number =>
  parseIndexes(text, completions).reduce((sum, { first, last }) => sum + last - first + 1, 0)

/** The first index that both lists have; undefined for none. Lists that do not parse overlap nothing. */
export function commonIndex(a: string, b: string, completions: number): number | undefined {
  try {
    const [left, right] = [parseIndexes(a, completions), parseIndexes(b, completions)]
    for (const x of left) for (const y of right) if (x.first <= y.last && y.first <= x.last) return Math.max(x.first, y.first)
    return undefined
  } catch (error) {
    if (error instanceof IndexError) return undefined
    throw error
  }
}
