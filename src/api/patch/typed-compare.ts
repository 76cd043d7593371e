/**
 * Compares two objects by their schema: which paths one has that the other has not, and which both have with different
 * values. Leaves are scalars, atomic lists and maps, and what is empty on both sides; a list with keys or of scalars is
 * compared item by item, whatever its order. Runs on every write, so equal parts are passed over early.
 */
import type { TypeSchema } from '../schema/types.js'
import { type FieldFilter, type FieldSet, FieldSetBuilder, filterSet, union } from './field-set.js'
import { equalJson } from './json-patch.js'
import { elementOfItem, ItemError } from './path-element.js'
import { asFields, asList, childType, type Fields, hasNoFields, impliedValue, namedField, shapeOf } from './typed-value.js'

/** No path is in two of the three. */
export interface Comparison {
  readonly removed: FieldSet
  readonly modified: FieldSet
  readonly added: FieldSet
}

type ListType = Extract<TypeSchema, { type: 'list' }>

/**
 * What has to be done to `before` to make it `after`. Fields that Go always writes are taken to be in both; with
 * `literally`, only in `before`: what an apply has pruned from `after` is gone.
 */
export function compareTyped(type: TypeSchema, before: unknown, after: unknown, literally = false): Comparison {
  const comparer = new Comparer(literally)
  comparer.compare(type, before, after)
  return { removed: comparer.removed.set, modified: comparer.modified.set, added: comparer.added.set }
}

/** The comparison without what the filter keeps back. */
export function filterComparison(comparison: Comparison, filter: FieldFilter | undefined): Comparison {
  if (filter === undefined) return comparison
  return {
    removed: filterSet(comparison.removed, filter),
    modified: filterSet(comparison.modified, filter),
    added: filterSet(comparison.added, filter),
  }
}

/** All paths with a new value. */
export function changedPaths({ modified, added }: Comparison): FieldSet {
  return union(modified, added)
}

class Comparer {
  readonly removed = new FieldSetBuilder()
  readonly modified = new FieldSetBuilder()
  readonly added = new FieldSetBuilder()
  readonly #path: string[] = []
  readonly #literally: boolean
  constructor(literally: boolean) {
    this.#literally = literally
  }

  /** At least one of the two is there. */
  compare(type: TypeSchema, before: unknown, after: unknown): void {
    if (before === after) return
    const shape = shapeOf(type, after ?? before)
    if (before !== undefined && after !== undefined && before !== null && after !== null && type.type === 'any') {
      const former = shapeOf(type, before)
      if (former !== shape && this.#parts(former, type, before, after)) {
        this.#parts(shape, type, before, after)
        return
      }
    }
    if (!this.#parts(shape, type, before, after)) return
    if (before === undefined) this.added.insert(this.#path)
    else if (after === undefined) this.removed.insert(this.#path)
  }

  /** Whether the values have parts, which have then been compared; else they were compared as leaves. */
  #parts(shape: ReturnType<typeof shapeOf>, type: TypeSchema, before: unknown, after: unknown): boolean {
    if (shape === 'fields') {
      const [left, right] = [asFields(before), asFields(after)]
      if (hasNoFields(left) && hasNoFields(right)) return this.#leaf(before, after)
      this.#fields(type, left, right)
      return true
    }
    if (shape === 'items' && type.type === 'list') {
      const [left, right] = [asList(before), asList(after)]
      if (!left?.length && !right?.length) return this.#leaf(before, after)
      this.#items(type, left ?? [], right ?? [])
      return true
    }
    return this.#leaf(before, after)
  }

  #leaf(before: unknown, after: unknown): false {
    if (before === undefined) this.added.insert(this.#path)
    else if (after === undefined) this.removed.insert(this.#path)
    else if (!equalJson(before, after)) this.modified.insert(this.#path)
    return false
  }

  #fields(type: TypeSchema, before: Fields | undefined, after: Fields | undefined): void {
    for (const name in after) {
      const right = after[name]
      if (right === undefined) continue
      const left = before === undefined ? undefined : (before[name] ?? impliedFrom(before, type, name))
      this.#step(`f:${name}`, childType(type, name), left, right)
    }
    for (const name in before) {
      const left = before[name]
      if (left === undefined || after?.[name] !== undefined) continue
      const right = after === undefined || this.#literally ? undefined : impliedValue(namedField(type, name))
      this.#step(`f:${name}`, childType(type, name), left, right)
    }
  }

  #step(element: string, type: TypeSchema, before: unknown, after: unknown): void {
    if (before === after) return
    this.#path.push(element)
    this.compare(type, before, after)
    this.#path.pop()
  }

  #items(type: ListType, before: readonly unknown[], after: readonly unknown[]): void {
    if (before.length === after.length && before.every((item, i) => equalJson(item, after[i]))) return
    const left = groupItems(type, before)
    const right = groupItems(type, after)
    for (const [element, items] of left) this.#item(element, type, items, right.get(element) ?? [])
    for (const [element, items] of right) if (!left.has(element)) this.#item(element, type, [], items)
  }

  /** Items that share an element count as one leaf. */
  #item(element: string, type: ListType, before: readonly unknown[], after: readonly unknown[]): void {
    if (before.length <= 1 && after.length <= 1) return this.#step(element, type.items, before[0], after[0])
    const path = [...this.#path, element]
    if (before.length > 1 && after.length > 1) {
      if (!equalJson(before, after)) this.modified.insert(path)
    } else if (before.length > 1) {
      if (after.length === 1) this.#step(element, type.items, undefined, after[0])
      this.removed.insert(path)
    } else {
      if (before.length === 1) this.#step(element, type.items, before[0], undefined)
      this.added.insert(path)
    }
  }
}

/** null where Go would have null: a field that is there, and there with nothing. */
function impliedFrom(before: Fields, type: TypeSchema, name: string): unknown {
  return before[name] === null ? null : impliedValue(namedField(type, name))
}

/** Items by element; those that have none, which validation refuses, are passed over. */
function groupItems(type: ListType, items: readonly unknown[]): Map<string, unknown[]> {
  const groups = new Map<string, unknown[]>()
  for (const item of items) {
    try {
      const element = elementOfItem(type, item)
      const group = groups.get(element)
      if (group === undefined) groups.set(element, [item])
      else group.push(item)
    } catch (error) {
      if (!(error instanceof ItemError)) throw error
    }
  }
  return groups
}
