/** Whole replicas on the simulated stage: what is acknowledged stays, whoever dies, and nobody is told what is not so. */
import t from 'tap'
import { sleep } from '../../src/base/clock.js'
import { codeOf } from '../../src/base/errors.js'
import { isOutcomeUnknown } from '../../src/kernel/protocol.js'
import { createStoreClient } from '../../src/store/client.js'
import type { StoreReplicaConfig } from '../../src/store/config.js'
import type { StoreEvent, StoreProtocol, WatchItem } from '../../src/store/protocol.js'
import { always, bytes, put, type StoreWorld, storeWorld, text } from '../support/store-world.js'

const first = Number(process.env['TROUPE_SEED'] ?? 1)
const count = Number(process.env['TROUPE_SEEDS'] ?? 6)
const seeds = Array.from({ length: count }, (_, i) => first + i)

t.setTimeout(600_000)

const failure = (promise: Promise<unknown>): Promise<string | undefined> => promise.then(() => 'ok', codeOf)
const isUnknown = (code: string | undefined): boolean => code === 'LeaderChanged' || isOutcomeUnknown(code)

/** Small bounds, so that snapshots, segments and compactions happen all the time. */
const busy: Partial<StoreReplicaConfig> = { snapshotEntries: 25, catchUpEntries: 5, segmentBytesMax: 3000, progressMs: 200 }

interface Told {
  /** Unique keys whose put was acknowledged, with the revision. */
  readonly acknowledged: Map<string, number>
  readonly unknown: Set<string>
  /** Told not to be written. */
  readonly failed: Set<string>
}

/** Puts unique keys and checks that reads after an acknowledgement see it. The third writer asks any replica, and does not insist. */
async function write(
  { client, context, clock, random, names }: StoreWorld,
  told: Told,
  writer: number,
  until: () => boolean,
): Promise<void> {
  for (let i = 0; !until(); i++) {
    const key = `w${writer}/${String(i).padStart(5, '0')}`
    const value = 'x'.repeat(random.below(200))
    try {
      const { revision } =
        writer === 3
          ? await context.actor<StoreProtocol>(random.pick(names)).call('txn', put(key, value), { timeoutMs: 4_000 })
          : await client.txn(put(key, value), { timeoutMs: 2_000 })
      told.acknowledged.set(key, revision)
      if (random.chance(0.2)) {
        const read = random.chance(0.5)
          ? await client.readRevision({ timeoutMs: 3_000 })
          : (await client.range({ key }, { timeoutMs: 3_000 })).items[0]?.modRevision
        if (read === undefined || read < revision) throw new Error(`a read after ${revision} saw ${read}`)
      }
    } catch (error) {
      const code = codeOf(error)
      if (code === undefined) throw error
      if (!told.acknowledged.has(key)) (isUnknown(code) ? told.unknown : told.failed).add(key)
    }
    await sleep(clock, random.float() * 100)
  }
}

/** Kills, power cuts and restarts for a while; in the end everybody runs. */
async function torment(world: StoreWorld, rounds: number): Promise<void> {
  const { clock, random, names, running, start, kill, powerCut } = world
  for (let i = 0; i < rounds; i++) {
    await sleep(clock, random.between(50, 1500))
    const dead = names.filter((name) => !running().includes(name))
    const what = random.float()
    if (what < 0.1) await powerCut()
    else if (what < 0.55 && dead.length < 2) kill(random.pick(running()), random.chance(0.5))
    else if (dead.length > 0) await start(random.pick(dead))
  }
  for (const name of names) if (!running().includes(name)) await start(name)
}

/** A watch of everything from the first revision on. */
function follow(
  { client }: StoreWorld,
  key = 'w',
  end = 'x',
): { readonly events: StoreEvent[]; readonly items: WatchItem[]; stop(): Promise<void> } {
  const cancel = new AbortController()
  const events: StoreEvent[] = []
  const items: WatchItem[] = []
  const done = (async () => {
    for await (const item of client.watch({ key, end, startRevision: 2, previous: true }, { signal: cancel.signal })) {
      items.push(item)
      events.push(...item.events)
    }
  })()
  return {
    events,
    items,
    stop: () => {
      cancel.abort()
      return done
    },
  }
}

