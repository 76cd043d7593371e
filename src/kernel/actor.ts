/**
 * One incarnation of an actor at work: its behaviour's instance, its mailbox, its sessions with peers and the context
 * the behaviour sees. The stage (thread/ or sim/) gives it a Platform and feeds it links and directory events; what is
 * here is the same on both.
 *
 * Once `stopped`, nothing has an effect any more: no message is handled, timers do not fire, nothing is sent.
 */
import type { Clock, Timer } from '../base/clock.js'
import { CodedError, messageOf, type WireError } from '../base/errors.js'
import { createIds } from '../base/ids.js'
import { limits } from '../base/limits.js'
import { createLogger } from '../base/log.js'
import { createMetrics } from '../telemetry/metrics.js'
import { type Address, formatAddress } from './address.js'
import type { Behaviour, Instance } from './behaviour.js'
import type { ActorRef, Context, MonitorEvent } from './context.js'
import { createDeadLetters, type DeadLetterReason, type DeadLetterReport } from './dead-letters.js'
import { createDirectory } from './directory.js'
import type { Envelope } from './envelope.js'
import { isControl } from './envelope.js'
import { createFaultBoard, type FaultSpec } from './faults.js'
import { createFaultyClock } from './faulty-clock.js'
import { createFaultyLink } from './faulty-link.js'
import { createHandlers } from './handlers.js'
import type { Link } from './link.js'
import { createMailbox } from './mailbox.js'
import type { Platform } from './platform.js'
import { type Causing, createPoisonFilter, culpritOf, isCausing, type PoisonBrief } from './poison.js'
import type { Protocol } from './protocol.js'
import { Session, type SessionHost } from './session.js'
import type { StreamHandle } from './stream-end.js'
import { createTracer, type TraceEvent, type TraceObserver } from './tracer.js'
import { createWaitReporter } from './wait-report.js'

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
  deadLetters(): DeadLetterReport
  /** What is parked for this actor from now on. */
  park(parked: PoisonBrief['parked']): void
  /** Gives up on a call that waits, by its ReportedWait's id, as code 'Deadlock'. */
  failCall(wait: string, message: string): void
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
  /** What became of its predecessors; nothing is known when absent. */
  readonly poison?: PoisonBrief
  /** Called before init with the actor, which can already take links and directory events. */
  readonly started?: (actor: RunningActor) => void
  /** Faults in force from the first moment on. */
  readonly faults?: readonly FaultSpec[]
}

