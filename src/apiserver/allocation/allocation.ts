/**
 * What a Service gets from the server: cluster addresses and node ports. Each is a key of the store that is written in
 * the Service's own transaction, so that two Services never hold the same and none is lost in a crash. Next:
 * service-allocation.ts.
 */
import type { Kind } from '../../api/kind.js'
import type { KubeObject } from '../../api/meta/object.js'
import type { Companions } from '../resource/commit.js'

/** What an object takes and gives back with a write. */
export interface Claim extends Companions {
  /** Forgets what was picked for this attempt; called when it is over, however it went. */
  readonly release: () => void
}

export interface Allocation {
  /**
   * Fills allocated fields in (in place) and tells what the transaction must hold. `old` is undefined for a create,
   * `object` for a delete. Undefined when the kind has nothing to allocate. Throws ApiError 422 or 500 when nothing is left.
   */
  claim(kind: Kind, object: KubeObject | undefined, old: KubeObject | undefined): Claim | undefined
}