async function ordeal(world: StoreWorld) {
  const told: Told = { acknowledged: new Map(), unknown: new Set(), failed: new Set() }
  const watch = follow(world)
  let over = false
  const writers = [1, 2, 3].map((writer) => write(world, told, writer, () => over))
  await torment(world, 15)
  await sleep(world.clock, 1_000)
  over = true
  await Promise.all(writers)
  const all = await world.converged()
  const { items, revision } = await world.client.range({ key: 'w', end: 'x' })
  while (Math.max(0, ...watch.items.map((item) => item.revision)) < revision) await sleep(world.clock, 50)
  await watch.stop()
  return { told, all, items, watch, exits: world.exits }
}

t.test('under kills and power cuts of any and of all, what was told is so', { timeout: 300_000 }, async (t) => {
  let [acknowledged, unknown, failed] = [0, 0, 0]
  for (const seed of seeds) {
    const { result } = await storeWorld({ seed, settings: busy }, ordeal)
    const { told, all, items, watch, exits } = result
    const found = new Map(items.map((item) => [item.key, item]))
    const say = (what: string): string => `seed ${seed}: ${what}`
    for (const [key, revision] of told.acknowledged)
      if (found.get(key)?.modRevision !== revision) t.fail(say(`${key}, acknowledged at ${revision}, is at ${found.get(key)?.modRevision}`))
    for (const key of told.failed) if (found.has(key)) t.fail(say(`${key} was told not to be written`))
    for (const item of items) {
      if (item.version !== 1) t.fail(say(`${item.key} was written ${item.version} times`))
      if (!told.acknowledged.has(item.key) && !told.unknown.has(item.key)) t.fail(say(`nobody wrote ${item.key}`))
    }
    t.equal(new Set(all.map((one) => `${one.revision} ${one.keys} ${one.hash}`)).size, 1, say('replicas agree'))
    const expected = [...items].sort((a, b) => a.modRevision - b.modRevision).map((item) => `${item.modRevision} ${item.key}`)
    t.same(
      watch.events.map(({ item }) => `${item.modRevision} ${item.key}`),
      expected,
      say('the watch missed nothing and saw nothing twice'),
    )
    t.ok(
      watch.items.every((item, i) => i === 0 || item.revision >= (watch.items[i - 1] as WatchItem).revision),
      say('progress only rises'),
    )
    t.same(
      exits.filter(({ reason }) => reason.type !== 'killed'),
      [],
      say('nobody crashed'),
    )
    acknowledged += told.acknowledged.size
    unknown += told.unknown.size
    failed += told.failed.size
  }
  t.comment(`${acknowledged} acknowledged, ${unknown} unknown, ${failed} failed`)
  t.ok(unknown > 0 && failed > 0, 'and not everything went well')
  t.ok(acknowledged > 50 * seeds.length, 'enough was written for this to mean something')
})

t.test('a seed decides everything', { timeout: 300_000 }, async (t) => {
  const [a, b] = [await storeWorld({ seed: 'same', settings: busy }, ordeal), await storeWorld({ seed: 'same', settings: busy }, ordeal)]
  t.equal(a.hash, b.hash)
  t.not(a.hash, (await storeWorld({ seed: 'other', settings: busy }, ordeal)).hash)
})

t.test('three replicas elect a leader and take writes within a fraction of a second', async (t) => {
  const { result } = await storeWorld({ seed: 1 }, async ({ client, converged, clock }) => {
    await client.txn(put('a', '1'))
    const first = clock.monotonic()
    const { revision } = await client.txn(put('a', '2'))
    const item = (await client.range({ key: 'a' })).items[0]
    return { first, revision, value: text(item?.value as Uint8Array), read: await client.readRevision(), all: await converged() }
  })
  t.ok(result.first < 200, `first write after ${result.first} ms`)
  t.equal(result.revision, 3)
  t.equal(result.read, 3)
  t.equal(result.value, '2')
  t.same(result.all.map((one) => one.role).sort(), ['follower', 'follower', 'leader'])
})

t.test('when the leader dies writes go on, and those under way are not lost on the client', async (t) => {
  for (const seed of seeds) {
    const { result } = await storeWorld({ seed }, async ({ context, client, clock, leader, kill, names }) => {
      await client.txn(put('before', ''))
      const leading = await leader()
      const follower = names.find((name) => name !== leading) as string
      // Asked of a follower, so that whom they ask survives: their outcome is certain, and it is success.
      const ref = context.actor<StoreProtocol>(follower)
      await sleep(clock, 500)
      const writes = Array.from({ length: 20 }, async (_, i) => {
        await sleep(clock, i)
        return failure(ref.call('txn', put(`during-${i}`, '')))
      })
      await sleep(clock, 10)
      kill(leading)
      const at = clock.monotonic()
      const outcomes = await Promise.all(writes)
      const { items } = await client.range({ key: 'during', end: 'durinh' })
      return { outcomes, took: clock.monotonic() - at, versions: items.map((item) => item.version) }
    })
    t.strictSame(result.outcomes, Array(20).fill('ok'), `seed ${seed}`)
    t.strictSame(result.versions, Array(20).fill(1), `seed ${seed}: once each`)
    t.ok(result.took < 3_000, `seed ${seed}: ${result.took} ms`)
  }
})