/** Starts a behaviour; resolves when its init is done. Messages that come before wait in the mailbox. */
export async function startActor<Config, Ports>(
  behaviour: Behaviour<Protocol, Config, Ports>,
  { address, slot, config, ports, platform, poison, started, faults = [] }: ActorStart<Config, Ports>,
): Promise<RunningActor> {
  const actor = new Actor(address, slot, platform, poison?.watch ?? false)
  for (const spec of faults) actor.fault(spec)
  if (poison) actor.park(poison.parked)
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
  #sessionCount = 0
  readonly #work
  readonly #poison
  readonly #waits
  readonly #watched: boolean

  constructor(self: Address, slot: number, platform: Platform, watched: boolean) {
    this.#self = self
    this.#platform = platform
    this.#faults = createFaultBoard((id, count) => platform.faultHit?.(id, count))
    this.#clock = guardClock(createFaultyClock(platform.clock, this.#faults), (run) => this.#unlessPaused(run))
    this.#directory = createDirectory((run) => platform.defer(() => this.#unlessPaused(run)))
    this.tracer = createTracer(slot, self.incarnation, () => platform.clock.monotonic())
    this.#deadLetters = createDeadLetters(this.#metrics, () => platform.clock.now())
    this.#watched = watched
    this.#work = createHandlers({
      name: self.name,
      instance: () => this.#instance,
      now: () => this.now(),
      unknown: (session, envelope) => this.deadLetter('no-such-method', session, envelope),
      crash: (error, session, envelope) => this.crash(error, { session, envelope }),
    })
    this.#poison = createPoisonFilter(() => platform.clock.monotonic())
    this.#waits = createWaitReporter({
      after: (delayMs, run) => this.after(delayMs, run),
      waits: () => [...this.#open].flatMap((session) => session.waits()),
      report: (waits) => platform.waiting?.(waits),
    })
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
      finish: () => this.#platform.finished?.(),
      faults: this.#faults,
    }
  }

  crash(error: unknown, cause?: { readonly session: Session; readonly envelope: Causing }): void {
    if (this.#stopped) return
    this.#platform.failed(error, cause && culpritOf(cause.envelope, formatAddress(cause.session.peer)))
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
        else this.#deadLetters.add({ reason: 'not-running', from: formatAddress(this.#self), to: name, type: 'cast', method })
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
    const session = new Session(this, name, ++this.#sessionCount)
    this.#sessions.set(name, session)
    this.#open.add(session)
    this.#platform.connect(address).then(
      (link) => session.attach(this.#faulty(link)),
      (error) => session.shut('ActorNotRunning', messageOf(error)),
    )
    return session
  }

  #deadSession(name: string): Session {
    const session = new Session(this, name, ++this.#sessionCount)
    // In a later turn, so that the caller has its stream before the stream ends.
    this.#platform.defer(() => session.shut('ActorNotRunning', 'it is not running'))
    return session
  }

  after(delayMs: number, run: () => void): Timer {
    return this.#clock.after(delayMs, run)
  }

  now(): number {
    return this.#clock.monotonic()
  }

  called(): void {
    this.#waits.called()
  }

  failCall(wait: string, message: string): void {
    const [serial, id] = wait.split('.').map(Number)
    for (const session of this.#open) if (session.serial === serial) session.failCall(id ?? 0, 'Deadlock', message)
  }

  // In: links, mailbox, handlers.

  accept(link: Link): void {
    if (this.#stopped) return link.close()
    // A link of the peer's own choosing; ours to it, if any, stays. Its answers go back the way they came.
    const session = new Session(this, link.peer.name, ++this.#sessionCount)
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

  deadLetter(reason: DeadLetterReason, session: Session, envelope?: Envelope): void {
    const self = formatAddress(this.#self)
    const peer = session.peerAddress ? formatAddress(session.peerAddress) : session.peerName
    const [from, to] = reason === 'not-running' ? [self, peer] : [peer, self]
    const type = envelope?.type ?? 'unknown'
    this.#deadLetters.add({ reason, from, to, type, ...(envelope && 'method' in envelope ? { method: envelope.method } : {}) })
  }

  received(session: Session, envelope: Envelope): void {
    if (this.#stopped) return
    const lane = isControl(envelope)
      ? 'control'
      : envelope.type === 'call' || envelope.type === 'cast' || envelope.type === 'open'
        ? 'data'
        : 'credited'
    if (isCausing(envelope) && this.#poison.blocks(envelope)) {
      const message = `Cannot take the message: this same ${envelope.method} crashed "${this.#self.name}" before, it is parked`
      return this.#refuse(session, envelope, 'poison', { code: 'PoisonMessage', message })
    }
    if (this.#mailbox.offer({ session, envelope }, lane)) return this.#pump()
    const message = `Cannot take the message: the mailbox of "${this.#self.name}" is full`
    this.#refuse(session, envelope, 'overloaded', { code: 'Overloaded', message })
  }

  #refuse(session: Session, envelope: Envelope, reason: 'poison' | 'overloaded', error: WireError): void {
    this.deadLetter(reason, session, envelope)
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
        this.#handle(session, envelope)
      }
      if (this.#mailbox.size > 0 && !this.#paused) this.#pump()
    }
    if (slowMs > 0) this.#platform.clock.after(slowMs, turn)
    else this.#platform.defer(turn)
  }

  #handle(session: Session, envelope: Envelope): void {
    const shown = this.#watched && this.#platform.inHand && isCausing(envelope)
    if (shown) this.#platform.inHand?.(culpritOf(envelope, formatAddress(session.peer)))
    try {
      session.handle(envelope)
    } catch (error) {
      this.crash(error, isCausing(envelope) ? { session, envelope } : undefined)
    }
    if (shown) this.#platform.inHand?.(undefined)
  }

  call(session: Session, envelope: Envelope & { type: 'call' }): void {
    this.#work.call(session, envelope)
  }

  cast(session: Session, envelope: Envelope & { type: 'cast' }): void {
    this.#work.cast(session, envelope)
  }

  open(session: Session, envelope: Envelope & { type: 'open' }, stream: StreamHandle): void {
    this.#work.open(session, envelope, stream)
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

  deadLetters(): DeadLetterReport {
    return this.#deadLetters.report()
  }

  park(parked: PoisonBrief['parked']): void {
    this.#poison.replace(parked)
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

/** A clock whose timers die with the actor; what their callbacks throw is a crash. */
function guardClock(clock: Clock, guard: (run: () => void) => void): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    after: (delayMs, run) => clock.after(delayMs, () => guard(run)),
    every: (periodMs, run) => clock.every(periodMs, () => guard(run)),
  }
}
