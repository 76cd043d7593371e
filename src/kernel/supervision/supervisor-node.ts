/**
 * A supervisor in its tree. Everything it does is a plan: some children to stop, a delay, the same children to start.
 * Plans that touch the same children are never carried out side by side: the later one takes over what the earlier one
 * had still to do.
 *
 *   a child ends ─ stays down ─────────────► perhaps auto-shutdown
 *        └─ restart: within intensity ─────► plan after the backoff
 *           └─ beyond it: gives up ─ escalate ► children stopped, has failed for its parent
 *                                  └ degrade ─► plan after the retry's backoff; recovered once it ran for a period
 */
import { type Clock, sleep, type Timer } from '../../base/clock.js'
import type { ExitReason } from '../host.js'
import { type ChildSpec, degradedRetry, nameOf, type SupervisorSpec } from './child-spec.js'
import { type ChildNode, type ChildState, type Degradation, isLive, type SupervisionEvent, type TreeNode, type World } from './node.js'
import { type BackoffCounter, createBackoff, createRestartWindow, type RestartWindow } from './restart-window.js'
import { planRestart } from './strategy.js'
import { WorkerNode } from './worker-node.js'

/** A child and what its supervisor keeps about it. */
export interface Entry {
  readonly node: WorkerNode | SupervisorNode
  readonly backoff: BackoffCounter
  readonly retry: BackoffCounter
  /** Added at run time. */
  readonly dynamic: boolean
  degraded: Degradation | undefined
  probation: Timer | undefined
}

interface Plan {
  /** Children it has still to start. */
  readonly left: Set<Entry>
  readonly abort: AbortController
}

/** Whose child a supervisor is. */
export interface SupervisorParent {
  /** It has ended by itself. */
  ended(exit: ExitReason, ranMs: number): void
  /** Only of the root: it gave up on a child. */
  gaveUp?(reason: ExitReason): void
}

export class SupervisorNode implements ChildNode {
  readonly spec: SupervisorSpec
  readonly #world: World
  readonly #clock: Clock
  readonly #parent: SupervisorParent
  readonly #degrades: boolean
  readonly entries: Entry[] = []
  state: ChildState = 'waiting'
  readonly #plans = new Set<Plan>()
  #window: RestartWindow
  #restarts = 0
  #starts = 0
  #startedAt = 0
  /** It ends, or has: nothing is restarted any more. */
  #over = true
  #ending: Promise<void> | undefined
  #asked = false
  #ready: Promise<void> | undefined
  #settleReady: () => void = () => {}

  constructor(spec: SupervisorSpec, world: World, parent: SupervisorParent) {
    this.spec = spec
    this.#world = world
    this.#clock = world.clock
    this.#parent = parent
    this.#degrades = parent.gaveUp !== undefined || spec.onGiveUp === 'degrade'
    this.#window = createRestartWindow(spec)
    for (const child of spec.children) this.#add(child, false)
  }

