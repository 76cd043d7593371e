/**
 * Host over worker_threads: one thread per incarnation. Who is ready is in the directory that every thread has a copy
 * of; two threads are joined by a MessageChannel when one of them asks for it. A death is seen by the thread's exit, not
 * by its silence; hangs and leaks are seen from outside by the watchdog.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { assert } from '../../base/assert.js'
import { CodedError, messageOf } from '../../base/errors.js'
import type { LogRecord } from '../../base/log.js'
import type { Address } from '../address.js'
import { sameAddress } from '../address.js'
import type { Behaviour } from '../behaviour.js'
import type { MonitorEvent } from '../context.js'
import { createFaultTable, type FaultTable } from '../fault-table.js'
import type { FaultSpec } from '../faults.js'
import { type ExitReason, type FaultHost, finishMs, type Host, type Incarnation, type StartSpec } from '../host.js'
import type { HostInsight } from '../host-insight.js'
import { createOversight, type Oversight, type OversightOptions } from '../oversight.js'
import type { Protocol } from '../protocol.js'
import type { ReportedWait } from '../wait-graph.js'
import { type ControlClient, connectControl } from './control.js'
import { type HostDirectory, joinAsGuest, type Member } from './guest.js'
import { createLauncher, type Launcher } from './launcher.js'
import type { FromThread, ThreadStart, ToThread } from './messages.js'
import { createSystemClock } from './platform.js'
import { createTraceIntake, type RecordingOptions, type TraceIntake } from './trace-intake.js'
import type { Vessel } from './vessel.js'
import { createVessels, type Vessels } from './vessels.js'
import { createVitalSigns, readInHand } from './vital-signs.js'
import { createWatchdog, type Watchdog, type WatchdogOptions } from './watchdog.js'

export interface ThreadHostOptions {
  /** The worker entry of a role. */
  readonly entryOf: (entry: string) => URL
  /** Decides all chance of all actors. */
  readonly seed: string
  readonly watchdog: WatchdogOptions
  readonly heapMiBDefault: number
  /**
   * Spare threads to keep ready, by entry: a successor that finds one starts at once. Default none: a spare costs as much
   * memory as an actor that does nothing, 8 to 12 MiB, and saves no more than the loading of code, some tens of milliseconds.
   */
  readonly spares?: Readonly<Record<string, number>>
  readonly onLog?: (record: LogRecord) => void
  readonly oversight?: OversightOptions
}

export interface ThreadHost extends Host, HostInsight, FaultHost {
  /**
   * Makes the calling thread itself an actor of this name, beside the threads: for composition roots and tests that
   * want to speak to actors. It is nobody's child: leave() ends it.
   */
  join<P extends Protocol>(name: string, behaviour: Behaviour<P, undefined, undefined>): Promise<{ leave(): Promise<void> }>
  /** Records what all actors send and receive, those that run and those to come. Throws 'AlreadyRecording'. */
  record(options: RecordingOptions): { end(): void }
  /** Memory of the whole process, in bytes: threads share it, and what they leak together shows here first. */
  readonly rssBytes: number
  /** Spare threads that are ready now. */
  readonly spares: number
  /** Ends every thread that still lives, at once. */
  close(): Promise<void>
}

