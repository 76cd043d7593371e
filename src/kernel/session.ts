/**
 * What two incarnations have going on over one link: calls and streams of both, by id. Whatever happens to the link,
 * everything here settles: calls sent as 'ActorDown', streams closed with it, handlers of the peer's calls aborted.
 *
 * A session begins before its link is there (connecting takes a turn); what is sent meanwhile waits, in order, and
 * fails as 'ActorNotRunning' when no link comes about: it is then certain that the peer never saw it.
 */
import { defined } from '../base/assert.js'
import type { Timer } from '../base/clock.js'
import { CodedError, fromWire, type WireError } from '../base/errors.js'
import { limits } from '../base/limits.js'
import type { Address } from './address.js'
import { decodeEnvelope, encodeEnvelope } from './codec.js'
import type { CallOptions, StreamOptions } from './context.js'
import type { Envelope, Side } from './envelope.js'
import type { Link } from './link.js'
import type { Stream } from './stream.js'
import { createStreamEnd, type StreamHandle } from './stream-end.js'
import type { Tracer } from './tracer.js'
import type { ReportedWait } from './wait-graph.js'

export interface SessionHost {
  after(delayMs: number, run: () => void): Timer
  readonly tracer: Tracer
  /** An envelope came in; it is handled when the mailbox gives it its turn, by handing it to Session.handle. */
  received(session: Session, envelope: Envelope): void
  /** A message that nobody will act on: it came in and is no envelope, or came too late, or never left. */
  deadLetter(reason: 'bad-frame' | 'late' | 'not-running', session: Session, envelope?: Envelope): void
  /** A call has been sent. */
  called(): void
  now(): number
  /** The peer asks for work. */
  call(session: Session, envelope: Envelope & { type: 'call' }): void
  cast(session: Session, envelope: Envelope & { type: 'cast' }): void
  open(session: Session, envelope: Envelope & { type: 'open' }, stream: StreamHandle): void
  /** The link is gone. */
  closed(session: Session): void
}

interface PendingCall {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: CodedError) => void
  readonly timer: Timer
  readonly unlisten: () => void
  readonly method: string
  /** Milliseconds on the host's now() when it was sent. */
  readonly at: number
}

export class Session {
  readonly peerName: string
  /** Unique among the sessions of its actor. */
  readonly serial: number
  readonly #host: SessionHost
  #link: Link | undefined
  #state: 'connecting' | 'open' | 'closed' = 'connecting'
  #outbox: { readonly frame: Uint8Array<ArrayBuffer>; readonly envelope: Envelope }[] = []
  #nextId = 1
  readonly #calls = new Map<number, PendingCall>()
  /** Streams this side opened, and streams the peer opened, by id. */
  readonly #opened = new Map<number, StreamHandle>()
  readonly #accepted = new Map<number, StreamHandle>()
  /** Abort functions of the peer's calls that are being handled. */
  readonly #aborts = new Map<number, (reason: CodedError) => void>()
  /** A cancel may overtake its call in the mailbox: calls are started in order of id, so a higher id has not been. */
  readonly #cancelledEarly = new Set<number>()
  #lastStarted = 0

  constructor(host: SessionHost, peerName: string, serial: number) {
    this.#host = host
    this.peerName = peerName
    this.serial = serial
  }

  get open(): boolean {
    return this.#state !== 'closed'
  }

  /** The peer's address, once there is a link. */
  get peerAddress(): Address | undefined {
    return this.#link?.peer
  }

