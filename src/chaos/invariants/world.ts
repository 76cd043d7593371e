/** The objects of a cluster as the events so far make them, and what else checkers ask of a run: its time, and whether faults are in force. */
import type { KubeObject } from '../../api/meta/object.js'
import type { ObjectEvent, Observed } from './observed.js'

/** `Pod`, `apps/Deployment`: a kind with its group, whatever the version. */
export function groupKindOf({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): string {
  const slash = apiVersion.indexOf('/')
  return slash < 0 ? kind : `${apiVersion.slice(0, slash)}/${kind}`
}

/** `Pod default/web-0`, `Node n1`. */
export function describeObject({ kind, metadata }: Pick<KubeObject, 'kind' | 'metadata'>): string {
  return `${kind} ${metadata.namespace ? `${metadata.namespace}/` : ''}${metadata.name}`
}

const idOf = (namespace: string | undefined, name: string): string => `${namespace ?? ''}/${name}`

export class World {
  readonly #kinds = new Map<string, Map<string, KubeObject>>()
  readonly #byUid = new Map<string, KubeObject>()
  readonly #dependents = new Map<string, Map<string, KubeObject>>()
  readonly #gone = new Map<string, number>()
  readonly #faults = new Set<string>()
  timeMs = Number.NEGATIVE_INFINITY
  /** Since when no fault is in force; the beginning when there was none. */
  calmSinceMs = Number.NEGATIVE_INFINITY
  /** When QUIET was said; undefined before. */
  quietSinceMs: number | undefined

  /** How many faults are in force. */
  get faults(): number {
    return this.#faults.size
  }

  get<T = KubeObject>(groupKind: string, namespace: string | undefined, name: string): T | undefined {
    return this.#kinds.get(groupKind)?.get(idOf(namespace, name)) as unknown as T | undefined
  }

  /** All objects of a kind, in the order in which they were first seen. */
  all<T = KubeObject>(groupKind: string): T[] {
    return [...(this.#kinds.get(groupKind)?.values() ?? [])] as unknown as T[]
  }

  everything(): KubeObject[] {
    return [...this.#byUid.values()]
  }

  byUid<T = KubeObject>(uid: string): T | undefined {
    return this.#byUid.get(uid) as unknown as T | undefined
  }

  /** Objects of a kind that name this uid among their owners. */
  dependents<T = KubeObject>(uid: string, groupKind?: string): T[] {
    const all = [...(this.#dependents.get(uid)?.values() ?? [])]
    return (groupKind === undefined ? all : all.filter((object) => groupKindOf(object) === groupKind)) as unknown as T[]
  }

  /** When the object of this uid was seen to go; undefined: it was not. */
  goneAtMs(uid: string): number | undefined {
    return this.#gone.get(uid)
  }

  /** Takes an event in; returns the object's version before it. */
  apply(event: Observed): KubeObject | undefined {
    this.timeMs = Math.max(this.timeMs, event.timeMs)
    if (this.calmSinceMs === Number.NEGATIVE_INFINITY) this.calmSinceMs = event.timeMs
    switch (event.type) {
      case 'TIME':
        return undefined
      case 'QUIET':
        this.quietSinceMs = event.timeMs
        return undefined
      case 'FAULT':
        if (event.phase === 'begin') this.#faults.add(event.id)
        else this.#faults.delete(event.id)
        this.calmSinceMs = event.timeMs
        return undefined
      default:
        return this.#change(event)
    }
  }

  #change({ type, object }: ObjectEvent): KubeObject | undefined {
    const groupKind = groupKindOf(object)
    const id = idOf(object.metadata.namespace, object.metadata.name)
    let objects = this.#kinds.get(groupKind)
    if (!objects) this.#kinds.set(groupKind, (objects = new Map()))
    const previous = objects.get(id)
    if (previous) this.#forget(previous)
    if (type === 'DELETED') {
      objects.delete(id)
      this.#gone.set(uidOf(object), this.timeMs)
      return previous
    }
    objects.set(id, object)
    this.#byUid.set(uidOf(object), object)
    for (const { uid } of object.metadata.ownerReferences ?? []) {
      const known = this.#dependents.get(uid)
      if (known) known.set(uidOf(object), object)
      else this.#dependents.set(uid, new Map([[uidOf(object), object]]))
    }
    return previous
  }

  #forget(object: KubeObject): void {
    this.#byUid.delete(uidOf(object))
    for (const { uid } of object.metadata.ownerReferences ?? []) {
      const known = this.#dependents.get(uid)
      known?.delete(uidOf(object))
      if (known?.size === 0) this.#dependents.delete(uid)
    }
  }
}

/** Every object of the API has a uid; in its place, hand-made ones count by their name. */
export function uidOf({ kind, metadata }: Pick<KubeObject, 'kind' | 'metadata'>): string {
  return metadata.uid ?? `${kind} ${idOf(metadata.namespace, metadata.name)}`
}
