/**
 * Status, the API's answer when something is not to be had, and the errors that become one. Reasons, codes and texts are
 * those of k8s.io/apimachinery/pkg/api/errors, because clients match on them.
 */

export interface StatusCause {
  readonly reason?: string
  readonly message?: string
  readonly field?: string
}

export interface StatusDetails {
  readonly name?: string
  readonly group?: string
  readonly kind?: string
  readonly uid?: string
  readonly causes?: readonly StatusCause[]
  readonly retryAfterSeconds?: number
}

/** meta.k8s.io/v1 Status. */
export interface Status {
  readonly kind: 'Status'
  readonly apiVersion: 'v1'
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string; readonly remainingItemCount?: number }
  readonly status: 'Success' | 'Failure'
  readonly message?: string
  readonly reason?: string
  readonly details?: StatusDetails
  readonly code?: number
}

/** An error that a client is to be told: an answer, thrown by the request path and turned into its Status at the door. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: Status
  constructor(code: number, reason: string, message: string, details?: StatusDetails, metadata: Status['metadata'] = {}) {
    super(message)
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata,
      status: 'Failure',
      message,
      ...(reason ? { reason } : {}),
      ...(details ? { details } : {}),
      code,
    }
  }
}

/** A resource as errors name it: group and plural. */
export interface GroupResource {
  readonly group: string
  readonly resource: string
}

/** `pods` or `deployments.apps`. */
export function formatGroupResource({ group, resource }: GroupResource): string {
  return group ? `${resource}.${group}` : resource
}

/** details as errors about one object carry them; `kind` is the plural, as upstream has it. */
function detailsOf({ group, resource }: GroupResource, name: string): StatusDetails {
  return { ...(name ? { name } : {}), ...(group ? { group } : {}), kind: resource }
}

export const badRequest = (message: string): ApiError => new ApiError(400, 'BadRequest', message)
export const unauthorized = (): ApiError => new ApiError(401, 'Unauthorized', 'Unauthorized')
export const forbidden = (resource: GroupResource, name: string, why: string, causes?: readonly StatusCause[]): ApiError =>
  new ApiError(403, 'Forbidden', `${formatGroupResource(resource)}${name ? ` "${name}"` : ''} is forbidden: ${why}`, {
    ...detailsOf(resource, name),
    ...(causes ? { causes } : {}),
  })
export const notFound = (resource: GroupResource, name: string): ApiError =>
  new ApiError(404, 'NotFound', `${formatGroupResource(resource)} "${name}" not found`, detailsOf(resource, name))
export const alreadyExists = (resource: GroupResource, name: string): ApiError =>
  new ApiError(409, 'AlreadyExists', `${formatGroupResource(resource)} "${name}" already exists`, detailsOf(resource, name))
export const conflict = (resource: GroupResource, name: string, why: string): ApiError =>
  new ApiError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${formatGroupResource(resource)} "${name}": ${why}`,
    detailsOf(resource, name),
  )
/** The text of a lost update; see conflict(). */
export const objectWasModified = 'the object has been modified; please apply your changes to the latest version and try again'
export const methodNotAllowed = (resource: GroupResource, action: string): ApiError =>
  new ApiError(
    405,
    'MethodNotAllowed',
    `${action} is not supported on resources of kind "${formatGroupResource(resource)}"`,
    detailsOf(resource, ''),
  )
export const expired = (message: string, metadata?: Status['metadata']): ApiError =>
  new ApiError(410, 'Expired', message, undefined, metadata)
export const tooManyRequests = (message: string, retryAfterSeconds: number, causes?: readonly StatusCause[]): ApiError =>
  new ApiError(429, 'TooManyRequests', message, { retryAfterSeconds, ...(causes ? { causes } : {}) })
export const internalError = (message: string): ApiError =>
  new ApiError(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] })
export const serviceUnavailable = (message: string): ApiError => new ApiError(503, 'ServiceUnavailable', message)
export const serverTimeout = (resource: GroupResource, action: string, retryAfterSeconds: number): ApiError =>
  new ApiError(
    500,
    'ServerTimeout',
    `The ${action} operation against ${formatGroupResource(resource)} could not be completed at this time, please try again.`,
    {
      ...detailsOf(resource, ''),
      retryAfterSeconds,
    },
  )
export const timeout = (message: string, retryAfterSeconds: number, causes?: readonly StatusCause[]): ApiError =>
  new ApiError(504, 'Timeout', `Timeout: ${message}`, { retryAfterSeconds, ...(causes ? { causes } : {}) })
