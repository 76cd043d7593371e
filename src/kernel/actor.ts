/**
 * One incarnation of an actor at work: its behaviour's instance, its mailbox, its sessions with peers and the context
 * the behaviour sees. The stage (thread/ or sim/) gives it a Platform and feeds it links and directory events; what is
 * here is the same on both.
 *
 * Once `stopped`, nothing has an effect any more: no message is handled, timers do not fire, nothing is sent.
 */
import type { Clock, Timer } from '../base/clock.js'
import { CodedError, messageOf, toWire } from '../base/errors.js'
import { createIds } from '../base/ids.js'
import { limits } from '../base/limits.js'
import { createLogger, type LogRecord } from '../base/log.js'
import type { Random } from '../base/random.js'
import { createMetrics } from '../telemetry/metrics.js'
import type { Address } from './address.js'
import type { Behaviour, Instance, Received } from './behaviour.js'
import type { ActorRef, Context, MonitorEvent } from './context.js'
import { createDeadLetters } from './dead-letters.js'
import { createDirectory } from './directory.js'
import type { Envelope } from './envelope.js'
import { isControl } from './envelope.js'
import { type ActorFault, createFaultBoard, type FaultSpec } from './faults.js'
import { createFaultyClock } from './faulty-clock.js'
import { createFaultyLink } from './faulty-link.js'
import type { Link } from './link.js'
import { createMailbox } from './mailbox.js'
import type { Protocol } from './protocol.js'
import { Session, type SessionHost } from './session.js'
import type { StreamHandle } from './stream-end.js'
import { createTracer, type TraceEvent, type TraceObserver } from './tracer.js'

/** What a stage gives an actor. */
export interface Platform {
  readonly clock: Clock
  readonly random: Random
  /** Runs in a later turn, after what has already been deferred. */
  defer(run: () => void): void
  /** A link to this incarnation; rejects when it does not run. */
  connect(address: Address): Promise<Link>
  log(record: LogRecord): void
  /** The actor has failed; the stage ends it. */
  failed(error: unknown): void
  /** Stands still or takes all memory; absent where an actor cannot do that to its stage. */
  hurt?(fault: Extract<ActorFault, { type: 'hang' | 'out-of-memory' }>): void
  /** A fault in force has acted so many times (see FaultBoard). */
  faultHit?(id: string, count: number): void
  /** The actor's stop signal: every call and stream of it may listen, which a stage that counts listeners is told here. */
  manyListeners?(signal: AbortSignal): void
}

/** What health and inspection show of an actor. */
export interface ActorHealth {
  readonly mailbox: number
  readonly handled: number
  readonly deadLetters: Readonly<Record<string, number>>
  /** Names of peers with calls that wait for an answer, and how many. */
  readonly waitingFor: Readonly<Record<string, number>>
  /** Heap in use; 0 where the stage cannot tell. */
  readonly heapBytes: number
}

export interface RunningActor {
  /** A peer has connected. */
  accept(link: Link): void
  directory(event: MonitorEvent): void
  health(): ActorHealth
  inspect(): unknown
  metrics(): string
  trace(): TraceEvent[]
  /** Puts a fault in force (see faults.ts). */
  fault(spec: FaultSpec): void
  /** Ends a fault; returns how often it acted. */
  heal(id: string): number
  /** Tells `observer` of every message event from now on; of none with undefined. */
  observe(observer: TraceObserver | undefined): void
  /** Stops gracefully: aborts the context's signal, runs terminate, then is stopped. */
  stop(): Promise<void>
  /** Is stopped at once. */
  halt(): void
}

/** How many messages are handled before timers and I/O get their turn. */
const messagesPerTurn = 128

/** How to start a behaviour. */
export interface ActorStart<Config, Ports> {
  readonly address: Address
  /** The actor's index in vector clocks; its name keeps it over restarts. */
  readonly slot: number
  readonly config: Config
  readonly ports: Ports
  readonly platform: Platform
  /** Called before init with the actor, which can already take links and directory events. */
  readonly started?: (actor: RunningActor) => void
  /** Faults in force from the first moment on. */
  readonly faults?: readonly FaultSpec[]
}

