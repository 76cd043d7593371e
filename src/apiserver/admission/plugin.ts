/** The form of an admission plugin, and what it may know of the cluster. */

import type { KubeObject } from '../../api/meta/object.js'
import type { GroupResource } from '../../api/meta/status.js'
import type { Ids } from '../../base/ids.js'
import type { Lookup } from '../resource/lookup.js'
import type { AccessQuestion } from '../resource/options.js'
import type { Attributes } from './attributes.js'

export interface AdmissionWorld {
  readonly lookup: Lookup
  readonly ids: Ids
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly authorize: (question: AccessQuestion) => boolean
  /** How an object of the mirror is written back within another write's transaction: its key, its new value and the revision that it must still have. */
  readonly rewrite: (
    resource: GroupResource,
    object: KubeObject,
  ) => { readonly key: string; readonly value: () => Uint8Array; readonly revision: number }
}

/** Both throw an ApiError for what is not admitted. */
export interface AdmissionPlugin {
  readonly name: string
  /** May change the object; runs before defaults of the strategy and validation. */
  readonly admit?: (attributes: Attributes, world: AdmissionWorld) => Promise<void> | void
  /** Only judges; runs on the finished object. */
  readonly validate?: (attributes: Attributes, world: AdmissionWorld) => Promise<void> | void
}
