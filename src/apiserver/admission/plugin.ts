/** The form of an admission plugin, and what it may know of the cluster. */
import type { Ids } from '../../base/ids.js'
import type { Lookup } from '../resource/lookup.js'
import type { AccessQuestion } from '../resource/resources.js'
import type { Attributes } from './attributes.js'

export interface AdmissionWorld {
  readonly lookup: Lookup
  readonly ids: Ids
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly authorize: (question: AccessQuestion) => boolean
  /** The store's key and last revision of a namespace, for guarding a write with it. */
  readonly namespaceRevision: (name: string) => { readonly key: string; readonly revision: number } | undefined
}

/** Both throw an ApiError for what is not admitted. */
export interface AdmissionPlugin {
  readonly name: string
  /** May change the object; runs before defaults of the strategy and validation. */
  readonly admit?: (attributes: Attributes, world: AdmissionWorld) => Promise<void> | void
  /** Only judges; runs on the finished object. */
  readonly validate?: (attributes: Attributes, world: AdmissionWorld) => Promise<void> | void
}
