/**
 * What an actor can be asked, as types. A component's protocol.ts declares one Protocol; its behaviour implements it and
 * its peers speak it through an ActorRef, so neither imports the other.
 *
 *   calls    a question with one answer; always settles: ok, failed or unknown
 *   casts    a message without an answer; may be lost when the peer dies
 *   streams  a question with many answers, in both directions, under credit
 *
 * Params, results and items are plain data: what JSON can hold, and Uint8Array. No Date, Map, class or function.
 */

export interface Protocol {
  calls: Record<string, { params: unknown; result: unknown }>
  casts: Record<string, unknown>
  streams: Record<string, { params: unknown; down: unknown; up: unknown }>
}

/** The protocol of an actor that answers nothing. */
export interface NoProtocol extends Protocol {
  calls: Record<never, never>
  casts: Record<never, never>
  streams: Record<never, never>
}

/** Codes of the errors the kernel itself raises; see docs/internals/messages.md. */
export type KernelErrorCode =
  /** failed: nobody of that name runs now; the message was not sent. */
  | 'ActorNotRunning'
  /** unknown: the peer died after the message was sent; it may or may not have acted on it. */
  | 'ActorDown'
  /** unknown: no answer before the deadline. */
  | 'DeadlineExceeded'
  /** unknown: the caller gave up. */
  | 'Cancelled'
  /** unknown: caller and peer waited for each other in a circle, and this call was given up to break it. */
  | 'Deadlock'
  /** failed: the same message crashed the peer several times; it is parked, and the peer did not act on it. */
  | 'PoisonMessage'
  /** failed: the peer's mailbox is full; it did not act on the message. */
  | 'Overloaded'
  /** failed: the peer knows no such call, cast or stream. */
  | 'NoSuchMethod'
  /** failed: the message could not be encoded or decoded, or is over the size bound. */
  | 'BadMessage'

const unknownOutcomes: ReadonlySet<string> = new Set<KernelErrorCode>(['ActorDown', 'DeadlineExceeded', 'Cancelled', 'Deadlock'])

/** Whether after this error code the peer may have acted on the call all the same. */
export function isOutcomeUnknown(code: string | undefined): boolean {
  return code !== undefined && unknownOutcomes.has(code)
}
