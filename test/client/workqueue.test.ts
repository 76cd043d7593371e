/** The work queue against a model, under many seeds. */
import t from 'tap'
import { createWorkQueue } from '../../src/client/workqueue.js'
import { createWorld } from '../support/controller-world.js'

t.test('a key waits once, is with one worker at a time, and is never lost', async (t) => {
  for (let seed = 0; seed < 50; seed++) {
    const world = createWorld(`queue ${seed}`)
    const queue = createWorkQueue(world.clock)
    const version = new Map<string, number>()
    const seen = new Map<string, number>()
    const busy = new Set<string>()
    const own = world.random.fork('work')
    const worker = async () => {
      for (let key = await queue.next(); key !== undefined; key = await queue.next()) {
        if (busy.has(key)) throw new Error(`two workers have ${key} (seed ${seed})`)
        busy.add(key)
        seen.set(key, version.get(key) ?? 0)
        await new Promise<void>((resolve) => world.clock.after(own.below(10), resolve))
        busy.delete(key)
        if (own.chance(0.2)) queue.addRateLimited(key)
        else queue.forget(key)
        queue.done(key)
      }
    }
    const workers = [worker(), worker(), worker()]
    for (let i = 0; i < 100; i++) {
      const key = `k${world.random.below(8)}`
      version.set(key, i)
      if (world.random.chance(0.3)) queue.addAfter(key, world.random.below(30))
      else queue.add(key)
      await world.run(world.random.below(4))
    }
    await world.until(
      `all is seen under seed ${seed}`,
      () => [...version].every(([key, v]) => seen.get(key) === v) && busy.size === 0 && queue.size === 0,
    )
    queue.shutDown()
    await world.run(50)
    await Promise.all(workers)
  }
  t.pass('50 seeds')
})

t.test('a failing key comes back after 5, 10, 20, ... ms up to the bound, and from the start once forgotten', async (t) => {
  const world = createWorld('backoff')
  const queue = createWorkQueue(world.clock, { itemDelayMsMax: 60, overallBurst: 1000 })
  const waits: number[] = []
  for (let i = 0; i < 6; i++) {
    const from = world.clock.monotonic()
    queue.addRateLimited('k')
    await world.until('due', () => queue.size === 1)
    waits.push(world.clock.monotonic() - from)
    queue.done((await queue.next()) ?? '')
  }
  t.strictSame(waits, [5, 10, 20, 40, 60, 60])
  t.equal(queue.failures('k'), 6)
  queue.forget('k')
  t.equal(queue.failures('k'), 0)
})

t.test('failing keys share a rate', async (t) => {
  const world = createWorld('rate')
  const queue = createWorkQueue(world.clock, { overallBurst: 2, overallPerSecond: 10 })
  for (const key of ['a', 'b', 'c', 'd']) queue.addRateLimited(key)
  await world.run(50)
  t.equal(queue.size, 2)
  await world.run(51)
  t.equal(queue.size, 3)
  await world.run(100)
  t.equal(queue.size, 4)
})

t.test('the earlier of two delays counts', async (t) => {
  const world = createWorld('delays')
  const queue = createWorkQueue(world.clock)
  queue.addAfter('k', 100)
  queue.addAfter('k', 10)
  queue.addAfter('k', 50)
  await world.run(11)
  t.equal(queue.size, 1)
  queue.done((await queue.next()) ?? '')
  await world.run(200)
  t.equal(queue.size, 0)
})