/** A Host whose actors are threads of this process. */
export function createThreadHost(options: ThreadHostOptions): ThreadHost {
  const incarnations = new Map<string, number>()
  const slots = new Map<string, number>()
  const threads = new Map<string, Thread>()
  const members = new Map<string, Member>()
  const watchdog = createWatchdog(options.watchdog)
  const launcher = createLauncher()
  const vessels = createVessels(options)
  const oversight = createOversight(options.oversight ?? {}, {
    clock: createSystemClock({ unref: true }),
    park: (name, parked) => members.get(name)?.post({ type: 'park', parked }),
    failCall: (name, wait, message) => members.get(name)?.post({ type: 'fail-call', wait, message }),
  })
  const intake = createTraceIntake(
    () => members.values(),
    (name) => slots.get(name) ?? -1,
  )
  const directory = {
    recording: () => intake.order,
    trace: intake.batch,
    waiting: (from: Member, waits: readonly ReportedWait[]) => oversight.waiting(from.address, waits),
    running: (): Address[] => [...members.values()].filter((member) => member.isReady).map((member) => member.address),
    announce(event: MonitorEvent) {
      for (const member of members.values()) if (!sameAddress(member.address, event.address)) member.post({ type: 'directory', event })
    },
    connect(from: Member, request: number, address: Address) {
      const peer = members.get(address.name)
      if (!peer?.isReady || !sameAddress(peer.address, address)) return from.post({ type: 'connected', request })
      const { port1, port2 } = new MessageChannel()
      from.post({ type: 'connected', request, peer: address, port: port1 }, [port1])
      peer.post({ type: 'accept', peer: from.address, port: port2 }, [port2])
    },
    ended(thread: Thread) {
      if (threads.get(thread.address.name) !== thread) return
      threads.delete(thread.address.name)
      members.delete(thread.address.name)
    },
  }
  const faults = createFaultTable((name) => threads.get(name))
  /** The next incarnation of a name, and its slot in vector clocks. */
  const register = (role: string, name: string): { address: Address; slot: number } => {
    assert(!members.has(name), `"${name}" runs once`)
    const incarnation = (incarnations.get(name) ?? 0) + 1
    incarnations.set(name, incarnation)
    const slot = slots.get(name) ?? slots.size
    slots.set(name, slot)
    return { address: { role, name, incarnation }, slot }
  }
  return {
    start(spec) {
      const { address, slot } = register(spec.role, spec.name)
      const thread = new Thread(spec, address, slot, { options, watchdog, launcher, vessels, directory, faults, oversight, intake })
      threads.set(spec.name, thread)
      members.set(spec.name, thread)
      return thread
    },
    async join(name, behaviour) {
      const { address, slot } = register(behaviour.role, name)
      const guest = await joinAsGuest(behaviour, {
        address,
        slot,
        seed: `${options.seed}/${name}`,
        directory,
        ...(options.onLog ? { onLog: options.onLog } : {}),
      })
      members.set(name, guest)
      directory.announce({ type: 'up', address })
      return {
        async leave() {
          members.delete(name)
          directory.announce({ type: 'down', address, reason: 'left' })
          await guest.leave()
        },
      }
    },
    record: (options) => intake.begin(options),
    fault: (name, spec) => faults.fault(name, spec),
    heal: (name, id) => faults.heal(name, id),
    onFaultHit: (listener) => faults.onFaultHit(listener),
    ...oversight,
    get rssBytes() {
      return process.memoryUsage.rss()
    },
    get spares() {
      return vessels.spares
    },
    async close() {
      watchdog.close()
      vessels.close()
      const left = [...threads.values()]
      for (const thread of left) thread.kill('killed', 'the host was closed')
      await Promise.all(left.map((thread) => thread.exit))
    },
  }
}

interface Surroundings {
  readonly options: ThreadHostOptions
  readonly watchdog: Watchdog
  readonly launcher: Launcher
  readonly vessels: Vessels
  readonly faults: FaultTable
  readonly oversight: Oversight
  readonly intake: TraceIntake
  readonly directory: HostDirectory & {
    announce(event: MonitorEvent): void
    ended(thread: Thread): void
  }
}

/** How often a thread shows that its event loop turns. */
const heartbeatPeriodMs = 50

class Thread implements Incarnation, Member {
  readonly address: Address
  readonly ready: Promise<void>
  readonly exit: Promise<ExitReason>
  isReady = false
  #vessel: Vessel | undefined
  readonly #port: MessagePort
  readonly #control: ControlClient
  readonly #signs = createVitalSigns()
  readonly #around: Surroundings
  /** Why it is ending, once that is decided; the first reason counts. */
  #reason: ExitReason | undefined
  #resolveReady: () => void = () => {}
  #resolveExit: (reason: ExitReason) => void = () => {}
  #loaded: () => void = () => {}
  #stopping: Promise<ExitReason> | undefined

