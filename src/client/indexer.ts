/** A local cache of objects by key, with indexes: name of an index → value → keys. Objects in it must not be changed. */
import { type ApiObject, keyOf } from './resources.js'

/** The values under which an index files an object; none, one or many. */
export type IndexFunction<T> = (object: T) => readonly string[]

/** What readers of a cache see. Lists are in order of insertion of the objects. */
export interface Lister<T extends ApiObject> {
  get(key: string): T | undefined
  list(): T[]
  /** The objects that `index` files under `value`. */
  byIndex(index: string, value: string): T[]
  readonly size: number
}

export interface Indexer<T extends ApiObject> extends Lister<T> {
  /** Puts `object` in; returns what was there under its key. */
  set(object: T): T | undefined
  delete(key: string): T | undefined
}

export function createIndexer<T extends ApiObject>(indexes: Readonly<Record<string, IndexFunction<T>>> = {}): Indexer<T> {
  const objects = new Map<string, T>()
  const filed = new Map(Object.keys(indexes).map((name) => [name, new Map<string, Set<string>>()] as const))

  const file = (key: string, object: T) => {
    for (const [name, values] of filed)
      for (const value of indexes[name]?.(object) ?? []) {
        const keys = values.get(value)
        if (keys) keys.add(key)
        else values.set(value, new Set([key]))
      }
  }
  const unfile = (key: string, object: T) => {
    for (const [name, values] of filed)
      for (const value of indexes[name]?.(object) ?? []) {
        const keys = values.get(value)
        keys?.delete(key)
        if (keys?.size === 0) values.delete(value)
      }
  }
  return {
    get: (key) => objects.get(key),
    list: () => [...objects.values()],
    byIndex(index, value) {
      const found: T[] = []
      for (const key of filed.get(index)?.get(value) ?? []) {
        const object = objects.get(key)
        if (object) found.push(object)
      }
      return found
    },
    get size() {
      return objects.size
    },
    set(object) {
      const key = keyOf(object)
      const old = objects.get(key)
      if (old) unfile(key, old)
      objects.set(key, object)
      file(key, object)
      return old
    },
    delete(key) {
      const old = objects.get(key)
      if (old) unfile(key, old)
      objects.delete(key)
      return old
    },
  }
}

/** An index by namespace. */
export const byNamespace = (object: ApiObject): readonly string[] => [object.metadata.namespace ?? '']
/** An index by the uid of the owner that controls the object. */
export const byControllerUid = (object: ApiObject): readonly string[] =>
  (object.metadata.ownerReferences ?? []).filter(({ controller }) => controller).map(({ uid }) => uid)
