/** What a checker says when a promise was broken: which one, of what, when, and why, in words. Plain data. */

export interface Violation {
  /** The invariant's name. */
  readonly invariant: string
  /** What it is about: `Pod default/web-0`, `replica 2`, `client a`. */
  readonly objects: readonly string[]
  /** One line: what was seen, and what should have been. */
  readonly message: string
  /** resourceVersion (or revision of the store) of the first event that breaks it, where there is one. */
  readonly resourceVersion?: string
  /** When that was, in milliseconds of the history's or the stream's clock. */
  readonly timeMs?: number
}

/** A violation in one line, for logs and reports. */
export function describeViolation({ invariant, objects, message, resourceVersion, timeMs }: Violation): string {
  const place = [
    ...(resourceVersion === undefined ? [] : [`at resourceVersion ${resourceVersion}`]),
    ...(timeMs === undefined ? [] : [`at ${timeMs} ms`]),
  ]
  return `${invariant}: ${objects.join(', ')}: ${message}${place.length > 0 ? ` (${place.join(', ')})` : ''}`
}
