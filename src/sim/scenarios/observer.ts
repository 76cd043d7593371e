/**
 * Sees every change of every object where none can be hidden: in the store itself, as one stream in order of revision, which
 * is what invariants are judged on.
 */
import type { ObjectEvent } from '../../chaos/invariants/observed.js'
import { registryEvents, registryWatch } from '../../chaos/invariants/registry-events.js'
import { createStoreClient } from '../../store/client.js'
import type { Stagehand } from '../stagehand.js'

/** Calls `observe` with each change from the first on, until the world ends. */
export function observeObjects({ context, replicas }: Stagehand, observe: (event: ObjectEvent) => void): void {
  const store = createStoreClient(context, replicas)
  context.spawn('observer', async () => {
    for await (const item of store.watch({ ...registryWatch, startRevision: 1 }, { signal: context.signal }))
      for (const event of registryEvents(item, context.clock.monotonic())) observe(event)
  })
}
