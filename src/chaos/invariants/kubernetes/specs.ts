/**
 * What is asked of a controller, as far as it can know: it may be acting on any version of the spec that is no older than the one it
 * last reported (status.observedGeneration), so it must be judged by the most lenient of these.
 */
import type { KubeObject } from '../../../api/meta/object.js'
import { groupKindOf, uidOf } from '../world.js'

export class Specs<T> {
  readonly #groupKind: string
  readonly #versions = new Map<string, KubeObject[]>()

  constructor(groupKind: string) {
    this.#groupKind = groupKind
  }

  /** Takes a version in; true when it is of this kind. */
  see(object: KubeObject): boolean {
    if (groupKindOf(object) !== this.#groupKind) return false
    const versions = this.#versions.get(uidOf(object)) ?? []
    const observed = observedGenerationOf(object)
    const relevant = versions.filter(
      ({ metadata }) => (metadata.generation ?? 0) >= observed && metadata.generation !== object.metadata.generation,
    )
    this.#versions.set(uidOf(object), [...relevant, object])
    return true
  }

  forget(object: KubeObject): void {
    this.#versions.delete(uidOf(object))
  }

  /** One version for each generation that the controller may be acting on; the newest last. */
  of(uid: string): readonly T[] {
    return (this.#versions.get(uid) ?? []) as unknown as readonly T[]
  }
}

/** 0 when it has none. */
export function observedGenerationOf(object: KubeObject): number {
  const status = object['status'] as { readonly observedGeneration?: number } | undefined
  return status?.observedGeneration ?? 0
}
