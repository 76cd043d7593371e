/**
 * The nemesis carries a plan out on a stage: probes before, then the writing client and the steps, each at its time or on
 * its trigger, probes meanwhile; everything healed; then the cluster must come back, the probes of `after` hold, and what
 * was acknowledged be there. It never rejects once it has begun: what goes wrong is in the verdict.
 *
 * Invariants: 1. when the run is over, however it ended, no fault of it is in force. 2. a step's fault is not put in force
 * again before it is healed.
 */
import { sleep } from '../base/clock.js'
import { CodedError, messageOf } from '../base/errors.js'
import { createRandom, type Random } from '../base/random.js'
import { type FaultSpec, matchesActor } from '../kernel/faults.js'
import { catalogue } from './catalogue.js'
import { checkPlan, type Judgement } from './check-plan.js'
import { type Injection, inject } from './injection.js'
import type { Plan, Probe, ProbePhase, Step } from './plan.js'
import { look } from './probes.js'
import type { ChaosEvent, ChaosResult, ProbeResult, Recovery, StepResult, Verdict } from './result.js'
import type { Stage, StageEvent } from './stage.js'
import { startWorkload, type Workload, type WorkloadOptions, type WorkloadResult } from './workload.js'

export interface RunOptions {
  /** Ends the plan early: everything is healed, the verdict is 'aborted'. */
  readonly signal?: AbortSignal
  readonly onEvent?: (event: ChaosEvent) => void
  /** The writing client; false for none. */
  readonly workload?: WorkloadOptions | false
}

/** Carries the plan out. Rejects, before anything starts, with code 'InvalidPlan' for one that this stage cannot carry out. */
export async function runPlan(stage: Stage, plan: Plan, options: RunOptions = {}): Promise<ChaosResult> {
  const judgement = checkPlan(plan, stage.name, stage.actors())
  return new Run(stage, plan, judgement, options).play()
}

/** How often the cluster is looked at while it is to come back. */
const settlePollMs = 100

type Unstamped<E> = E extends unknown ? Omit<E, 'atMs'> : never

class Run {
  readonly #stage: Stage
  readonly #plan: Plan
  readonly #judgement: Judgement
  readonly #options: RunOptions
  readonly #random: Random
  readonly #began: number
  readonly #over = new AbortController()
  readonly #events: ChaosEvent[] = []
  readonly #reasons: string[] = []
  readonly #live = new Map<string, { readonly injection: Injection; readonly step: Step }>()
  readonly #steps = new Map<string, { injections: number; hits: number }>()
  readonly #probes = new Map<string, { name: string; phase: ProbePhase; looks: number; failures: number; lastFound?: string }>()
  readonly #recoveries: { actor: string; atMs: number; ms?: number; reason: string }[] = []
  readonly #flows: Promise<void>[] = []
  /** Who sleeps until the end of the plan's faults at most. */
  readonly #resting = new Set<() => void>()
  #aborted = ''
  /** It was ended early because something did not hold. */
  #failed = false
  #ids = 0

  constructor(stage: Stage, plan: Plan, judgement: Judgement, options: RunOptions) {
    this.#stage = stage
    this.#plan = plan
    this.#judgement = judgement
    this.#options = options
    this.#random = createRandom(`nemesis/${plan.seed}`)
    this.#began = stage.clock.monotonic()
  }

