/**
 * Carries a supervision tree out against a Host: starts children in order, stops them in reverse, restarts those that
 * die as their supervisor's strategy says. A supervisor that restarts too often gives up: it stops its children and
 * fails in its parent's eyes, which restarts it as a whole; when the root gives up the tree is 'degraded', visibly, and
 * what still runs goes on running: never a silent exit.
 *
 * States of a worker: starting -> running -> (backing-off -> starting)* -> stopped | failed.
 * Transitions: start(), ended(), restart(), stop().
 */
import { assert } from '../../base/assert.js'
import { type Clock, sleep } from '../../base/clock.js'
import { messageOf } from '../../base/errors.js'
import type { Random } from '../../base/random.js'
import type { ExitReason, Host, Incarnation } from '../host.js'
import { type ChildSpec, checkTree, nameOf, type SupervisorSpec, type WorkerSpec } from './child-spec.js'
import { type BackoffCounter, createBackoff, createRestartWindow, type RestartWindow } from './restart-window.js'
import { planRestart } from './strategy.js'

export type ChildState = 'waiting' | 'starting' | 'running' | 'backing-off' | 'stopping' | 'stopped' | 'failed'

/** Something a supervisor did or saw. */
export interface SupervisionEvent {
  readonly at: number
  readonly type: 'starting' | 'running' | 'ended' | 'restarting' | 'escalated' | 'degraded' | 'stopped'
  /** The worker's or supervisor's name. */
  readonly name: string
  readonly incarnation?: number
  readonly reason?: ExitReason
  readonly delayMs?: number
}

/** A node of the tree as it stands. */
export interface TreeNode {
  readonly name: string
  readonly type: 'worker' | 'supervisor'
  readonly role?: string
  readonly state: ChildState
  readonly incarnation: number
  readonly restarts: number
  readonly lastExit?: ExitReason
  readonly children: readonly TreeNode[]
}

export interface Supervisor {
  /** Starts the tree; resolves when every child has been ready once, rejects when the root gives up before. */
  start(): Promise<void>
  /** Stops everybody in reverse order of start. */
  stop(): Promise<void>
  tree(): TreeNode
  /** The incarnation of a worker that runs or starts now. */
  incarnation(name: string): Incarnation | undefined
  names(): readonly string[]
}

interface World {
  readonly host: Host
  readonly clock: Clock
  readonly random: Random
  readonly emit: (event: SupervisionEvent) => void
}

/** A supervisor of `spec`'s tree. Throws code 'InvalidChildSpec'. */
export function createSupervisor(
  spec: SupervisorSpec,
  world: { host: Host; clock: Clock; random: Random; onEvent?: (event: SupervisionEvent) => void },
): Supervisor {
  checkTree(spec)
  const emit = world.onEvent ?? (() => {})
  const shared: World = { host: world.host, clock: world.clock, random: world.random, emit }
  let degraded: (reason: ExitReason) => void = () => {}
  const gaveUp = new Promise<never>((_, reject) => {
    degraded = (reason) => {
      emit({ at: shared.clock.now(), type: 'degraded', name: spec.name, reason })
      reject(new Error(`"${spec.name}" gave up: ${reason.message}`))
    }
  })
  gaveUp.catch(() => {})
  const root = new SupervisorNode(spec, shared, degraded, true)
  return {
    start: () => Promise.race([root.start(), gaveUp]),
    stop: () => root.stop(),
    tree: () => root.tree(),
    incarnation: (name) => root.find(name)?.incarnation,
    names: () => root.names(),
  }
}

/** What a supervisor and a worker have in common, as their parent sees them. */
interface Child {
  readonly spec: ChildSpec
  /** Resolves when it has been ready once; stays pending while it fails and is restarted. */
  start(): Promise<void>
  stop(): Promise<void>
  tree(): TreeNode
}

class WorkerNode implements Child {
  readonly spec: WorkerSpec
  readonly #world: World
  readonly #onEnd: (exit: ExitReason, ranMs: number) => void
  incarnation: Incarnation | undefined
  state: ChildState = 'waiting'
  #lastExit: ExitReason | undefined
  /** Settles at the first readiness after start() was called, however many incarnations that takes. */
  #ready: Promise<void> | undefined
  #settleReady: () => void = () => {}

  constructor(spec: WorkerSpec, world: World, onEnd: (exit: ExitReason, ranMs: number) => void) {
    this.spec = spec
    this.#world = world
    this.#onEnd = onEnd
  }

  start(): Promise<void> {
    const { clock, host, emit } = this.#world
    const startedAt = clock.monotonic()
    this.#ready ??= new Promise((resolve) => {
      this.#settleReady = resolve
    })
    const ready = this.#ready
    const incarnation = host.start(this.spec.start)
    this.incarnation = incarnation
    this.state = 'starting'
    const { name, incarnation: number } = incarnation.address
    emit({ at: clock.now(), type: 'starting', name, incarnation: number })
    const late = clock.after(this.spec.startMs, () => incarnation.kill('killed', `not ready within ${this.spec.startMs} ms`))
    incarnation.ready.then(
      () => {
        late.cancel()
        if (this.incarnation !== incarnation || this.state !== 'starting') return
        this.state = 'running'
        emit({ at: clock.now(), type: 'running', name, incarnation: number })
        this.#settleReady()
        this.#ready = undefined
      },
      () => {},
    )
    void incarnation.exit.then((exit) => {
      late.cancel()
      emit({ at: clock.now(), type: 'ended', name, incarnation: number, reason: exit })
      this.#lastExit = exit
      if (this.state === 'stopping' || this.incarnation !== incarnation) return
      this.state = 'failed'
      this.#onEnd(exit, clock.monotonic() - startedAt)
    })
    return ready
  }

  async stop(): Promise<void> {
    const running = this.incarnation
    const wasDown = this.state === 'failed' || this.state === 'waiting' || this.state === 'stopped' || this.state === 'backing-off'
    this.state = wasDown ? 'stopped' : 'stopping'
    if (running && !wasDown) await running.stop(this.spec.shutdownMs)
    this.state = 'stopped'
  }

  tree(): TreeNode {
    const number = this.incarnation?.address.incarnation ?? 0
    return {
      name: this.spec.start.name,
      type: 'worker',
      role: this.spec.start.role,
      state: this.state,
      incarnation: number,
      restarts: Math.max(0, number - 1),
      ...(this.#lastExit ? { lastExit: this.#lastExit } : {}),
      children: [],
    }
  }
}

