/**
 * Errors that cross threads. A class does not survive a hop between actors, a code does: every accident between actors
 * is a CodedError, sent with toWire() and rebuilt with fromWire().
 */

/** A CodedError as plain data, as it travels between actors. */
export interface WireError {
  readonly code: string
  readonly message: string
  readonly details?: unknown
  readonly stack?: string
}

/** An error with a stable, documented `code`. `details` is plain data (what JSON can hold). */
export class CodedError extends Error {
  override readonly name: string = 'CodedError'
  readonly code: string
  readonly details?: unknown
  constructor(code: string, message: string, options?: { details?: unknown; cause?: unknown }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    if (options?.details !== undefined) this.details = options.details
  }
}

/** Plain data for any thrown value; what is not a CodedError becomes code 'Internal'. */
export function toWire(error: unknown): WireError {
  if (error instanceof CodedError)
    return { code: error.code, message: error.message, ...(error.details === undefined ? {} : { details: error.details }) }
  if (error instanceof Error) return { code: 'Internal', message: error.message, ...(error.stack ? { stack: error.stack } : {}) }
  return { code: 'Internal', message: String(error) }
}

/** The CodedError that toWire() described. */
export function fromWire(wire: WireError): CodedError {
  return new CodedError(wire.code, wire.message, wire.details === undefined ? undefined : { details: wire.details })
}

/** The code of a CodedError, or undefined for anything else. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof CodedError ? error.code : undefined
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
