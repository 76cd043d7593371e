/** Where actors run makes no difference to what they mean to each other: own thread, shared thread, spare thread. */
import t from 'tap'
import { CodedError } from '../../src/base/errors.js'
import { createRandom } from '../../src/base/random.js'
import type { Placement } from '../../src/kernel/host.js'
import { createThreadHost } from '../../src/kernel/thread/host.js'
import { onThreads, type Stage, tree, worker } from './stages.js'

const seed = Number(process.env['SEED'] ?? Date.now() % 1e6)
t.comment(`replay with SEED=${seed}`)

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

const placements: readonly Placement[] = [{ type: 'thread' }, { type: 'shared', thread: 'together' }]
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
      await b.call('echo', 1)
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

t.test('actors that share a thread take less memory and time than actors that do not', async (t) => {
  const started = async (placement: Placement) => {
    const host = createThreadHost({
      entryOf: (entry) => new URL(`../support/actors/${entry}.js`, import.meta.url),
      seed: '1',
      watchdog: { hangMs: 0 },
      heapMiBDefault: 64,
    })
    const before = { rss: process.memoryUsage.rss(), at: performance.now() }
    const actors = Array.from({ length: 6 }, (_, i) => host.start({ role: 'test', name: `m${i}`, entry: 'echo', config: {}, placement }))
    await Promise.all(actors.map(({ ready }) => ready))
    const cost = { ms: performance.now() - before.at, MiB: (process.memoryUsage.rss() - before.rss) / 2 ** 20 }
    await host.close()
    return cost
  }
  const [own, shared] = [await started({ type: 'thread' }), await started({ type: 'shared', thread: 'all' })]
  t.comment(`6 threads: ${own.ms.toFixed()} ms, ${own.MiB.toFixed()} MiB; shared: ${shared.ms.toFixed()} ms, ${shared.MiB.toFixed()} MiB`)
  t.ok(shared.MiB < own.MiB)
})

t.test('a spare thread becomes the successor at once', async (t) => {
  const restarts = async (spares: Record<string, number>) => {
    const took: number[] = []
    await onThreads(tree([worker('a')]), { more: { spares } }, async (stage) => {
      for (let i = 2; i <= 6; i++) {
        const host = stage.host as ReturnType<typeof createThreadHost>
        if (spares['echo']) await stage.until('a spare is ready', () => host.spares === spares['echo'])
        const from = performance.now()
        await stage.kill('a')
        await stage.until('it is back', () => stage.supervisor.incarnation('a')?.isReady && stage.supervisor.tree().restarts === i - 1)
        took.push(performance.now() - from)
        t.equal(
          await stage
            .echo('a')
            .call('echo', i)
            .catch(() => i),
          i,
        )
      }
      // What a spare plays dies as anybody does, and says of what.
      await back(stage, 'a', 6)
      t.equal(await codeOf(stage.echo('a').call('fail', {})), 'Internal')
      await back(stage, 'a', 7)
      t.match(
        stage.events.findLast(({ type }) => type === 'ended'),
        { reason: { type: 'crashed', message: 'a bug' } },
      )
    })
    return took.sort((x, y) => x - y)[2] ?? 0
  }
  const [cold, warm] = [await restarts({}), await restarts({ echo: 1 })]
  t.comment(`restart, median of five: cold ${cold.toFixed(1)} ms, warm ${warm.toFixed(1)} ms`)
})

t.test('no call stays unsettled, whoever dies whenever', async (t) => {
  const random = createRandom(seed)
  const names = ['a', 'b', 'c', 'd']
  const shared = { placement: { type: 'shared', thread: 'pair' } } as const
  const spec = tree([worker('a'), worker('b'), worker('c', {}, shared), worker('d', {}, shared)], { intensity: 1_000 })
  await onThreads(spec, { oversight: { poison: { crashes: 0 } } }, async (stage) => {
    const outcomes = new Map<string, number>()
    const calls: Promise<void>[] = []
    const note = (code: string) => void outcomes.set(code, (outcomes.get(code) ?? 0) + 1)
    let going = true
    const load = (async () => {
      while (going) {
        const [from, to] = [random.pick(names), random.pick(names)]
        // Only the peer's death can settle a call that is never answered: there is a minute until its deadline.
        const method = random.pick(['echo', 'never'] as const)
        const relayed = stage.echo(from).call('relay', { to, method, params: 1 as never, timeoutMs: 60_000 }, { timeoutMs: 60_000 })
        calls.push(
          relayed.then(
            ({ code = 'ok' }) => note(code),
            (error) => note(`direct ${error.code}`),
          ),
        )
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
    })()
    for (let i = 0; i < 15; i++) {
      const victim = random.pick(names)
      if (random.chance(0.3)) void codeOf(stage.echo(victim).call('fail', {}))
      else void stage.kill(victim)
      await new Promise((resolve) => setTimeout(resolve, random.between(30, 150)))
    }
    going = false
    await load
    for (const name of names) await stage.kill(name)
    // Everybody was killed once more: nothing can be waiting now for anybody who lives.
    const from = performance.now()
    await Promise.all(calls)
    t.ok(performance.now() - from < 5_000, 'at once, not at a deadline')
    t.comment(`${calls.length} calls: ${JSON.stringify(Object.fromEntries(outcomes))}`)
    t.ok((outcomes.get('ok') ?? 0) > 0)
    t.notOk(outcomes.has('DeadlineExceeded'))
    t.same(
      [...outcomes.keys()].filter((code) => !/^(direct )?(ok|ActorDown|ActorNotRunning|Internal)$/.test(code)),
      [],
    )
  })
})

t.test('a flooded actor keeps its mailbox within its bound and says what it refused', async (t) => {
  await onThreads(tree([worker('a')]), { hangMs: 0 }, async (stage) => {
    const a = stage.echo('a')
    const busy = a.call('spin', { ms: 700 })
    const flood = Array.from({ length: 12_000 }, () => codeOf(a.call('echo', 'x', { timeoutMs: 60_000 })))
    await busy
    const outcomes = new Map<string, number>()
    for (const code of await Promise.all(flood)) outcomes.set(code, (outcomes.get(code) ?? 0) + 1)
    const health = await stage.supervisor.incarnation('a')?.health()
    t.same([...outcomes.keys()].sort(), ['Overloaded', 'ok'], 'each call is settled, one way or the other')
    t.equal(outcomes.get('Overloaded'), health?.deadLetters['overloaded'])
    t.ok((outcomes.get('ok') ?? 0) >= 8_192)
    t.equal(incarnationOf(stage, 'a'), 1, 'and the actor lives')
  })
})

t.test('memory outside the heap has a bound, too', async (t) => {
  const more = { watchdog: { hangMs: 500, externalMiBMax: 80 } }
  await onThreads(tree([worker('a')]), { more }, async (stage) => {
    t.equal(await codeOf(stage.echo('a').call('hoard', { MiB: 40 })), 'ok')
    await stage.until('it is seen from outside', () => (stage.supervisor.incarnation('a')?.usage()?.externalBytes ?? 0) > 40 * 2 ** 20)
    t.equal(incarnationOf(stage, 'a'), 1)
    await codeOf(stage.echo('a').call('hoard', { MiB: 80 }))
    await back(stage, 'a', 2)
    t.match(
      stage.events.findLast(({ type }) => type === 'ended'),
      {
        reason: { type: 'out-of-memory', message: /MiB outside the heap are more than 80/ },
      },
    )
  })
})
