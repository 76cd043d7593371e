/** What an embedder relies on: createCluster(), its errors, its end. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { type ClusterEvent, type ClusterOptions, CodedError, createCluster } from '../../src/index.js'
import { apiOf, startCluster, until } from '../support/cluster.js'
import { familyOf } from '../support/troupe.js'

t.setTimeout(290_000)

// Everything a cluster makes outside its data directory goes below a directory of this test's own.
const home = mkdtempSync(join(tmpdir(), 'troupe-library-'))
process.env['TMPDIR'] = home
t.teardown(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }))

const small: ClusterOptions = { nodes: 1, runtime: 'sim', hangMs: 5_000 }
const left = () => readdirSync(home).filter((name) => name.startsWith('troupe-'))

async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'none'
  } catch (error) {
    return error instanceof CodedError ? error.code : String(error)
  }
}

t.test('two clusters in one process', async (t) => {
  const [one, two] = await Promise.all([
    startCluster(t, { ...small, name: 'one' }),
    startCluster(t, { ...small, name: 'two', nodes: 2, replicas: 1 }),
  ])
  const [first, second] = [apiOf(one.kubeconfig), apiOf(two.kubeconfig)]
  t.not(one.server, two.server)
  t.not(one.dataDir, two.dataDir)
  const nodes = async (api: typeof first) => (await api.request('GET', '/api/v1/nodes')).body.items.length
  t.equal(await nodes(first), 1)
  t.equal(await nodes(second), 2)
  t.equal((await first.request('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'mine' } })).status, 201)
  t.equal((await second.request('GET', '/api/v1/namespaces/default/configmaps/mine')).status, 404)
  await t.rejects(
    first.request('GET', new URL('/readyz', two.server).href),
    /self-signed|unable to verify|signature|certificate/i,
    'each has a CA of its own',
  )
  t.equal(statSync(one.kubeconfigPath).mode & 0o777, 0o600)
  first.close()
  await one.stop()
  t.equal(one.state, 'stopped')
  t.equal(await nodes(second), 2, 'the end of one is not the end of the other')
  second.close()
  await two.stop()
  t.same(left(), [], 'their directories are gone')
})

t.test('events and kills', async (t) => {
  const cluster = await startCluster(t, small)
  const events: ClusterEvent[] = []
  const reading = (async () => {
    for await (const event of cluster.events) events.push(event)
  })()
  await cluster.kill('scheduler')
  await until('it runs again', () => events.some(({ type }) => type === 'running'))
  t.match(events, [{ type: String, name: 'scheduler' }])
  const scheduler = (await cluster.actors()).find(({ name }) => name === 'scheduler')
  t.match(scheduler, { state: 'running', incarnation: 2, restarts: 1, role: 'scheduler', lastExit: 'killed: killed by request' })
  t.match(scheduler?.path, ['troupe', 'control-plane'])
  await t.rejects(cluster.kill('nobody'), {
    code: 'NoSuchActor',
    message: /^Cannot kill "nobody": no actor of this name; there are store-1/,
  })
  await cluster.restart('scheduler')
  t.match(
    (await cluster.actors()).find(({ name }) => name === 'scheduler'),
    { state: 'running', incarnation: 3 },
    'by hand, though it ran',
  )
  await t.rejects(cluster.restart('nobody'), { code: 'NoSuchActor' })
  t.equal(cluster.state, 'running')
  const stops = [cluster.stop(), cluster.stop()]
  t.equal(cluster.state, 'stopping')
  await Promise.all(stops)
  await cluster.stop()
  await cluster[Symbol.asyncDispose]()
  t.equal(cluster.state, 'stopped')
  await reading
  t.equal(await codeOf(cluster.kill('scheduler')), 'none', 'who is dead may be killed again')
  await t.rejects(apiOf(cluster.kubeconfig).request('GET', '/readyz'), { code: 'ECONNREFUSED' })
})

t.test('what cannot be is refused', async (t) => {
  const refused: [ClusterOptions, string][] = [
    [{ name: 'No' }, 'name'],
    [{ name: '' }, 'name'],
    [{ name: 'a'.repeat(41) }, 'name'],
    [{ nodes: -1 }, 'nodes'],
    [{ nodes: 1.5 }, 'nodes'],
    [{ nodes: 251 }, 'nodes'],
    [{ replicas: 2 }, 'replicas'],
    [{ port: 70_000 }, 'port'],
    [{ runtime: 'docker' as 'sim' }, 'runtime'],
    [{ hangMs: -1 }, 'hangMs'],
    [{ hangMs: Number.NaN }, 'hangMs'],
    [{ raftProfile: 'slow' as 'fast' }, 'raftProfile'],
  ]
  for (const [options, option] of refused)
    await t.rejects(
      createCluster(options),
      { code: 'InvalidOption', details: { option }, message: `${option} is` },
      JSON.stringify(options),
    )

  const foreign = join(home, 'foreign')
  mkdirSync(foreign)
  writeFileSync(join(foreign, 'letter.txt'), 'mine')
  await t.rejects(createCluster({ ...small, dataDir: foreign }), {
    code: 'DataDirUnusable',
    message: /it is not empty and holds no cluster/,
  })
  t.same(readdirSync(foreign), ['letter.txt'], 'untouched')
  const file = join(home, 'file')
  writeFileSync(file, '')
  for (const dataDir of [file, join(file, 'below'), '/proc/nowhere', '/dev/null/below'])
    t.equal(await codeOf(createCluster({ ...small, dataDir })), 'DataDirUnusable', dataDir)
  const newer = join(home, 'newer')
  mkdirSync(newer)
  writeFileSync(join(newer, 'version'), '99\n')
  await t.rejects(createCluster({ ...small, dataDir: newer }), { code: 'DataDirUnusable', message: /its format is 99/ })

  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const before = familyOf(process.pid).length
  await t.rejects(createCluster({ nodes: 1, port }), { code: 'ListenFailed', message: /the port is in use/ })
  t.equal(familyOf(process.pid).length, before, 'no process is left')
  await new Promise((resolve) => server.close(resolve))
  t.same(left(), [], 'nor a directory')
})

t.test('a start that is aborted leaves nothing', async (t) => {
  const before = familyOf(process.pid).length
  await t.rejects(createCluster({ ...small, signal: AbortSignal.abort() }), { code: 'Aborted' }, 'before it begins')
  for (const step of ['directory', 'certificates', 'actors', 'api'] as const) {
    const abort = new AbortController()
    const reason = new Error('enough')
    const starting = createCluster({ nodes: 1, hangMs: 5_000, signal: abort.signal }, (progress) => {
      if (progress.step === step) abort.abort(reason)
    })
    await t.rejects(starting, { code: 'Aborted', cause: reason }, `at its ${step}`)
    t.same(left(), [], 'no directory is left')
    t.equal(familyOf(process.pid).length, before, 'no process is left')
  }
  const abort = new AbortController()
  const starting = createCluster({ nodes: 1, hangMs: 5_000, signal: abort.signal })
  setImmediate(() => abort.abort())
  t.equal(await codeOf(starting), 'Aborted', 'while its directory is made')
  t.same(left(), [])

  const running = new AbortController()
  const cluster = await createCluster({ ...small, signal: running.signal })
  running.abort()
  await until('it has stopped', () => cluster.state === 'stopped')
  t.same(left(), [], 'a signal also ends one that runs')
})

t.test('a directory outlives its cluster', async (t) => {
  const dataDir = join(home, 'kept')
  const kubeconfig = join(home, 'deep', 'kubeconfig')
  let address = ''
  {
    await using cluster = await createCluster({ ...small, dataDir, kubeconfig })
    address = cluster.server
    t.equal(cluster.kubeconfigPath, kubeconfig)
    t.equal(await codeOf(createCluster({ ...small, dataDir })), 'DataDirInUse')
    const api = apiOf(cluster.kubeconfig)
    t.equal((await api.request('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'kept' } })).status, 201)
    api.close()
  }
  t.notOk(existsSync(join(dataDir, 'lock')), 'await using has stopped it')
  const again = await startCluster(t, { ...small, dataDir })
  t.equal(again.server, address, 'the port is kept')
  const api = apiOf(again.kubeconfig)
  t.equal((await api.request('GET', '/api/v1/namespaces/default/configmaps/kept')).status, 200)
  api.close()
})

t.test('CommonJS', async (t) => {
  const required = createRequire(import.meta.url)('../../src/index.cjs') as Record<string, unknown>
  t.equal(required['createCluster'], createCluster)
  t.equal(required['CodedError'], CodedError)
})
