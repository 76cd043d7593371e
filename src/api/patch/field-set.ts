/**
 * Sets of field paths, which is what a manager owns. The form is that of FieldsV1 itself, so that sets are stored, compared
 * and combined without conversion: an object whose keys are path elements (`f:spec`, `k:{"name":"a"}`, `v:1`, `i:0`) and
 * whose values are the sets below them. A path is a member when its node is empty or holds the key '.'; a node without
 * '.' only leads to members. Sets are immutable and share what they can. All functions here are algebra; the order of
 * keys, which means nothing, is put right by sortFieldSet() before a set is shown. Next: path-element.ts, fields-v1.ts.
 */

/** A set of paths; see above. */
export interface FieldSet {
  readonly [element: string]: FieldSet
}

/** The set without paths, and the node of a member without members below it. */
export const emptySet: FieldSet = Object.freeze({})

/** Whether the set has no paths (as a node: whether it is a member and nothing more). */
export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false
  return true
}

/** Whether the path that leads to this node belongs to the set. */
export function isMember(node: FieldSet | undefined): boolean {
  return node !== undefined && (node['.'] !== undefined || isEmptySet(node))
}

/** Whether the set has the path. */
export function hasPath(set: FieldSet, path: readonly string[]): boolean {
  let node: FieldSet | undefined = set
  for (const element of path) node = node?.[element]
  return path.length > 0 && isMember(node)
}

/** The paths below this element. */
export function below(set: FieldSet, element: string): FieldSet | undefined {
  const node = set[element]
  return node === undefined || isEmptySet(node) ? undefined : node
}

/** A node from what is below it and whether it is a member itself; undefined when it is nothing at all. */
function nodeOf(member: boolean, children: FieldSet): FieldSet | undefined {
  if (isEmptySet(children)) return member ? emptySet : undefined
  return member ? { '.': emptySet, ...children } : children
}

/** The paths below a node, without the node's own membership. */
function childrenOf(node: FieldSet): FieldSet {
  if (node['.'] === undefined) return node
  const children: Record<string, FieldSet> = {}
  for (const element in node) if (element !== '.') children[element] = node[element] as FieldSet
  return children
}

/** The paths of either set. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmptySet(b)) return a
  if (isEmptySet(a)) return b
  const out: Record<string, FieldSet> = { ...a }
  for (const element in b) {
    const [left, right] = [a[element], b[element] as FieldSet]
    out[element] = left === undefined ? right : unionNode(left, right)
  }
  return out
}

function unionNode(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a
  if (isEmptySet(a)) return b['.'] !== undefined || isEmptySet(b) ? b : { '.': emptySet, ...b }
  if (isEmptySet(b)) return a['.'] !== undefined ? a : { '.': emptySet, ...a }
  return union(a, b)
}

/** The paths of both sets. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const out: Record<string, FieldSet> = {}
  const [small, large] = [b, a]
  for (const element in small) {
    const [left, right] = [large[element], small[element] as FieldSet]
    if (element === '.' || left === undefined) continue
    const node = nodeOf(isMember(left) && isMember(right), intersection(left, right))
    if (node !== undefined) out[element] = node
  }
  return out
}

/** The paths of `a` that `b` does not have; `a` itself when there are none of those in it. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return subtract(a, b, false)
}

/** The paths of `a` that `b` does not have and that are not below one that it has. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  return subtract(a, b, true)
}

function subtract(a: FieldSet, b: FieldSet, recursive: boolean): FieldSet {
  let out: Record<string, FieldSet> | undefined
  for (const element in b) {
    const [left, right] = [a[element], b[element] as FieldSet]
    if (element === '.' || left === undefined) continue
    const node = recursive && isMember(right) ? undefined : subtractNode(left, right, recursive)
    if (node === left) continue
    out ??= { ...a }
    if (node === undefined) delete out[element]
    else out[element] = node
  }
  return out ?? a
}

function subtractNode(a: FieldSet, b: FieldSet, recursive: boolean): FieldSet | undefined {
  const member = isMember(a) && !isMember(b)
  const children = subtract(a, b, recursive)
  if (children === a && member === isMember(a)) return a
  return nodeOf(member, childrenOf(children))
}

/** Whether both have the same paths. */
export function sameSet(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true
  let size = 0
  for (const element in a) {
    const right = b[element]
    if (right === undefined || !sameSet(a[element] as FieldSet, right)) return false
    size++
  }
  for (const _ in b) size--
  return size === 0
}

/** A set being put together path by path; `set` is to be read when it is done. */
export class FieldSetBuilder {
  readonly set: FieldSet = {}

  /** Adds a path; the empty path, which would be the whole object, is not tracked. */
  insert(path: readonly string[]): void {
    if (path.length === 0) return
    let node = this.set as Record<string, Record<string, FieldSet>>
    const last = path.length - 1
    for (let i = 0; i < last; i++) {
      const element = path[i] as string
      let next = node[element] as Record<string, FieldSet> | undefined
      if (next === undefined) node[element] = next = {}
      else if (isEmptySet(next)) next['.'] = emptySet
      node = next as Record<string, Record<string, FieldSet>>
    }
    const element = path[last] as string
    const leaf = node[element]
    if (leaf === undefined) node[element] = {}
    else if (leaf['.'] === undefined && !isEmptySet(leaf)) leaf['.'] = emptySet
  }
}

/** Only what a filter lets through: without the excluded paths and all below them, or only what lies along the included ones. */
export type FieldFilter =
  | { readonly type: 'exclude'; readonly set: FieldSet }
  /** Field names from the root; '*' stands for any element. */
  | { readonly type: 'include'; readonly patterns: readonly (readonly string[])[] }

/** The paths that the filter lets through. */
export function filterSet(set: FieldSet, filter: FieldFilter | undefined): FieldSet {
  if (filter === undefined) return set
  if (filter.type === 'exclude') return isEmptySet(filter.set) ? set : recursiveDifference(set, filter.set)
  return include(set, filter.patterns)
}

function include(set: FieldSet, patterns: readonly (readonly string[])[]): FieldSet {
  if (patterns.some((pattern) => pattern.length === 0)) return set
  const out: Record<string, FieldSet> = {}
  for (const element in set) {
    if (element === '.') continue
    const rests = patterns.filter(([first]) => first === '*' || `f:${first}` === element).map((pattern) => pattern.slice(1))
    if (rests.length === 0) continue
    const node = set[element] as FieldSet
    const kept = nodeOf(isMember(node), childrenOf(include(node, rests)))
    if (kept !== undefined) out[element] = kept
  }
  return out
}

/** All paths, in the order of their listing; what order elements have is up to the set. */
export function* pathsOf(set: FieldSet, prefix: readonly string[] = []): Generator<string[]> {
  for (const element in set) if (element !== '.' && isMember(set[element])) yield [...prefix, element]
  for (const element in set) {
    const node = set[element] as FieldSet
    if (element !== '.' && !isEmptySet(node)) yield* pathsOf(node, [...prefix, element])
  }
}
