/** What kube-apiserver 1.26 made of objects, and what this API makes of them: decoding, defaults, strategies, encoding. */
import { decodeBody } from '../../../src/api/codec/body.js'
import { toWire } from '../../../src/api/codec/encode.js'
import type { Kind } from '../../../src/api/kind.js'
import { type KubeObject, parseApiVersion } from '../../../src/api/meta/object.js'
import { builtinRegistry } from '../../../src/api/registry.js'

export const registry = builtinRegistry()

export interface Recorded {
  readonly id: string
  readonly body?: { readonly apiVersion: string; readonly kind: string }
  readonly status: number
  readonly warning?: unknown
  readonly response?: Record<string, unknown>
}

/** Objects after a create, up to what the store and admission add. */
export function created(kind: Kind, body: unknown): KubeObject {
  const object = decoded(kind, body)
  kind.strategy.applyDefaults?.(object)
  object.metadata.uid = 'uid'
  if (kind.strategy.prepareForCreate) kind.strategy.prepareForCreate(object, { now: 0, uid: () => 'uid' })
  else if (kind.subresources.some(({ name }) => name === 'status')) delete object.status
  if (kind.strategy.hasGeneration) object.metadata.generation = 1
  if (kind.namespaced) object.metadata.namespace = 'golden'
  delete object.metadata.uid
  return object
}

export function decoded(kind: Kind, body: unknown): KubeObject {
  const bytes = new TextEncoder().encode(JSON.stringify(body))
  return decodeBody(bytes, 'json', { gvk: kind, schema: kind.schema }, registry, 'Ignore').object
}

/** The kind of an object; undefined for versions that are not served. */
export function kindOf(body: { readonly apiVersion: string; readonly kind: string }): Kind | undefined {
  const gv = parseApiVersion(body.apiVersion)
  return gv && registry.findKind({ ...gv, kind: body.kind })
}

/** The wire's form, as JSON. */
export function wire(kind: Kind, object: KubeObject): Record<string, unknown> {
  return JSON.parse(JSON.stringify(toWire(object, kind.schema))) as Record<string, unknown>
}

/** What the function gives, or undefined when it throws. */
export function tried<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}

export interface Difference {
  readonly path: string
  /** `path: theirs → ours`. */
  readonly text: string
}

/** Where two JSON values differ. */
export function differences(theirs: unknown, ours: unknown, path = ''): Difference[] {
  if (JSON.stringify(theirs) === JSON.stringify(ours)) return []
  if (!isObject(theirs) || !isObject(ours)) return [{ path, text: `${path}: ${JSON.stringify(theirs)} → ${JSON.stringify(ours)}` }]
  const keys = [...new Set([...Object.keys(theirs), ...Object.keys(ours)])]
  return keys.flatMap((key) => differences(theirs[key], ours[key], path === '' ? key : `${path}.${key}`))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
