/**
 * A Behaviour is what every component implements: init makes an Instance out of a context, a config and ports; the
 * instance's handlers answer messages; terminate lets go of what it holds.
 *
 * - Handlers run in the order their messages came, each started when its turn comes; an async handler does not hold up
 *   the next one. State lives in init's closure.
 * - A handler that throws a CodedError answers the caller with that code: an answer. One that throws anything else is a
 *   bug: the caller gets code 'Internal' and the actor crashes. (OTP gen_server's let-it-crash.)
 * - init must not depend on other actors being there: it takes its own state to a known point and returns. What needs a
 *   peer is done afterwards, in Context.spawn.
 */
import type { Address } from './address.js'
import type { Context } from './context.js'
import type { Protocol } from './protocol.js'
import type { Stream } from './stream.js'

/** What a handler knows of the message besides its params. */
export interface Received {
  readonly from: Address
  /** Aborted when the caller cancels, dies or its deadline passes. */
  readonly signal: AbortSignal
  /** Milliseconds on Clock.monotonic() when the caller stops waiting; undefined for casts and streams. */
  readonly deadline?: number
}

export interface Instance<P extends Protocol> {
  readonly calls?: {
    [M in keyof P['calls']]: (
      params: P['calls'][M]['params'],
      received: Received,
    ) => Promise<P['calls'][M]['result']> | P['calls'][M]['result']
  }
  readonly casts?: { [M in keyof P['casts']]: (params: P['casts'][M], received: Received) => void }
  /** A stream handler owns its stream until it closes it; the stream closes when the handler's promise settles. */
  readonly streams?: {
    [M in keyof P['streams']]: (
      params: P['streams'][M]['params'],
      stream: Stream<P['streams'][M]['up'], P['streams'][M]['down']>,
      received: Received,
    ) => Promise<void>
  }
  /** Lets go of what init took. Bounded in time by the child spec's shutdown; after that the thread is terminated. */
  terminate?(): Promise<void> | void
  /** A few lines of plain data about the actor's state, for `troupe ps` and inspection. */
  inspect?(): unknown
}

export interface Behaviour<P extends Protocol, Config = unknown, Ports = unknown> {
  /** The role its addresses carry. */
  readonly role: string
  init(context: Context, config: Config, ports: Ports): Promise<Instance<P>> | Instance<P>
}