t.test('told that the leader has died, the others need not wait for it', async (t) => {
  const takeover = async (leaderLossHint: boolean): Promise<number> => {
    const { result } = await storeWorld(
      { seed: 8, settings: { leaderLossHint } },
      async ({ client, clock, leader, kill, context, names }) => {
        await client.txn(put('before', ''))
        await sleep(clock, 500)
        const leading = await leader()
        const survivor = context.actor<StoreProtocol>(names.find((name) => name !== leading) as string)
        kill(leading)
        const at = clock.monotonic()
        await survivor.call('txn', put('after', ''))
        return clock.monotonic() - at
      },
    )
    return result
  }
  const [told, untold] = [await takeover(true), await takeover(false)]
  t.ok(told < 150, `${told} ms`)
  t.ok(untold > 300, `${untold} ms without`)
})

t.test("a replica has the core's bugs on purpose that its settings name, and no others", async (t) => {
  const read = async (settings: Partial<StoreReplicaConfig>): Promise<string | undefined> => {
    const { result } = await storeWorld({ seed: 9, settings }, async ({ client, leader, context, names }) => {
      await client.txn(put('before', ''))
      const leading = await leader()
      const follower = context.actor<StoreProtocol>(names.find((name) => name !== leading) as string)
      return failure(follower.call('readRevision', {}))
    })
    return result
  }
  t.equal(await read({ mutants: ['forwarded-read-answered-here'] }), 'NoLeader')
  t.equal(await read({}), 'ok')
})

t.test('without a majority nothing is written, and that is said', async (t) => {
  const { result } = await storeWorld({ seed: 3 }, async ({ context, client, clock, leader, kill, start, names }) => {
    await client.txn(put('before', ''))
    const leading = await leader()
    const [one, other] = names.filter((name) => name !== leading) as [string, string]
    kill(leading)
    kill(one)
    // Until it has noticed, a write goes out to the dead leader, and nobody can tell what became of it.
    const early = await failure(context.actor<StoreProtocol>(other).call('txn', put('early', '')))
    await sleep(clock, 2_000)
    const ref = context.actor<StoreProtocol>(other)
    const codes = {
      early,
      write: await failure(ref.call('txn', put('lonely', ''))),
      read: await failure(ref.call('readRevision', {})),
      local: await failure(ref.call('range', { key: 'before', serializable: true })),
    }
    await start(one)
    await client.txn(put('after', ''))
    return { codes, keys: (await client.range({ key: '\0', end: '\0' })).items.map((item) => item.key) }
  })
  t.same(result.codes, { early: 'LeaderChanged', write: 'NoLeader', read: 'NoLeader', local: 'ok' })
  t.same(result.keys, ['after', 'before'])
})

t.test('a single replica is a cluster', async (t) => {
  const { result } = await storeWorld({ seed: 4, replicas: 1, settings: busy }, async (world) => {
    for (let i = 0; i < 100; i++) await world.client.txn(put(`w/${i}`, String(i)))
    await world.powerCut()
    const { count, revision } = await world.client.range({ key: 'w/', end: 'w0', countOnly: true })
    return { count, revision }
  })
  t.same(result, { count: 100, revision: 101 })
})

