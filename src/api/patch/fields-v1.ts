/** FieldsV1, the JSON of a field set: checked when it comes in, put in order when it goes out. */
import { emptySet, type FieldSet, isEmptySet } from './field-set.js'
import { canonicalElement, compareElements } from './path-element.js'

/** The set that stored or received FieldsV1 means: elements in their one form, unknown kinds left out. Throws SyntaxError. */
export function decodeFieldsV1(fields: unknown): FieldSet {
  if (fields === undefined || fields === null) return emptySet
  if (typeof fields !== 'object' || Array.isArray(fields)) throw new SyntaxError('expected an object')
  return decodeNode(fields as Record<string, unknown>)
}

/** The same object when nothing had to be changed. */
function decodeNode(fields: Record<string, unknown>): FieldSet {
  let changed = false
  const out: Record<string, FieldSet> = {}
  for (const [text, value] of Object.entries(fields)) {
    if (text === '.') {
      out['.'] = emptySet
      continue
    }
    const element = canonicalElement(text)
    if (element === undefined || typeof value !== 'object' || value === null || Array.isArray(value)) {
      changed = true
      continue
    }
    const node = decodeNode(value as Record<string, unknown>)
    if (element !== text || node !== value) changed = true
    out[element] = node
  }
  return changed ? out : (fields as FieldSet)
}

/** The set with its elements in upstream's order, '.' first; the same object when they are. */
export function sortFieldSet(set: FieldSet): FieldSet {
  if (isEmptySet(set)) return set
  const elements = Object.keys(set)
  const sorted = elements.length === 1 ? elements : [...elements].sort(dotFirst)
  let changed = sorted.some((element, i) => element !== elements[i])
  const out: Record<string, FieldSet> = {}
  for (const element of sorted) {
    const node = set[element] as FieldSet
    const ordered = sortFieldSet(node)
    if (ordered !== node) changed = true
    out[element] = ordered
  }
  return changed ? out : set
}

function dotFirst(a: string, b: string): number {
  if (a === '.') return -1
  return b === '.' ? 1 : compareElements(a, b)
}
