/** The Forwarder port: makes the machine forward by a table. */
import type { Balancer } from './balancer.js'
import type { Forward } from './rules.js'

/** An address that could not be served. */
export interface ForwardProblem {
  readonly forward: Forward
  /** 'EACCES' (a port below 1024 without the right to it), 'EADDRINUSE', ... */
  readonly code: string
  readonly message: string
}

export interface Forwarder {
  /**
   * From now on exactly these are forwarded; connections that exist go on. Resolves when all that can listen does.
   * What could not be is returned and tried again with the next table.
   */
  apply(table: readonly Forward[], balancer: Balancer): Promise<readonly ForwardProblem[]>
  /** Addresses listened on and connections open, for inspection. */
  inspect(): { readonly listening: number; readonly connections: number }
  close(): Promise<void>
}

/** A Forwarder that forwards nothing: for simulated nodes. */
export function createSimulatedForwarder(): Forwarder {
  let listening = 0
  return {
    async apply(table) {
      listening = table.length
      return []
    },
    inspect: () => ({ listening, connections: 0 }),
    close: async () => {},
  }
}
