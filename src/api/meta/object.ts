/** What every object of the API has in common, as the machinery sees it: a kind, metadata, and fields it knows by schema. */
import type { ObjectMeta } from '../types/meta-v1.js'

export type { LabelSelector, ListMeta, ManagedFieldsEntry, ObjectMeta, OwnerReference } from '../types/meta-v1.js'

/** Any object of the API. Its fields beyond these are known by its kind's schema. */
export interface KubeObject {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
  [field: string]: unknown
}

/** A list of objects. Items of built-in lists carry no apiVersion and kind of their own on the wire. */
export interface KubeList<T = KubeObject> {
  apiVersion: string
  kind: string
  metadata: { resourceVersion?: string; continue?: string; remainingItemCount?: number }
  items: T[]
}

export interface GroupVersionKind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

export interface GroupVersionResource {
  readonly group: string
  readonly version: string
  readonly resource: string
}

/** 'v1' for the core group, 'apps/v1' otherwise. */
export function apiVersionOf({ group, version }: { readonly group: string; readonly version: string }): string {
  return group === '' ? version : `${group}/${version}`
}

/** The group and version of an apiVersion; undefined when it has more than one slash or none of the parts. */
export function parseApiVersion(apiVersion: string): { group: string; version: string } | undefined {
  const parts = apiVersion.split('/')
  if (parts.length === 1 && parts[0]) return { group: '', version: parts[0] }
  if (parts.length === 2 && parts[0] && parts[1]) return { group: parts[0], version: parts[1] }
  return undefined
}