/** Starts a behaviour; resolves when its init is done. Messages that come before wait in the mailbox. */
export async function startActor<Config, Ports>(
  behaviour: Behaviour<Protocol, Config, Ports>,
  { address, slot, config, ports, platform, started, faults = [] }: ActorStart<Config, Ports>,
): Promise<RunningActor> {
  const actor = new Actor(address, slot, platform)
  for (const spec of faults) actor.fault(spec)
  started?.(actor)
  await actor.start((context) => behaviour.init(context, config, ports))
  return actor
}

class Actor implements RunningActor, SessionHost {
  readonly tracer
  readonly #self: Address
  readonly #platform: Platform
  readonly #directory
  readonly #mailbox = createMailbox<{ session: Session; envelope: Envelope }>(limits.mailboxMessagesMax)
  readonly #deadLetters
  readonly #metrics = createMetrics()
  readonly #clock: Clock
  readonly #stopping = new AbortController()
  /** The live session with each peer; those of dead incarnations are gone from here before the next one starts. */
  readonly #sessions = new Map<string, Session>()
  /** All sessions that are not over, those the peers began included. */
  readonly #open = new Set<Session>()
  #instance: Instance<Protocol> | undefined
  #stopped = false
  #pumping = false
  #handled = 0
  readonly #faults
  #links = 0
  /** What would have run while the actor is paused. */
  #frozen: (() => void)[] = []

