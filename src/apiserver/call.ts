/** One request on its way through the pipeline. A class, so that what few requests need is made only when it is asked for. */
import type { Timer } from '../base/clock.js'
import type { Incoming } from './listener.js'
import type { ApiCall, PathTarget, ResourceTarget, User } from './request.js'

export class Call implements ApiCall {
  readonly target: ResourceTarget | PathTarget
  readonly path: string
  readonly query: URLSearchParams
  readonly body: Uint8Array
  readonly user: User
  readonly warnings: string[] = []
  readonly #incoming: Incoming

  constructor(incoming: Incoming, parts: Pick<ApiCall, 'target' | 'path' | 'query' | 'body' | 'user'>) {
    this.#incoming = incoming
    this.target = parts.target
    this.path = parts.path
    this.query = parts.query
    this.body = parts.body
    this.user = parts.user
  }

  get method(): string {
    return this.#incoming.method
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#incoming.headers
  }

  get upgradable(): boolean {
    return this.#incoming.upgrade !== undefined
  }

  get signal(): AbortSignal {
    return this.#incoming.signal
  }
}

/** Rejects with what `late` returns when the work is not done within `ms`. */
export function within<T>(after: (ms: number, run: () => void) => Timer, ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = after(ms, () => reject(late()))
    work.then(
      (value) => {
        timer.cancel()
        resolve(value)
      },
      (error) => {
        timer.cancel()
        reject(error)
      },
    )
  })
}
