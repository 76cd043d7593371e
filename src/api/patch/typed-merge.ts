/**
 * Merges an applied configuration into the live object, and takes out of an object the items that nobody owns any more.
 * Nothing is removed by merging; a leaf in the configuration wins; a list keeps the configuration's order for what the
 * configuration has, and what only the live object has stays where it was between its neighbours.
 */
import type { TypeSchema } from '../schema/types.js'
import { below, type FieldSet, isMember } from './field-set.js'
import { elementOfItem } from './path-element.js'
import { asFields, asList, childType, type Fields, hasNoFields, shapeOf } from './typed-value.js'

type ListType = Extract<TypeSchema, { type: 'list' }>

/** `live` with `applied` merged into it; neither is changed. undefined when nothing is left. */
export function mergeTyped(type: TypeSchema, live: unknown, applied: unknown): unknown {
  if (applied === undefined) return live
  const shape = shapeOf(type, applied ?? live)
  if (shape === 'fields') {
    const [left, right] = [asFields(live), asFields(applied)]
    if (hasNoFields(left) && hasNoFields(right)) return applied
    return mergeFields(type, left ?? {}, right ?? {})
  }
  if (shape === 'items' && type.type === 'list') {
    const [left, right] = [asList(live) ?? [], asList(applied) ?? []]
    if (left.length === 0 && right.length === 0) return applied
    return mergeItems(type, left, right)
  }
  return applied
}

function mergeFields(type: TypeSchema, live: Fields, applied: Fields): Fields {
  const out: Record<string, unknown> = {}
  for (const name of Object.keys(live)) {
    const value = mergeTyped(childType(type, name), live[name], applied[name])
    if (value !== undefined) out[name] = value
  }
  for (const name of Object.keys(applied)) {
    if (live[name] !== undefined) continue
    const value = mergeTyped(childType(type, name), undefined, applied[name])
    if (value !== undefined) out[name] = value
  }
  return out
}

interface Item {
  readonly element: string
  readonly value: unknown
}

function mergeItems(type: ListType, live: readonly unknown[], applied: readonly unknown[]): unknown[] {
  const [left, right] = [live, applied].map((items) => items.map((value): Item => ({ element: elementOfItem(type, value), value }))) as [
    Item[],
    Item[],
  ]
  const liveValues = new Map<string, unknown>()
  // An item that the live object has twice is not merged but replaced.
  for (const { element, value } of left) liveValues.set(element, liveValues.has(element) ? undefined : value)
  const wanted = new Set(right.map(({ element }) => element))
  const shared = right.map(({ element }) => element).filter((element) => liveValues.has(element))
  const done = new Set<string>()
  const out: unknown[] = []
  const put = ({ element, value }: Item): void => {
    done.add(element)
    out.push(mergeTyped(type.items, liveValues.get(element), value))
    if (shared[0] === element) shared.shift()
  }
  let [i, j] = [0, 0]
  while (i < left.length || j < right.length) {
    const [mine, theirs] = [left[i], right[j]]
    if (mine !== undefined && theirs !== undefined) {
      if (mine.element === theirs.element) {
        put(theirs)
        i++
        j++
        continue
      }
      // The configuration has this one elsewhere; it is not its turn.
      if (wanted.has(mine.element) && shared.length > 0 && shared[0] !== mine.element) {
        i++
        continue
      }
    }
    if (mine !== undefined && !wanted.has(mine.element)) {
      out.push(mine.value)
      i++
      continue
    }
    if (mine !== undefined && done.has(mine.element)) i++
    if (theirs !== undefined) {
      put(theirs)
      j++
    }
  }
  return out
}

/**
 * The value without the members of `set`. What is emptied by that stays, empty; atomic values and what is empty already
 * vanish only as members of their parent.
 */
export function removePaths(type: TypeSchema, value: unknown, set: FieldSet): unknown {
  const shape = shapeOf(type, value)
  if (shape === 'fields') return removeFields(type, asFields(value) ?? {}, set)
  if (shape === 'items' && type.type === 'list') return removeItems(type, asList(value) ?? [], set)
  return value
}

function removeFields(type: TypeSchema, fields: Fields, set: FieldSet): Fields {
  const out: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) {
    const element = `f:${name}`
    if (isMember(set[element])) continue
    out[name] = removeInside(childType(type, name), value, below(set, element))
  }
  return out
}

function removeItems(type: ListType, items: readonly unknown[], set: FieldSet): unknown[] {
  return items.flatMap((item) => {
    const element = elementOfItem(type, item)
    return isMember(set[element]) ? [] : [removeInside(type.items, item, below(set, element))]
  })
}

function removeInside(type: TypeSchema, value: unknown, set: FieldSet | undefined): unknown {
  if (set === undefined) return value
  const shape = shapeOf(type, value)
  if (shape === 'atomic') return Array.isArray(value) ? [] : asFields(value) ? {} : null
  return removePaths(type, value, set)
}
