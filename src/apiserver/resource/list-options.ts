/**
 * The query of a read (meta.k8s.io/v1 ListOptions, GetOptions) and what upstream says of bad ones:
 * apimachinery/pkg/apis/meta/internalversion/validation and the conversion of query parameters.
 */
import { ApiError, badRequest } from '../../api/meta/status.js'
import { type FieldError, field, forbiddenField, invalidObject, notSupported } from '../../api/validation/field-path.js'

export interface ListOptions {
  readonly labelSelector: string
  readonly fieldSelector: string
  /** '', '0' or a positive integer. */
  readonly resourceVersion: string
  readonly resourceVersionMatch: string
  /** 0: no limit. */
  readonly limit: number
  readonly continue: string
  readonly watch: boolean
  readonly allowWatchBookmarks: boolean
  readonly sendInitialEvents: boolean | undefined
  readonly timeoutSeconds: number | undefined
}

/** Throws the 400 or 422 for options that cannot be. */
export function parseListOptions(query: URLSearchParams, watch: boolean): ListOptions {
  const options: ListOptions = {
    labelSelector: query.get('labelSelector') ?? '',
    fieldSelector: query.get('fieldSelector') ?? '',
    resourceVersion: query.get('resourceVersion') ?? '',
    resourceVersionMatch: query.get('resourceVersionMatch') ?? '',
    limit: Math.max(0, integerParameter(query, 'limit') ?? 0),
    continue: query.get('continue') ?? '',
    watch,
    allowWatchBookmarks: booleanParameter(query, 'allowWatchBookmarks') ?? false,
    sendInitialEvents: booleanParameter(query, 'sendInitialEvents'),
    timeoutSeconds: integerParameter(query, 'timeoutSeconds'),
  }
  const errors = watch ? watchErrors(options) : listErrors(options)
  if (errors.length > 0) throw invalidObject({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors)
  if (options.resourceVersion !== '') parseResourceVersion(options.resourceVersion)
  return options
}

/** The number of a resourceVersion; '' is 0. Throws the 500 that upstream gives for what is no number. */
export function parseResourceVersion(text: string): number {
  if (text === '') return 0
  if (!/^\d+$/.test(text))
    throw new ApiError(
      500,
      '',
      `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    )
  return Number(text)
}

/** As Go's conversion of query parameters: absent is undefined; '', '0' and 'false' are false, all else true. */
export function booleanParameter(query: URLSearchParams, name: string): boolean | undefined {
  const value = query.get(name)
  return value === null ? undefined : value !== '' && value !== '0' && value.toLowerCase() !== 'false'
}

/** An integer parameter; absent or empty is undefined. Throws 400 for what is no integer. */
export function integerParameter(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name)
  if (value === null || value === '') return undefined
  if (!/^[+-]?\d+$/.test(value)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`)
  return Number(value)
}

const match = field('resourceVersionMatch')

function listErrors({ resourceVersion, resourceVersionMatch, continue: token, sendInitialEvents }: ListOptions): FieldError[] {
  const errors: FieldError[] = []
  if (resourceVersionMatch !== '') {
    if (resourceVersion === '') errors.push(forbiddenField(match, 'resourceVersionMatch is forbidden unless resourceVersion is provided'))
    if (token !== '') errors.push(forbiddenField(match, 'resourceVersionMatch is forbidden when continue is provided'))
    if (resourceVersionMatch !== 'Exact' && resourceVersionMatch !== 'NotOlderThan')
      errors.push(notSupported(match, resourceVersionMatch, ['Exact', 'NotOlderThan', '']))
    if (resourceVersionMatch === 'Exact' && resourceVersion === '0')
      errors.push(forbiddenField(match, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'))
  }
  if (sendInitialEvents !== undefined) errors.push(forbiddenField(field('sendInitialEvents'), 'sendInitialEvents is forbidden for list'))
  return errors
}

function watchErrors({ resourceVersionMatch, continue: token, sendInitialEvents }: ListOptions): FieldError[] {
  const errors: FieldError[] = []
  if (sendInitialEvents !== undefined && resourceVersionMatch !== 'NotOlderThan')
    errors.push(forbiddenField(match, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'))
  if (resourceVersionMatch !== '') {
    if (sendInitialEvents === undefined)
      errors.push(forbiddenField(match, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'))
    if (resourceVersionMatch !== 'NotOlderThan') errors.push(notSupported(match, resourceVersionMatch, ['NotOlderThan']))
    if (token !== '') errors.push(forbiddenField(match, 'resourceVersionMatch is forbidden when continue is provided'))
  }
  return errors
}
