/**
 * Errors about fields, in the words of k8s.io/apimachinery/pkg/util/validation/field, and the 422 made of them.
 */
import { ApiError } from '../meta/status.js'

/** Where in an object: `spec.containers[0].ports[1].name`, `metadata.labels[a/b]`. Immutable. */
export class FieldPath {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
  child(...names: readonly string[]): FieldPath {
    return new FieldPath([this.text, ...names].filter((part) => part !== '').join('.'))
  }
  index(i: number): FieldPath {
    return new FieldPath(`${this.text}[${i}]`)
  }
  key(key: string): FieldPath {
    return new FieldPath(`${this.text}[${key}]`)
  }
  toString(): string {
    return this.text
  }
}

/** A path of one or more names. */
export function field(...names: readonly string[]): FieldPath {
  return new FieldPath(names.join('.'))
}

export type FieldErrorReason =
  | 'FieldValueNotFound'
  | 'FieldValueRequired'
  | 'FieldValueDuplicate'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'InternalError'
  | 'FieldValueTypeInvalid'

/** One thing wrong with one field. `detail` is the text after the path: `Invalid value: "x": must be ...`. */
export interface FieldError {
  readonly reason: FieldErrorReason
  readonly field: string
  readonly detail: string
}

const quote = (value: unknown): string => {
  if (value === undefined || value === null) return 'null'
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return JSON.stringify(value)
}
const error = (reason: FieldErrorReason, path: FieldPath, detail: string): FieldError => ({ reason, field: path.text, detail })

export const required = (path: FieldPath, why = ''): FieldError =>
  error('FieldValueRequired', path, why ? `Required value: ${why}` : 'Required value')
export const invalid = (path: FieldPath, value: unknown, why: string): FieldError =>
  error('FieldValueInvalid', path, `Invalid value: ${quote(value)}${why ? `: ${why}` : ''}`)
export const typeInvalid = (path: FieldPath, value: unknown, why: string): FieldError =>
  error('FieldValueTypeInvalid', path, `Invalid value: ${quote(value)}: ${why}`)
export const notSupported = (path: FieldPath, value: unknown, supported: readonly string[]): FieldError =>
  error(
    'FieldValueNotSupported',
    path,
    `Unsupported value: ${quote(value)}${supported.length ? `: supported values: ${supported.map((value) => JSON.stringify(value)).join(', ')}` : ''}`,
  )
export const duplicate = (path: FieldPath, value: unknown): FieldError =>
  error('FieldValueDuplicate', path, `Duplicate value: ${quote(value)}`)
export const notFoundValue = (path: FieldPath, value: unknown): FieldError =>
  error('FieldValueNotFound', path, `Not found: ${quote(value)}`)
export const forbiddenField = (path: FieldPath, why: string): FieldError => error('FieldValueForbidden', path, `Forbidden: ${why}`)
export const tooLong = (path: FieldPath, bytesMax: number): FieldError =>
  error('FieldValueTooLong', path, `Too long: may not be more than ${bytesMax} bytes`)
export const tooMany = (path: FieldPath, actual: number, max: number): FieldError =>
  error('FieldValueTooMany', path, `Too many: ${actual}: must have at most ${max} items`)

/** Kinds that moved: upstream's errors name the group in which a kind was registered first. */
const formerGroups: ReadonlyMap<string, string> = new Map([
  ['networking.k8s.io/Ingress', 'extensions'],
  ['networking.k8s.io/NetworkPolicy', 'extensions'],
  ['events.k8s.io/Event', ''],
])

/** The 422 for an object with these errors (at least one), as apierrors.NewInvalid. */
export function invalidObject(
  { group: servedIn, kind: kindName }: { readonly group: string; readonly kind: string },
  name: string,
  errors: readonly FieldError[],
): ApiError {
  const kind = { group: formerGroups.get(`${servedIn}/${kindName}`) ?? servedIn, kind: kindName }
  const texts = [...new Set(errors.map(({ field: at, detail }) => `${at}: ${detail}`))]
  const list = texts.length === 1 ? (texts[0] as string) : `[${texts.join(', ')}]`
  const title = kind.group ? `${kind.kind}.${kind.group}` : kind.kind
  return new ApiError(422, 'Invalid', `${title} ${JSON.stringify(name)} is invalid: ${list}`, {
    ...(name ? { name } : {}),
    ...(kind.group ? { group: kind.group } : {}),
    kind: kind.kind,
    causes: errors.map(({ reason, field: at, detail }) => ({ reason, message: detail, field: at })),
  })
}