  /** The peer's address; only for a session that has a link. */
  get peer(): Address {
    return defined(this.#link?.peer, 'what came in came over a link')
  }

  /** Whether this is, or is about to be, a session with this incarnation. */
  isWith({ name, incarnation }: Address): boolean {
    return this.peerName === name && (!this.#link || this.#link.peer.incarnation === incarnation)
  }

  get pending(): number {
    return this.#calls.size
  }

  /** The calls that wait for an answer; their ids are unique in the actor. */
  waits(): ReportedWait[] {
    const now = this.#host.now()
    const waits = []
    for (const [id, { method, at }] of this.#calls)
      waits.push({ id: `${this.serial}.${id}`, callee: this.peerName, method, ageMs: now - at })
    return waits
  }

  /** Gives up on a call that waits; false when it does not wait any more. */
  failCall(id: number, code: 'Deadlock', message: string): boolean {
    const call = this.#calls.get(id)
    if (!call) return false
    this.#calls.delete(id)
    this.#post({ type: 'cancel', id })
    settle(call, () => call.reject(new CodedError(code, `Cannot tell the outcome of ${call.method} of "${this.peerName}": ${message}`)))
    return true
  }

  /** The link has come about: what waited is sent. */
  attach(link: Link): void {
    if (this.#state === 'closed') return link.close()
    this.#link = link
    this.#state = 'open'
    link.listen(
      (frame) => this.#arrived(frame),
      () => this.shut('ActorDown', `"${this.peerName}" died`),
    )
    for (const { frame } of this.#outbox) link.send(frame)
    this.#outbox = []
  }

  #arrived(frame: Uint8Array): void {
    let envelope: Envelope
    try {
      envelope = decodeEnvelope(frame)
    } catch {
      return this.#host.deadLetter('bad-frame', this)
    }
    this.#host.received(this, envelope)
  }

  /** Ends the session: everything under way settles with this code. Idempotent. */
  shut(code: 'ActorNotRunning' | 'ActorDown', message: string): void {
    if (this.#state === 'closed') return
    // What never left is known not to have happened.
    const error = new CodedError(this.#state === 'connecting' ? 'ActorNotRunning' : code, `Cannot reach "${this.peerName}": ${message}`)
    this.#state = 'closed'
    for (const { envelope } of this.#outbox.splice(0)) if (envelope.type === 'cast') this.#host.deadLetter('not-running', this, envelope)
    this.#link?.close()
    for (const call of this.#calls.values()) settle(call, () => call.reject(error))
    this.#calls.clear()
    const wired: WireError = { code: error.code, message: error.message }
    for (const stream of [...this.#opened.values(), ...this.#accepted.values()]) stream.incoming.close(wired)
    this.#opened.clear()
    this.#accepted.clear()
    for (const abort of this.#aborts.values()) abort(error)
    this.#aborts.clear()
    this.#host.closed(this)
  }

  /** Asks the peer; settles always. */
  call(method: string, params: unknown, { timeoutMs = limits.callTimeoutMsDefault, signal }: CallOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(new CodedError('Cancelled', `Cannot call ${method} of "${this.peerName}": cancelled`))
      const id = this.#nextId++
      const giveUp = (code: 'DeadlineExceeded' | 'Cancelled', why: string) => {
        const call = this.#calls.get(id)
        if (!call || !this.#calls.delete(id)) return
        this.#post({ type: 'cancel', id, trace: this.#host.tracer.send() })
        settle(call, () => call.reject(new CodedError(code, `Cannot tell the outcome of ${method} of "${this.peerName}": ${why}`)))
      }
      const onAbort = () => giveUp('Cancelled', 'cancelled')
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#calls.set(id, {
        resolve,
        reject,
        timer: this.#host.after(timeoutMs, () => giveUp('DeadlineExceeded', `no answer within ${timeoutMs} ms`)),
        unlisten: () => signal?.removeEventListener('abort', onAbort),
        method,
        at: this.#host.now(),
      })
      this.#host.called()
      try {
        this.#post({ type: 'call', id, method, params, timeoutMs, trace: this.#host.tracer.send() })
      } catch (error) {
        const call = this.#calls.get(id)
        this.#calls.delete(id)
        if (call) settle(call, () => reject(error))
      }
    })
  }

  cast(method: string, params: unknown): void {
    this.#post({ type: 'cast', method, params, trace: this.#host.tracer.send() })
  }

  /** Opens a stream to the peer. */
  stream(method: string, params: unknown, { credit = limits.streamCreditItemsDefault, signal }: StreamOptions): Stream<unknown, unknown> {
    const id = this.#nextId++
    const stream = this.#streamEnd(id, 'opener', { credit: limits.streamCreditItemsDefault, window: credit })
    if (signal?.aborted) {
      stream.incoming.close({ code: 'Cancelled', message: `Cannot open ${method} of "${this.peerName}": cancelled` })
      return stream
    }
    this.#opened.set(id, stream)
    const abort = () => stream.close(new CodedError('Cancelled', `${method} was cancelled`))
    signal?.addEventListener('abort', abort, { once: true })
    void stream.closed.then(() => {
      signal?.removeEventListener('abort', abort)
      this.#opened.delete(id)
    })
    this.#post({ type: 'open', id, method, params, credit, trace: this.#host.tracer.send() })
    return stream
  }

  /** Answers the peer's call. */
  reply(id: number, outcome: { readonly result: unknown } | { readonly error: WireError }): void {
    this.#aborts.delete(id)
    if (this.#state !== 'open') return
    const trace = this.#host.tracer.send()
    if ('error' in outcome) return this.#post({ type: 'failure', id, error: outcome.error, trace })
    try {
      this.#post({ type: 'result', id, result: outcome.result, trace })
    } catch (error) {
      this.#post({ type: 'failure', id, error: { code: 'BadMessage', message: (error as Error).message }, trace })
    }
  }

  /** Tells the peer that the stream it opened was not taken. */
  refuse(id: number, error: WireError): void {
    this.#post({ type: 'close', id, side: 'acceptor', error, trace: this.#host.tracer.send() })
  }

  /** Runs `abort` when the peer gives up on its call, or dies, before it was answered. */
  onAbort(id: number, abort: (reason: CodedError) => void): void {
    if (this.#state === 'closed') return abort(new CodedError('ActorDown', `"${this.peerName}" died`))
    this.#aborts.set(id, abort)
  }

  /** Handles an envelope whose turn has come. */
  handle(envelope: Envelope): void {
    switch (envelope.type) {
      case 'call':
        this.#lastStarted = envelope.id
        if (this.#cancelledEarly.delete(envelope.id)) return
        return this.#host.call(this, envelope)
      case 'cast':
        return this.#host.cast(this, envelope)
      case 'result':
      case 'failure': {
        const call = this.#calls.get(envelope.id)
        if (!call) return this.#host.deadLetter('late', this, envelope)
        this.#calls.delete(envelope.id)
        return settle(call, () => (envelope.type === 'result' ? call.resolve(envelope.result) : call.reject(fromWire(envelope.error))))
      }
      case 'cancel': {
        if (envelope.id > this.#lastStarted) {
          this.#cancelledEarly.add(envelope.id)
          return
        }
        const abort = this.#aborts.get(envelope.id)
        this.#aborts.delete(envelope.id)
        return abort?.(new CodedError('Cancelled', `"${this.peerName}" gave up`))
      }
      case 'open':
        return this.#accept(envelope)
      case 'item':
        return this.#streamOf(envelope)?.incoming.item(envelope.item)
      case 'credit':
        return this.#streamOf(envelope)?.incoming.credit(envelope.items)
      case 'end':
        return this.#streamOf(envelope)?.incoming.end()
      case 'close':
        return this.#streamOf(envelope)?.incoming.close(envelope.error)
    }
  }

  #accept(envelope: Envelope & { type: 'open' }): void {
    const stream = this.#streamEnd(envelope.id, 'acceptor', { credit: envelope.credit, window: limits.streamCreditItemsDefault })
    this.#accepted.set(envelope.id, stream)
    void stream.closed.then(() => this.#accepted.delete(envelope.id))
    this.#host.open(this, envelope, stream)
  }

  #streamOf({ id, side }: { readonly id: number; readonly side: Side }): StreamHandle | undefined {
    return side === 'opener' ? this.#accepted.get(id) : this.#opened.get(id)
  }

  #streamEnd(id: number, side: Side, credits: { credit: number; window: number }): StreamHandle {
    return createStreamEnd(
      {
        item: (item) => this.#post({ type: 'item', id, side, item, trace: this.#host.tracer.send() }),
        credit: (items) => this.#post({ type: 'credit', id, side, items, trace: this.#host.tracer.send() }),
        end: () => this.#post({ type: 'end', id, side, trace: this.#host.tracer.send() }),
        close: (error) => this.#post({ type: 'close', id, side, ...(error ? { error } : {}), trace: this.#host.tracer.send() }),
      },
      credits,
    )
  }

  #post(envelope: Envelope): void {
    if (this.#state === 'closed') return
    const frame = encodeEnvelope(envelope)
    this.#host.tracer.record('sent', this.peerName, envelope, this)
    if (this.#link) this.#link.send(frame)
    else this.#outbox.push({ frame, envelope })
  }
}

function settle(call: PendingCall, outcome: () => void): void {
  call.timer.cancel()
  call.unlisten()
  outcome()
}
