/** Where actors run makes no difference to what they mean to each other: own, shared and spare threads, a process. */
import t from 'tap'
import { CodedError } from '../../src/base/errors.js'
import type { Placement } from '../../src/kernel/host.js'
import { onThreads, type Stage, tree, worker } from './stages.js'

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'ok',
    (error) => (error instanceof CodedError ? error.code : String(error)),
  )
const incarnationOf = (stage: Stage, name: string) => stage.context.running().find((actor) => actor.name === name)?.incarnation
const back = (stage: Stage, name: string, incarnation: number) =>
  stage.until(`${name}#${incarnation} is back`, () => incarnationOf(stage, name) === incarnation)
const exits = (stage: Stage, name: string) =>
  stage.events.flatMap((event) => (event.type === 'ended' && event.name === name ? [event.reason?.type] : []))

const placements: readonly Placement[] = [{ type: 'thread' }, { type: 'shared', thread: 'together' }, { type: 'process' }]
for (const placement of placements)
  t.test(`calls, streams, crashes, kills, stops: ${placement.type}`, async (t) => {
    const spec = tree(['a', 'b'].map((name) => worker(name, {}, { placement })))
    await onThreads(spec, { hangMs: 300 }, async (stage) => {
      const [a, b] = [stage.echo('a'), stage.echo('b')]
      t.same(await a.call('echo', { n: 1, bytes: new Uint8Array([7]) }), { n: 1, bytes: new Uint8Array([7]) })
      t.match(await a.call('relay', { to: 'b', method: 'echo', params: 'via' }), { ok: 'via' })
      t.equal((await a.call('read', { to: 'b', items: 300, of: 1000 })).items.length, 300)
      // A crash.
      t.equal(await codeOf(a.call('fail', {})), 'Internal')
      await back(stage, 'a', 2)
      t.equal(await stage.echo('b').call('echo', 'untouched'), 'untouched')
      t.equal(incarnationOf(stage, 'b'), 1)
      await stage.until('a reaches b', async () => (await a.call('relay', { to: 'b', method: 'echo', params: 1 })).ok === 1)
      // A kill, with calls on their way from everywhere.
      const hanging = [codeOf(b.call('never', {})), a.call('relay', { to: 'b', method: 'never', params: {} }).then(({ code }) => code)]
      // Behind the others on the same links: when it is answered they have arrived.
      await b.call('echo', 1)
      await a.call('relay', { to: 'b', method: 'echo', params: 1 })
      await stage.kill('b')
      t.same(await Promise.all(hanging), ['ActorDown', 'ActorDown'])
      await back(stage, 'b', 2)
      // A stop of its own.
      await codeOf(a.call('finish', {}))
      await back(stage, 'a', 3)
      t.same(exits(stage, 'a'), ['crashed', 'shutdown'])
      // A hang: who shares the thread goes with it, and comes back as well.
      const innocent = codeOf(b.call('never', {}))
      t.equal(await codeOf(a.call('spin', { ms: 600_000 })), 'ActorDown')
      await back(stage, 'a', 4)
      t.equal(exits(stage, 'a').at(-1), 'hung')
      if (placement.type === 'shared') {
        t.equal(await innocent, 'ActorDown')
        await back(stage, 'b', 3)
      } else t.equal(incarnationOf(stage, 'b'), 2)
      // A heap that is full.
      await codeOf(stage.echo('a').call('leak', {}))
      await back(stage, 'a', 5)
      t.equal(exits(stage, 'a').at(-1), 'out-of-memory')
      await stage.until('b is there', () => incarnationOf(stage, 'b') !== undefined)
      t.equal(await stage.echo('a').call('echo', 'alive'), 'alive')
    })
  })
