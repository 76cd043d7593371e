/** A request's body as an object: its content type says how it is written, fieldValidation how strictly it is read. */
import { type Body, type BodyFormat, type BodyTarget, decodeBody, type FieldValidation } from '../api/codec/body.js'
import { ApiError } from '../api/meta/status.js'
import type { Registry } from '../api/registry.js'
import type { ApiCall } from './request.js'

const formats: Readonly<Record<string, BodyFormat>> = {
  'application/json': 'json',
  'application/yaml': 'yaml',
  'application/vnd.kubernetes.protobuf': 'protobuf',
}

/** The object in a call's body; what is amiss and only warned of is added to the call's warnings. Throws ApiError 400 or 415. */
export function bodyOf(
  call: Pick<ApiCall, 'headers' | 'query' | 'body' | 'warnings'>,
  target: BodyTarget,
  registry: Registry,
): Body['object'] {
  const { object, warnings } = decodeBody(
    call.body,
    bodyFormatOf(call.headers['content-type']),
    target,
    registry,
    fieldValidationOf(call.query),
  )
  call.warnings.push(...warnings)
  return object
}

/** How a body of this content type is written; none means JSON. Throws ApiError 415. */
function bodyFormatOf(contentType: string | undefined): BodyFormat {
  const type = mediaTypeOf(contentType)
  const format = type === '' ? 'json' : formats[type]
  if (format) return format
  throw unsupportedMediaType(Object.keys(formats))
}

/** The media type without its parameters, in lower case; '' for none. */
function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

/** The 415 that lists what would have been taken. */
function unsupportedMediaType(accepted: readonly string[]): ApiError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`
  return new ApiError(415, 'UnsupportedMediaType', message)
}

/** The fieldValidation of a query; Warn, as upstream's default, for none. Bad values are refused with the other options. */
function fieldValidationOf(query: URLSearchParams): FieldValidation {
  const value = query.get('fieldValidation')
  return value === 'Strict' || value === 'Ignore' ? value : 'Warn'
}
