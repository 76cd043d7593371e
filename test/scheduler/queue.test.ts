/** The scheduling queue and the cache: properties, in virtual time. */
import t from 'tap'
import type { Clock, Timer } from '../../src/base/clock.js'
import { createRandom } from '../../src/base/random.js'
import { createCache } from '../../src/scheduler/cache.js'
import type { ClusterEvent } from '../../src/scheduler/framework/events.js'
import type { Plugin } from '../../src/scheduler/framework/plugin.js'
import { type PodInfo, podInfoOf } from '../../src/scheduler/framework/pod-info.js'
import { Framework, type Services } from '../../src/scheduler/framework/runtime.js'
import { success, unresolvable } from '../../src/scheduler/framework/status.js'
import { createNominator } from '../../src/scheduler/nominator.js'
import { prioritySort } from '../../src/scheduler/plugins/priority-sort.js'
import { createSchedulingQueue, type QueuedPod, type SchedulingQueue } from '../../src/scheduler/queue.js'
import { node, pod } from './world.js'

interface Lab {
  readonly queue: SchedulingQueue
  pass(ms: number): void
  /** Takes a pod and refuses it by these plugins. */
  refuse(name: string, rejectors?: string[], pending?: string[]): QueuedPod
  fail(name: string): QueuedPod
  /** The names of all pods that may be tried now, taken in order. */
  drain(): string[]
  held: Set<string>
}

const added: ClusterEvent = { type: 'Node', action: 'Add', node: node('n') }
const info = (name: string, priority = 0): PodInfo => podInfoOf(pod(name, { uid: `uid-${name}`, priority }))

function lab(): Lab {
  const { clock, pass } = handClock()
  const held = new Set<string>()
  const plugin = (name: string, more: Partial<Plugin> = {}) => ({ factory: (): Plugin => ({ name, ...more }) })
  const framework = new Framework(
    'default-scheduler',
    [
      { factory: prioritySort },
      plugin('OnNode', { events: [{ type: 'Node', actions: ['Add'] }] }),
      plugin('Never', { events: [{ type: 'Node', actions: ['Add'], hint: () => false }] }),
      plugin('Deaf'),
      plugin('Gate', {
        events: [{ type: 'AssignedPod', actions: ['Delete'] }],
        preEnqueue: ({ name }) => (held.has(name) ? unresolvable('held') : success),
      }),
    ],
    { clock } as unknown as Services,
  )
  const queue = createSchedulingQueue({ clock, framework: () => framework, initialBackoffMs: 1000, maxBackoffMs: 10_000 })
  const take = (name: string) => {
    const entry = queue.pop()
    if (entry?.pod.name !== name) throw new Error(`${entry?.pod.name} came, not ${name}`)
    return entry
  }
  return {
    queue,
    pass,
    held,
    refuse(name, rejectors = ['OnNode'], pending = []) {
      const entry = take(name)
      queue.refused(entry, { rejectors: new Set(rejectors), pending: new Set(pending), failure: false })
      return entry
    },
    fail(name) {
      const entry = take(name)
      queue.refused(entry, { rejectors: new Set(), pending: new Set(), failure: true })
      return entry
    },
    drain() {
      const names: string[] = []
      for (let entry = queue.pop(); entry; entry = queue.pop()) {
        names.push(entry.pod.name)
        queue.done(entry)
      }
      return names
    },
  }
}

function handClock(): { clock: Clock; pass(ms: number): void } {
  let now = 0
  const timers = new Set<{ at: number; run: () => void }>()
  const after = (delayMs: number, run: () => void): Timer => {
    const timer = { at: now + delayMs, run }
    timers.add(timer)
    return { cancel: () => void timers.delete(timer) }
  }
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    after,
    every(periodMs, run) {
      let timer: Timer
      const again = () => {
        timer = after(periodMs, again)
        run()
      }
      timer = after(periodMs, again)
      return { cancel: () => timer.cancel() }
    },
  }
  return {
    clock,
    pass(ms) {
      const end = now + ms
      for (;;) {
        const next = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
        if (!next) break
        timers.delete(next)
        now = next.at
        next.run()
      }
      now = end
    },
  }
}

t.test('pods come by priority, then in the order in which they were queued', (t) => {
  const { queue, drain } = lab()
  for (const [name, priority] of [
    ['a', 0],
    ['b', 5],
    ['c', 0],
    ['d', 9],
    ['e', 5],
  ] as const)
    queue.add(info(name, priority))
  t.strictSame(drain(), ['d', 'b', 'e', 'a', 'c'])
  t.end()
})

