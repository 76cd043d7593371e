/**
 * Strategic merge patch: a merge patch that knows the schema. Lists with patch strategy `merge` merge by their key (or as
 * sets of scalars), and directives say what a document cannot: `$patch: replace | delete`, `$retainKeys`,
 * `$deleteFromPrimitiveList/<field>` and `$setElementOrder/<field>`, on which kubectl relies for order. Behaviour, order and
 * texts: k8s.io/apimachinery/pkg/util/strategicpatch/patch.go. Next: strategic-order.ts.
 */
import { ApiError, badRequest } from '../meta/status.js'
import type { FieldSchema, ObjectSchema, TypeSchema } from '../schema/types.js'
import { formatValue } from './go-format.js'
import { patchRejected } from './json-patch.js'
import { type Fields, findByKey, isFields, noMergeKey, orderElements, partition, StrategicError, wrongType } from './strategic-order.js'

const directive = '$patch'
const retainKeys = '$retainKeys'
const deleteList = '$deleteFromPrimitiveList'
const setOrder = '$setElementOrder'

/** Where in the schema we are: an object with fields, or a map or free-form value, which has none. */
type Place = ObjectSchema | TypeSchema

/**
 * The document with the patch merged into it by the schema; neither is changed. Throws ApiError: 400 for a malformed
 * directive, 422 for lists of lists, 500 with upstream's text for the rest.
 */
export function applyStrategicMerge(document: unknown, patch: unknown, schema: ObjectSchema): unknown {
  if (!isFields(patch))
    throw badRequest(
      `json: cannot unmarshal ${Array.isArray(patch) ? 'array' : typeof patch} into Go value of type map[string]interface {}`,
    )
  try {
    return mergeMap(isFields(document) ? structuredClone(document) : {}, structuredClone(patch), schema)
  } catch (error) {
    if (!(error instanceof StrategicError)) throw error
    if (error.kind === 'format') throw badRequest(error.message)
    if (error.kind === 'unprocessable') throw patchRejected()
    throw new ApiError(500, '', error.message)
  }
}

/** Merges `patch` into `original`; both are ours to change. */
function mergeMap(original: Fields, patch: Fields, place: Place): Fields {
  if (Object.hasOwn(patch, directive)) return replaceOrDelete(patch)
  applyRetainKeys(original, patch)
  for (const key of Object.keys(patch)) if (key.startsWith(setOrder)) applyElementOrder(original, patch, key, place)
  for (const [name, value] of Object.entries(patch)) {
    const deletion = name.startsWith(deleteList)
    const key = deletion ? afterSlash(name, deleteList, 'invalid patch format of primitive list') : name
    if (value === null) {
      delete original[key]
      continue
    }
    const current = original[key]
    if (current === undefined || kindOf(current) !== kindOf(value)) {
      if (!deletion) take(original, key, value)
    } else if (Array.isArray(current) && Array.isArray(value)) {
      const { field, items } = listAt(place, key)
      original[key] = deletion || strategyOf(field) === 'merge' ? mergeList(current, value, items, field?.patchMergeKey, deletion) : value
    } else if (isFields(current) && isFields(value)) {
      const { field, type } = mapAt(place, key)
      original[key] = strategyOf(field) === 'replace' ? value : mergeMap(current, value, type)
    } else take(original, key, value)
  }
  return original
}

const kindOf = (value: unknown): string => (Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value)

function replaceOrDelete(patch: Fields): Fields {
  const wish = patch[directive]
  if (wish === 'delete') return {}
  if (wish !== 'replace') throw new StrategicError(`unknown patch type: ${formatValue(wish)} in map: ${formatValue(patch)}`)
  const { [directive]: _, ...rest } = patch
  return rest
}

/** What the document does not have, or has in another form, comes from the patch, less its nulls and directives. */
function take(original: Fields, key: string, value: unknown): void {
  const kept = withoutDirectives(withoutNulls(value))
  if (kept === undefined) delete original[key]
  else original[key] = kept
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isFields(value)) return value
  return Object.fromEntries(Object.entries(value).flatMap(([name, each]) => (each === null ? [] : [[name, withoutNulls(each)]])))
}

