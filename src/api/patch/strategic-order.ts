/**
 * The order of lists in a strategic merge: what the patch names stands as the patch (or its $setElementOrder) says, the
 * rest keeps the server's order, and the two are woven together by the server's. Precedence: $setElementOrder, the patch
 * list, the live list (design proposal "preserve order in strategic merge patch").
 */
import { formatValue, goTypeOf } from './go-format.js'

/** A JSON object. */
export type Fields = Record<string, unknown>

/** Whether the value is a JSON object. */
export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

/** What a patch that cannot be merged throws. `format` errors are the client's fault, `unprocessable` ones too; others upstream does not classify. */
export class StrategicError extends Error {
  readonly kind: 'format' | 'unprocessable' | 'other'
  constructor(message: string, kind: StrategicError['kind'] = 'other') {
    super(message)
    this.kind = kind
  }
}

/** `map: map[...] does not contain declared merge key: name`. */
export const noMergeKey = (item: Fields, key: string): StrategicError =>
  new StrategicError(`map: ${formatValue(item)} does not contain declared merge key: ${key}`)

/** `expected a []interface {}, but received a string`. */
export const wrongType = (expected: unknown, actual: unknown): StrategicError =>
  new StrategicError(`expected a ${goTypeOf(expected)}, but received a ${goTypeOf(actual)}`)

/** The index of the first element with this value of the key, or -1. */
export function findByKey(list: readonly unknown[], key: string, value: unknown): number {
  return list.findIndex((item, i) => {
    if (!isFields(item)) throw new StrategicError(`value for key ${i} is not a map`)
    return Object.hasOwn(item, key) && item[key] === value
  })
}

/** The elements that `by` has as well (by key or value), and the others. */
export function partition(list: readonly unknown[], by: readonly unknown[], mergeKey: string | undefined): [unknown[], unknown[]] {
  const listed: unknown[] = []
  const others: unknown[] = []
  for (const item of list) {
    const found = mergeKey === undefined ? by.includes(item) : findByKey(by, mergeKey, keyOf(item, mergeKey)) >= 0
    if (found) listed.push(item)
    else others.push(item)
  }
  return [listed, others]
}

function keyOf(item: unknown, mergeKey: string): unknown {
  if (!isFields(item)) throw wrongType({}, item)
  if (!Object.hasOwn(item, mergeKey)) throw noMergeKey(item, mergeKey)
  return item[mergeKey]
}

/** Sorts `patch` by `patchOrder` and `others` by `serverOrder`, and weaves the others in where the server has them. */
export function orderElements(lists: {
  readonly patch: readonly unknown[]
  readonly others: readonly unknown[]
  readonly patchOrder: readonly unknown[]
  readonly serverOrder: readonly unknown[]
  readonly mergeKey: string | undefined
}): unknown[] {
  const { mergeKey } = lists
  const rank = (order: readonly unknown[]): ((item: unknown) => number) => {
    const ranks = new Map<unknown, number>()
    for (const [i, item] of order.entries()) {
      const key = mergeKey === undefined ? item : keyOf(item, mergeKey)
      if (!ranks.has(key)) ranks.set(key, i)
    }
    return (item) => ranks.get(mergeKey === undefined ? item : keyOf(item, mergeKey)) ?? -1
  }
  const [patchRank, serverRank] = [rank(lists.patchOrder), rank(lists.serverOrder)]
  const patch = sortByRank(lists.patch, patchRank)
  const others = sortByRank(lists.others, serverRank)
  const woven: unknown[] = []
  let [i, j] = [0, 0]
  while (i < others.length && j < patch.length) {
    const [left, right] = [serverRank(others[i]), serverRank(patch[j])]
    woven.push(left >= 0 && right >= 0 && left < right ? others[i++] : patch[j++])
  }
  return [...woven, ...others.slice(i), ...patch.slice(j)]
}

/** By rank, stably; an element without one passes, and is passed by, every other, as upstream's insertion sort has it. */
function sortByRank(list: readonly unknown[], rank: (item: unknown) => number): unknown[] {
  const ranked = list.map((item) => ({ item, rank: rank(item) }))
  if (ranked.every((each) => each.rank >= 0)) return ranked.sort((a, b) => a.rank - b.rank).map(({ item }) => item)
  const sorted: typeof ranked = []
  for (const each of ranked) {
    let at = sorted.length
    while (at > 0 && passes(each.rank, sorted[at - 1]?.rank ?? -1)) at--
    sorted.splice(at, 0, each)
  }
  return sorted.map(({ item }) => item)
}

const passes = (rank: number, other: number): boolean => rank < 0 || other < 0 || rank < other
