/**
 * From a change of a dependent to the owners that have to look at it: the one that controls it, the one that did until
 * now, or, for an orphan, all whose selector would take it (pkg/controller/replicaset/replica_set.go addPod and others).
 */
import type { LabelSelector } from '../../api/types/meta-v1.js'
import { byNamespace, type IndexFunction, type Lister } from '../../client/indexer.js'
import type { Informer, InformerHandler } from '../../client/informer.js'
import type { ApiObject } from '../../client/resources.js'
import { controllerOf } from './ownership.js'
import { matcherOf } from './selector.js'

/** Index of dependents: by the uid of who controls them; orphans under orphansIn(namespace). */
export const claimIndexes: Readonly<Record<string, IndexFunction<ApiObject>>> = {
  claim: (object) => [controllerOf(object)?.uid ?? orphansIn(object.metadata.namespace)],
}
/** Index of owners by namespace, for orphans that look for one. */
export const namespaceIndexes: Readonly<Record<string, IndexFunction<ApiObject>>> = { namespace: byNamespace }

export function orphansIn(namespace: string | undefined): string {
  return `orphans in ${namespace ?? ''}`
}

/** What `owner` controls or might adopt. The dependents' informer must have claimIndexes. */
export function claimable<T extends ApiObject>(cache: Lister<T>, owner: ApiObject): T[] {
  return [...cache.byIndex('claim', owner.metadata.uid ?? ''), ...cache.byIndex('claim', orphansIn(owner.metadata.namespace))]
}

export interface DependentHandlerOptions<O extends ApiObject, T extends ApiObject> {
  /** Must have namespaceIndexes. */
  readonly owners: Informer<O>
  readonly selectorOf: (owner: O) => LabelSelector | undefined
  /** Called with each owner that is due, and the dependent that made it so. */
  readonly enqueue: (owner: O, dependent: T, old?: T) => void
}

export function dependentHandler<O extends ApiObject, T extends ApiObject>({
  owners,
  selectorOf,
  enqueue,
}: DependentHandlerOptions<O, T>): InformerHandler<T> {
  const ownerOf = (object: T): O | undefined => {
    const reference = controllerOf(object)
    if (!reference || reference.kind !== owners.resource.kind) return undefined
    const { namespace } = object.metadata
    const owner = owners.cache.get(namespace ? `${namespace}/${reference.name}` : reference.name)
    return owner?.metadata.uid === reference.uid ? owner : undefined
  }
  const suitors = (object: T): O[] =>
    owners.cache
      .byIndex('namespace', object.metadata.namespace ?? '')
      .filter((owner) => matcherOf(selectorOf(owner))(object.metadata.labels))
  const added = (object: T): void => {
    const owner = ownerOf(object)
    if (owner) enqueue(owner, object)
    else if (!controllerOf(object) && !object.metadata.deletionTimestamp) for (const suitor of suitors(object)) enqueue(suitor, object)
  }
  return {
    add: added,
    update(old, object) {
      const before = ownerOf(old)
      const owner = ownerOf(object)
      if (before && before !== owner) enqueue(before, object, old)
      if (owner) enqueue(owner, object, old)
      else if (
        !controllerOf(object) &&
        (controllerOf(old) || JSON.stringify(old.metadata.labels) !== JSON.stringify(object.metadata.labels))
      )
        for (const suitor of suitors(object)) enqueue(suitor, object, old)
    },
    delete(object) {
      const owner = ownerOf(object)
      if (owner) enqueue(owner, object)
    },
  }
}