t.test('a pod that was refused waits for an event that one of its refusers takes', (t) => {
  const { queue, refuse, drain, pass } = lab()
  for (const name of ['a', 'b', 'c']) queue.add(info(name))
  refuse('a', ['OnNode'])
  refuse('b', ['Never'])
  refuse('c', ['Deaf'])
  t.strictSame(drain(), [])
  queue.move({ type: 'Node', action: 'UpdateTaint' })
  t.strictSame(drain(), [], 'nobody registered for that')
  pass(5000)
  queue.move(added)
  t.strictSame(drain(), ['a'])
  queue.check()
  t.end()
})

t.test('pauses double from one second to ten', (t) => {
  const { queue, refuse } = lab()
  queue.add(info('a'))
  const pauses = Array.from({ length: 6 }, () => {
    const entry = refuse('a')
    const pause = entry.backoffUntil
    queue.move(added)
    t.equal(entry.place, 'backoff', 'not before its pause is over')
    return pause
  })
  t.strictSame(pauses, [1000, 2000, 4000, 8000, 10_000, 10_000])
  t.end()
})

t.test('with nothing else to do a pod is taken before its pause is over, unless its last try broke', (t) => {
  const { queue, refuse, fail, drain, pass } = lab()
  queue.add(info('a'))
  refuse('a')
  queue.move(added)
  t.strictSame(queue.sizes(), { active: 0, backoff: 1, unschedulable: 0, gated: 0, inFlight: 0 })
  queue.add(info('b'))
  t.strictSame(drain(), ['b', 'a'])
  queue.add(info('c'))
  fail('c')
  t.strictSame(drain(), [])
  pass(999)
  t.strictSame(drain(), [])
  pass(1)
  t.strictSame(drain(), ['c'])
  t.end()
})

t.test('what happens while a pod is tried is not lost', (t) => {
  const { queue, drain } = lab()
  queue.add(info('a'))
  const entry = queue.pop()
  if (!entry) throw new Error('a')
  queue.move(added)
  queue.refused(entry, { rejectors: new Set(['OnNode']), pending: new Set(), failure: false })
  t.equal(entry.place, 'backoff')
  t.strictSame(drain(), ['a'])
  t.end()
})

t.test('a pod that waits for something outside of it is tried without a pause', (t) => {
  const { queue, refuse } = lab()
  queue.add(info('a'))
  const entry = refuse('a', ['OnNode'], ['OnNode'])
  queue.move(added)
  t.equal(entry.place, 'active')
  t.end()
})

t.test('after five minutes a pod is tried whatever happened', (t) => {
  const { queue, refuse, drain, pass } = lab()
  queue.add(info('a'))
  refuse('a', ['Deaf'])
  pass(299_000)
  t.strictSame(drain(), [])
  pass(61_000)
  t.strictSame(drain(), ['a'])
  t.end()
})

t.test('a pod held back by PreEnqueue is in no queue until it is let go', (t) => {
  const { queue, held, drain } = lab()
  held.add('a')
  queue.add(info('a'))
  t.strictSame(queue.sizes(), { active: 0, backoff: 0, unschedulable: 0, gated: 1, inFlight: 0 })
  const gone: ClusterEvent = { type: 'AssignedPod', action: 'Delete' }
  queue.move(gone)
  t.strictSame(drain(), [])
  held.delete('a')
  queue.move(added)
  t.strictSame(drain(), [], 'that event is not for the plugin that holds it')
  queue.move(gone)
  t.strictSame(drain(), ['a'])
  t.end()
})

t.test('ready() resolves when there is a pod, and when a pause is over', async (t) => {
  const { queue, fail, pass } = lab()
  let woken = 0
  const wait = () => queue.ready().then(() => void woken++)
  void wait()
  await null
  t.equal(woken, 0)
  queue.add(info('a'))
  await null
  await null
  t.equal(woken, 1)
  fail('a')
  void wait()
  pass(999)
  await null
  t.equal(woken, 1)
  pass(1)
  await null
  await null
  t.equal(woken, 2)
})

