/**
 * Path elements: one step from a value into it, as FieldsV1 writes it: `f:<field>`, `k:<keys of a list's item as JSON>`,
 * `v:<item of a set as JSON>`, `i:<index>`. Here they are made from values, parsed, ordered and printed for people.
 * Upstream: structured-merge-diff/fieldpath (element.go, serialize-pe.go).
 */
import type { TypeSchema } from '../schema/types.js'

type ListSchema = Extract<TypeSchema, { type: 'list' }>
/** A key of a keyed list, with the value that stands for it when the item has none. */
interface KeyField {
  readonly name: string
  readonly default: unknown
}

const keyFields = new WeakMap<ListSchema, readonly KeyField[]>()

/** The keys of a list in the order in which elements write them. Defaults count: a port without protocol is a TCP port. */
function keysOf(list: ListSchema): readonly KeyField[] {
  const known = keyFields.get(list)
  if (known !== undefined) return known
  const fields = list.items.type === 'object' ? list.items.object.fields : undefined
  const keys = [...list.mapKeys].sort().map((name) => {
    const field = fields?.get(name)
    return { name, default: field?.default ?? (field?.zeroDefault ? zeroOf(field.type) : undefined) }
  })
  keyFields.set(list, keys)
  return keys
}

function zeroOf(type: TypeSchema): unknown {
  switch (type.type) {
    case 'string':
      return ''
    case 'integer':
    case 'number':
      return 0
    case 'boolean':
      return false
    default:
      return undefined
  }
}

/** Why an item has no path element; upstream's words. */
export class ItemError extends Error {}

/** The element of an item of a `set` or `map` list; throws ItemError. */
export function elementOfItem(list: ListSchema, item: unknown): string {
  return list.mapKeys.length > 0 ? keyedElement(list, item) : setElement(item)
}

function keyedElement(list: ListSchema, item: unknown): string {
  if (item === null || item === undefined) throw new ItemError('associative list with keys may not have a null element')
  if (typeof item !== 'object' || Array.isArray(item)) throw new ItemError('associative list with keys may not have non-map elements')
  let text = ''
  for (const { name, default: preset } of keysOf(list)) {
    const value = (item as Record<string, unknown>)[name] ?? preset
    if (value !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${JSON.stringify(value)}`
  }
  if (text === '') {
    const keys = `[${list.mapKeys.map((key) => JSON.stringify(key)).join(' ')}]`
    throw new ItemError(
      `associative list with keys has an element that omits all key fields ${keys} (and doesn't have default values for any key fields)`,
    )
  }
  return `k:{${text}}`
}

function setElement(item: unknown): string {
  if (item === null || item === undefined) throw new ItemError("associative list without keys has an element that's an explicit null")
  if (Array.isArray(item)) throw new ItemError('not supported: associative list with lists as elements')
  if (typeof item === 'object') throw new ItemError("associative list without keys has an element that's a map type")
  return `v:${JSON.stringify(item)}`
}

/**
 * The element in the one form that equal elements have, for text that came from outside; undefined for a kind that is
 * not known, which is to be passed over. Throws SyntaxError when the text is no element.
 */
export function canonicalElement(text: string): string | undefined {
  if (text.startsWith('f:')) return text
  const known = canonicalElements.get(text)
  if (known !== undefined) return known
  const element = canonicalize(text)
  if (canonicalElements.size >= canonicalElementsMax) canonicalElements.clear()
  if (element !== undefined) canonicalElements.set(text, element)
  return element
}

/** The same few elements come with every write; parsing them costs more than all else. Emptied when full. */
const canonicalElements = new Map<string, string>()
const canonicalElementsMax = 4096

function canonicalize(text: string): string | undefined {
  if (text.charAt(1) !== ':') throw new SyntaxError(text.length < 2 ? 'key must be 2 characters long:' : `missing colon: ${text}`)
  switch (text.charAt(0)) {
    case 'v':
      return `v:${JSON.stringify(JSON.parse(text.slice(2)))}`
    case 'k':
      return `k:{${pairsOf(text)
        .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
        .join(',')}}`
    case 'i':
      if (!/^i:[+-]?\d+$/.test(text)) throw new SyntaxError(`strconv.Atoi: parsing ${JSON.stringify(text.slice(2))}: invalid syntax`)
      return `i:${Number(text.slice(2))}`
    default:
      return undefined
  }
}

/** The keys of a `k:` element, sorted by name; remembered like canonicalElement()'s results. */
function pairsOf(element: string): readonly [string, unknown][] {
  let pairs = pairsOfElements.get(element)
  if (pairs === undefined) {
    pairs = parsePairs(element)
    if (pairsOfElements.size >= canonicalElementsMax) pairsOfElements.clear()
    pairsOfElements.set(element, pairs)
  }
  return pairs
}

const pairsOfElements = new Map<string, readonly [string, unknown][]>()

function parsePairs(element: string): [string, unknown][] {
  const keys: unknown = JSON.parse(element.slice(2))
  if (typeof keys !== 'object' || keys === null || Array.isArray(keys)) throw new SyntaxError(`expect { in ${element}`)
  return Object.entries(keys).sort(([a], [b]) => (a < b ? -1 : 1))
}

const ranks: Readonly<Record<string, number>> = { f: 0, k: 1, v: 2, i: 3 }

/** Orders elements: fields by name, keyed items key by key, values, indexes. */
export function compareElements(a: string, b: string): number {
  if (a.startsWith('f:') && b.startsWith('f:')) return a < b ? -1 : a > b ? 1 : 0
  const rank = (ranks[a.charAt(0)] ?? 4) - (ranks[b.charAt(0)] ?? 4)
  if (rank !== 0) return rank
  switch (a.charAt(0)) {
    case 'k':
      return compareKeys(pairsOf(a), pairsOf(b))
    case 'v':
      return compareScalars(JSON.parse(a.slice(2)), JSON.parse(b.slice(2)))
    case 'i':
      return Number(a.slice(2)) - Number(b.slice(2))
    default:
      return a < b ? -1 : a > b ? 1 : 0
  }
}

function compareKeys(a: readonly [string, unknown][], b: readonly [string, unknown][]): number {
  for (let i = 0; ; i++) {
    const [left, right] = [a[i], b[i]]
    if (left === undefined || right === undefined) return (left === undefined ? 0 : 1) - (right === undefined ? 0 : 1)
    if (left[0] !== right[0]) return left[0] < right[0] ? -1 : 1
    const order = compareScalars(left[1], right[1])
    if (order !== 0) return order
  }
}

/** Numbers before strings before booleans before the rest. */
function compareScalars(a: unknown, b: unknown): number {
  const types = ['number', 'string', 'boolean']
  const rank = (value: unknown): number => (types.includes(typeof value) ? types.indexOf(typeof value) : 3)
  if (rank(a) !== rank(b)) return rank(a) - rank(b)
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const [left, right] = [String(a), String(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

/** An element as error texts print it: `.spec`, `[name="a"]`, `[=1]`, `[0]`. */
export function printElement(element: string): string {
  const rest = element.slice(2)
  switch (element.charAt(0)) {
    case 'f':
      return `.${rest}`
    case 'k':
      return `[${pairsOf(element)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(',')}]`
    case 'v':
      return `[=${rest}]`
    default:
      return `[${rest}]`
  }
}

/** A path as error texts print it: `.spec.template.spec.containers[name="a"].image`. */
export function printPath(path: readonly string[]): string {
  return path.map(printElement).join('')
}
