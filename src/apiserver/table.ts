/**
 * The server-side Table (meta.k8s.io/v1): how `kubectl get` shows objects it knows nothing about. A kind's strategy gives
 * columns and cells; a kind without them shows Name and Created At. apiserver/pkg/registry/rest/table.go is the model.
 */
import type { Kind, TableColumn } from '../api/kind.js'
import type { KubeObject } from '../api/meta/object.js'
import type { Served } from './request.js'

/** What a row carries besides its cells (TableOptions.includeObject). */
export type IncludeObject = 'None' | 'Metadata' | 'Object'

export interface TableOptions {
  /** 'v1' or 'v1beta1' of meta.k8s.io. */
  readonly version: string
  readonly include: IncludeObject
  /** Milliseconds since the epoch; ages are reckoned from it. */
  readonly now: number
  /** False in a watch after the first event. */
  readonly headers: boolean
}

const nameDescription = "The object's name."
const createdDescription = 'When the server made the object.'

const defaultColumns: readonly TableColumn[] = [
  { name: 'Name', type: 'string', format: 'name', description: nameDescription, priority: 0 },
  { name: 'Created At', type: 'date', format: '', description: createdDescription, priority: 0 },
]

/** The Table of these objects, as JSON text. `metadata` is that of the list, or of the one object. */
export function tableOf(kind: Kind | undefined, metadata: object, items: readonly Served[], options: TableOptions): string {
  const strategy = kind?.strategy
  const columns = strategy?.row ? (strategy.columns ?? defaultColumns) : defaultColumns
  const rows = items.map((served) => {
    const cells = strategy?.row ? strategy.row(served.object, options.now) : defaultRow(served.object)
    return `{"cells":${JSON.stringify(cells)},"object":${rowObject(served, options)}}`
  })
  const definitions = options.headers ? JSON.stringify(columns.map(definition)) : 'null'
  const head = `{"kind":"Table","apiVersion":"meta.k8s.io/${options.version}","metadata":${JSON.stringify(metadata)}`
  return `${head},"columnDefinitions":${definitions},"rows":[${rows.join(',')}]}`
}

/** PartialObjectMetadata of an object, as JSON text. */
export function partialOf({ object }: Served, version: string): string {
  return `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/${version}","metadata":${JSON.stringify(object.metadata)}}`
}

function rowObject(served: Served, { include, version }: TableOptions): string {
  if (include === 'None') return 'null'
  return include === 'Object' ? served.json() : partialOf(served, version)
}

function defaultRow(object: KubeObject): unknown[] {
  return [object.metadata.name ?? '', object.metadata.creationTimestamp ?? null]
}

function definition({ name, type, format, description, priority }: TableColumn): TableColumn {
  return { name, type, format, description, priority }
}
