/** JSON Merge Patch (RFC 7396): objects merge, null removes, everything else replaces. */
import { badRequest } from '../meta/status.js'
import { jsonKindOf } from './go-format.js'

type Fields = Record<string, unknown>

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The document with the patch merged into it; neither is changed, and the result shares what it can with both. Throws
 * ApiError 400 when the patch of an API object is no object.
 */
export function applyMergePatch(document: unknown, patch: unknown): unknown {
  if (patch === null) throw badRequest('Invalid JSON Patch')
  if (!isObject(patch))
    throw badRequest(`error decoding patch: json: cannot unmarshal ${jsonKindOf(patch)} into Go value of type map[string]interface {}`)
  return mergePatch(document, patch)
}

/**
 * MergePatch() of RFC 7396, on any JSON. As upstream's, it also drops nulls from objects inside lists that replace
 * something other than an object; the RFC would keep them.
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (Array.isArray(patch)) return isObject(target) ? patch : patch.map(withoutNulls)
  if (!isObject(patch)) return patch
  const merged: Fields = isObject(target) ? { ...target } : {}
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name]
    else merged[name] = mergePatch(Object.hasOwn(merged, name) ? merged[name] : undefined, value)
  }
  return merged
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  return isObject(value) ? mergePatch(undefined, value) : value
}
