/**
 * Small checks that most kinds share, in upstream's words (pkg/apis/core/validation and apimachinery's
 * pkg/api/validation). Each gives all that is wrong, nothing for a good value; an absent field of Go's value types counts
 * as its zero value, as Go sees it.
 *
 * Next: field-path.ts (the errors), names.ts (the judges), core/pod-spec.ts (the largest user).
 */
import type { LabelSelector, ObjectMeta } from '../meta/object.js'
import { Quantity } from '../meta/quantity.js'
import { type FieldError, type FieldPath, field, forbiddenField, invalid, notSupported, required } from './field-path.js'
import { isDns1123Label, isDns1123Subdomain, isInRange, isPortName, isPortNumber, isQualifiedName, type Judge } from './names.js'
import { fieldImmutable, type ObjectMetaRules, validateObjectMeta } from './object-meta.js'

export const negativeError = 'must be greater than or equal to 0'
export const notPositiveError = 'must be greater than zero'
/** What a validator of one value at one place looks like. */
export type Check<T> = (value: T, path: FieldPath) => FieldError[]

/** The judge's complaints about the value; an absent one is empty. */
export const judged = (value: string | undefined, path: FieldPath, judge: Judge): FieldError[] =>
  judge(value ?? '').map((text) => invalid(path, value ?? '', text))
/** As judged(), but an empty value is only called missing. */
export const demanded = (value: string | undefined, path: FieldPath, judge: Judge = () => []): FieldError[] =>
  value ? judged(value, path, judge) : [required(path)]
/** As judged(), but an empty value is good. */
export const optionally = (value: string | undefined, path: FieldPath, judge: Judge): FieldError[] =>
  value ? judged(value, path, judge) : []

/** A value that must be one of those listed; `supported` in the order in which upstream tells them. */
export const oneOf = (value: string | undefined, path: FieldPath, supported: readonly string[]): FieldError[] =>
  supported.includes(value ?? '') ? [] : [notSupported(path, value ?? '', supported)]
/** As oneOf(), but an empty value is only called missing. */
export const demandedOneOf = (value: string | undefined, path: FieldPath, supported: readonly string[]): FieldError[] =>
  value ? oneOf(value, path, supported) : [required(path)]

export const nonNegative = (value: number | undefined, path: FieldPath): FieldError[] =>
  (value ?? 0) < 0 ? [invalid(path, value, negativeError)] : []
export const positive = (value: number | undefined, path: FieldPath): FieldError[] =>
  (value ?? 0) <= 0 ? [invalid(path, value ?? 0, notPositiveError)] : []
export const inRange = (value: number, path: FieldPath, low: number, high: number): FieldError[] =>
  isInRange(value, low, high).map((text) => invalid(path, value, text))

export const dnsLabel: Check<string | undefined> = (value, path) => judged(value, path, isDns1123Label)
export const dnsSubdomain: Check<string | undefined> = (value, path) => judged(value, path, isDns1123Subdomain)
export const qualifiedName: Check<string | undefined> = (value, path) => judged(value, path, isQualifiedName)

/** A port by number or by name (ValidatePortNumOrName). */
export function portOrName(port: number | string | undefined, path: FieldPath): FieldError[] {
  if (typeof port === 'string') return judged(port, path, isPortName)
  return portNumber(port, path)
}

export const portNumber = (port: number | undefined, path: FieldPath): FieldError[] =>
  isPortNumber(port ?? 0).map((text) => invalid(path, port ?? 0, text))

/** The check applied to every item of a list. */
export function each<T>(
  items: readonly T[] | undefined | null,
  path: FieldPath,
  check: (item: T, path: FieldPath, i: number) => FieldError[],
): FieldError[] {
  return (items ?? []).flatMap((item, i) => check(item, path.index(i), i))
}

/** The entries of a map by key: upstream walks maps in no order, one must be chosen. */
export function entriesOf<T>(map: Readonly<Record<string, T>> | undefined | null): [string, T][] {
  return Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}

