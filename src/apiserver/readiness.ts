/** Whether resources can be served: not before the store has been read and the first objects exist, not while stopping. */
import { ApiError } from '../api/meta/status.js'
import type { Context } from '../kernel/context.js'
import { within } from './call.js'

/** How long a request that came too early is held back before it is told to come again. */
const patienceMs = 10_000
const retryAfterSeconds = 1

export class Readiness {
  readonly #context: Context
  readonly #synced: Promise<void>
  #ready = false

  /** `synced` resolves when the server can serve; when it rejects the actor crashes elsewhere. */
  constructor(context: Context, synced: Promise<void>) {
    this.#context = context
    this.#synced = synced.then(
      () => {
        this.#ready = true
      },
      () => {},
    )
  }

  get isReady(): boolean {
    return this.#ready
  }

  /** Undefined when resources can be served at once. Rejects with ApiError 503. */
  wait(): Promise<void> | undefined {
    if (this.#ready) return undefined
    const { clock } = this.#context
    return within(
      (ms, run) => clock.after(ms, run),
      patienceMs,
      this.#synced,
      () => new ApiError(503, 'ServiceUnavailable', 'apiserver not ready', { retryAfterSeconds }),
    )
  }

  /** Throws while the server is stopping. */
  checkOpen(): void {
    if (this.#context.signal.aborted) throw new Error('process is shutting down')
  }
}
