/** What is bounded on real threads: the time calls may stay open after a death, mailboxes, memory. */
import t from 'tap'
import { CodedError } from '../../src/base/errors.js'
import { createRandom } from '../../src/base/random.js'
import type { createThreadHost } from '../../src/kernel/thread/host.js'
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
    t.ok((stage.host as ReturnType<typeof createThreadHost>).rssBytes > 40 * 2 ** 20)
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
