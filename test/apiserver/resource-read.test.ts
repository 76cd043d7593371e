/** What a reader may rely on: resourceVersions, pages, selectors, and watches that miss nothing. */
import t from 'tap'
import { createRandom } from '../../src/base/random.js'
import { createMemoryStore } from '../support/memory-store.js'
import { createResourceWorld, type Loose, patchHeaders, type ResourceWorld } from '../support/resource-world.js'

const configMaps = '/api/v1/namespaces/default/configmaps'
const make = (world: ResourceWorld, name: string, more: object = {}, metadata: object = {}) =>
  world.must(201, 'POST', configMaps, { metadata: { name, ...metadata }, ...more })
const names = (list: Loose): string[] => list.items.map((item: Loose) => item.metadata.name)

t.test('resourceVersion says how new an answer must be', async (t) => {
  const world = await createResourceWorld()
  const made = await make(world, 'a')
  const release = world.store.holdWatches()
  await world.store.txn({
    compare: [],
    success: [
      {
        type: 'put',
        key: '/registry/configmaps/default/b',
        value: new TextEncoder().encode('{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"b","namespace":"default"}}'),
      },
    ],
    failure: [],
  })
  t.same(names(await world.must(200, 'GET', `${configMaps}?resourceVersion=0`)), ['a'], '0 is answered from what is there')
  t.same(names(await world.must(200, 'GET', `${configMaps}?resourceVersion=${made.metadata.resourceVersion}`)), ['a'], 'not older than')
  t.match(await world.must(504, 'GET', `${configMaps}?resourceVersion=99999999`), {
    message: /^Timeout: Too large resource version: 99999999, current: \d+$/,
    reason: 'Timeout',
    details: { retryAfterSeconds: 1, causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }] },
  })
  const list = world.ask('GET', configMaps)
  release()
  t.same(names((await list).body), ['a', 'b'], 'unset waits for the newest state')
  const exact = await world.must(200, 'GET', `${configMaps}?resourceVersion=${made.metadata.resourceVersion}&resourceVersionMatch=Exact`)
  t.same(names(exact), ['a'])
  t.equal(exact.metadata.resourceVersion, made.metadata.resourceVersion)
  t.equal(
    (await world.must(422, 'GET', `${configMaps}?resourceVersionMatch=Exact`)).message,
    'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
  )
  t.equal(
    (await world.must(500, 'GET', `${configMaps}?resourceVersion=abc`)).message,
    'resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
  )
  t.equal(
    (await world.must(400, 'GET', `${configMaps}?continue=abc`)).message,
    "invalid continue token: continue key is not valid: invalid character 'i' looking for beginning of value",
  )
})

t.test('pages show one state, whatever is written meanwhile', async (t) => {
  const seed = 7
  const world = await createResourceWorld({ seed })
  const random = createRandom(seed)
  const all = Array.from({ length: 25 }, (_, i) => `cm-${String(i).padStart(2, '0')}`)
  for (const name of all) await make(world, name, {}, { labels: { parity: Number(name.slice(3)) % 2 ? 'odd' : 'even' } })
  let page = await world.must(200, 'GET', `${configMaps}?limit=7`)
  const seen = names(page)
  const first = page.metadata.resourceVersion
  t.equal(page.metadata.remainingItemCount, 18)
  while (page.metadata.continue) {
    const victim = random.pick(all)
    await world.ask('DELETE', `${configMaps}/${victim}`)
    await make(world, `new-${random.uint32()}`)
    page = await world.must(200, 'GET', `${configMaps}?limit=7&continue=${page.metadata.continue}`)
    t.equal(page.metadata.resourceVersion, first)
    seen.push(...names(page))
  }
  t.same(seen, all, `seed ${seed}`)
  t.notOk('remainingItemCount' in page.metadata)
  const odd = await world.must(
    200,
    'GET',
    `${configMaps}?limit=3&labelSelector=parity=odd&resourceVersion=${first}&resourceVersionMatch=Exact`,
  )
  t.same(names(odd), ['cm-01', 'cm-03', 'cm-05'])
  t.ok(odd.metadata.continue)
  t.notOk('remainingItemCount' in odd.metadata, 'not told when a selector is at work')
  await world.store.compact(world.store.revision)
  const gone = await world.must(410, 'GET', `${configMaps}?limit=3&continue=${odd.metadata.continue}`)
  t.match(gone, { reason: 'Expired', message: /^The provided continue parameter is too old/, metadata: { continue: /./ } })
  const rest = await world.must(200, 'GET', `${configMaps}?limit=100&labelSelector=parity=odd&continue=${gone.metadata.continue}`)
  t.ok(
    names(rest).every((name) => name > 'cm-05'),
    'the new token goes on where the old one was, in the newest state',
  )
})

