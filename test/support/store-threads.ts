/** Store replicas on worker threads and files, with the caller joined to them. */
import { join } from 'node:path'
import type { Behaviour } from '../../src/kernel/behaviour.js'
import type { Context } from '../../src/kernel/context.js'
import type { Incarnation } from '../../src/kernel/host.js'
import type { NoProtocol } from '../../src/kernel/protocol.js'
import { createThreadHost } from '../../src/kernel/thread/host.js'
import { createStoreClient, type StoreClient } from '../../src/store/client.js'
import type { StoreReplicaConfig } from '../../src/store/config.js'

export interface StoreThreads {
  readonly context: Context
  readonly client: StoreClient
  readonly names: readonly string[]
  start(name: string): Promise<void>
  /** Ends a replica's thread at once; resolves when it is over. */
  kill(name: string): Promise<void>
  close(): Promise<void>
}

export async function storeThreads(directory: string, settings: Partial<StoreReplicaConfig> = {}, replicas = 3): Promise<StoreThreads> {
  const host = createThreadHost({
    entryOf: (entry) => new URL(`../../actors/${entry}.js`, import.meta.url),
    seed: directory,
    watchdog: { hangMs: 5_000 },
    heapMiBDefault: 512,
  })
  const names = Array.from({ length: replicas }, (_, i) => `store-${i + 1}`)
  const peers = names.map((name, i) => ({ id: i + 1, name }))
  const threads = new Map<string, Incarnation>()
  const start = async (name: string): Promise<void> => {
    const id = names.indexOf(name) + 1
    const thread = host.start({
      role: 'store-replica',
      name,
      entry: 'store-replica',
      config: { id, peers, directory: join(directory, name), ...settings },
    })
    threads.set(name, thread)
    void thread.exit.then((reason) => {
      if (reason.type === 'crashed') console.error(`${name} crashed: ${reason.message}`)
    })
    await thread.ready
  }
  await Promise.all(names.map(start))
  let context: Context | undefined
  const self: Behaviour<NoProtocol, undefined, undefined> = {
    role: 'test',
    init(own) {
      context = own
      return {}
    },
  }
  const guest = await host.join('test', self)
  const own = context as unknown as Context
  return {
    context: own,
    client: createStoreClient(own, names),
    names,
    start,
    async kill(name) {
      threads.get(name)?.kill('killed', 'test')
      await threads.get(name)?.exit
    },
    async close() {
      await Promise.all([...threads.values()].map((thread) => thread.stop(5_000)))
      await guest.leave()
      await host.close()
    },
  }
}
