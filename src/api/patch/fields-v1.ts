/** FieldsV1, the JSON of a field set: checked when it comes in, put in order when it goes out. */
import { emptySet, type FieldSet, isEmptySet } from './field-set.js'
import { canonicalElement, compareElements } from './path-element.js'

/** The set that stored or received FieldsV1 means: elements in their one form, unknown kinds left out. Throws SyntaxError. */
export function decodeFieldsV1(fields: unknown): FieldSet {
  if (fields === undefined || fields === null) return emptySet
  if (typeof fields !== 'object' || Array.isArray(fields)) throw new SyntaxError('expected an object')
  return decodeNode(fields as Record<string, unknown>)
}

/** The same object when nothing has to be changed, which is nearly always: a first look decides. */
function decodeNode(fields: Record<string, unknown>): FieldSet {
  for (const text in fields) if (!isCanonical(text, fields[text])) return rebuild(fields)
  return fields as FieldSet
}

function isCanonical(text: string, value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return (text === '.' || canonicalElement(text) === text) && decodeNode(value as Record<string, unknown>) === value
}

function rebuild(fields: Record<string, unknown>): FieldSet {
  const out: Record<string, FieldSet> = {}
  for (const [text, value] of Object.entries(fields)) {
    const element = text === '.' ? text : canonicalElement(text)
    if (element === '.') out[element] = emptySet
    else if (element !== undefined && typeof value === 'object' && value !== null && !Array.isArray(value))
      out[element] = decodeNode(value as Record<string, unknown>)
  }
  return out
}

/** The set with its elements in upstream's order, '.' first; the same object when they are. */
export function sortFieldSet(set: FieldSet): FieldSet {
  return isSorted(set) ? set : sorted(set)
}

function isSorted(set: FieldSet): boolean {
  let last: string | undefined
  for (const element in set) {
    if (last !== undefined && dotFirst(last, element) > 0) return false
    if (!isSorted(set[element] as FieldSet)) return false
    last = element
  }
  return true
}

function sorted(set: FieldSet): FieldSet {
  if (isEmptySet(set)) return set
  const out: Record<string, FieldSet> = {}
  for (const element of Object.keys(set).sort(dotFirst)) out[element] = sortFieldSet(set[element] as FieldSet)
  return out
}

function dotFirst(a: string, b: string): number {
  if (a === '.') return -1
  return b === '.' ? 1 : compareElements(a, b)
}
