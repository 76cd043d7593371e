/**
 * What admission judges: one write (admission.k8s.io AdmissionRequest's subject). Plugins that mutate change `object` in
 * place; what must be true together with the write they add to the companions of its transaction.
 */
import type { Kind } from '../../api/kind.js'
import type { KubeObject } from '../../api/meta/object.js'
import type { Compare, Operation } from '../../store/protocol.js'
import type { User } from '../request.js'

export interface Attributes {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'
  readonly kind: Kind
  readonly subresource: string
  readonly namespace: string
  /** '' for a create with generateName. */
  readonly name: string
  /** The object as it is to be, owned by the request; of the subresource's own kind for binding, eviction and token. Undefined for deletes. */
  readonly object: KubeObject | undefined
  /** The object as it is. Shared: never to be changed. */
  readonly old: KubeObject | undefined
  readonly user: User
  readonly dryRun: boolean
  /** Adds a Warning header. */
  readonly warn: (text: string) => void
  /** Compares and operations of the store's transaction; when a compare fails the whole request is judged again. */
  readonly companions: { readonly compare: Compare[]; readonly operations: Operation[] }
}
