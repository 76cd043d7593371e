/**
 * A type of the API as data: what Kubernetes' published schema says of it, in the form that decoding, defaulting,
 * structural validation, strategic merge, server-side apply, protobuf, OpenAPI and `explain` all read. Built-in kinds
 * get theirs from src/api/generated (see registry), a CustomResourceDefinition will get its own at run time.
 */

/** A type that is not an object with named fields. */
export type TypeSchema =
  | { readonly type: 'string'; readonly format?: 'byte' | 'date-time' | 'micro-time' | 'quantity' | 'int-or-string' | 'duration' }
  | { readonly type: 'integer'; readonly format: 'int32' | 'int64' }
  | { readonly type: 'number' }
  | { readonly type: 'boolean' }
  /** Any JSON (RawExtension, JSON, FieldsV1, an embedded object): kept as it is. */
  | { readonly type: 'any' }
  | { readonly type: 'object'; readonly object: ObjectSchema }
  | { readonly type: 'list'; readonly items: TypeSchema; readonly listType: 'atomic' | 'set' | 'map'; readonly mapKeys: readonly string[] }
  | { readonly type: 'map'; readonly values: TypeSchema; readonly mapType: 'granular' | 'atomic' }

export interface FieldSchema {
  readonly name: string
  readonly type: TypeSchema
  readonly required: boolean
  /** The published default, when it is not the zero value. */
  readonly default?: unknown
  /** x-kubernetes-patch-strategy, split at the comma. */
  readonly patchStrategy: readonly ('merge' | 'replace' | 'retainKeys')[]
  readonly patchMergeKey?: string
}

export interface ObjectSchema {
  /** The definition's name: 'io.k8s.api.core.v1.Container'. */
  readonly name: string
  /** In the order in which the document lists them. */
  readonly fields: ReadonlyMap<string, FieldSchema>
  readonly mapType: 'granular' | 'atomic'
  /** For the kinds that stand for themselves. */
  readonly groupVersionKinds: readonly { readonly group: string; readonly version: string; readonly kind: string }[]
}