/** The quantity in a decoded field, which is one already. */
export const quantityOf = (value: string | number | undefined): Quantity => Quantity.tryParse(value) ?? Quantity.zero

/**
 * Whether two pieces of an object say the same (apiequality.Semantic.DeepEqual): absent, null and empty lists and maps
 * are one, as are absent and zero where Go holds a plain value.
 */
export function same(a: unknown, b: unknown): boolean {
  if (a === b || (isEmpty(a) && isEmpty(b))) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b))
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => same(item, b[i]))
  const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>]
  return [...new Set([...Object.keys(x), ...Object.keys(y)])].every((key) => same(x[key], y[key]))
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true
  return typeof value === 'object' && (Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0)
}

/** ValidateImmutableField. */
export const immutable = (value: unknown, old: unknown, path: FieldPath): FieldError[] =>
  same(value, old) ? [] : [invalid(path, value, fieldImmutable)]

/** A label selector as Go writes it in an error: fields in order, empty ones left out. */
export function selectorValue(selector: Readonly<LabelSelector> | undefined): unknown {
  if (!selector) return selector
  const labels = Object.fromEntries(entriesOf(selector.matchLabels))
  return {
    ...(Object.keys(labels).length > 0 ? { matchLabels: labels } : {}),
    ...(selector.matchExpressions?.length
      ? {
          matchExpressions: selector.matchExpressions.map(({ key, operator, values }) => ({
            key,
            operator,
            ...(values?.length ? { values } : {}),
          })),
        }
      : {}),
  }
}

/** A map as Go writes it in an error: sorted by key. */
export const mapValue = (map: Readonly<Record<string, unknown>> | undefined): unknown => (map ? Object.fromEntries(entriesOf(map)) : map)

const standardFinalizers = ['kubernetes', 'orphan', 'foregroundDeletion']

/** A finalizer without a slash must be one of Kubernetes' own (validateKubeFinalizerName). */
export function kubeFinalizer(name: string, path: FieldPath): FieldError[] {
  if (name.split('/').length !== 1 || standardFinalizers.includes(name)) return []
  return [invalid(path, name, 'name is neither a standard finalizer name nor is it fully qualified')]
}

/** What built-in kinds demand of metadata beyond apimachinery; belongs before all else that is said of the object. */
export const kubeMeta = (meta: Readonly<ObjectMeta>): FieldError[] => each(meta.finalizers, field('metadata', 'finalizers'), kubeFinalizer)

/** For updates that also judge metadata as a create does (upstream calls ValidateX from ValidateXUpdate). */
export const wholeMeta = (meta: Readonly<ObjectMeta>, rules: ObjectMetaRules): FieldError[] => [
  ...validateObjectMeta(meta, rules),
  ...kubeMeta(meta),
]

/** The judges of alternatives of which one may be given, in upstream's order. */
export type Alternatives<T> = { readonly [K in keyof T]?: (value: NonNullable<T[K]>, path: FieldPath) => FieldError[] }

export interface AlternativeRules<T> {
  /** What is said of each but the first: 'may not specify more than 1 volume type'. */
  readonly refusal: string
  /** Where upstream's paths are not the field's name: of its own errors, of the refusal. */
  readonly paths?: { readonly [K in keyof T]?: readonly [own: string, refused: string] }
}

/** Of several alternatives the first that is given is judged, all others are refused. `given` counts them. */
export function firstOf<T extends object>(
  object: T,
  path: FieldPath,
  judges: Alternatives<T>,
  { refusal, paths = {} }: AlternativeRules<T>,
): { readonly given: number; readonly errors: FieldError[] } {
  const errors: FieldError[] = []
  let given = 0
  for (const name of Object.keys(judges) as (keyof T & string)[]) {
    const value = object[name]
    if (value === undefined || value === null) continue
    const [own, refused] = paths[name] ?? [name, name]
    if (given++ > 0) errors.push(forbiddenField(path.child(refused), refusal))
    else errors.push(...(judges[name]?.(value, path.child(own)) ?? []))
  }
  return { given, errors }
}