  async play(): Promise<ChaosResult> {
    const startedAt = this.#stage.clock.now()
    const { signal } = this.#options
    const stop = (): void => this.#abort('it was told to stop')
    signal?.addEventListener('abort', stop, { once: true })
    if (signal?.aborted) stop()
    const listening = this.#stage.onEvent((event) => this.#happened(event))
    this.#over.signal.addEventListener('abort', () => this.#wakeAll(), { once: true })
    this.#tell({ type: 'begun', plan: this.#plan.name, within: this.#judgement.within })
    let workload: WorkloadResult | undefined
    try {
      workload = await this.#phases()
    } catch (error) {
      this.#reasons.push(messageOf(error))
    } finally {
      await this.#healAll()
      listening.cancel()
      signal?.removeEventListener('abort', stop)
    }
    const verdict = this.#verdict(workload)
    this.#tell({ type: 'ended', verdict })
    return {
      plan: this.#plan,
      stage: this.#stage.name,
      startedAt,
      lengthMs: this.#now(),
      events: this.#events,
      steps: [...this.#steps].map(([name, counts]): StepResult => ({ name, ...counts })),
      probes: [...this.#probes.values()] as ProbeResult[],
      recoveries: this.#recoveries as Recovery[],
      ...(workload ? { workload } : {}),
      verdict,
    }
  }

  async #phases(): Promise<WorkloadResult | undefined> {
    const { clock, transport } = this.#stage
    this.#tell({ type: 'phase', phase: 'before' })
    for (const probe of this.#plan.probes) if (probe.phases.includes('before')) await this.#mustHold(probe, 'before', probe.timeoutMs)
    if (this.#reasons.length > 0) {
      this.#abort('the cluster was not steady before')
      return undefined
    }
    const run = `${Math.floor(clock.now() / 1000).toString(36)}-${this.#random.below(36 ** 4).toString(36)}`
    const { workload: wanted } = this.#options
    const workload = wanted === false ? undefined : startWorkload({ clock, transport }, run, wanted)
    this.#tell({ type: 'phase', phase: 'during' })
    for (const step of this.#plan.steps) {
      this.#steps.set(step.name, { injections: 0, hits: 0 })
      this.#flow(step.when ? this.#onTrigger(step) : this.#byTime(step))
    }
    for (const probe of this.#plan.probes) if (probe.phases.includes('during')) this.#flow(this.#keepLooking(probe))
    await this.#rest(this.#plan.durationMs)
    this.#over.abort()
    await Promise.all(this.#flows)
    await this.#healAll()
    this.#tell({ type: 'phase', phase: 'healed' })
    return this.#settle(workload)
  }

  /** The cluster must come back, and what was acknowledged be there. */
  async #settle(workload: Workload | undefined): Promise<WorkloadResult | undefined> {
    const { clock } = this.#stage
    const deadline = clock.monotonic() + this.#plan.settleMs
    const missing = (): string[] => this.#stage.actors().flatMap(({ name, running }) => (running ? [] : [name]))
    while (missing().length > 0 && clock.monotonic() < deadline) await sleep(clock, settlePollMs)
    if (missing().length > 0) this.#reasons.push(`not running again after ${this.#plan.settleMs} ms: ${missing().join(', ')}`)
    const left = () => Math.max(1_000, deadline - clock.monotonic())
    await workload?.stop()
    const result = await workload?.verify(left()).catch((error: unknown) => {
      this.#reasons.push(`what was written cannot be read: ${messageOf(error)}`)
      return undefined
    })
    this.#tell({ type: 'phase', phase: 'after' })
    for (const probe of this.#plan.probes) if (probe.phases.includes('after')) await this.#mustHold(probe, 'after', left())
    for (const lost of result?.lost ?? []) this.#reasons.push(`lost: ${lost}`)
    if (result && result.acknowledged === 0 && this.#aborted === '') this.#reasons.push('no write was acknowledged')
    return result
  }

  #verdict(workload: WorkloadResult | undefined): Verdict {
    const { within } = this.#judgement
    const failed = this.#failed || (workload?.lost.length ?? 0) > 0 || (this.#reasons.length > 0 && this.#aborted === '')
    if (failed) return { outcome: 'failed', within, reasons: this.#reasons }
    if (this.#aborted !== '') return { outcome: 'aborted', within, reasons: [this.#aborted, ...this.#reasons] }
    const idle = [...this.#steps].filter(([, { hits }]) => hits === 0).map(([name]) => `step "${name}" never acted`)
    return idle.length > 0 ? { outcome: 'inconclusive', within, reasons: idle } : { outcome: 'passed', within, reasons: [] }
  }

  // Steps.

  async #byTime(step: Step): Promise<void> {
    await this.#rest(step.atMs)
    const times = step.times ?? (step.everyMs === undefined ? 1 : Number.POSITIVE_INFINITY)
    for (let n = 0; n < times && !this.#ended; n++) {
      if (n > 0) await this.#rest(step.everyMs ?? 0)
      if (!this.#ended) this.#flow(this.#once(step))
    }
  }

  /** Waits for the step's trigger, `times` over. */
  async #onTrigger(step: Step): Promise<void> {
    const { when } = step
    if (!when) return
    let seen = 0
    let fired = 0
    let busy = false
    const fire = (): void => {
      seen++
      if (seen % when.count !== 0 || fired >= (step.times ?? 1) || busy || this.#ended) return
      fired++
      busy = catalogue[step.fault.type].lasts
      const once = async (): Promise<void> => {
        if (step.atMs > 0) await this.#rest(step.atMs)
        if (!this.#ended) await this.#once(step)
        busy = false
      }
      this.#flow(once())
    }
    if (when.type === 'actor') {
      const isMeant = (name: string) => this.#stage.actors().some((actor) => actor.name === name && matchesActor(when.actors, actor))
      const listening = this.#stage.onEvent(({ type, actor }) => {
        if (type === when.event && isMeant(actor)) fire()
      })
      await this.#rest(Number.POSITIVE_INFINITY)
      return listening.cancel()
    }
    const { requests, count, moment, holdMs } = when
    const id = `${this.#plan.name}/${step.name}/trigger`
    const observer = { id, layer: 'api', type: 'observe', requests, count, moment, holdMs } as FaultSpec
    const servers = this.#stage.actors().filter(({ role }) => role === 'apiserver')
    const hits = this.#stage.faults.onFaultHit((hit) => {
      if (hit.id === id) fire()
    })
    await Promise.all(servers.map(({ name }) => this.#stage.faults.fault(name, observer)))
    await this.#rest(Number.POSITIVE_INFINITY)
    hits.cancel()
    await Promise.all(servers.map(({ name }) => this.#stage.faults.heal(name, id)))
  }

  /** Puts a step's fault in force and heals it when its time is over. */
  async #once(step: Step): Promise<void> {
    const id = `${this.#plan.name}/${step.name}/${++this.#ids}`
    const counts = this.#steps.get(step.name) ?? { injections: 0, hits: 0 }
    let acted = false
    const onHit = (): void => {
      if (!acted) this.#tell({ type: 'acted', step: step.name, id })
      acted = true
    }
    const { signal } = this.#over
    const injection = await inject(this.#stage, step.fault, { id, random: this.#random.fork(id), signal, onHit })
    counts.injections++
    this.#tell({ type: 'injected', step: step.name, id, fault: step.fault, actors: injection.actors })
    this.#live.set(id, { injection, step })
    if (!catalogue[step.fault.type].lasts) return this.#heal(id)
    await this.#rest(step.forMs ?? Number.POSITIVE_INFINITY)
    await this.#heal(id)
  }

  async #heal(id: string): Promise<void> {
    const live = this.#live.get(id)
    if (!live) return
    this.#live.delete(id)
    const { injection, step } = live
    const hits = await injection.heal()
    const counts = this.#steps.get(step.name)
    if (counts) counts.hits += hits
    this.#tell({ type: 'healed', step: step.name, id, hits })
  }

  async #healAll(): Promise<void> {
    this.#over.abort()
    await Promise.all([...this.#live.keys()].map((id) => this.#heal(id)))
  }

  // Probes.

  /** Looks until the probe holds, for so long. */
  async #mustHold(probe: Probe, phase: ProbePhase, timeoutMs: number): Promise<void> {
    const { clock } = this.#stage
    const deadline = clock.monotonic() + timeoutMs
    for (;;) {
      const found = await look(this.#stage, probe)
      if (found === undefined) return this.#looked(probe, phase, undefined)
      if (clock.monotonic() >= deadline) {
        this.#looked(probe, phase, found)
        this.#reasons.push(`probe "${probe.name}" does not hold ${phase}: ${found}`)
        return
      }
      await sleep(clock, Math.min(settlePollMs, probe.everyMs))
    }
  }

  async #keepLooking(probe: Probe): Promise<void> {
    while (!this.#ended) {
      const found = await look(this.#stage, probe)
      this.#looked(probe, 'during', found)
      if (found !== undefined && probe.tolerance === 0 && probe.abort) {
        this.#reasons.push(`probe "${probe.name}" did not hold: ${found}`)
        this.#failed = true
        return this.#abort(`probe "${probe.name}" did not hold`)
      }
      await this.#rest(probe.everyMs)
    }
    const { looks, failures, lastFound } = this.#probes.get(`${probe.name}/during`) ?? { looks: 0, failures: 0 }
    if (looks === 0 || failures / looks <= probe.tolerance) return
    this.#reasons.push(`probe "${probe.name}" did not hold in ${failures} of ${looks} looks: ${lastFound}`)
  }

  #looked({ name }: Probe, phase: ProbePhase, found: string | undefined): void {
    const key = `${name}/${phase}`
    const counts = this.#probes.get(key) ?? { name, phase, looks: 0, failures: 0 }
    this.#probes.set(key, counts)
    counts.looks++
    if (found !== undefined) {
      counts.failures++
      counts.lastFound = found
    }
    this.#tell({ type: 'probe', probe: name, phase, ok: found === undefined, ...(found === undefined ? {} : { found }) })
  }

  // Time and news.

  #now(): number {
    return Math.round((this.#stage.clock.monotonic() - this.#began) * 10) / 10
  }

  get #ended(): boolean {
    return this.#over.signal.aborted
  }

  #abort(reason: string): void {
    if (this.#ended) return
    this.#aborted = reason
    this.#over.abort()
  }

  /** Sleeps, but not past the end of the plan's faults. */
  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#ended) return resolve()
      const timer = Number.isFinite(ms) ? this.#stage.clock.after(ms, () => end()) : undefined
      const end = (): void => {
        timer?.cancel()
        this.#resting.delete(end)
        resolve()
      }
      this.#resting.add(end)
    })
  }

  #wakeAll(): void {
    for (const wake of [...this.#resting]) wake()
  }

  #flow(work: Promise<void>): void {
    this.#flows.push(
      work.catch((error: unknown) => {
        this.#reasons.push(messageOf(error))
        this.#failed = true
        this.#abort(`a step cannot be carried out: ${messageOf(error)}`)
      }),
    )
  }

  #happened({ type, actor, reason }: StageEvent): void {
    this.#tell({ type: 'actor', event: type, actor, ...(reason === undefined ? {} : { reason }) })
    if (type === 'ended') this.#recoveries.push({ actor, atMs: this.#now(), reason: reason ?? '' })
    if (type === 'degraded') this.#reasons.push(`"${actor}" gave up: ${reason ?? 'too many restarts'}`)
    if (type !== 'running') return
    const open = this.#recoveries.findLast((recovery) => recovery.actor === actor)
    if (open && open.ms === undefined) open.ms = Math.round((this.#now() - open.atMs) * 10) / 10
  }

  #tell(event: Unstamped<ChaosEvent>): void {
    const stamped = { atMs: this.#now(), ...event } as ChaosEvent
    this.#events.push(stamped)
    this.#options.onEvent?.(stamped)
  }
}

/** Faults put in force one by one, outside any plan; for `cluster.chaos.inject` and scenarios. */
export class Injections {
  readonly #stage: Stage
  readonly #random: Random
  readonly #live = new Map<string, Injection>()
  #count = 0

  constructor(stage: Stage, random: Random) {
    this.#stage = stage
    this.#random = random
  }

  async add(fault: Injection['fault']): Promise<Injection> {
    const id = `fault-${++this.#count}`
    const injection = await inject(this.#stage, fault, { id, random: this.#random.fork(id) })
    if (catalogue[fault.type].lasts) this.#live.set(id, injection)
    return injection
  }

  /** Throws code 'NoSuchFault'. */
  async heal(id: string): Promise<number> {
    const injection = this.#live.get(id)
    if (!injection) throw new CodedError('NoSuchFault', `Cannot heal "${id}": no such fault is in force`)
    this.#live.delete(id)
    return injection.heal()
  }

  async healAll(): Promise<void> {
    await Promise.all([...this.#live.keys()].map((id) => this.heal(id)))
  }
}
