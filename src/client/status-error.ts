/** From a Status on the wire back to the ApiError it was made of, and the questions callers ask of such errors. */
import { ApiError, type Status } from '../api/meta/status.js'

/** The ApiError that `status` describes. */
export function apiErrorOf(status: Status): ApiError {
  return new ApiError(status.code ?? 500, status.reason ?? '', status.message ?? '', status.details, status.metadata ?? {})
}

/** The reason of an ApiError ('NotFound', 'Conflict', ...), or undefined for anything else. */
export function reasonOf(error: unknown): string | undefined {
  return error instanceof ApiError ? error.status.reason : undefined
}

export const isNotFound = (error: unknown): boolean => reasonOf(error) === 'NotFound'
export const isAlreadyExists = (error: unknown): boolean => reasonOf(error) === 'AlreadyExists'
export const isConflict = (error: unknown): boolean => reasonOf(error) === 'Conflict'
/** The resourceVersion asked for is out of the server's window: list again. */
export const isExpired = (error: unknown): boolean =>
  error instanceof ApiError && (error.status.code === 410 || error.status.reason === 'Expired')

/** Whether the error says that the namespace is going away (causes: NamespaceTerminating): nothing can be created in it. */
export function isNamespaceTerminating(error: unknown): boolean {
  return error instanceof ApiError && (error.status.details?.causes ?? []).some(({ reason }) => reason === 'NamespaceTerminating')
}
