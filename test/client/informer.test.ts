/** Clients, watches and caches over cut connections, lost history, lost answers and late news. */
import t from 'tap'
import { ApiError } from '../../src/api/meta/status.js'
import type { Pod } from '../../src/api/types/core-v1.js'
import { createReadYourWrites } from '../../src/client/consistency.js'
import { createEventRecorder } from '../../src/client/events.js'
import { createInformer } from '../../src/client/informer.js'
import { compareResourceVersions, keyOf, pathOf, pods } from '../../src/client/resources.js'
import { decodeWatch } from '../../src/client/watch-stream.js'
import { createWorld, type World } from '../support/controller-world.js'

const pod = (name: string, labels: Record<string, string> = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', labels },
  spec: { containers: [] },
})

function informed(world: World) {
  const { context, client } = world.actor('watcher')
  const informer = createInformer(context, client, pods, { indexes: { app: ({ metadata }) => [metadata.labels?.app ?? ''] } })
  const told: string[] = []
  informer.addHandler({
    add: (object) => told.push(`+${object.metadata.name}`),
    update: (_old, object) => told.push(`~${object.metadata.name}`),
    delete: (object) => told.push(`-${object.metadata.name}`),
  })
  context.spawn('informer', () => informer.run())
  return { informer, told, client, context }
}
/** The cache and the API hold the same objects at the same versions. */
const agrees = ({ api }: World, cache: { list(): Pod[] }) => {
  const view = (list: Pod[]) =>
    list
      .map((one) => `${keyOf(one)}@${one.metadata.resourceVersion}`)
      .sort()
      .join()
  return view(cache.list()) === view(api.all('pods'))
}

t.test('an informer tells what is there, then what changes, and indexes it', async (t) => {
  const world = createWorld(1)
  world.api.put('pods', pod('a', { app: 'web' }))
  const { informer, told } = informed(world)
  await world.until('synced', () => informer.hasSynced())
  world.api.put('pods', pod('b', { app: 'web' }))
  world.api.put('pods', pod('a', { app: 'db' }))
  world.api.remove('pods', 'default/b')
  await world.run(100)
  t.strictSame(told, ['+a', '+b', '~a', '-b'])
  t.strictSame(informer.cache.byIndex('app', 'db').map(keyOf), ['default/a'])
  t.strictSame(informer.cache.byIndex('app', 'web'), [])
  world.stop()
})

t.test('a cut watch is resumed where it was, with nothing lost and nothing told twice', async (t) => {
  const world = createWorld(2)
  const { informer, told } = informed(world)
  await world.until('synced', () => informer.hasSynced())
  world.api.put('pods', pod('a'))
  await world.run(50)
  world.api.cutWatches()
  world.api.put('pods', pod('b'))
  world.api.put('pods', pod('b', { v: '2' }))
  await world.until('caught up', () => agrees(world, informer.cache))
  t.strictSame(told, ['+a', '+b', '~b'])
  t.equal(informer.progress().listSeen, 1, 'no second list was needed')
  world.stop()
})

t.test('a watch that is too old lists again; what went meanwhile is told as deleted, a namesake as two objects', async (t) => {
  const world = createWorld(3)
  const { informer, told } = informed(world)
  world.api.put('pods', pod('a'))
  world.api.put('pods', pod('b'))
  world.api.put('pods', pod('c'))
  await world.until('synced', () => informer.hasSynced())
  told.length = 0
  world.api.cutWatches()
  world.api.remove('pods', 'default/a')
  world.api.remove('pods', 'default/b')
  world.api.put('pods', pod('b'))
  world.api.compact()
  await world.until('caught up', () => agrees(world, informer.cache))
  t.strictSame(told, ['-a', '-b', '+b'])
  t.equal(informer.progress().listSeen, 2)
  world.stop()
})