  constructor(spec: StartSpec, address: Address, slot: number, around: Surroundings) {
    this.address = address
    this.#around = around
    const host = new MessageChannel()
    const control = new MessageChannel()
    const { options, directory } = around
    const start: ThreadStart = {
      address,
      slot,
      seed: `${options.seed}/${address.name}/${address.incarnation}`,
      config: spec.config,
      control: control.port2,
      host: host.port2,
      heartbeat: this.#signs,
      heartbeatPeriodMs,
      running: directory.running(),
      faults: around.faults.of(address.name),
      poison: around.oversight.brief(address.name),
      ...(around.intake.order ? { recording: around.intake.order } : {}),
    }
    around.intake.life(address, 'started')
    this.#port = host.port1
    this.#port.on('message', (message: FromThread) => this.#receive(message))
    this.exit = new Promise((resolve) => {
      this.#resolveExit = resolve
    })
    this.#control = connectControl(control.port1, address.name, this.exit)
    this.ready = new Promise((resolve, reject) => {
      this.#resolveReady = resolve
      void this.exit.then((reason) => reject(new CodedError('ActorDown', `"${address.name}" ended before it was ready: ${reason.message}`)))
    })
    this.ready.catch(() => {})
    around.launcher.ask((loaded) => {
      if (this.#reason) return loaded()
      this.#loaded = loaded
      this.#launch(spec, start)
    })
  }

  #launch(spec: StartSpec, start: ThreadStart): void {
    const { vessels, watchdog } = this.#around
    this.#vessel = vessels.open(spec, start, {
      error: (error) => this.#decide(exitOf(error)),
      exit: (code, reason) => {
        if (reason) this.#decide(reason)
        this.#resolveExit(this.#ended(code))
      },
    })
    watchdog.watch(this, this.#vessel.worker, this.#signs)
  }

  post(message: ToThread, transfer: MessagePort[] = []): void {
    this.#port.postMessage(message, transfer)
  }

  #receive(message: FromThread): void {
    switch (message.type) {
      case 'loaded':
        return this.#loaded()
      case 'ready':
        this.isReady = true
        this.#around.intake.life(this.address, 'ready')
        this.#around.directory.announce({ type: 'up', address: this.address })
        return this.#resolveReady()
      case 'failed': {
        const { code, message: text } = message.error
        const { culprit } = message
        return this.#decide({ type: 'crashed', message: text, code, trace: message.trace, ...(culprit ? { culprit } : {}) })
      }
      case 'connect':
        return this.#around.directory.connect(this, message.request, message.address)
      case 'finish':
        return void this.stop(finishMs)
      case 'waiting':
        return this.#around.directory.waiting(this, message.waits)
      case 'trace':
        return this.#around.intake.batch(this, message.batch)
      case 'log':
        return this.#around.options.onLog?.(message.record)
      case 'fault-hit':
        return this.#around.faults.hit({ actor: this.address.name, id: message.id, count: message.count })
    }
  }

  #decide(reason: ExitReason): void {
    this.#reason ??= reason
  }

  #ended(code: number): ExitReason {
    this.#loaded()
    // What the thread said last may still lie in its port: a crash report says more than an exit code.
    for (let last = receiveMessageOnPort(this.#port); last; last = receiveMessageOnPort(this.#port)) this.#receive(last.message)
    this.#decide(
      this.#stopping && code === 0 ? { type: 'shutdown', message: 'stopped' } : { type: 'crashed', message: `exit code ${code}` },
    )
    this.isReady = false
    this.#around.watchdog.forget(this)
    this.#around.directory.ended(this)
    const decided = this.#reason as ExitReason
    const blameless = decided.type === 'shutdown' || decided.type === 'killed'
    const culprit = decided.culprit ?? (blameless ? undefined : readInHand(this.#signs))
    const reason = culprit ? { ...decided, culprit } : decided
    this.#around.oversight.ended(this.address, reason)
    this.#around.intake.ended(this.address, reason)
    this.#around.directory.announce({ type: 'down', address: this.address, reason: reason.message })
    this.#port.close()
    this.#control.release()
    return reason
  }

  stop(timeoutMs: number): Promise<ExitReason> {
    this.#stopping ??= this.#stop(timeoutMs)
    return this.#stopping
  }

  async #stop(timeoutMs: number): Promise<ExitReason> {
    const timer = setTimeout(() => this.kill('killed', `did not stop within ${timeoutMs} ms`), timeoutMs)
    this.#control.stop().catch((error) => {
      // The thread's exit always comes first: comlink has no more to say than that. Anything else is a failing terminate.
      if (!(error instanceof CodedError)) this.kill('killed', `terminate failed: ${messageOf(error)}`)
    })
    const reason = await this.exit
    clearTimeout(timer)
    return reason
  }

  kill(type: 'killed' | 'hung' | 'out-of-memory', message: string): void {
    this.#decide({ type, message })
    if (this.#vessel) this.#vessel.end()
    else this.#resolveExit(this.#ended(1))
  }

  fault(spec: FaultSpec) {
    this.#around.intake.fault(this.address, `${spec.layer} ${spec.type} (${spec.id})`)
    return this.#control.fault(spec)
  }
  heal(id: string) {
    this.#around.intake.fault(this.address, `over: ${id}`)
    return this.#control.heal(id)
  }
  health() {
    return this.#control.health()
  }
  inspect() {
    return this.#control.inspect()
  }
  deadLetters() {
    return this.#control.deadLetters()
  }
  metrics() {
    return this.#control.metrics()
  }
  usage() {
    return this.#around.watchdog.usage(this)
  }
}

function exitOf(error: Error & { code?: string }): ExitReason {
  const type = error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'out-of-memory' : 'crashed'
  return { type, message: messageOf(error), ...(error.code ? { code: error.code } : {}) }
}
