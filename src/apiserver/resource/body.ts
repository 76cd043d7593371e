/** The body of a request, decoded as its Content-Type says. */
import { type BodyFormat, type BodyTarget, decodeBody, type FieldValidation } from '../../api/codec/body.js'
import type { KubeObject } from '../../api/meta/object.js'
import { ApiError } from '../../api/meta/status.js'
import type { Registry } from '../../api/registry.js'
import type { ApiCall } from '../request.js'

const formats: Readonly<Record<string, BodyFormat>> = {
  '': 'json',
  'application/json': 'json',
  'application/yaml': 'yaml',
  'application/vnd.kubernetes.protobuf': 'protobuf',
}
const mediaTypes = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']

/** The media type of a request without its parameters. */
export function mediaTypeOf(headers: Readonly<Record<string, string>>): string {
  return (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
}

/** Throws 415 for a type that is not spoken, 400 for a body that is not of the kind. Warnings go to the call. */
export function readBody(call: ApiCall, target: BodyTarget, registry: Registry, validation: FieldValidation): KubeObject {
  const format = formats[mediaTypeOf(call.headers)]
  if (format === undefined) throw unsupportedMediaType(mediaTypes)
  const { object, warnings } = decodeBody(call.body, format, target, registry, validation)
  for (const text of warnings) if (!call.warnings.includes(text)) call.warnings.push(text)
  return object
}

export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  return new ApiError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  )
}
