/**
 * A type of the API as data: what Kubernetes' published schema says of it, in the form that decoding, defaulting,
 * structural validation, strategic merge, server-side apply, protobuf, OpenAPI and `explain` all read. Built-in kinds
 * get theirs from src/api/generated (see table.ts), a CustomResourceDefinition will get its own at run time.
 */

/** Forms of `any` that the published API has a definition for; the name is that definition's last part. */
export type OpaqueForm =
  | 'RawExtension'
  | 'FieldsV1'
  | 'Patch'
  | 'JSON'
  | 'JSONSchemaPropsOrArray'
  | 'JSONSchemaPropsOrBool'
  | 'JSONSchemaPropsOrStringArray'

/** What Go calls the type where it has a name of its own, as error texts print it: `v1.ResourceList`. */
interface GoNamed {
  readonly goName?: string
}

/** A type that is not an object with named fields. */
export type TypeSchema =
  | ({
      readonly type: 'string'
      readonly format?: 'byte' | 'date-time' | 'micro-time' | 'quantity' | 'int-or-string' | 'duration'
      readonly listType?: 'atomic'
    } & GoNamed)
  | ({ readonly type: 'integer'; readonly format: 'int32' | 'int64' } & GoNamed)
  | ({ readonly type: 'number' } & GoNamed)
  | ({ readonly type: 'boolean' } & GoNamed)
  /** Any JSON (RawExtension, JSON, FieldsV1, an embedded object): kept as it is. */
  | {
      readonly type: 'any'
      readonly form?: OpaqueForm
      /** What the JSONSchemaPropsOr... forms may hold. */
      readonly object?: ObjectSchema
    }
  /** `mapType` is the field's own word where it differs from the object's. */
  | { readonly type: 'object'; readonly object: ObjectSchema; readonly mapType?: 'granular' | 'atomic' }
  | ({
      readonly type: 'list'
      readonly items: TypeSchema
      readonly listType: 'atomic' | 'set' | 'map'
      readonly mapKeys: readonly string[]
      /** The document does not say listType; 'atomic' is what that means. */
      readonly unstated?: true
      /** In protobuf a message of its own around the list. */
      readonly wrapped?: true
    } & GoNamed)
  | ({ readonly type: 'map'; readonly values: TypeSchema; readonly mapType: 'granular' | 'atomic'; readonly unstated?: true } & GoNamed)

export interface FieldSchema {
  readonly name: string
  readonly type: TypeSchema
  readonly required: boolean
  /** The published default, when it is not the zero value. */
  readonly default?: unknown
  /** The document gives the zero value as the default. */
  readonly zeroDefault?: true
  /** x-kubernetes-patch-strategy, split at the comma. */
  readonly patchStrategy: readonly ('merge' | 'replace' | 'retainKeys')[]
  readonly patchMergeKey?: string
  /** Go holds a pointer: the zero value is kept. Otherwise it is as good as absent. */
  readonly pointer?: true
  /** Go writes the field even when it holds nothing: as its zero value or null. */
  readonly always?: true
  /** Field numbers in protobuf, from the message through those it inlines. */
  readonly protobuf?: readonly number[]
}

export interface UnionSchema {
  readonly discriminator?: string
  /** Field name to discriminator value. */
  readonly fields: Readonly<Record<string, string>>
}

export interface ObjectSchema {
  /** The definition's name: 'io.k8s.api.core.v1.Container'. */
  readonly name: string
  /** In the order in which Go's type lists them, which is the order of the wire. */
  readonly fields: ReadonlyMap<string, FieldSchema>
  readonly mapType: 'granular' | 'atomic'
  /** For the kinds that stand for themselves. */
  readonly groupVersionKinds: readonly { readonly group: string; readonly version: string; readonly kind: string }[]
  /** As Go's error texts print it: 'v1.Container'. */
  readonly goType?: string
  readonly unions?: readonly UnionSchema[]
  /** Keys that no field names are kept as they are (x-kubernetes-preserve-unknown-fields). */
  readonly preserveUnknown?: true
}
