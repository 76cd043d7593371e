/**
 * The annotation of client-side `kubectl apply`, which server-side apply by the manager `kubectl` keeps in step, so that
 * users can go back and forth. What the annotation says kubectl had applied, and still stands, conflicts with nobody.
 * Upstream: managedfields/internal/lastappliedmanager.go, lastappliedupdater.go.
 */
import type { KubeObject } from '../meta/object.js'
import type { ObjectSchema } from '../schema/types.js'
import { byteLength } from '../validation/names.js'
import { annotationsBytesMax } from '../validation/object-meta.js'
import type { Conflict } from './apply-conflicts.js'
import { difference, hasPath } from './field-set.js'
import { ItemError } from './path-element.js'
import { compareTyped } from './typed-compare.js'
import { typedSet } from './typed-set.js'
import { typedErrors } from './typed-validate.js'
import { typeOf } from './typed-value.js'

/** The manager for which all this holds. */
export const kubectlManager = 'kubectl'
const annotation = 'kubectl.kubernetes.io/last-applied-configuration'

/** The conflicts that the annotation does not explain; undefined when there is no annotation to go by. */
export function conflictsNotLastApplied(
  conflicts: readonly Conflict[],
  live: KubeObject,
  { schema, apiVersion }: { readonly schema: ObjectSchema; readonly apiVersion: string },
): Conflict[] | undefined {
  const text = live.metadata.annotations?.[annotation]
  const lastApplied = text ? parseObject(text) : undefined
  const type = typeOf(schema)
  if (lastApplied === undefined || lastApplied['apiVersion'] !== apiVersion || typedErrors(type, lastApplied) !== undefined)
    return undefined
  try {
    const { modified, added, removed } = compareTyped(type, lastApplied, live)
    const allowed = [modified, added, removed].reduce(difference, typedSet(type, lastApplied))
    return conflicts.filter(({ path }) => !hasPath(allowed, path))
  } catch (error) {
    if (error instanceof ItemError) return undefined
    throw error
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** The outcome with the annotation, if the object has one, saying what has been applied now. */
export function syncLastApplied<T extends { readonly object: KubeObject }>(outcome: T, applied: Readonly<Record<string, unknown>>): T {
  const { metadata } = outcome.object
  if (!metadata.annotations?.[annotation]) return outcome
  const annotations: Record<string, string> = { ...metadata.annotations, [annotation]: encode(withoutAnnotation(applied)) }
  const size = Object.entries(annotations).reduce((sum, [key, value]) => sum + byteLength(key) + byteLength(value), 0)
  if (size > annotationsBytesMax) delete annotations[annotation]
  return { ...outcome, object: { ...outcome.object, metadata: { ...metadata, annotations } } }
}

function withoutAnnotation(applied: Readonly<Record<string, unknown>>): unknown {
  const metadata = applied['metadata'] as Record<string, unknown> | undefined
  const annotations = metadata?.['annotations'] as Record<string, string> | undefined
  if (annotations === undefined) return applied
  const { [annotation]: _, ...rest } = annotations
  return { ...applied, metadata: { ...metadata, annotations: rest } }
}

/** JSON as Go encodes it: keys sorted, <, > and & escaped, a line's end. */
function encode(value: unknown): string {
  return `${JSON.stringify(sorted(value)).replace(/[<>&]/g, (found) => `\\u00${found.charCodeAt(0).toString(16)}`)}\n`
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  )
}