t.test('selectors', async (t) => {
  const world = await createResourceWorld()
  await make(world, 'a', {}, { labels: { tier: 'web' } })
  await make(world, 'b', {}, { labels: { tier: 'db' } })
  await make(world, 'c')
  t.same(names(await world.must(200, 'GET', `${configMaps}?labelSelector=tier%20in%20(web,db)`)), ['a', 'b'])
  t.same(names(await world.must(200, 'GET', `${configMaps}?labelSelector=!tier`)), ['c'])
  t.same(names(await world.must(200, 'GET', `${configMaps}?fieldSelector=metadata.name!%3Da`)), ['b', 'c'])
  t.same(names(await world.must(200, 'GET', `${configMaps}?fieldSelector=metadata.name%3Db`)), ['b'])
  t.equal((await world.must(400, 'GET', `${configMaps}?fieldSelector=spec.x%3Db`)).message, 'field label not supported: spec.x')
})

t.test('a watch tells every change once and in order, through concurrent writers', async (t) => {
  const seed = 11
  const world = await createResourceWorld({ seed })
  const start = (await world.must(200, 'GET', configMaps)).metadata.resourceVersion
  const watcher = await world.watch(`${configMaps}?watch=1&resourceVersion=${start}`)
  const writers = Array.from({ length: 6 }, async (_, w) => {
    const random = createRandom(`${seed}/${w}`)
    for (let i = 0; i < 25; i++) {
      const name = `cm-${random.below(4)}`
      await world.ask('POST', configMaps, { metadata: { name } })
      await world.ask('PATCH', `${configMaps}/${name}`, { data: { w: `${w}-${i}` } }, patchHeaders('merge'))
      if (random.chance(0.3)) await world.ask('DELETE', `${configMaps}/${name}`)
    }
  })
  await Promise.all(writers)
  const final = await world.must(200, 'GET', configMaps)
  const state = new Map<string, string>()
  let last = Number(start)
  while (last < Number(final.metadata.resourceVersion)) {
    const [event] = await watcher.next()
    const { name, resourceVersion = '' } = event?.object.metadata ?? { name: '' }
    t.ok(Number(resourceVersion) > last, `in order (seed ${seed})`) || t.bailout()
    last = Number(resourceVersion)
    if (event?.type === 'ADDED' && state.has(name)) t.fail(`${name} ADDED twice`)
    if (event?.type !== 'ADDED' && !state.has(name)) t.fail(`${name} ${event?.type} out of nothing`)
    if (event?.type === 'DELETED') state.delete(name)
    else state.set(name, resourceVersion)
  }
  t.same(
    [...state].sort(),
    final.items.map((item: Loose) => [item.metadata.name, item.metadata.resourceVersion]),
  )
  watcher.close()
})

