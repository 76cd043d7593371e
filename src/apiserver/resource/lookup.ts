/**
 * What the rest of the API server may read of the cluster's state without waiting: the mirror of the store, by kind.
 * Authorization, authentication and admission judge by it. What it gives is shared with every other reader: it must
 * never be changed. Next: mirror.ts, which is behind it.
 */
import type { KubeObject } from '../../api/meta/object.js'
import type { GroupResource } from '../../api/meta/status.js'

/** A change of one object as the mirror saw it. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: KubeObject
  readonly previous?: KubeObject
}

export interface Lookup {
  /** The object as last seen, in its storage version; '' as namespace for cluster-scoped kinds. */
  get(resource: GroupResource, namespace: string, name: string): KubeObject | undefined
  /** All objects of the kind (of one namespace when given), in order of key. */
  list(resource: GroupResource, namespace?: string): readonly KubeObject[]
  /** The store's revision that the mirror has reached. */
  readonly revision: number
  /** Waits until the mirror shows every write that was acknowledged before the call. Rejects with an ApiError when it cannot within 3 s. */
  refresh(signal?: AbortSignal): Promise<void>
  /** Calls `listener` after each change of the kind, in order; also after the mirror was rebuilt, with the differences. */
  subscribe(resource: GroupResource, listener: (change: Change) => void): { cancel(): void }
}
