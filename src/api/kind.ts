/**
 * A Kind: what the API server must know to serve one resource. The table of the published API gives names, scope, verbs
 * and schema; a kind's own file under kinds/ gives the Strategy: what no schema says.
 */
import type { KubeObject } from './meta/object.js'
import type { ObjectSchema } from './schema/types.js'
import type { FieldError } from './validation/field-path.js'

export interface Kind {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly singular: string
  readonly listKind: string
  readonly namespaced: boolean
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  /** As discovery lists them: 'create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'. */
  readonly verbs: readonly string[]
  readonly subresources: readonly Subresource[]
  readonly schema: ObjectSchema
  readonly strategy: Strategy
  /**
   * Where its objects live in the store: `/registry/<storage>/[<namespace>/]<name>`. Kinds of several versions (hpa v1
   * and v2, the two Events) share one, stored in `storedAs`'s form.
   */
  readonly storage: string
  readonly storedAs: { readonly group: string; readonly version: string }
  /** As discovery tells it; absent for kinds without storage. */
  readonly storageVersionHash?: string
}

export interface Subresource {
  /** 'status', 'scale', 'log', 'exec', 'eviction', ... */
  readonly name: string
  readonly group?: string
  readonly version?: string
  /** The kind of its body: 'Scale', 'Eviction', 'PodExecOptions', the kind itself for 'status'. */
  readonly kind: string
  readonly verbs: readonly string[]
}

/** One column of the server-side Table, as meta.k8s.io/v1 TableColumnDefinition. */
export interface TableColumn {
  readonly name: string
  readonly type: string
  readonly format: string
  readonly description: string
  readonly priority: number
}

/** What a strategy may know of the world besides the object: given, so that strategies stay functions. */
export interface StrategyContext {
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly uid: () => string
}

/**
 * What no schema says of a kind. Every member is optional; functions that change an object do so in place (the caller
 * owns the copy), those that judge return all that is wrong, in upstream's order, paths and texts.
 */
export interface Strategy {
  /** Fills in what the versioned defaulting functions of upstream fill in (pkg/apis/<group>/<version>/defaults.go). */
  readonly applyDefaults?: (object: KubeObject) => void
  /** Clears status and sets what the server sets, before validation of a create. */
  readonly prepareForCreate?: (object: KubeObject, context: StrategyContext) => void
  /** Carries over what an update may not touch (status, allocated fields), before its validation. */
  readonly prepareForUpdate?: (object: KubeObject, old: KubeObject, context: StrategyContext) => void
  /** As prepareForUpdate, for the status subresource: all but status (and what upstream lets through) is taken from `old`. */
  readonly prepareForStatusUpdate?: (object: KubeObject, old: KubeObject, context: StrategyContext) => void
  readonly validate?: (object: KubeObject) => FieldError[]
  /** Judges an update; runs after prepareForUpdate. Includes what validate() would say where upstream does so. */
  readonly validateUpdate?: (object: KubeObject, old: KubeObject) => FieldError[]
  readonly validateStatusUpdate?: (object: KubeObject, old: KubeObject) => FieldError[]
  /** Warning texts for create and update. */
  readonly warnings?: (object: KubeObject) => string[]
  /** How the name is judged; default: DNS subdomain. */
  readonly nameRule?: 'dns-subdomain' | 'dns-label' | 'dns-1035-label' | 'path-segment'
  /** PUT to an absent name creates it. */
  readonly allowCreateOnUpdate?: boolean
  /** PUT without resourceVersion is allowed; default true. */
  readonly allowUnconditionalUpdate?: boolean
  /** metadata.generation is kept: 1 at creation, one more with each change of anything but metadata and status. */
  readonly hasGeneration?: boolean
  /** Field selectors beyond metadata.name and metadata.namespace. */
  readonly selectableFields?: Readonly<Record<string, (object: KubeObject) => string>>
  /** Fields that server-side apply takes away from the managers of the main resource ('status') and of /status ('spec', ...). */
  readonly resetFields?: { readonly main?: readonly string[]; readonly status?: readonly string[] }
  /** Columns of the Table beyond which `row` gives cells in the same order. Absent: Name and Created At. */
  readonly columns?: readonly TableColumn[]
  readonly row?: (object: KubeObject, now: number) => unknown[]
  /** Grace period of a delete in seconds; absent or 0: the object goes at once. See registry/rest RESTGracefulDeleteStrategy. */
  readonly gracePeriodSeconds?: (object: KubeObject, requested: number | undefined) => number
}
