/** Who manages which fields: managedFields as every write leaves them. */
import type { Kind } from '../../api/kind.js'
import type { KubeObject } from '../../api/meta/object.js'
import type { ResourceTarget } from '../request.js'

export interface Tracked {
  readonly kind: Kind
  readonly subresource: string
  readonly manager: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

export interface Applied {
  /** What the client applies, as it came. */
  readonly configuration: unknown
  readonly old: KubeObject | undefined
  readonly force: boolean
  readonly target: ResourceTarget
}

/** Records in `object` (in place) what this write changed of `old`, which is undefined for a create. */
export function trackWrite(_tracked: Tracked, _object: KubeObject, _old: KubeObject | undefined): void {}

/** The object that a server-side apply makes, its managedFields included. Throws 409 for conflicts, 400 and 500 for what cannot be applied. */
export function applyWrite(_tracked: Tracked, { configuration }: Applied): unknown {
  return configuration
}
