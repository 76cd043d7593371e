/** Whole replicas on the simulated stage: what is acknowledged stays, whoever dies. */
import t from 'tap'
import { put, storeWorld, text } from '../support/store-world.js'

t.test('three replicas elect a leader and take writes', async (t) => {
  const { result } = await storeWorld({ seed: 1 }, async ({ client, converged, clock, leader }) => {
    await leader()
    const led = clock.monotonic()
    const first = await client.txn(put('a', '1'))
    const second = await client.txn(put('a', '2'))
    const took = clock.monotonic() - led
    const range = await client.range({ key: 'a' })
    return { led, took, first, second, range, all: await converged(), revision: await client.readRevision() }
  })
  t.equal(result.first.revision, 2)
  t.equal(result.second.revision, 3)
  t.equal(result.revision, 3)
  t.equal(text(result.range.items[0]?.value as Uint8Array), '2')
  t.equal(new Set(result.all.map((one) => one.hash)).size, 1)
  t.comment(`led after ${result.led} ms, two puts took ${result.took} ms`)
})
