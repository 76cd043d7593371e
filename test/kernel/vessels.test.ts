/** What shared and spare threads are for: memory and time. */
import t from 'tap'
import { CodedError } from '../../src/base/errors.js'
import type { Placement } from '../../src/kernel/host.js'
import { createThreadHost } from '../../src/kernel/thread/host.js'
import { onThreads, type Stage, tree, worker } from './stages.js'

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'ok',
    (error) => (error instanceof CodedError ? error.code : String(error)),
  )
const incarnationOf = (stage: Stage, name: string) => stage.context.running().find((actor) => actor.name === name)?.incarnation
const back = (stage: Stage, name: string, incarnation: number) =>
  stage.until(`${name}#${incarnation} is back`, () => incarnationOf(stage, name) === incarnation)

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
      for (let i = 2; i <= 4; i++) {
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
      await back(stage, 'a', 4)
      t.equal(await codeOf(stage.echo('a').call('fail', {})), 'Internal')
      await back(stage, 'a', 5)
      t.match(
        stage.events.findLast(({ type }) => type === 'ended'),
        { reason: { type: 'crashed', message: 'a bug' } },
      )
    })
    return took.sort((x, y) => x - y)[1] ?? 0
  }
  const [cold, warm] = [await restarts({}), await restarts({ echo: 1 })]
  t.comment(`restart, median of three: cold ${cold.toFixed(1)} ms, warm ${warm.toFixed(1)} ms`)
})
