/**
 * Hands a message to its handler and the handler's outcome to the sender: an answer, an error with a code, which is an
 * answer too, or a bug, of which the sender is told before the actor crashes.
 */
import { CodedError, toWire, type WireError } from '../base/errors.js'
import type { Address } from './address.js'
import type { Instance, Received } from './behaviour.js'
import type { Envelope } from './envelope.js'
import type { Causing } from './poison.js'
import type { Protocol } from './protocol.js'
import type { Session } from './session.js'
import type { StreamHandle } from './stream-end.js'

export interface Handlers {
  call(session: Session, envelope: Envelope & { type: 'call' }): void
  /** Throws what the handler throws. */
  cast(session: Session, envelope: Envelope & { type: 'cast' }): void
  open(session: Session, envelope: Envelope & { type: 'open' }, stream: StreamHandle): void
}

export function createHandlers(actor: {
  readonly name: string
  instance(): Instance<Protocol> | undefined
  /** Clock.monotonic(). */
  now(): number
  /** There is no handler for it. */
  unknown(session: Session, envelope: Causing): void
  /** The handler of this message failed with something that is no CodedError. */
  crash(error: unknown, session: Session, envelope: Causing): void
}): Handlers {
  const noSuchMethod = (what: string, session: Session, envelope: Causing): WireError => {
    actor.unknown(session, envelope)
    return { code: 'NoSuchMethod', message: `Cannot ${what} ${envelope.method} of "${actor.name}": it has no such method` }
  }
  return {
    call(session, envelope) {
      const { id, method, params, timeoutMs } = envelope
      const handler = actor.instance()?.calls?.[method]
      if (!handler) return session.reply(id, { error: noSuchMethod('call', session, envelope) })
      const received = new LazyReceived(session.peer, actor.now() + timeoutMs)
      session.onAbort(id, (reason) => received.abort(reason))
      const failed = (error: unknown) => {
        session.reply(id, { error: toWire(error) })
        if (!(error instanceof CodedError)) actor.crash(error, session, envelope)
      }
      try {
        const result = handler(params, received)
        if (!isPromise(result)) return session.reply(id, { result })
        result.then((value) => session.reply(id, { result: value }), failed)
      } catch (error) {
        failed(error)
      }
    },
    cast(session, envelope) {
      const handler = actor.instance()?.casts?.[envelope.method]
      if (handler) handler(envelope.params, new LazyReceived(session.peer))
      else actor.unknown(session, envelope)
    },
    open(session, envelope, stream) {
      const { method, params } = envelope
      const handler = actor.instance()?.streams?.[method]
      if (!handler) return stream.close(new CodedError('NoSuchMethod', noSuchMethod('stream', session, envelope).message))
      const received = new LazyReceived(session.peer)
      void stream.closed.then(({ error }) =>
        received.abort(new CodedError(error?.code ?? 'Cancelled', error?.message ?? 'the stream is closed')),
      )
      const failed = (error: unknown) => {
        stream.close(error)
        if (!(error instanceof CodedError)) actor.crash(error, session, envelope)
      }
      try {
        handler(params, stream, received).then(() => stream.close(), failed)
      } catch (error) {
        failed(error)
      }
    },
  }
}

/** A Received whose AbortController is made only when somebody looks at the signal. */
class LazyReceived implements Received {
  readonly from: Address
  readonly deadline?: number
  #controller: AbortController | undefined
  #reason: CodedError | undefined

  constructor(from: Address, deadline?: number) {
    this.from = from
    if (deadline !== undefined) this.deadline = deadline
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#reason && !this.#controller.signal.aborted) this.#controller.abort(this.#reason)
    return this.#controller.signal
  }

  abort(reason: CodedError): void {
    this.#reason ??= reason
    this.#controller?.abort(reason)
  }
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
