/** A cluster in a test of Vitest. Run it with `npx vitest run --dir docs/guides`. */
import { createCluster } from 'troupe'
import { afterAll, beforeAll, expect, test } from 'vitest'

let cluster
beforeAll(async () => {
  cluster = await createCluster({ nodes: 1, runtime: 'sim' })
}, 60_000)
afterAll(() => cluster?.stop())

test('an actor that is killed comes back', async () => {
  const running = (async () => {
    for await (const event of cluster.events) if (event.type === 'running' && event.name === 'scheduler') return event.incarnation
  })()
  await cluster.kill('scheduler')
  expect(await running).toBe(2)
})