t.test('a follower that was away too long gets a snapshot, and its watches see no gap', async (t) => {
  for (const seed of seeds) {
    const { result } = await storeWorld({ seed, settings: busy }, async (world) => {
      const { kill, start, converged, leader, names, logs, disks } = world
      await world.client.txn(put('w/first', ''))
      const leading = await leader()
      const client = createStoreClient(world.context, [leading])
      const away = names.find((name) => name !== leading) as string
      kill(away, true)
      for (let i = 0; i < 120; i++) await client.txn(put(`w/${i % 50}`, `value ${i}`))
      await client.compact(60)
      await start(away)
      const all = await converged()
      const seen: string[] = []
      const cancel = new AbortController()
      for await (const item of world.context
        .actor<StoreProtocol>(away)
        .stream('watch', { key: 'w', end: 'x', startRevision: 60, previous: true }, { signal: cancel.signal })) {
        seen.push(...item.events.map(({ item: one, previous }) => `${one.modRevision} ${one.key} ${previous?.modRevision}`))
        if (item.revision === 122) break
      }
      const segments = [...(disks.get(leading)?.contents().keys() ?? [])]
      return {
        hashes: new Set(all.map((one) => one.hash)).size,
        seen,
        installed: logs.some((record) => record.message === 'Installed a snapshot'),
        segments,
      }
    })
    t.equal(result.hashes, 1)
    t.ok(result.installed, `seed ${seed}: by a snapshot`)
    t.equal(result.seen.length, 63, 'from the compact revision on')
    t.same(result.seen.slice(0, 2), ['60 w/7 10', '61 w/8 11'], 'with the values before')
    t.ok(result.segments.length < 8, `the log was cut: ${result.segments.join(' ')}`)
  }
})

t.test('what is compacted cannot be read or watched', async (t) => {
  const { result } = await storeWorld({ seed: 5 }, async ({ client }) => {
    for (let i = 0; i < 10; i++) await client.txn(put('a', String(i)))
    await client.txn(always({ type: 'delete', key: 'a' }))
    await client.compact(8)
    const watch = async (startRevision: number): Promise<string> => {
      try {
        for await (const item of client.watch({ key: 'a', startRevision }))
          if (item.events.length > 0) return item.events.map(({ type }) => type).join(' ')
      } catch (error) {
        return `${codeOf(error)} ${JSON.stringify((error as { details?: unknown }).details)}`
      }
      return 'ended'
    }
    return {
      old: await failure(client.range({ key: 'a', revision: 7 })),
      at: text((await client.range({ key: 'a', revision: 8 })).items[0]?.value as Uint8Array),
      future: await failure(client.range({ key: 'a', revision: 13 })),
      again: await failure(client.compact(8)),
      beyond: await failure(client.compact(99)),
      watchOld: await watch(7),
      watchAt: await watch(8),
      last: await watch(12),
    }
  })
  t.same(result, {
    old: 'Compacted',
    at: '6',
    future: 'FutureRevision',
    again: 'Compacted',
    beyond: 'FutureRevision',
    watchOld: 'Compacted {"compactRevision":8}',
    watchAt: 'put put put put delete',
    last: 'delete',
  })
})

t.test('a slow watcher catches up by itself and holds up nobody', async (t) => {
  const { result } = await storeWorld({ seed: 6 }, async ({ client, context, names, clock }) => {
    await client.txn(put('w/0', ''))
    const ref = context.actor<StoreProtocol>(names[0] as string)
    const slow = ref.stream('watch', { key: 'w', end: 'x', startRevision: 2 }, { credit: 1 })[Symbol.asyncIterator]()
    const fast = follow({ client } as StoreWorld)
    const began = clock.monotonic()
    for (let i = 1; i < 300; i++)
      await client.txn(always({ type: 'put', key: `w/${i}`, value: bytes('a') }, { type: 'put', key: `w/${i}b`, value: bytes('b') }))
    const took = clock.monotonic() - began
    while (fast.events.length < 599) await sleep(clock, 10)
    await fast.stop()
    const items: WatchItem[] = []
    while (items.reduce((sum, item) => sum + item.events.length, 0) < 599) items.push((await slow.next()).value as WatchItem)
    return { took, items }
  })
  const events = result.items.flatMap((item) => item.events)
  t.ok(result.items.length < 10, `in ${result.items.length} items`)
  t.same(
    events.map(({ item }) => item.modRevision),
    [2, ...Array.from({ length: 299 }, (_, i) => [i + 3, i + 3]).flat()],
  )
  for (const [i, item] of result.items.entries()) {
    const next = result.items[i + 1]?.events[0]
    t.ok(!next || next.item.modRevision > item.revision, 'a revision is never split')
  }
})

