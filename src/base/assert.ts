/**
 * Assertions that stay on in production. A broken invariant is a bug: the actor crashes and its supervisor decides
 * what happens next, so no caller is expected to catch what is thrown here.
 */

/** What a broken invariant throws. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError'
}

/** Throws InvariantError unless `condition` holds. `message` states what should have been true. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message)
}

/** The value, which must not be undefined or null. */
export function defined<T>(value: T | undefined | null, message: string): T {
  if (value === undefined || value === null) throw new InvariantError(message)
  return value
}

/** Closes an exhaustive switch: the compiler refuses a call with a case left over. */
export function unreachable(value: never): never {
  throw new InvariantError(`Unreachable case: ${String(value)}`)
}
