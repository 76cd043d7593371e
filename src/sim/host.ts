/**
 * Host without threads: every actor on the calling thread, in virtual time, under one seed. The same Actor as on
 * threads; a killed one is halted, so that whatever its promises still do has no effect.
 */
import { assert } from '../base/assert.js'
import { CodedError, messageOf } from '../base/errors.js'
import type { LogRecord } from '../base/log.js'
import { type RunningActor, startActor } from '../kernel/actor.js'
import { type Address, sameAddress } from '../kernel/address.js'
import type { Behaviour } from '../kernel/behaviour.js'
import type { MonitorEvent } from '../kernel/context.js'
import { createFaultTable, type FaultTable } from '../kernel/fault-table.js'
import type { FaultSpec } from '../kernel/faults.js'
import { type ExitReason, type FaultHost, finishMs, type Host, type Incarnation, type StartSpec } from '../kernel/host.js'
import type { HostInsight } from '../kernel/host-insight.js'
import type { Link } from '../kernel/link.js'
import { createOversight, type Oversight, type OversightOptions } from '../kernel/oversight.js'
import type { Protocol } from '../kernel/protocol.js'
import { createRecording, type StageEvent, type StageObserver } from '../kernel/recording.js'
import { createSimLink, type Wire } from './link.js'
import type { Timeline } from './timeline.js'

/** A behaviour with its simulated ports, made anew for each incarnation. */
export interface Casting {
  readonly behaviour: Behaviour<Protocol, unknown, unknown>
  readonly ports: unknown
  /** Called when the incarnation is over, however that came about. */
  readonly ended?: (reason: ExitReason) => void
}

export interface SimHostOptions {
  readonly timeline: Timeline
  readonly wire: Wire
  /** What is played for an entry. */
  readonly cast: (spec: StartSpec, address: Address) => Casting
  readonly onLog?: (record: LogRecord) => void
  /** Is told of every message, start and death. */
  readonly trace?: StageObserver
  readonly oversight?: OversightOptions
}

export interface SimHost extends Host, HostInsight, FaultHost {
  /** One more actor that is nobody's child: a scenario's or a test's own. */
  join<P extends Protocol>(name: string, behaviour: Behaviour<P, undefined, undefined>): Promise<{ leave(): Promise<void> }>
  /** Ends everybody: the world is over. */
  close(): void
}

export function createSimHost(options: SimHostOptions): SimHost {
  const { timeline } = options
  const incarnations = new Map<string, number>()
  const slots = new Map<string, number>()
  const actors = new Map<string, SimActor>()
  const random = timeline.random.fork('host')
  const faults = createFaultTable((name) => actors.get(name))
  const oversight = createOversight(options.oversight ?? {}, {
    clock: timeline.clock,
    park: (name, parked) => actors.get(name)?.tell((actor) => actor.park(parked)),
    failCall: (name, wait, message) => actors.get(name)?.tell((actor) => actor.failCall(wait, message)),
  })
  const stage: Stage = {
    ...options,
    faults,
    overseer: oversight,
    random,
    announce(event) {
      for (const actor of [...actors.values()].sort((a, b) => (a.address.name < b.address.name ? -1 : 1)))
        if (!sameAddress(actor.address, event.address))
          timeline.after(
            random.float() * 0.5,
            `${actor.address.name} learns ${event.type} ${event.address.name}`,
            () => actor.learn(event),
            { actor: actor.address.name, lane: `${actor.address.name} directory` },
          )
    },
    running: () => [...actors.values()].filter((actor) => actor.isReady).map((actor) => actor.address),
    connect(from, address) {
      const peer = actors.get(address.name)
      if (!peer?.isReady || !sameAddress(peer.address, address))
        return Promise.reject(new CodedError('ActorNotRunning', `Cannot reach "${address.name}": it is not running`))
      const [own, theirs] = createSimLink(from.address, address, timeline, options.wire)
      from.hold(own)
      peer.hold(theirs)
      timeline.after(random.float() * 0.2, `${from.address.name}>${address.name} connect`, () => peer.accept(theirs), {
        actor: address.name,
        lane: `${from.address.name}>${address.name}`,
      })
      return Promise.resolve(own)
    },
    ended(actor) {
      if (actors.get(actor.address.name) === actor) actors.delete(actor.address.name)
    },
  }
  const register = (role: string, name: string): { address: Address; slot: number } => {
    assert(!actors.has(name), `"${name}" runs once`)
    const incarnation = (incarnations.get(name) ?? 0) + 1
    incarnations.set(name, incarnation)
    const slot = slots.get(name) ?? slots.size
    slots.set(name, slot)
    return { address: { role, name, incarnation }, slot }
  }
  return {
    start(spec) {
      const { address, slot } = register(spec.role, spec.name)
      const actor = new SimActor(address, slot, stage, options.cast(spec, address))
      actors.set(spec.name, actor)
      timeline.after(random.between(15, 40), `${spec.name} starts`, () => void actor.begin(spec.config))
      return actor
    },
    async join(name, behaviour) {
      const { address, slot } = register(behaviour.role, name)
      const actor = new SimActor(address, slot, stage, { behaviour: behaviour as unknown as Casting['behaviour'], ports: undefined })
      actors.set(name, actor)
      await actor.begin(undefined)
      return { leave: async () => actor.kill('killed', 'left') }
    },
    fault: (name, spec) => faults.fault(name, spec),
    heal: (name, id) => faults.heal(name, id),
    onFaultHit: (listener) => faults.onFaultHit(listener),
    ...oversight,
    close() {
      for (const actor of [...actors.values()]) actor.kill('killed', 'the world is over')
    },
  }
}

