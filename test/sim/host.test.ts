/** The simulated stage: the kernel's promises in virtual time, and runs that are decided by their seed. */
import t from 'tap'
import { sleep } from '../../src/base/clock.js'
import { CodedError } from '../../src/base/errors.js'
import { createRandom } from '../../src/base/random.js'
import type { Context } from '../../src/kernel/context.js'
import { createSupervisor } from '../../src/kernel/supervision/supervisor.js'
import { nextTurn } from '../../src/kernel/thread/platform.js'
import { type Casting, createSimHost } from '../../src/sim/host.js'
import { createWire } from '../../src/sim/link.js'
import { createTimeline } from '../../src/sim/timeline.js'
import { type EchoProtocol, echoActor } from '../support/echo.js'
import { createObserver } from '../support/observer.js'

async function world(seed: number, scenario: (context: Context, kill: (name: string) => void) => Promise<unknown>) {
  const timeline = createTimeline({ seed, turn: nextTurn })
  const host = createSimHost({
    timeline,
    wire: createWire(timeline),
    cast: () => ({ behaviour: echoActor as unknown as Casting['behaviour'], ports: {} }),
  })
  const supervisor = createSupervisor(
    {
      type: 'supervisor',
      name: 'root',
      strategy: 'one-for-one',
      intensity: 10,
      periodMs: 5_000,
      backoff: { minMs: 0, maxMs: 1_000, jitter: 0.2, resetAfterMs: 10_000 },
      order: 'parallel',
      children: ['a', 'b', 'c'].map((name) => ({
        type: 'worker',
        start: { role: 'test', name, entry: 'echo', config: {} },
        restart: 'permanent',
        shutdownMs: 1000,
        startMs: 5000,
      })),
    },
    { host, clock: timeline.clock, random: createRandom(seed) },
  )
  let outcome: unknown
  let done = false
  const self = createObserver()
  const play = async () => {
    await supervisor.start()
    await host.join('test', self.behaviour)
    outcome = await scenario(self.context(), (name) => supervisor.incarnation(name)?.kill('killed', 'test'))
  }
  play().then(
    () => (done = true),
    (error) => {
      outcome = error
      done = true
    },
  )
  const finished = await timeline.run(() => done, { virtualMs: 600_000 })
  if (outcome instanceof Error) throw outcome
  return { finished, outcome, hash: timeline.hash(), ms: timeline.clock.monotonic(), events: timeline.events }
}

/** Waits until `a` has heard that its peer runs: news of it takes its own way. */
async function reaches(context: Context, peer: string): Promise<void> {
  const a = context.actor<EchoProtocol>('a')
  while ((await a.call('relay', { to: peer, method: 'echo', params: 1 })).ok !== 1) await sleep(context.clock, 5)
}

const scenario = async (context: Context, kill: (name: string) => void) => {
  const a = context.actor<EchoProtocol>('a')
  await reaches(context, 'b')
  await reaches(context, 'c')
  const results = [await a.call('relay', { to: 'b', method: 'echo', params: 'x' }), await a.call('read', { to: 'c', items: 500, of: 1000 })]
  const hanging = a.call('relay', { to: 'b', method: 'never', params: {}, timeoutMs: 60_000 }, { timeoutMs: 70_000 })
  await a.call('echo', 1)
  kill('b')
  results.push((await hanging).code as never)
  await reaches(context, 'b')
  results.push(await a.call('relay', { to: 'b', method: 'later', params: { ms: 300_000 }, timeoutMs: 400_000 }, { timeoutMs: 500_000 }))
  return results
}

t.test('actors keep their promises in virtual time', async (t) => {
  const { finished, outcome, ms } = await world(1, scenario)
  t.ok(finished)
  const [relay, read, code, later] = outcome as [{ ok: unknown }, { items: number[] }, string, { ok: unknown }]
  t.equal(relay.ok, 'x')
  t.equal(read.items.length, 500)
  t.equal(code, 'ActorDown')
  t.type(later.ok, 'number')
  t.ok(ms > 300_000, 'minutes went by')
})

t.test('the same seed gives the same run, another seed another', async (t) => {
  const hashes = new Set<string>()
  for (let seed = 1; seed <= 10; seed++) {
    const once = await world(seed, scenario)
    const twice = await world(seed, scenario)
    t.equal(once.hash, twice.hash, `seed ${seed}`)
    hashes.add(once.hash)
  }
  t.equal(hashes.size, 10)
})

t.test('a bug in a handler crashes its actor and tells the caller', async (t) => {
  await world(3, async (context) => {
    const error = await context
      .actor<EchoProtocol>('a')
      .call('fail', {})
      .catch((e) => e)
    t.type(error, CodedError)
    t.match(['Internal', 'ActorDown'], [/./], error.code)
    await new Promise<void>((resolve) => {
      const poll = () => (context.running().find(({ name }) => name === 'a')?.incarnation === 2 ? resolve() : context.clock.after(1, poll))
      poll()
    })
  })
})
