/** Schedules of the simulator: what they may reorder and what not, what they find, and that they can be replayed and shrunk. */
import t from 'tap'
import { createExploration, createScript, formatDeviations, parseDeviations, recorded } from '../../src/sim/schedule/script.js'
import { shrink } from '../../src/sim/schedule/shrink.js'
import { memberOf, scheduleOf } from '../../src/sim/schedule/strategies.js'
import type { Schedule } from '../../src/sim/schedule/strategy.js'
import { createTimeline } from '../../src/sim/timeline.js'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Plays happenings [at, actor, name] under a schedule; the names in the order in which they happened. */
async function play(happenings: readonly (readonly [number, string, string])[], schedule: Schedule | undefined): Promise<string[]> {
  const timeline = createTimeline({ seed: 1, turn, schedule })
  const order: string[] = []
  for (const [at, actor, name] of happenings) timeline.after(at, name, () => order.push(name), { actor, lane: actor })
  await timeline.run(() => false, { virtualMs: 1_000 })
  return order
}

const always = (choice: number): Schedule => ({ windowMs: 5, strategy: { choose: ({ length }) => Math.min(choice, length - 1) } })

t.test('a schedule reorders within its window, never within a lane', async (t) => {
  const three = [
    [1, 'a', 'a1'],
    [2, 'a', 'a2'],
    [3, 'b', 'b1'],
    [20, 'c', 'late'],
  ] as const
  t.same(await play(three, undefined), ['a1', 'a2', 'b1', 'late'])
  t.same(await play(three, always(0)), ['a1', 'a2', 'b1', 'late'])
  t.same(await play(three, always(9)), ['b1', 'a1', 'a2', 'late'], 'a2 does not overtake a1, and nobody waits for what is late')
})

t.test('time never runs back', async (t) => {
  const timeline = createTimeline({ seed: 1, turn, schedule: always(9) })
  const times: number[] = []
  for (let i = 0; i < 10; i++) timeline.after(i, `${i}`, () => times.push(timeline.clock.monotonic()), { actor: `${i}`, lane: `${i}` })
  await timeline.run(() => false, { virtualMs: 1_000 })
  t.equal(times.length, 10)
  t.same(
    [...times].sort((a, b) => a - b),
    times,
  )
})

/** Two actors add to a number by reading and, later, writing it: an update is lost when both read first. */
async function lostUpdate(schedule: Schedule | undefined): Promise<boolean> {
  const timeline = createTimeline({ seed: 1, turn, schedule })
  let value = 0
  const add = (actor: string, at: number) => {
    const place = { actor, lane: actor }
    timeline.after(
      at,
      `${actor} reads`,
      () => {
        const read = value
        timeline.after(0.1, `${actor} writes`, () => (value = read + 1), place)
      },
      place,
    )
  }
  add('x', 1)
  add('y', 2)
  for (let i = 0; i < 5; i++) timeline.after(i, 'noise', () => {}, { actor: `n${i}`, lane: `n${i}` })
  await timeline.run(() => false, { virtualMs: 1_000 })
  return value !== 2
}

t.test('pct and delays find what the order as it is due does not; a script replays and shrinks it', async (t) => {
  t.notOk(await lostUpdate(undefined))
  const windowMs = 5
  const found = []
  for (let seed = 0; seed < 200; seed++) {
    const schedule = scheduleOf('pct:2', String(seed), 8) as Schedule
    const strategy = recorded(schedule.strategy)
    if (await lostUpdate({ ...schedule, strategy })) found.push(strategy.deviations)
  }
  t.ok(found.length > 0, `${found.length} of 200 seeds lose the update`)
  const [deviations = []] = found
  t.ok(await lostUpdate({ windowMs, strategy: createScript(deviations) }), 'the script of a run is that run')
  const smallest = await shrink(deviations, (some) => lostUpdate({ windowMs, strategy: createScript(some) }))
  t.ok(smallest.length >= 1 && smallest.length <= deviations.length)
  for (let i = 0; i < smallest.length; i++)
    t.notOk(await lostUpdate({ windowMs, strategy: createScript(smallest.filter((_, at) => at !== i)) }), 'every deviation left is needed')
  t.same(parseDeviations(formatDeviations(smallest)), smallest)
})

t.test('an exploration tries every order once', async (t) => {
  const exploration = createExploration({ depth: 10, windowMs: 5 })
  const orders: string[] = []
  for (let schedule = exploration.next(); schedule; schedule = exploration.next())
    orders.push(
      (
        await play(
          [
            [1, 'a', 'a'],
            [1, 'b', 'b'],
            [1, 'c', 'c'],
            [1, 'd', 'd'],
          ],
          schedule,
        )
      ).join(''),
    )
  t.equal(orders.length, 24)
  t.equal(new Set(orders).size, 24)
  t.equal(exploration.runs, 24)
  const bounded = createExploration({ depth: 1, windowMs: 5 })
  let runs = 0
  for (let schedule = bounded.next(); schedule; schedule = bounded.next(), runs++) await lostUpdate(schedule)
  t.equal(runs, 7, 'one decision between all that is due in the window')
})

t.test('strategies are decided by the seed, and the portfolio takes each in turn', (t) => {
  const choices = (name: string, seed: string) => {
    const schedule = scheduleOf(name, seed) as Schedule
    const actors = ['a', 'b', 'c', 'd'].map((actor) => ({ actor, label: actor, at: 0 }))
    return Array.from({ length: 50 }, (_, step) => schedule.strategy.choose(actors, step))
  }
  for (const name of ['pct:2', 'pct:5', 'fair-pct:3']) {
    t.same(choices(name, '1'), choices(name, '1'))
    t.notSame(new Set(['1', '2', '3', '4', '5', '6'].map((seed) => choices(name, seed).join())).size, 1)
  }
  t.equal(scheduleOf('random', '1'), undefined)
  const members = new Set(Array.from({ length: 8 }, (_, seed) => memberOf(String(seed))))
  t.ok(members.has('random') && members.has('pct:2') && members.has('delay:10') && members.has('fair-pct:3'))
  t.equal(memberOf('a text'), memberOf('a text'))
  t.end()
})

t.test('what is no strategy and no schedule is refused', (t) => {
  for (const name of ['', 'fast', 'pct', 'pct:0', 'pct:x', 'delay:1.5', 'random:1'])
    t.throws(() => scheduleOf(name, '1'), { code: 'InvalidOption', message: `Cannot schedule by "${name}"` })
  for (const text of ['1', '1.', 'x.1', '1.1;2.2'])
    t.throws(() => parseDeviations(text), { code: 'InvalidOption', message: 'Cannot read the schedule' })
  t.end()
})

t.test('shrinking keeps what is needed and gives up in time', async (t) => {
  const numbers = Array.from({ length: 64 }, (_, i) => i)
  t.same(await shrink(numbers, async (some) => some.includes(17) && some.includes(42)), [17, 42])
  t.same(await shrink(numbers, async () => true), [])
  let trials = 0
  const left = await shrink(numbers, async (some) => ++trials > 0 && some.length >= 60, { trialsMax: 10 })
  t.equal(trials, 10)
  t.ok(left.length >= 60)
})
