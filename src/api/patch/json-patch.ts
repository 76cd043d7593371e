/**
 * JSON Patch (RFC 6902) as kube-apiserver applies it: that is, as github.com/evanphx/json-patch v4 does. Where that is laxer
 * than the RFC (negative indexes, replace and test of what is absent) so are we, since clients rely on it. Whatever fails to
 * apply is a 422 without a word about why; upstream keeps the reason to itself.
 */
import { ApiError, badRequest } from '../meta/status.js'
import { jsonKindOf } from './go-format.js'

/** Operations that one patch may have. */
export const jsonPatchOperationsMax = 10_000

/** The 422 of a patch that does not apply. */
export function patchRejected(): ApiError {
  return new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', {})
}

/** An operation that cannot be carried out; becomes patchRejected(). */
class Rejected extends Error {}

type Json = unknown
type Container = Json[] | Record<string, Json>

/**
 * The document with the patch applied to it; neither argument is changed, and the result shares what it can with them.
 * Throws ApiError: 400 when the patch is no list of operations, 413 when it has too many, 422 when one does not apply.
 */
export function applyJsonPatch(document: Json, patch: Json): Json {
  const operations = decodeOperations(patch)
  // The root is kept in a holder so that the whole document can be replaced.
  const holder: { root: Json } = { root: structuredClone(document) }
  try {
    for (const operation of operations) apply(holder, operation)
  } catch (error) {
    if (error instanceof Rejected) throw patchRejected()
    throw error
  }
  return holder.root
}

function decodeOperations(patch: Json): Record<string, Json>[] {
  const wrong = (value: Json, type: string): ApiError =>
    badRequest(`error decoding patch: json: cannot unmarshal ${jsonKindOf(value)} into Go value of type ${type}`)
  if (!Array.isArray(patch)) throw wrong(patch, '[]handlers.jsonPatchOp')
  for (const operation of patch) if (!isObject(operation)) throw wrong(operation, 'handlers.jsonPatchOp')
  if (patch.length > jsonPatchOperationsMax) {
    const why = `The allowed maximum operations in a JSON patch is ${jsonPatchOperationsMax}, got ${patch.length}`
    throw new ApiError(413, 'RequestEntityTooLarge', `Request entity too large: ${why}`)
  }
  return patch as Record<string, Json>[]
}

function apply(holder: { root: Json }, operation: Record<string, Json>): void {
  const path = (): string => text(operation['path'])
  switch (operation['op']) {
    case 'add':
      return add(holder.root, path(), valueIn(operation))
    case 'remove':
      return remove(holder.root, path())
    case 'replace':
      return replace(holder, path(), valueIn(operation))
    case 'move': {
      const value = get(holder.root, text(operation['from']))
      remove(holder.root, text(operation['from']))
      return add(holder.root, path(), value ?? null)
    }
    case 'copy':
      return add(holder.root, path(), structuredClone(get(holder.root, text(operation['from'])) ?? null))
    case 'test':
      return test(holder.root, path(), valueIn(operation))
    default:
      throw new Rejected()
  }
}

const isObject = (value: Json): value is Record<string, Json> => typeof value === 'object' && value !== null && !Array.isArray(value)
const valueIn = (operation: Record<string, Json>): Json => structuredClone(operation['value'] ?? null)

function text(value: Json): string {
  if (typeof value !== 'string') throw new Rejected()
  return value
}

/** The container that the path's last part is in, and that part. */
function locate(root: Json, path: string): { container: Container; key: string } {
  const parts = path.split('/')
  if (parts.length < 2) throw new Rejected()
  let at: Json = root
  for (const part of parts.slice(1, -1)) at = child(at, unescapePart(part))
  if (!Array.isArray(at) && !isObject(at)) throw new Rejected()
  return { container: at, key: unescapePart(parts[parts.length - 1] ?? '') }
}

const unescapePart = (part: string): string => part.replace(/~[01]/g, (found) => (found === '~1' ? '/' : '~'))

function child(container: Json, key: string): Json {
  if (Array.isArray(container)) return container[index(key, container.length, container.length - 1)]
  return isObject(container) && Object.hasOwn(container, key) ? container[key] : undefined
}

/** The index that `key` means in a list of `length`; counting from the end when it is negative. */
function index(key: string, length: number, last: number): number {
  if (!/^[+-]?\d+$/.test(key)) throw new Rejected()
  const number = Number(key)
  const at = number < 0 ? number + length : number
  if (at < 0 || at > last) throw new Rejected()
  return at
}

function get(root: Json, path: string): Json {
  const { container, key } = locate(root, path)
  return child(container, key)
}

function add(root: Json, path: string, value: Json): void {
  const { container, key } = locate(root, path)
  if (!Array.isArray(container)) set(container, key, value)
  else if (key === '-') container.push(value)
  else container.splice(index(key, container.length + 1, container.length), 0, value)
}

/** Own property, even for `__proto__`. */
function set(container: Record<string, Json>, key: string, value: Json): void {
  if (key === '__proto__') Object.defineProperty(container, key, { value, enumerable: true, configurable: true, writable: true })
  else container[key] = value
}

function remove(root: Json, path: string): void {
  const { container, key } = locate(root, path)
  if (Array.isArray(container)) container.splice(index(key, container.length, container.length - 1), 1)
  else if (Object.hasOwn(container, key)) delete container[key]
  else throw new Rejected()
}

function replace(holder: { root: Json }, path: string, value: Json): void {
  if (path === '') {
    if (!Array.isArray(value) && !isObject(value)) throw new Rejected()
    holder.root = value
    return
  }
  const { container, key } = locate(holder.root, path)
  if (Array.isArray(container)) container[index(key, container.length, container.length - 1)] = value
  else set(container, key, value)
}

function test(root: Json, path: string, expected: Json): void {
  const found = path === '' ? root : get(root, path)
  if (!equalJson(found ?? null, expected)) throw new Rejected()
}

/** Whether two JSON values say the same, whatever the order of their keys. */
export function equalJson(a: Json, b: Json): boolean {
  if (a === b) return true
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => equalJson(item, b[i]))
  if (!isObject(a) || !isObject(b)) return false
  let size = 0
  for (const key in a) {
    if (a[key] === undefined) continue
    if (!Object.hasOwn(b, key) || !equalJson(a[key], b[key])) return false
    size++
  }
  for (const key in b) if (b[key] !== undefined) size--
  return size === 0
}
