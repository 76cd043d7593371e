/** The scheduler on an API in memory that delays and loses answers, in virtual time. */
import t from 'tap'
import { createSchedulerWorld } from './world.js'

t.test('a pod is bound to a node that has room, with an event and its condition', async (t) => {
  const world = createSchedulerWorld('first')
  world.addNode('n1')
  world.schedule()
  world.addPod('a', { cpu: '1' })
  await world.until('a bound', () => world.nodeOf('a') !== undefined)
  t.equal(world.nodeOf('a'), 'n1')
  await world.run(100)
  t.strictSame(world.events('Scheduled'), ['Successfully assigned default/a to n1'])
  world.stop()
})