  #add(spec: ChildSpec, dynamic: boolean): Entry {
    const ended = (exit: ExitReason, ranMs: number) => this.#ended(entry, exit, ranMs)
    const entry: Entry = {
      node: spec.type === 'worker' ? new WorkerNode(spec, this.#world, ended) : new SupervisorNode(spec, this.#world, { ended }),
      backoff: createBackoff(this.spec.backoff, this.#world.random),
      retry: createBackoff(this.spec.degradedRetry ?? degradedRetry, this.#world.random),
      dynamic,
      degraded: undefined,
      probation: undefined,
    }
    this.entries.push(entry)
    return entry
  }

  #emit(event: Omit<SupervisionEvent, 'at'>): void {
    this.#world.emit({ at: this.#clock.now(), ...event })
  }

  // Starting and stopping.

  start(): Promise<void> {
    this.#ready ??= new Promise((resolve) => {
      this.#settleReady = resolve
    })
    const ready = this.#ready
    this.#over = false
    this.#asked = false
    this.#starts++
    this.#startedAt = this.#clock.monotonic()
    this.#window = createRestartWindow(this.spec)
    this.state = 'starting'
    void this.#carryOut(this.entries, 0, 'waiting')
    return ready
  }

  settle(): void {
    this.#settleReady()
    this.#ready = undefined
  }

  /** Stops these children, if they live, waits, and starts them; resolves when they are ready, or another plan took over. */
  async #carryOut(children: readonly Entry[], delayMs: number, meanwhile: ChildState): Promise<void> {
    const left = new Set(children)
    for (const plan of this.#plans) {
      if (![...plan.left].some((entry) => left.has(entry))) continue
      for (const entry of plan.left) left.add(entry)
      plan.abort.abort()
      this.#plans.delete(plan)
    }
    const plan: Plan = { left, abort: new AbortController() }
    this.#plans.add(plan)
    await this.#steps(plan, delayMs, meanwhile)
    if (this.#plans.delete(plan)) this.#settleWhenSettled()
  }

  /** It is ready when every child has been, or will not be soon. */
  #settleWhenSettled(): void {
    const settled = ({ degraded, node: { state } }: Entry) =>
      degraded || state === 'degraded' || state === 'running' || state === 'stopped' || state === 'failed'
    if (this.state !== 'starting' || !this.entries.every(settled)) return
    this.state = 'running'
    this.settle()
  }

  async #steps({ left, abort: { signal } }: Plan, delayMs: number, meanwhile: ChildState): Promise<void> {
    const ordered = this.entries.filter((entry) => left.has(entry))
    for (const { node } of [...ordered].reverse()) {
      if (isLive(node)) await node.stop()
      if (signal.aborted) return
    }
    for (const { node } of ordered) node.state = meanwhile
    if (delayMs > 0) await sleep(this.#clock, delayMs, signal).catch(() => {})
    if (signal.aborted) return
    if (this.spec.order === 'parallel') {
      left.clear()
      await Promise.all(ordered.map((entry) => this.#startChild(entry)))
      return
    }
    for (const entry of ordered) {
      left.delete(entry)
      await this.#startChild(entry)
      if (signal.aborted) return
    }
  }

  async #startChild(entry: Entry): Promise<void> {
    if (!this.entries.includes(entry)) return
    const { degraded, node } = entry
    if (degraded) {
      entry.degraded = { ...degraded, retries: degraded.retries + 1 }
      this.#emit({ type: 'retrying', name: nameOf(node.spec), supervisor: this.spec.name })
    }
    await node.start()
    if (!degraded || node.state === 'stopped' || node.state === 'failed' || node.state === 'degraded') return
    entry.probation?.cancel()
    entry.probation = this.#clock.after(this.spec.periodMs, () => this.#recovered(entry))
  }

  #recovered(entry: Entry): void {
    if (!entry.degraded || this.#over) return
    entry.degraded = undefined
    this.#emit({ type: 'recovered', name: nameOf(entry.node.spec), supervisor: this.spec.name })
  }

  stop(): Promise<void> {
    this.#asked = true
    if (this.state === 'stopped' || this.state === 'waiting') return Promise.resolve()
    return this.#end().then(() => {
      if (this.state === 'stopped') return
      this.state = 'stopped'
      this.#emit({ type: 'stopped', name: this.spec.name })
    })
  }

  /** Ends all plans and children, in reverse order of start. */
  #end(): Promise<void> {
    this.#ending ??= this.#endChildren().finally(() => {
      this.#ending = undefined
    })
    return this.#ending
  }

  async #endChildren(): Promise<void> {
    this.#over = true
    this.state = 'stopping'
    for (const plan of this.#plans) plan.abort.abort()
    this.#plans.clear()
    for (const entry of this.entries) entry.probation?.cancel()
    if (this.spec.order === 'parallel') await Promise.all(this.entries.map(({ node }) => node.stop()))
    else for (const { node } of [...this.entries].reverse()) await node.stop()
    for (const entry of this.entries) entry.degraded = undefined
    this.settle()
  }

  // What follows the end of a child.

  #ended(entry: Entry, exit: ExitReason, ranMs: number): void {
    if (this.#over) return
    entry.probation?.cancel()
    const specs = this.entries.map(({ node }) => node.spec)
    const plan = planRestart(this.spec.strategy, specs, this.entries.indexOf(entry), exit)
    if (!plan) return this.#staysDown(entry)
    const start = this.entries.filter((_, i) => plan.start.includes(i))
    if (entry.degraded) return this.#degrade(entry, start, exit, ranMs)
    if (!this.#window.allow(this.#clock.monotonic())) return this.#giveUp(entry, start, exit, ranMs)
    this.#restarts++
    const delayMs = entry.backoff.next(ranMs)
    entry.node.state = 'backing-off'
    this.#emit({ type: 'restarting', name: nameOf(entry.node.spec), reason: exit, delayMs })
    void this.#carryOut(start, delayMs, 'backing-off')
  }

  #giveUp(entry: Entry, start: readonly Entry[], last: ExitReason, ranMs: number): void {
    const { intensity, periodMs, name } = this.spec
    const reason: ExitReason = {
      type: 'crashed',
      message: `more than ${intensity} restarts within ${periodMs} ms; last: ${last.message}`,
      ...(last.culprit ? { culprit: last.culprit } : {}),
    }
    if (this.#degrades) return this.#degrade(entry, start, reason, ranMs)
    this.#emit({ type: 'escalated', name, reason })
    this.#leave('failed', reason)
  }

  /** The child, and who depends on it, is down for a while; it is tried again. What else runs is worth more than a clean end. */
  #degrade(entry: Entry, start: readonly Entry[], reason: ExitReason, ranMs: number): void {
    const delayMs = entry.retry.next(ranMs)
    const { since = this.#clock.now(), retries = 0 } = entry.degraded ?? {}
    entry.degraded = { since, reason: reason.message, retries }
    entry.node.state = 'degraded'
    this.#emit({ type: 'degraded', name: nameOf(entry.node.spec), supervisor: this.spec.name, reason, delayMs })
    this.#parent.gaveUp?.(reason)
    void this.#carryOut(start, delayMs, 'degraded')
    entry.node.settle()
    this.#settleWhenSettled()
  }

  #staysDown(entry: Entry): void {
    const { spec } = entry.node
    if (entry.dynamic && spec.restart === 'temporary') this.#remove(entry)
    entry.node.settle()
    this.#settleWhenSettled()
    if (!spec.significant) return
    const { autoShutdown = 'never' } = this.spec
    const isDown = ({ node }: Entry) => node.state === 'stopped' || node.state === 'failed'
    const ends =
      autoShutdown === 'any-significant' ||
      (autoShutdown === 'all-significant' && this.entries.filter(({ node }) => node.spec.significant).every(isDown))
    if (!ends) return
    const reason: ExitReason = { type: 'shutdown', message: `significant child "${nameOf(spec)}" ended` }
    this.#leave('stopped', reason)
  }

  /** Ends by its own decision and tells its parent. */
  #leave(state: 'failed' | 'stopped', reason: ExitReason): void {
    const ranMs = this.#clock.monotonic() - this.#startedAt
    void this.#end().then(() => {
      if (this.#asked) return
      this.state = state
      if (state === 'stopped') this.#emit({ type: 'stopped', name: this.spec.name, reason })
      this.#parent.ended(reason, ranMs)
    })
  }

  // At run time.

  /** Whether it has children that run, or will. */
  get isUp(): boolean {
    return !this.#over
  }

  /** Stops the child, if it lives, and starts it, whatever state it is in; nobody else is touched, and nothing is counted. */
  async restartChild(entry: Entry): Promise<void> {
    await this.#carryOut([entry], 0, 'backing-off')
    if (entry.node.state !== 'running') return
    entry.probation?.cancel()
    this.#recovered(entry)
  }

  async addChild(spec: ChildSpec): Promise<Entry> {
    const entry = this.#add(spec, true)
    if (!this.#over) await this.#carryOut([entry], 0, 'waiting')
    return entry
  }

  async removeChild(entry: Entry): Promise<void> {
    for (const plan of this.#plans) plan.left.delete(entry)
    this.#remove(entry)
    await entry.node.stop()
  }

  #remove(entry: Entry): void {
    const i = this.entries.indexOf(entry)
    if (i < 0) return
    this.entries.splice(i, 1)
    entry.probation?.cancel()
    this.#emit({ type: 'removed', name: nameOf(entry.node.spec) })
  }

  // What is seen of it.

  tree(): TreeNode {
    const children = this.entries.map(({ node, degraded }) => {
      const tree = node.tree()
      return degraded ? { ...(node.state === 'degraded' ? shade(tree) : tree), degraded } : tree
    })
    const isDegraded = !this.#over && children.some(({ state, degraded }) => degraded || state === 'degraded')
    return {
      name: this.spec.name,
      type: 'supervisor',
      state: isDegraded ? 'degraded' : this.state,
      incarnation: this.#starts,
      restarts: this.#restarts,
      children,
    }
  }
}

/** What is stopped because of what is above it is degraded, too. */
function shade(node: TreeNode): TreeNode {
  return { ...node, state: node.state === 'stopped' ? 'degraded' : node.state, children: node.children.map(shade) }
}