  constructor(self: Address, slot: number, platform: Platform) {
    this.#self = self
    this.#platform = platform
    this.#faults = createFaultBoard((id, count) => platform.faultHit?.(id, count))
    this.#clock = guardClock(createFaultyClock(platform.clock, this.#faults), (run) => this.#unlessPaused(run))
    this.#directory = createDirectory((run) => platform.defer(() => this.#unlessPaused(run)))
    this.tracer = createTracer(slot, self.incarnation, () => platform.clock.monotonic())
    this.#deadLetters = createDeadLetters(this.#metrics)
    platform.manyListeners?.(this.#stopping.signal)
  }

  async start(init: (context: Context) => Promise<Instance<Protocol>> | Instance<Protocol>): Promise<void> {
    const instance = await init(this.#context())
    this.#instance = instance
    this.#pump()
  }

  #context(): Context {
    const { random } = this.#platform
    const log = createLogger(
      this.#self.name,
      () => this.#clock.now(),
      (record) => this.#platform.log(record),
    )
    return {
      self: this.#self,
      clock: this.#clock,
      random,
      ids: createIds(random.fork('ids')),
      log,
      metrics: this.#metrics,
      signal: this.#stopping.signal,
      actor: <P extends Protocol>(name: string) => this.#ref<P>(name),
      running: () => this.#directory.running(),
      monitor: (name, listener) => this.#directory.monitor(name, listener),
      spawn: (label, run) => {
        const failed = (error: unknown) => {
          if (!this.#stopping.signal.aborted) this.crash(new Error(`${label}: ${messageOf(error)}`, { cause: error }))
        }
        run().then(undefined, failed)
      },
      crash: (error) => this.crash(error),
      faults: this.#faults,
    }
  }

  crash(error: unknown): void {
    if (this.#stopped) return
    this.#platform.failed(error)
  }

  /** Runs code of the behaviour's; what it throws is a crash. */
  #guard(run: () => void): void {
    if (this.#stopped) return
    try {
      run()
    } catch (error) {
      this.crash(error)
    }
  }

  // Faults in force.

  fault(spec: FaultSpec): void {
    if (this.#stopped) return
    this.#faults.apply(spec)
    if (spec.layer === 'actor') this.#faults.hit(spec.id)
    if (spec.layer === 'actor' && (spec.type === 'hang' || spec.type === 'out-of-memory')) this.#platform.hurt?.(spec as never)
  }

  heal(id: string): number {
    const hits = this.#faults.heal(id)
    if (!this.#paused) {
      for (const run of this.#frozen.splice(0)) this.#guard(run)
      this.#pump()
    }
    return hits
  }

  get #paused(): boolean {
    return this.#faults.of('actor').some(({ type }) => type === 'pause')
  }

  #unlessPaused(run: () => void): void {
    if (this.#paused) this.#frozen.push(run)
    else this.#guard(run)
  }

  /** Milliseconds that faults add to each message. */
  get #slowMs(): number {
    return this.#faults.of('actor').reduce((sum, fault) => sum + (fault.type === 'slow' ? fault.perMessageMs : 0), 0)
  }

  #faulty(link: Link): Link {
    const { clock, random } = this.#platform
    return createFaultyLink(link, { faults: this.#faults, clock, random: random.fork(`faults/${link.peer.name}/${++this.#links}`) })
  }

  // Out: references, sessions, links.

  #ref<P extends Protocol>(name: string): ActorRef<P> {
    const notRunning = () => new CodedError('ActorNotRunning', `Cannot reach "${name}": it is not running`)
    return {
      name,
      call: (method, params, options = {}) => {
        const session = this.#sessionWith(name)
        return (session ? session.call(method, params, options) : Promise.reject(notRunning())) as never
      },
      cast: (method, params) => {
        const session = this.#sessionWith(name)
        if (session) session.cast(method, params)
        else this.#deadLetters.add('not-running')
      },
      stream: (method, params, options = {}) => {
        const session = this.#sessionWith(name) ?? this.#deadSession(name)
        return session.stream(method, params, options) as never
      },
    }
  }

  /** The session with the incarnation of this name that runs now; a new one is made when there is none. */
  #sessionWith(name: string): Session | undefined {
    if (this.#stopped) return undefined
    const address = this.#directory.lookup(name)
    if (!address) return undefined
    const open = this.#sessions.get(name)
    if (open?.open && open.isWith(address)) return open
    const session = new Session(this, name)
    this.#sessions.set(name, session)
    this.#open.add(session)
    this.#platform.connect(address).then(
      (link) => session.attach(this.#faulty(link)),
      (error) => session.shut('ActorNotRunning', messageOf(error)),
    )
    return session
  }

  #deadSession(name: string): Session {
    const session = new Session(this, name)
    // In a later turn, so that the caller has its stream before the stream ends.
    this.#platform.defer(() => session.shut('ActorNotRunning', 'it is not running'))
    return session
  }

  after(delayMs: number, run: () => void): Timer {
    return this.#clock.after(delayMs, run)
  }

  // In: links, mailbox, handlers.

  accept(link: Link): void {
    if (this.#stopped) return link.close()
    // A link of the peer's own choosing; ours to it, if any, stays. Its answers go back the way they came.
    const session = new Session(this, link.peer.name)
    this.#open.add(session)
    session.attach(this.#faulty(link))
    const open = this.#sessions.get(link.peer.name)
    if (!open?.open) this.#sessions.set(link.peer.name, session)
  }

  closed(session: Session): void {
    this.#open.delete(session)
    // Links close with their actor and never else: this is the first news of its death, ahead of the host's.
    const peer = session.peerAddress
    if (peer && !this.#stopped) this.#directory.update({ type: 'down', address: peer, reason: 'its link closed' })
    if (this.#sessions.get(session.peerName) === session) this.#sessions.delete(session.peerName)
  }

  badFrame(): void {
    this.#deadLetters.add('bad-frame')
  }

  received(session: Session, envelope: Envelope): void {
    if (this.#stopped) return
    const lane = isControl(envelope)
      ? 'control'
      : envelope.type === 'call' || envelope.type === 'cast' || envelope.type === 'open'
        ? 'data'
        : 'credited'
    if (!this.#mailbox.offer({ session, envelope }, lane)) return this.#refuse(session, envelope)
    this.#pump()
  }

  #refuse(session: Session, envelope: Envelope): void {
    this.#deadLetters.add('overloaded')
    const error = { code: 'Overloaded', message: `Cannot take the message: the mailbox of "${this.#self.name}" is full` }
    if (envelope.type === 'call') session.reply(envelope.id, { error })
    else if (envelope.type === 'open') session.refuse(envelope.id, error)
  }

  #pump(): void {
    if (this.#pumping || this.#stopped || !this.#instance) return
    this.#pumping = true
    const slowMs = this.#slowMs
    const turn = (): void => {
      this.#pumping = false
      const messages = slowMs > 0 ? 1 : messagesPerTurn
      for (let i = 0; i < messages && !this.#stopped && !this.#paused; i++) {
        const next = this.#mailbox.take()
        if (!next) return
        this.#handled++
        const { session, envelope } = next
        this.tracer.receive(envelope.trace)
        this.tracer.record('received', session.peerName, envelope, session)
        this.#guard(() => session.handle(envelope))
      }
      if (this.#mailbox.size > 0 && !this.#paused) this.#pump()
    }
    if (slowMs > 0) this.#platform.clock.after(slowMs, turn)
    else this.#platform.defer(turn)
  }

  call(session: Session, { id, method, params, timeoutMs }: Envelope & { type: 'call' }): void {
    const handler = this.#instance?.calls?.[method]
    if (!handler) return session.reply(id, { error: this.#noSuchMethod('call', method) })
    const received = new LazyReceived(session.peer, this.#clock.monotonic() + timeoutMs)
    session.onAbort(id, (reason) => received.abort(reason))
    const failed = (error: unknown) => {
      session.reply(id, { error: toWire(error) })
      if (!(error instanceof CodedError)) this.crash(error)
    }
    try {
      const result = handler(params, received)
      if (!isPromise(result)) return session.reply(id, { result })
      result.then((value) => session.reply(id, { result: value }), failed)
    } catch (error) {
      failed(error)
    }
  }

  cast(session: Session, { method, params }: Envelope & { type: 'cast' }): void {
    const handler = this.#instance?.casts?.[method]
    if (handler) handler(params, new LazyReceived(session.peer))
    else this.#deadLetters.add('no-such-method')
  }

  open(session: Session, { method, params }: Envelope & { type: 'open' }, stream: StreamHandle): void {
    const handler = this.#instance?.streams?.[method]
    if (!handler) return stream.close(new CodedError('NoSuchMethod', this.#noSuchMethod('stream', method).message))
    const received = new LazyReceived(session.peer)
    void stream.closed.then(({ error }) =>
      received.abort(new CodedError(error?.code ?? 'Cancelled', error?.message ?? 'the stream is closed')),
    )
    const failed = (error: unknown) => {
      stream.close(error)
      if (!(error instanceof CodedError)) this.crash(error)
    }
    try {
      handler(params, stream, received).then(() => stream.close(), failed)
    } catch (error) {
      failed(error)
    }
  }

  #noSuchMethod(what: string, method: string): { code: string; message: string } {
    this.#deadLetters.add('no-such-method')
    return { code: 'NoSuchMethod', message: `Cannot ${what} ${method} of "${this.#self.name}": it has no such method` }
  }

  directory(event: MonitorEvent): void {
    if (this.#stopped) return
    this.#directory.update(event)
    // The link closes by itself, behind the last frame; this is for a session that is still connecting.
    if (event.type === 'down') this.#clock.after(linkCloseGraceMs, () => this.#drop(event.address))
  }

  #drop(address: Address): void {
    const session = this.#sessions.get(address.name)
    if (session?.open && session.isWith(address)) session.shut('ActorDown', 'it died')
  }

  // Inspection and the end.

  health(): ActorHealth {
    const waiting = [...this.#open].filter((session) => session.pending > 0)
    return {
      mailbox: this.#mailbox.size,
      handled: this.#handled,
      deadLetters: this.#deadLetters.counts(),
      waitingFor: Object.fromEntries(waiting.map((session) => [session.peerName, session.pending])),
      heapBytes: 0,
    }
  }

  inspect(): unknown {
    return this.#instance?.inspect?.()
  }

  metrics(): string {
    return this.#metrics.text()
  }

  trace(): TraceEvent[] {
    return this.tracer.recent()
  }

  observe(observer: TraceObserver | undefined): void {
    this.tracer.observe(observer)
  }

  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#stopping.abort(new CodedError('Cancelled', `"${this.#self.name}" is stopping`))
    await this.#instance?.terminate?.()
    this.halt()
  }

  halt(): void {
    if (this.#stopped) return
    for (const session of [...this.#open]) session.shut('ActorDown', `"${this.#self.name}" stopped`)
    this.#stopped = true
    // Nothing it waits for comes any more, and nothing it does has an effect; but what waits must not be kept for ever.
    this.#stopping.abort(new CodedError('Cancelled', `"${this.#self.name}" stopped`))
  }
}

/** How long a dead peer's link may take to close by itself, so that its last answers are still read. */
const linkCloseGraceMs = 40

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

/** A clock whose timers die with the actor; what their callbacks throw is a crash. */
function guardClock(clock: Clock, guard: (run: () => void) => void): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    after: (delayMs, run) => clock.after(delayMs, () => guard(run)),
    every: (periodMs, run) => clock.every(periodMs, () => guard(run)),
  }
}