t.test('a watch is told how far it is when somebody asks how far the store is', async (t) => {
  const { result } = await storeWorld({ seed: 7 }, async ({ client, clock }) => {
    const cancel = new AbortController()
    const items: WatchItem[] = []
    const done = (async () => {
      for await (const item of client.watch({ key: 'quiet' }, { signal: cancel.signal })) items.push(item)
    })()
    while (items.length === 0) await sleep(clock, 5)
    for (let i = 0; i < 10; i++) await client.txn(put('loud', ''))
    const revision = await client.readRevision()
    const at = clock.monotonic()
    while ((items.at(-1)?.revision ?? 0) < revision) await sleep(clock, 1)
    const took = clock.monotonic() - at
    cancel.abort()
    await done
    return { items, took, revision }
  })
  t.equal(result.items[0]?.revision, 1, 'opened')
  t.equal(result.items.at(-1)?.revision, 11)
  t.ok(result.took < 20, `${result.took} ms`)
})

t.test('a replica whose log is damaged refuses to start, and the others go on', async (t) => {
  const { result } = await storeWorld({ seed: 8 }, async ({ client, disks, kill, start, names, exits }) => {
    for (let i = 0; i < 20; i++) await client.txn(put(`w/${i}`, 'value'))
    const name = names[2] as string
    kill(name)
    disks.get(name)?.flipBit('wal-0000000001.log', 300)
    await start(name).catch(() => {})
    await client.txn(put('w/after', ''))
    return exits.map(({ reason }) => `${reason.type}: ${reason.message}`)
  })
  t.equal(result.length, 2)
  t.match(result[1], /^crashed: init failed: Cannot read "wal-0000000001.log"/)
})

t.test('a disk that fails to sync ends its replica, and no acknowledgement is lost', { timeout: 300_000 }, async (t) => {
  for (const seed of seeds) {
    const { result } = await storeWorld({ seed }, async (world) => {
      const { client, disks, start, clock, running, names } = world
      const told: Told = { acknowledged: new Map(), unknown: new Set(), failed: new Set() }
      let over = false
      const writers = [1, 2].map((writer) => write(world, told, writer, () => over))
      for (let i = 0; i < 6; i++) {
        await sleep(clock, 300)
        const disk = disks.get(world.random.pick(running()))
        if (!disk || running().length < 3) continue
        disk.faults.syncFails = 1
        while (running().length === 3) await sleep(clock, 5)
        disk.faults.syncFails = 0
        for (const name of names) if (!running().includes(name)) await start(name)
      }
      over = true
      await Promise.all(writers)
      await world.powerCut()
      const { items } = await client.range({ key: 'w', end: 'x' })
      const found = new Set(items.map((item) => `${item.key}@${item.modRevision}`))
      return {
        lost: [...told.acknowledged].filter(([key, revision]) => !found.has(`${key}@${revision}`)),
        crashed: world.exits.filter(({ reason }) => reason.type === 'crashed').length,
        written: found.size,
      }
    })
    t.strictSame(result.lost, [], `seed ${seed}`)
    t.ok(result.crashed > 0 && result.written > 20, `seed ${seed}: ${result.crashed} crashes, ${result.written} writes`)
  }
})

t.test('the lead is given to whom it should go, from wherever it is asked', async (t) => {
  const { result } = await storeWorld({ seed: 9 }, async ({ client, context, leader, names, status }) => {
    await client.txn(put('a', ''))
    const before = await leader()
    const target = names.find((name) => name !== before) as string
    const third = names.find((name) => name !== before && name !== target) as string
    await context.actor<StoreProtocol>(third).call('transferLeadership', { to: names.indexOf(target) + 1 })
    const after = await leader()
    await context.actor<StoreProtocol>(after).call('transferLeadership', {})
    const last = await leader()
    const wrong = await failure(context.actor<StoreProtocol>(last).call('transferLeadership', { to: 9 }))
    return { target, after, last, wrong, terms: (await status(last)).term }
  })
  t.equal(result.after, result.target)
  t.not(result.last, result.after)
  t.equal(result.wrong, 'InvalidRequest')
})

t.test('a range that is too large for one message is joined by the client', async (t) => {
  const { result } = await storeWorld({ seed: 10 }, async ({ client }) => {
    for (let i = 0; i < 14; i++) await client.txn(put(`big/${String(i).padStart(2, '0')}`, String(i).repeat(500_000)))
    const all = await client.range({ key: 'big/', end: 'big0' })
    const some = await client.range({ key: 'big/', end: 'big0', limit: 12 })
    return { all: all.items.map((item) => item.key), more: [all.more, some.more], some: some.items.length, count: [all.count, some.count] }
  })
  t.equal(result.all.length, 14)
  t.same([...result.all].sort(), result.all)
  t.same(result.more, [false, true])
  t.equal(result.some, 12)
  t.same(result.count, [14, 14])
})
