/** When a cluster is ready to use: its API says so, its nodes are Ready, and the default service account is there. */
import { type Clock, sleep } from '../base/clock.js'
import { CodedError, messageOf } from '../base/errors.js'
import type { Client } from '../client/client.js'
import { nodes, serviceAccounts } from '../client/resources.js'
import type { Transport } from '../client/transport.js'

export interface Readiness {
  readonly transport: Transport
  readonly client: Client
  readonly clock: Clock
  readonly nodes: number
  readonly signal: AbortSignal
  readonly onProgress: (what: 'api' | 'nodes', done: number, of: number) => void
}

const pollMs = 15

/** Resolves when all of it holds; rejects with 'StartFailed' after `timeoutMs`, or with the signal's reason. */
export async function untilReady(readiness: Readiness, timeoutMs: number): Promise<void> {
  const { transport, client, clock, signal, onProgress } = readiness
  const deadline = clock.monotonic() + timeoutMs
  const until = async (what: string, check: () => Promise<boolean>): Promise<void> => {
    let last = 'no answer yet'
    for (;;) {
      signal.throwIfAborted()
      try {
        if (await check()) return
        last = 'not yet'
      } catch (error) {
        last = messageOf(error)
      }
      if (clock.monotonic() > deadline)
        throw new CodedError('StartFailed', `Cannot start the cluster: ${what} within ${timeoutMs} ms: ${last}`)
      await sleep(clock, pollMs, signal)
    }
  }
  await until('the API is not ready', async () => {
    const { status } = await transport.request({ method: 'GET', path: '/readyz' }, { timeoutMs: 2_000, signal })
    return status === 200
  })
  onProgress('api', 1, 1)
  await until('the nodes are not ready', async () => {
    const { items } = await client.list(nodes, { resourceVersion: '0', signal })
    const ready = items.filter((node) => node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'))
    onProgress('nodes', ready.length, readiness.nodes)
    return ready.length >= readiness.nodes
  })
  await until('the default service account is missing', async () => {
    await client.get(serviceAccounts, 'default', { namespace: 'default', signal })
    return true
  })
}
