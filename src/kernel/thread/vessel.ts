/** What an incarnation runs in, as its host sees it; vessels.ts opens them. */
import type { Worker } from 'node:worker_threads'
import type { ExitReason } from '../host.js'

export interface Vessel {
  /** The thread, for who looks at it from outside; none where it is a process. */
  readonly worker?: Worker
  /** Ends the actor at once. Idempotent. */
  end(): void
}

export interface VesselEvents {
  /** An error that nobody caught: the end follows. */
  error(error: Error & { code?: string }): void
  /** It is over. `reason` when that was not the actor's own doing. */
  exit(code: number, reason?: ExitReason): void
}
