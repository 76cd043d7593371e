/**
 * A worker in its supervisor's tree: starts incarnations, ends those that are late, and reports ends that were not asked
 * for. Who starts it again is its supervisor's decision.
 */
import { assert } from '../../base/assert.js'
import type { ExitReason, Incarnation } from '../host.js'
import type { WorkerSpec } from './child-spec.js'
import { type ChildNode, type ChildState, isLive, type TreeNode, type World } from './node.js'

/** 24 days: what timers know as for ever. */
const foreverMs = 2 ** 31 - 1

export class WorkerNode implements ChildNode {
  readonly spec: WorkerSpec
  readonly #world: World
  readonly #ended: (exit: ExitReason, ranMs: number) => void
  incarnation: Incarnation | undefined
  state: ChildState = 'waiting'
  #lastExit: ExitReason | undefined
  #stopping: Promise<void> | undefined
  /** Settles at the first readiness after start() was called, however many incarnations that takes. */
  #ready: Promise<void> | undefined
  #settleReady: () => void = () => {}

  /** `ended` is called when it ended and nobody had asked it to. */
  constructor(spec: WorkerSpec, world: World, ended: (exit: ExitReason, ranMs: number) => void) {
    this.spec = spec
    this.#world = world
    this.#ended = ended
  }

  start(): Promise<void> {
    assert(!isLive(this), `"${this.spec.start.name}" runs once`)
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
        this.settle()
      },
      () => {},
    )
    void incarnation.exit.then((exit) => {
      late.cancel()
      emit({ at: clock.now(), type: 'ended', name, incarnation: number, reason: exit })
      this.#lastExit = exit
      if (this.state === 'stopping' || this.incarnation !== incarnation) return
      this.state = exit.type === 'shutdown' ? 'stopped' : 'failed'
      this.#ended(exit, clock.monotonic() - startedAt)
    })
    return ready
  }

  settle(): void {
    this.#settleReady()
    this.#ready = undefined
  }

  stop(): Promise<void> {
    if (!isLive(this)) {
      this.state = 'stopped'
      this.settle()
      return Promise.resolve()
    }
    this.#stopping ??= this.#stop().finally(() => {
      this.#stopping = undefined
    })
    return this.#stopping
  }

  async #stop(): Promise<void> {
    this.state = 'stopping'
    const { shutdownMs } = this.spec
    if (shutdownMs === 'brutal-kill') {
      this.incarnation?.kill('killed', 'killed to stop')
      await this.incarnation?.exit
    } else await this.incarnation?.stop(shutdownMs === 'infinity' ? foreverMs : shutdownMs)
    this.state = 'stopped'
    this.settle()
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