/** How long a simulated event loop may stand still before its actor is ended, as the watchdog does on threads. */
const hangMs = 500

interface Stage extends SimHostOptions {
  readonly faults: FaultTable
  readonly random: { float(): number }
  readonly overseer: Oversight
  announce(event: MonitorEvent): void
  running(): Address[]
  connect(from: SimActor, address: Address): Promise<Link>
  ended(actor: SimActor): void
}

class SimActor implements Incarnation {
  readonly address: Address
  readonly ready: Promise<void>
  readonly exit: Promise<ExitReason>
  isReady = false
  readonly #slot: number
  readonly #stage: Stage
  readonly #casting: Casting
  readonly #links = new Set<Link>()
  #actor: RunningActor | undefined
  #over = false
  #stopping = false
  #resolveReady: () => void = () => {}
  #resolveExit: (reason: ExitReason) => void = () => {}
  /** Deferred work in order; each happening of the timeline takes the oldest. */
  readonly #deferred: (() => void)[] = []

  constructor(address: Address, slot: number, stage: Stage, casting: Casting) {
    this.address = address
    this.#slot = slot
    this.#stage = stage
    this.#casting = casting
    this.exit = new Promise((resolve) => {
      this.#resolveExit = resolve
    })
    this.ready = new Promise((resolve, reject) => {
      this.#resolveReady = resolve
      void this.exit.then((reason) => reject(new CodedError('ActorDown', `"${address.name}" ended before it was ready: ${reason.message}`)))
    })
    this.ready.catch(() => {})
  }