t.test('whatever is done to it in whatever order, a pod is in one place and none is lost', (t) => {
  for (let seed = 0; seed < 40; seed++) {
    const random = createRandom(`queue ${seed}`)
    const { queue, pass, held } = lab()
    const living = new Map<string, PodInfo>()
    const flying: QueuedPod[] = []
    for (let step = 0; step < 200; step++) {
      const name = `p${random.below(8)}`
      const what = random.below(10)
      const uid = `uid-${name}`
      if (what === 0) {
        const one = info(name, random.below(3))
        if (!queue.has(uid)) living.set(uid, one)
        queue.add(one)
      } else if (what === 1) {
        queue.delete(uid)
        living.delete(uid)
      } else if (what <= 3) {
        const entry = queue.pop()
        if (entry) flying.push(entry)
      } else if (what <= 5) {
        const [entry] = flying.splice(random.below(flying.length || 1), 1)
        if (entry)
          queue.refused(entry, {
            rejectors: new Set(random.chance(0.3) ? [] : [random.pick(['OnNode', 'Never', 'Deaf'])]),
            pending: new Set(),
            failure: random.chance(0.2),
          })
      } else if (what === 6) queue.move(random.pick<ClusterEvent>([added, { type: 'AssignedPod', action: 'Delete' }]))
      else if (what === 7) random.chance(0.5) ? held.add(name) : held.delete(name)
      else if (what === 8) queue.activate(`default/${name}`)
      else pass(random.below(4000))
      queue.check()
      for (const one of living.keys()) if (!queue.has(one)) t.fail(`${one} was lost (seed ${seed}, step ${step})`)
    }
    for (const entry of flying) queue.refused(entry, { rejectors: new Set(), pending: new Set(), failure: true })
    held.clear()
    queue.move({ type: 'AssignedPod', action: 'Delete' })
    pass(400_000)
    const tried = new Set<string>()
    for (let entry = queue.pop(); entry; entry = queue.pop()) tried.add(entry.pod.uid)
    t.strictSame([...tried].sort(), [...living.keys()].sort(), `all are tried in the end (seed ${seed})`)
  }
  t.end()
})

t.test('the cache counts a pod where it was assumed, then where the watch shows it', (t) => {
  const cache = createCache()
  cache.setNode(node('n1'))
  cache.setNode(node('n2'))
  const on = (name: string) => [...(cache.snapshot().get(name)?.pods.values() ?? [])].map((one) => one.name)
  const one = podInfoOf(pod('a', { uid: 'u', cpu: '1' }))
  cache.assume(one, 'n1')
  t.ok(cache.isAssumed('u'))
  t.strictSame([on('n1'), on('n2')], [['a'], []])
  cache.bound('u', 50)
  t.strictSame(
    cache.overdue(51).map(({ node: name }) => name),
    ['n1'],
  )
  cache.addPod(one, 'n2')
  t.strictSame([on('n1'), on('n2')], [[], ['a']])
  cache.forget('u')
  t.strictSame(on('n2'), ['a'], 'what the watch has shown is not forgotten')
  cache.deleteNode('n2')
  t.equal(cache.snapshot().get('n2'), undefined)
  cache.setNode(node('n2', { cpu: '8' }))
  t.equal(cache.snapshot().get('n2')?.requested.get('cpu'), 1000, 'a node that comes back has its pods')
  cache.deletePod('u')
  t.equal(cache.snapshot().get('n2')?.requested.get('cpu'), 0)
  cache.check()
  t.end()
})

t.test('nodes of different zones are neighbours in the list', (t) => {
  const cache = createCache()
  for (const [name, zone] of [
    ['a1', 'a'],
    ['a2', 'a'],
    ['a3', 'a'],
    ['b1', 'b'],
    ['b2', 'b'],
    ['c1', 'c'],
  ] as const)
    cache.setNode(node(name, { zone }))
  t.strictSame(
    cache.snapshot().nodes.map(({ name }) => name),
    ['a1', 'b1', 'c1', 'a2', 'b2', 'a3'],
  )
  t.end()
})

t.test('a nomination holds until the status says otherwise', (t) => {
  const nominator = createNominator()
  const silent = pod('a', { uid: 'u' })
  const saying = (nominatedNodeName: string) => ({ ...silent, status: { nominatedNodeName } })
  nominator.nominate(podInfoOf(silent), 'n1')
  nominator.update(silent, podInfoOf(silent))
  t.equal(nominator.nodeOf('u'), 'n1', 'a status that does not say it yet changes nothing')
  nominator.update(silent, podInfoOf(saying('n2')))
  t.equal(nominator.nodeOf('u'), 'n2')
  nominator.update(saying('n2'), podInfoOf(silent))
  t.equal(nominator.nodeOf('u'), undefined)
  t.strictSame(nominator.on('n2'), [])
  t.end()
})