/** undefined for a map that is a directive itself. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((item) => item !== undefined)
  if (!isFields(value)) return value
  if (Object.hasOwn(value, directive)) return undefined
  const kept = Object.entries(value).map(([name, each]) => [name, withoutDirectives(each)] as const)
  return Object.fromEntries(kept.filter(([, each]) => each !== undefined))
}

/** Clears what $retainKeys does not list; the patch may set nothing else. */
function applyRetainKeys(original: Fields, patch: Fields): void {
  if (!Object.hasOwn(patch, retainKeys)) return
  const list = patch[retainKeys]
  delete patch[retainKeys]
  if (!Array.isArray(list)) throw new StrategicError('invalid patch format of retainKeys', 'format')
  const kept = new Set<unknown>(list)
  for (const [name, value] of Object.entries(patch)) {
    if (value === null || name.startsWith(deleteList) || name.startsWith(setOrder)) continue
    if (!kept.has(name)) throw new StrategicError('invalid patch format of retainKeys', 'format')
  }
  for (const name of Object.keys(original)) if (!kept.has(name)) delete original[name]
}

function afterSlash(name: string, prefix: string, complaint: string): string {
  const slash = name.indexOf('/')
  if (name.slice(0, slash) !== prefix) throw new StrategicError(complaint, 'format')
  return name.slice(slash + 1)
}

const badOrder = 'invalid patch format of setElementOrder list'

/** Merges the list that a $setElementOrder is about, and puts it into the order that the directive gives. */
function applyElementOrder(original: Fields, patch: Fields, directiveKey: string, place: Place): void {
  const order = patch[directiveKey]
  delete patch[directiveKey]
  if (!Array.isArray(order)) throw wrongType([], order)
  const key = afterSlash(directiveKey, setOrder, badOrder)
  const [current, changes] = [original[key], patch[key]]
  if (current !== undefined && !Array.isArray(current)) throw wrongType([], current)
  if (changes !== undefined && !Array.isArray(changes)) throw wrongType([], changes)
  const { field, items } = listAt(place, key)
  const mergeKey = field?.patchMergeKey
  checkOrder(changes ?? [], order, mergeKey)
  if (current === undefined && changes === undefined) return
  const merged = mergeOrTake(current, changes, items, field)
  const [listed, others] = partition(merged, order, mergeKey)
  elementKind([current ?? [], changes ?? []])
  original[key] = orderElements({ patch: listed, others, patchOrder: order, serverOrder: current ?? [], mergeKey })
  delete patch[key]
}

function mergeOrTake(
  current: unknown[] | undefined,
  changes: unknown[] | undefined,
  items: Place,
  field: FieldSchema | undefined,
): unknown[] {
  if (changes === undefined) return current ?? []
  if (current === undefined) return withoutDirectives(changes) as unknown[]
  return strategyOf(field) === 'merge' ? mergeList(current, changes, items, field?.patchMergeKey, false) : changes
}

/** What the patch changes must stand in the order in which $setElementOrder lists it. */
function checkOrder(changes: readonly unknown[], order: readonly unknown[], mergeKey: string | undefined): void {
  if (order.length === 0 || changes.length === 0) return
  const kept = mergeKey === undefined ? changes : changes.filter((item) => !(asFields(item)[directive] === 'delete'))
  let at = 0
  let i = 0
  while (i < kept.length && at < order.length) {
    if (isFields(kept[i]) && Object.hasOwn(asFields(kept[i]), directive)) i++
    else if (sameKey(kept[i], order[at++], mergeKey)) i++
  }
  if (i < kept.length && at >= order.length)
    throw new StrategicError(`The order in patch list:\n${formatValue(changes)}\n doesn't match ${setOrder} list:\n${formatValue(order)}\n`)
}

function sameKey(a: unknown, b: unknown, mergeKey: string | undefined): boolean {
  if (mergeKey === undefined) return a === b
  const [left, right] = [asFields(a), asFields(b)]
  if (!Object.hasOwn(left, mergeKey)) throw noMergeKey(left, mergeKey)
  if (!Object.hasOwn(right, mergeKey)) throw noMergeKey(right, mergeKey)
  return left[mergeKey] === right[mergeKey]
}

function asFields(value: unknown): Fields {
  if (!isFields(value)) throw wrongType({}, value)
  return value
}