  async begin(config: unknown): Promise<void> {
    if (this.#over) return
    const { timeline, onLog } = this.#stage
    const { behaviour, ports } = this.#casting
    const { name, incarnation } = this.address
    try {
      await startActor(behaviour, {
        address: this.address,
        slot: this.#slot,
        // What a thread is started with is copied; here it must not be shared either.
        config: structuredClone(config),
        ports,
        platform: {
          clock: timeline.clockOf(name),
          random: timeline.random.fork(`${name}/${incarnation}`),
          defer: (run) => {
            this.#deferred.push(run)
            timeline.after(0, `${name} turn`, () => this.#deferred.shift()?.(), { actor: name, lane: `${name} turns` })
          },
          connect: (address) => this.#stage.connect(this, address),
          log: (record) => onLog?.(record),
          hurt: (fault) => this.#hurt(fault),
          faultHit: (id, count) => this.#stage.faults.hit({ actor: name, id, count }),
          failed: (error, culprit) =>
            this.#end({ type: 'crashed', message: messageOf(error), trace: this.#actor?.trace() ?? [], ...(culprit ? { culprit } : {}) }),
          finished: () => void this.stop(finishMs),
          waiting: (waits) => this.#stage.overseer.waiting(this.address, waits),
        },
        poison: this.#stage.overseer.brief(name),
        faults: this.#stage.faults.of(name),
        started: (actor) => {
          this.#actor = actor
          this.#record(actor)
          for (const peer of this.#stage.running()) actor.directory({ type: 'up', address: peer })
        },
      })
    } catch (error) {
      return this.#end({ type: 'crashed', message: `init failed: ${messageOf(error)}` })
    }
    if (this.#over) return
    this.isReady = true
    timeline.note(`${name} ready`)
    this.#tell({ type: 'ready', ...this.#self() })
    this.#stage.announce({ type: 'up', address: this.address })
    this.#resolveReady()
  }

  #self() {
    return { address: this.address, slot: this.#slot, at: this.#stage.timeline.clock.monotonic() }
  }

  #tell(event: StageEvent): void {
    this.#stage.trace?.stage(event)
  }

  /** Everything the actor sends and receives is told, when the stage is recorded. */
  #record(actor: RunningActor): void {
    const { trace } = this.#stage
    if (!trace) return
    const { address } = this
    const slot = this.#slot
    this.#tell({ type: 'started', ...this.#self() })
    actor.observe(
      createRecording(address.name, trace.describe, (event) => trace.stage({ type: 'messages', address, slot, events: [event] })),
    )
  }

  hold(link: Link): void {
    this.#links.add(link)
  }

  accept(link: Link): void {
    if (this.#over || !this.#actor) link.close()
    else this.#actor.accept(link)
  }

  tell(say: (actor: RunningActor) => void): void {
    if (!this.#over && this.#actor) say(this.#actor)
  }

  learn(event: MonitorEvent): void {
    if (!this.#over) this.#actor?.directory(event)
  }

  #end(reason: ExitReason): void {
    if (this.#over) return
    this.#over = true
    this.isReady = false
    this.#stage.timeline.note(`${this.address.name} ended ${reason.type}`)
    this.#actor?.halt()
    this.#tell({ type: 'ended', ...this.#self(), reason })
    for (const link of this.#links) link.close()
    this.#stage.ended(this)
    this.#stage.overseer.ended(this.address, reason)
    this.#casting.ended?.(reason)
    this.#stage.announce({ type: 'down', address: this.address, reason: reason.message })
    this.#resolveExit(reason)
  }

  async stop(timeoutMs: number): Promise<ExitReason> {
    if (this.#stopping || this.#over) return this.exit
    this.#stopping = true
    const timer = this.#stage.timeline.after(timeoutMs, `${this.address.name} is killed`, () =>
      this.kill('killed', `did not stop within ${timeoutMs} ms`),
    )
    try {
      // Once it is killed its own timers are dead, and what waits for them waits for ever.
      await Promise.race([this.#actor?.stop(), this.exit])
      this.#end({ type: 'shutdown', message: 'stopped' })
    } catch (error) {
      this.#end({ type: 'killed', message: `terminate failed: ${messageOf(error)}` })
    }
    timer.cancel()
    return this.exit
  }

  kill(type: 'killed' | 'hung' | 'out-of-memory', message: string): void {
    this.#end({ type, message })
  }

  /** Nothing stands still for real here: a hung actor is a paused one whose watchdog comes. */
  #hurt(fault: { readonly id?: string; readonly type: 'hang' | 'out-of-memory'; readonly forMs?: number }): void {
    const { timeline } = this.#stage
    if (fault.type === 'out-of-memory')
      return void timeline.after(1, `${this.address.name} is full`, () => this.kill('out-of-memory', 'the heap limit is reached'))
    const ms = fault.forMs ?? Number.POSITIVE_INFINITY
    const id = `standing still/${this.address.name}`
    this.#actor?.fault({ id, layer: 'actor', type: 'pause' })
    timeline.after(Math.min(ms, hangMs), `${this.address.name} stood still`, () => {
      if (ms < hangMs) this.#actor?.heal(id)
      else this.kill('hung', `the event loop stood still for ${hangMs} ms`)
    })
  }

  async fault(spec: FaultSpec) {
    this.#tell({ type: 'fault', ...this.#self(), detail: `${spec.layer} ${spec.type} (${spec.id})` })
    this.#actor?.fault(spec)
  }
  async heal(id: string) {
    this.#tell({ type: 'fault', ...this.#self(), detail: `over: ${id}` })
    return this.#actor?.heal(id) ?? 0
  }
  async health() {
    return this.#actor?.health() ?? { mailbox: 0, handled: 0, deadLetters: {}, waitingFor: {}, heapBytes: 0 }
  }
  async inspect() {
    return this.#actor?.inspect()
  }
  async deadLetters() {
    return this.#actor?.deadLetters() ?? { counts: {}, recent: [] }
  }
  async metrics() {
    return this.#actor?.metrics() ?? ''
  }
  usage() {
    return undefined
  }
}