t.test('a bookmark moves a quiet watch on, so that it survives compaction', async (t) => {
  const world = createWorld(4)
  const { informer } = informed(world)
  await world.until('synced', () => informer.hasSynced())
  world.api.put('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'noise', namespace: 'default' } })
  world.api.bookmark()
  await world.run(50)
  world.api.compact()
  world.api.cutWatches()
  await world.run(5000)
  t.equal(informer.progress().listSeen, 1)
  t.equal(informer.progress().resourceVersion, String(world.api.revision()))
  world.stop()
})

t.test('whatever happens to connections and history, caches end up equal to the API', async (t) => {
  for (let seed = 0; seed < 40; seed++) {
    const world = createWorld(`chaos ${seed}`, { watchDelayMs: () => 5 })
    const { informer } = informed(world)
    for (let step = 0; step < 60; step++) {
      const name = `p${world.random.below(6)}`
      const roll = world.random.below(12)
      if (roll < 7) world.api.put('pods', pod(name, { step: String(step) }))
      else if (roll < 9) world.api.remove('pods', `default/${name}`)
      else if (roll === 9) world.api.cutWatches()
      else if (roll === 10) world.api.compact()
      else world.api.bookmark()
      await world.run(world.random.below(20))
    }
    await world.until(`caches agree under seed ${seed}`, () => agrees(world, informer.cache), 200_000)
    world.stop()
  }
  t.pass('40 seeds')
})

t.test('lists and watches that are refused are tried again until they are not', async (t) => {
  for (const fate of ['refuse', 'lose-request', 'lose-answer'] as const) {
    let failing = true
    const world = createWorld(`refused ${fate}`, { fate: () => (failing ? fate : 'answer') })
    const { informer, told } = informed(world)
    world.api.put('pods', pod('a'))
    await world.run(3000)
    t.notOk(informer.hasSynced())
    t.strictSame(told, [], 'nothing is told before the first list')
    failing = false
    await world.until('synced', () => informer.hasSynced())
    t.strictSame(told, ['+a'])
    failing = true
    world.api.cutWatches()
    world.api.put('pods', pod('b'))
    world.api.compact()
    await world.run(3000)
    failing = false
    await world.until(`caught up (${fate})`, () => agrees(world, informer.cache))
    t.strictSame(told, ['+a', '+b'])
    world.stop()
  }
})

t.test('a list longer than a page arrives whole', async (t) => {
  const world = createWorld(5)
  for (let i = 0; i < 1203; i++) world.api.put('pods', pod(`p${i}`))
  const { informer } = informed(world)
  await world.until('synced', () => informer.hasSynced())
  t.equal(informer.cache.size, 1203)
  world.stop()
})

t.test('watch events are decoded however their bytes are cut', async (t) => {
  const text = '{"type":"ADDED","object":{"metadata":{"name":"é"}}}\n{"type":"BOOKMARK","object":{"metadata":{"name":"b"}}}\n'
  const bytes = new TextEncoder().encode(text)
  for (let cut = 0; cut <= bytes.length; cut++) {
    const events = []
    async function* chunks() {
      yield bytes.slice(0, cut)
      yield bytes.slice(cut)
    }
    for await (const { type, object } of decodeWatch(chunks())) events.push(`${type} ${object.metadata.name}`)
    t.strictSame(events, ['ADDED é', 'BOOKMARK b'])
  }
  async function* gone() {
    yield new TextEncoder().encode('{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}}\n')
  }
  const why = await (async () => {
    for await (const _ of decodeWatch(gone()));
  })().catch((error) => error)
  t.equal(why.status.code, 410)
  async function* torn() {
    yield bytes.slice(0, 20)
  }
  await t.rejects(
    async () => {
      for await (const _ of decodeWatch(torn()));
    },
    { code: 'BadMessage' },
  )
})

t.test('a cache is fresh only when it shows the own writes', async (t) => {
  let delay = 500
  const world = createWorld(6, { watchDelayMs: () => delay })
  const { informer, client } = informed(world)
  const writes = createReadYourWrites()
  await world.until('synced', () => informer.hasSynced())
  const act = async (work: () => Promise<unknown>) => {
    let done = false
    void work().then(() => {
      done = true
    })
    await world.until('the write is answered', () => done)
  }
  await act(async () => writes.wrote('x', informer, await client.create(pods, pod('a'))))
  t.notOk(writes.fresh('x'))
  t.ok(writes.fresh('y'), 'nobody else waits')
  await world.until('the creation is seen', () => writes.fresh('x'), 600)
  const [seen] = informer.cache.list()
  if (!seen) throw new Error('unreachable')
  await act(async () => {
    await client.delete(pods, 'a', { namespace: 'default' })
    writes.deleted('x', informer, seen)
  })
  t.notOk(writes.fresh('x'))
  await world.until('the deletion is seen', () => writes.fresh('x'), 600)
  delay = 1e9
  writes.unknown('x', informer)
  t.notOk(writes.fresh('x'))
  await world.until('a new list settles what is unknown', () => writes.fresh('x'), 1000)
  world.stop()
})

t.test('a client throws the Status it is answered, and waits when told to', async (t) => {
  const world = createWorld(7)
  const { client } = world.actor('tester')
  let error: unknown
  client.get(pods, 'nobody', { namespace: 'default' }).catch((e) => {
    error = e
  })
  await world.until('answered', () => error !== undefined)
  t.ok(error instanceof ApiError)
  t.equal((error as ApiError).message, 'pods "nobody" not found')
  let asked = 0
  const busy = world.actor('busy', {
    ...world.api.transport,
    request: async () => ({
      status: asked++ < 2 ? 429 : 200,
      headers: { 'retry-after': '1' },
      body: new TextEncoder().encode('{"kind":"Status","code":429}'),
    }),
  })
  let done = false
  busy.client.get(pods, 'x', { namespace: 'default' }).then(() => {
    done = true
  })
  await world.run(1500)
  t.notOk(done)
  await world.run(1000)
  t.ok(done)
  const plain = world.actor('plain', {
    ...world.api.transport,
    request: async () => ({ status: 200, headers: { 'content-type': 'text/plain' }, body: new TextEncoder().encode('ok') }),
  })
  t.equal(await plain.client.raw({ method: 'GET', path: '/readyz' }), 'ok')
  t.equal(pathOf(pods, 'a', 'b', 'status'), '/api/v1/namespaces/a/pods/b/status')
  t.ok(compareResourceVersions('9', '10') < 0)
  world.stop()
})

t.test('events of one kind count, many alike are combined, a flood is muted', async (t) => {
  const world = createWorld(8)
  const { context, client } = world.actor('recorder')
  const recorder = createEventRecorder({ context, client, component: 'tester' })
  const subject = world.api.put('pods', pod('a'))
  for (let i = 0; i < 3; i++) recorder.event(subject, 'Normal', 'Pulled', 'the same')
  await world.run(1000)
  const [one, ...others] = world.api.all('events')
  t.equal(others.length, 0)
  t.match(one, {
    count: 3,
    reason: 'Pulled',
    message: 'the same',
    source: { component: 'tester' },
    involvedObject: { uid: subject.metadata.uid },
  })
  t.match(one.metadata.name, /^a\.[0-9a-f]+$/)
  for (let i = 0; i < 14; i++) recorder.event(subject, 'Warning', 'Failed', `failure ${i}`)
  await world.run(1000)
  const failed = world.api.all('events').filter(({ reason }) => reason === 'Failed')
  t.equal(failed.length, 10, 'nine of their own and one for the rest')
  t.match(failed.at(-1), { count: 5, message: '(combined from similar events): failure 13' })
  for (let i = 0; i < 100; i++) recorder.event(subject, 'Normal', `Reason${i}`, 'x')
  await world.run(1000)
  t.equal(world.api.all('events').length, 11 + 25 - 17, 'the burst of 25 is used up')
  world.stop()
})
