/**
 * Objects between the two forms they have: inside the server without nulls, in the store and on the wire as Kubernetes
 * writes them. The text is always in the order kind, apiVersion, metadata, the rest, which lets readers cut it.
 */

import { toWire } from '../../api/codec/encode.js'
import type { KubeObject } from '../../api/meta/object.js'
import type { ObjectSchema, TypeSchema } from '../../api/schema/types.js'

/** How the objects of one kind are read and written. */
export interface Form {
  /** Of the version that is stored; without it objects are plain JSON. */
  readonly schema: ObjectSchema | undefined
  /** Freezes what is shared, for tests. */
  readonly freeze: boolean
}

/** The wire's text of an object. */
export function wireText(object: KubeObject, schema: ObjectSchema | undefined): string {
  const { kind, apiVersion } = object
  const { kind: _kind, apiVersion: _version, metadata, ...rest } = (schema ? toWire(object, schema) : object) as KubeObject
  return JSON.stringify({ kind, apiVersion, metadata, ...rest })
}

/** The text an object is stored as: the wire's, without resourceVersion. */
export function storedText(object: KubeObject, schema: ObjectSchema | undefined): string {
  const { resourceVersion: _revision, selfLink: _link, ...metadata } = object.metadata
  return wireText({ ...object, metadata }, schema)
}

/** The object of a wire text. */
export function parseWire(text: string, { schema, freeze }: Form): KubeObject {
  const object = JSON.parse(text) as KubeObject
  if (schema && text.includes(':null')) dropNulls(object, schema)
  return freeze ? deepFreeze(object) : object
}

/** Takes out the nulls that stand for nothing; those within fields of any content stay. */
function dropNulls(object: Record<string, unknown>, { fields }: ObjectSchema): void {
  for (const name in object) {
    if (object[name] === null) delete object[name]
    else {
      const type = fields.get(name)?.type
      if (type) dropWithin(object[name], type)
    }
  }
}

function dropWithin(value: unknown, type: TypeSchema): void {
  if (typeof value !== 'object' || value === null) return
  if (type.type === 'object') dropNulls(value as Record<string, unknown>, type.object)
  else if (type.type === 'list') for (const item of value as unknown[]) dropWithin(item, type.items)
  else if (type.type === 'map') for (const member of Object.values(value)) dropWithin(member, type.values)
}

/** Freezes an object and all it holds. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const inner of Object.values(value)) deepFreeze(inner)
  }
  return value
}