class SupervisorNode implements Child {
  readonly spec: SupervisorSpec
  readonly #world: World
  readonly #giveUp: (reason: ExitReason) => void
  readonly #isRoot: boolean
  readonly #children: (WorkerNode | SupervisorNode)[]
  readonly #backoffs: BackoffCounter[]
  #window: RestartWindow
  #state: ChildState = 'waiting'
  #restarts = 0
  #stopping = new AbortController()

  constructor(spec: SupervisorSpec, world: World, giveUp: (reason: ExitReason) => void, isRoot: boolean) {
    this.spec = spec
    this.#world = world
    this.#giveUp = giveUp
    this.#isRoot = isRoot
    this.#window = createRestartWindow(spec)
    this.#backoffs = spec.children.map(() => createBackoff(spec.backoff, world.random))
    this.#children = spec.children.map((child, i) =>
      child.type === 'worker'
        ? new WorkerNode(child, world, (exit, ranMs) => this.#ended(i, exit, ranMs))
        : new SupervisorNode(child, world, (reason) => this.#ended(i, reason, 0), false),
    )
  }

  async start(): Promise<void> {
    this.#stopping = new AbortController()
    this.#window = createRestartWindow(this.spec)
    this.#state = 'starting'
    await this.#startChildren(this.#children.map((_, i) => i))
    if (this.#state === 'starting') this.#state = 'running'
  }

  async #startChildren(indexes: readonly number[]): Promise<void> {
    const signal = this.#stopping.signal
    if (this.spec.order === 'parallel') {
      await Promise.all(indexes.map((i) => this.#child(i).start()))
      return
    }
    for (const i of indexes) {
      if (signal.aborted) return
      await this.#child(i).start()
    }
  }

  #child(i: number): WorkerNode | SupervisorNode {
    const child = this.#children[i]
    assert(child, 'a plan names only children that exist')
    return child
  }

  /** A child is down and did not come down by our own hand. */
  #ended(i: number, exit: ExitReason, ranMs: number): void {
    if (this.#stopping.signal.aborted) return
    const plan = planRestart(this.spec.strategy, this.spec.children, i, exit)
    if (!plan) return
    const { clock, emit } = this.#world
    if (!this.#window.allow(clock.monotonic())) return this.#escalate(exit)
    this.#restarts++
    const delayMs = this.#backoffs[i]?.next(ranMs) ?? 0
    const child = this.#child(i)
    if (child instanceof WorkerNode) child.state = 'backing-off'
    emit({ at: clock.now(), type: 'restarting', name: nameOf(child.spec), reason: exit, delayMs })
    void this.#restart(plan, delayMs)
  }

  async #restart(plan: { readonly stop: readonly number[]; readonly start: readonly number[] }, delayMs: number): Promise<void> {
    const signal = this.#stopping.signal
    for (const i of plan.stop) await this.#child(i).stop()
    if (delayMs > 0) {
      try {
        await sleep(this.#world.clock, delayMs, signal)
      } catch {
        return
      }
    }
    if (signal.aborted) return
    await this.#startChildren(plan.start)
  }

  #escalate(exit: ExitReason): void {
    this.#state = 'failed'
    const { clock, emit } = this.#world
    const reason: ExitReason = {
      type: 'crashed',
      message: `more than ${this.spec.intensity} restarts within ${this.spec.periodMs} ms; last: ${exit.message}`,
    }
    emit({ at: clock.now(), type: 'escalated', name: this.spec.name, reason })
    // Nobody is above the root: what still runs is worth more than a clean end.
    if (this.#isRoot) return this.#giveUp(reason)
    void this.#stopChildren().then(
      () => this.#giveUp(reason),
      (error) => this.#giveUp({ type: 'crashed', message: messageOf(error) }),
    )
  }

  async #stopChildren(): Promise<void> {
    this.#stopping.abort()
    if (this.spec.order === 'parallel') await Promise.all(this.#children.map((child) => child.stop()))
    else for (const child of [...this.#children].reverse()) await child.stop()
  }

  async stop(): Promise<void> {
    this.#state = 'stopping'
    await this.#stopChildren()
    this.#state = 'stopped'
    this.#world.emit({ at: this.#world.clock.now(), type: 'stopped', name: this.spec.name })
  }

  tree(): TreeNode {
    return {
      name: this.spec.name,
      type: 'supervisor',
      state: this.#state,
      incarnation: 1,
      restarts: this.#restarts,
      children: this.#children.map((child) => child.tree()),
    }
  }

  find(name: string): WorkerNode | undefined {
    for (const child of this.#children) {
      const found = child instanceof SupervisorNode ? child.find(name) : child.spec.start.name === name ? child : undefined
      if (found) return found
    }
    return undefined
  }

  names(): readonly string[] {
    return this.#children.flatMap((child) => (child instanceof SupervisorNode ? child.names() : [child.spec.start.name]))
  }
}
