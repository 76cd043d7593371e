/**
 * Piscina for stateless CPU jobs: never for actors, because a pooled thread that waits for its next task turns no event
 * loop. One pool per process user, a bounded queue, an AbortSignal for every task.
 */
import { Piscina } from 'piscina'

export interface JobPool {
  /** Runs a named export of the jobs entry. Rejects with the job's error, or when the signal is aborted. */
  run<T>(job: string, params: unknown, signal?: AbortSignal): Promise<T>
  close(): Promise<void>
}

export function createJobPool({
  entry,
  threadsMax,
  queueMax = 1024,
}: {
  readonly entry: URL
  readonly threadsMax: number
  readonly queueMax?: number
}): JobPool {
  const pool = new Piscina({
    filename: entry.href,
    minThreads: 0,
    maxThreads: threadsMax,
    maxQueue: queueMax,
    idleTimeout: 1_000,
    execArgv: [],
    env: { ...process.env, NODE_OPTIONS: '' } as Record<string, string>,
  })
  return {
    run: (job, params, signal) => pool.run(params, { name: job, ...(signal ? { signal } : {}) }),
    close: () => pool.close({ force: true }),
  }
}