t.test('a watch with a selector tells who enters and who leaves', async (t) => {
  const world = await createResourceWorld()
  const watcher = await world.watch(`${configMaps}?watch=1&labelSelector=on=yes`)
  const label = (value: string) =>
    world.must(200, 'PATCH', `${configMaps}/a`, { metadata: { labels: { on: value } } }, patchHeaders('merge'))
  await make(world, 'a', { data: { k: '1' } })
  const entered = await label('yes')
  const left = await label('no')
  await label('yes')
  const gone = await world.must(200, 'DELETE', `${configMaps}/a`)
  const events = await watcher.next(4)
  t.same(
    events.map(({ type }) => type),
    ['ADDED', 'DELETED', 'ADDED', 'DELETED'],
  )
  t.equal(events[0]?.object.metadata.resourceVersion, entered.metadata.resourceVersion)
  t.match(
    events[1]?.object.metadata,
    { resourceVersion: left.metadata.resourceVersion, labels: { on: 'yes' } },
    'as it was, at the revision of the change',
  )
  t.ok(
    Number(events[3]?.object.metadata.resourceVersion) > Number(events[2]?.object.metadata.resourceVersion),
    'a deletion has its own revision',
  )
  t.equal(gone.status, 'Success')
})

t.test('initial events, bookmarks and the end of a watch', async (t) => {
  const world = await createResourceWorld()
  await make(world, 'a')
  await make(world, 'b')
  const plain = await world.watch(`${configMaps}?watch=1&timeoutSeconds=130&allowWatchBookmarks=true`)
  const { events } = await plain.rest()
  t.same(
    events.map(({ type }) => type),
    ['ADDED', 'ADDED', 'BOOKMARK', 'BOOKMARK', 'BOOKMARK'],
  )
  t.strictSame(Object.keys(events[2]?.object ?? {}).sort(), ['apiVersion', 'kind', 'metadata'])
  const streaming = await world.watch(
    `${configMaps}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
  )
  const initial = await streaming.next(3)
  t.same(
    initial.map(({ type }) => type),
    ['ADDED', 'ADDED', 'BOOKMARK'],
  )
  t.match(initial[2]?.object.metadata, { annotations: { 'k8s.io/initial-events-end': 'true' } })
  streaming.close()
  t.equal((await world.must(422, 'GET', `${configMaps}?watch=1&sendInitialEvents=true`)).reason, 'Invalid')
})

t.test('a watcher that was away goes on where it was; one that is too late is told', async (t) => {
  const memory = createMemoryStore()
  const before = await createResourceWorld({ memory })
  const { resourceVersion } = (await make(before, 'a')).metadata
  await make(before, 'b')
  before.stop()
  const world = await createResourceWorld({ memory })
  const resumed = await world.watch(`${configMaps}?watch=1&resourceVersion=${resourceVersion}`)
  t.same(
    (await resumed.next()).map(({ type, object }) => [type, object.metadata.name]),
    [['ADDED', 'b']],
    'the past is known after a restart',
  )
  resumed.close()
  await memory.compact(memory.revision)
  world.stop()
  const later = await createResourceWorld({ memory })
  const late = await later.watch(`${configMaps}?watch=1&resourceVersion=${resourceVersion}`)
  t.match((await late.rest()).error, {
    code: 410,
    reason: 'Expired',
    message: new RegExp(`^too old resource version: ${resourceVersion} \\(\\d+\\)$`),
  })
})

t.test('a slow watcher is cut and hurts nobody', async (t) => {
  const world = await createResourceWorld()
  await make(world, 'a')
  const slow = await world.watch(`${configMaps}?watch=1&resourceVersion=${world.resources.lookup.revision}`)
  const quick = await world.watch(`${configMaps}?watch=1&resourceVersion=${world.resources.lookup.revision}`)
  await world.must(200, 'PATCH', `${configMaps}/a`, { data: { n: '-1' } }, patchHeaders('merge'))
  await slow.next()
  await quick.next()
  const value = new TextEncoder().encode('{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"x","namespace":"default"}}')
  for (let round = 0; round < 90; round++) {
    const success = Array.from({ length: 100 }, (_, i) => ({ type: 'put' as const, key: `/registry/configmaps/default/b-${i}`, value }))
    await world.store.txn({ compare: [], success, failure: [] })
    await quick.next(100)
  }
  t.equal((await slow.rest()).error?.code, 410)
  quick.close()
})