function mergeList(current: unknown[], changes: unknown[], items: Place, mergeKey: string | undefined, deletion: boolean): unknown[] {
  if (current.length === 0 && changes.length === 0) return current
  let [original, patch, merged] = [current, changes, [] as unknown[]]
  if (elementKind([current, changes]) !== 'object') {
    if (deletion) return current.filter((item) => !changes.includes(item))
    merged = [...new Set([...current, ...changes])]
  } else {
    if (mergeKey === undefined) throw new StrategicError(`cannot merge lists without merge key for ${goKindOf(items)}`)
    ;({ original, patch } = applySpecialElements(current, changes, mergeKey))
    merged = mergeElements([...original], patch, mergeKey, items)
  }
  const [listed, others] = partition(merged, patch, mergeKey)
  return orderElements({ patch: listed, others, patchOrder: patch, serverOrder: original, mergeKey })
}

/** The kind that all elements of the lists share. */
function elementKind(lists: readonly (readonly unknown[])[]): string {
  let kind: string | undefined
  for (const item of lists.flat()) {
    const found = kindOf(item)
    if (kind === undefined && found === 'list') throw new StrategicError('lists of lists are not supported', 'unprocessable')
    if (kind !== undefined && kind !== found) throw new StrategicError(`list element types are not identical: ${formatValue(lists)}`)
    kind = found
  }
  if (kind === undefined) throw new StrategicError('no elements in any of the given slices')
  return kind
}

/** Carries out the elements of the patch that are directives; `replace` means that only the patch's others stay. */
function applySpecialElements(
  current: unknown[],
  changes: readonly unknown[],
  mergeKey: string,
): { original: unknown[]; patch: unknown[] } {
  let original = current
  let replace = false
  const patch: unknown[] = []
  for (const item of changes) {
    const change = asFields(item)
    if (!Object.hasOwn(change, directive)) patch.push(item)
    else if (change[directive] === 'replace') replace = true
    else if (change[directive] === 'delete') {
      if (!Object.hasOwn(change, mergeKey)) throw noMergeKey(change, mergeKey)
      original = original.filter((each) => asFields(each)[mergeKey] !== change[mergeKey])
    } else if (change[directive] === 'merge') throw new StrategicError('merging lists cannot yet be specified in the patch')
    else throw new StrategicError(`unknown patch type: ${formatValue(change[directive])} in map: ${formatValue(change)}`)
  }
  return replace ? { original: patch, patch: [] } : { original, patch }
}

function mergeElements(original: unknown[], patch: readonly unknown[], mergeKey: string, items: Place): unknown[] {
  for (const item of patch) {
    const change = asFields(item)
    if (!Object.hasOwn(change, mergeKey)) throw noMergeKey(change, mergeKey)
    const at = findByKey(original, mergeKey, change[mergeKey])
    if (at < 0) original.push(change)
    else original[at] = mergeMap(asFields(original[at]), change, items)
  }
  return original
}

/** The schema of a field; maps and free-form values let any name be. */
function fieldAt(place: Place, key: string): { field: FieldSchema | undefined; type: TypeSchema } {
  if (!('type' in place)) {
    const found = place.fields.get(key)
    if (found) return { field: found, type: found.type }
    if (place.preserveUnknown) return { field: undefined, type: { type: 'any' } }
    throw new StrategicError(`unable to find api field in struct ${goNameOf(place)} for the json field ${JSON.stringify(key)}`)
  }
  if (place.type === 'object') return fieldAt(place.object, key)
  return { field: undefined, type: place.type === 'map' ? place.values : { type: 'any' } }
}

const goNameOf = (schema: ObjectSchema): string => schema.name.slice(schema.name.lastIndexOf('.') + 1)

function mapAt(place: Place, key: string): { field: FieldSchema | undefined; type: Place } {
  return fieldAt(place, key)
}

function listAt(place: Place, key: string): { field: FieldSchema | undefined; items: Place } {
  const { field, type } = fieldAt(place, key)
  return { field, items: type.type === 'list' ? type.items : { type: 'any' } }
}

const goKindOf = (place: Place): string =>
  !('type' in place) || place.type === 'object' ? 'struct' : place.type === 'map' ? 'map' : 'interface'

/** The strategy beside retainKeys. */
const strategyOf = (field: FieldSchema | undefined): string | undefined =>
  field?.patchStrategy.find((strategy) => strategy !== 'retainKeys')
