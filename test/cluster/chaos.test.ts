/**
 * Every actor of a cluster is killed in turn while a client writes and another watches. What the cluster acknowledged
 * must be there, watches must tell everything in order, and all must run again. ROUNDS (default 1) says how often each
 * actor is killed.
 */
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import t from 'tap'
import type { Cluster } from '../../src/index.js'
import { type Api, apiOf, startCluster, until } from '../support/cluster.js'

t.setTimeout(290_000)

const rounds = Number(process.env['ROUNDS'] ?? 1)
const configMaps = '/api/v1/namespaces/default/configmaps'
const labels = { written: 'yes' }
const selector = 'labelSelector=written%3Dyes'

interface Written {
  /** resourceVersions of all acknowledged writes, in order. */
  readonly acknowledged: { readonly name: string; readonly value: string; readonly version: bigint }[]
  /** For each name what it may hold: the last acknowledged value, and those of later writes whose outcome is unknown. */
  readonly possible: Map<string, Set<string>>
  readonly surprises: string[]
}

/** Writes one ConfigMap after the other, creates and changes by turns, until it is stopped. */
function startWriter(api: Api): { readonly written: Written; stop(): Promise<void> } {
  const written: Written = { acknowledged: [], possible: new Map(), surprises: [] }
  let stopped = false
  const write = async (n: number): Promise<void> => {
    // Four of five writes change a few objects over and over; the fifth makes a new one.
    const name = n % 5 === 0 ? `new-${n}` : `changed-${n % 5}`
    const value = String(n)
    const known = written.possible.get(name)
    try {
      const { status, body, text } = known
        ? await api.request('PATCH', `${configMaps}/${name}`, { data: { value } }, { 'content-type': 'application/merge-patch+json' })
        : await api.request('POST', configMaps, { metadata: { name, labels }, data: { value } })
      if (status === 200 || status === 201) {
        written.acknowledged.push({ name, value, version: BigInt(body.metadata.resourceVersion) })
        written.possible.set(name, new Set([value]))
        return
      }
      // A create whose outcome was unknown did happen: from now on the object is changed.
      if (status === 409 && !known && body.reason === 'AlreadyExists') return void written.possible.set(name, new Set(['unknown']))
      if (status < 500 && status !== 429) written.surprises.push(`${name}: ${status} ${text}`)
      known?.add(value)
    } catch {
      // The connection broke: it may have been written.
      known?.add(value)
    }
  }
  const done = (async () => {
    for (let n = 0; !stopped; n++) await write(n)
  })()
  return {
    written,
    stop() {
      stopped = true
      return done
    },
  }
}

interface Seen {
  /** resourceVersion of every event. */
  readonly versions: Set<string>
  readonly violations: string[]
  connections: number
  relists: number
  last: bigint
}

interface WatchEvent {
  readonly type: string
  readonly object: { readonly metadata?: { readonly resourceVersion: string }; readonly code?: number }
}

/** Watches from `from` on, and again from where it was whenever the watch breaks, until it is stopped. */
function startWatcher(api: Api, from: string): { readonly seen: Seen; stop(): Promise<void> } {
  const seen: Seen = { versions: new Set(), violations: [], connections: 0, relists: 0, last: BigInt(from) }
  let end: () => void = () => {}
  let stopped = false
  let expired = false
  const hear = ({ type, object }: WatchEvent): void => {
    if (type === 'ERROR') {
      expired ||= object.code === 410
      return
    }
    const version = BigInt(object.metadata?.resourceVersion ?? 0)
    if (type === 'BOOKMARK' ? version < seen.last : version <= seen.last)
      seen.violations.push(`${type} ${version} after ${seen.last} on connection ${seen.connections}`)
    seen.last = version
    if (type !== 'BOOKMARK') seen.versions.add(String(version))
  }
  const connection = () =>
    new Promise<void>((resolve) => {
      const query = `watch=1&allowWatchBookmarks=true&resourceVersion=${seen.last}&${selector}`
      const outgoing = request(new URL(`${configMaps}?${query}`, api.server), { ...api.tls }, (response: IncomingMessage) => {
        if (response.statusCode === 410) expired = true
        if (response.statusCode !== 200) return void response.resume().once('close', resolve)
        seen.connections++
        let rest = ''
        response.setEncoding('utf8').on('data', (chunk: string) => {
          const lines = (rest + chunk).split('\n')
          rest = lines.pop() ?? ''
          for (const line of lines) hear(JSON.parse(line) as WatchEvent)
        })
        response.once('close', resolve).on('error', () => {})
      })
      outgoing.once('error', () => resolve())
      outgoing.end()
      end = () => outgoing.destroy()
      if (stopped) end()
    })
  const done = (async () => {
    while (!stopped) {
      await connection()
      if (!expired) continue
      const list = await until('a list', async () => (await api.request('GET', `${configMaps}?${selector}`)).body.metadata.resourceVersion)
      seen.relists++
      expired = false
      if (BigInt(list) < seen.last) seen.violations.push(`a list of ${list} after ${seen.last}`)
      seen.last = BigInt(list)
    }
  })()
  return {
    seen,
    stop() {
      stopped = true
      end()
      return done
    },
  }
}

async function deploy(api: Api): Promise<void> {
  const app = { app: 'four' }
  const template = { metadata: { labels: app }, spec: { containers: [{ name: 'c', image: 'web' }] } }
  const { status, text } = await api.request('POST', '/apis/apps/v1/namespaces/default/deployments', {
    metadata: { name: 'four' },
    spec: { replicas: 4, selector: { matchLabels: app }, template },
  })
  if (status !== 201) throw new Error(text)
}

interface PodSeen {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string }
  readonly status: { readonly phase: string; readonly conditions?: { readonly type: string; readonly status: string }[] }
}

/** Names of the Deployment's pods when there are exactly four and all are ready. */
async function fourReady(api: Api): Promise<string[] | false> {
  const { body } = await api.request('GET', '/api/v1/namespaces/default/pods?labelSelector=app%3Dfour')
  const pods = body.items as PodSeen[]
  const ready = ({ metadata, status }: PodSeen) =>
    !metadata.deletionTimestamp &&
    status.phase === 'Running' &&
    status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true
  return pods.length === 4 && pods.every(ready) && pods.map(({ metadata }) => metadata.name)
}

async function killAndAwait(cluster: Cluster, api: Api, name: string, writes: () => number): Promise<void> {
  const actor = async () => (await cluster.actors()).find((one) => one.name === name)
  const before = (await actor())?.incarnation ?? 0
  await cluster.kill(name)
  await until(`${name} runs again`, async () => {
    const now = await actor()
    return now?.state === 'running' && now.incarnation > before
  })
  await until('the API answers', async () => (await api.request('GET', '/readyz')).status === 200)
  const acknowledged = writes()
  await until('a write is acknowledged', () => writes() > acknowledged)
}

t.test(`every actor dies, ${rounds} times`, async (t) => {
  const cluster = await startCluster(t, { nodes: 2, runtime: 'sim' })
  const api = apiOf(cluster.kubeconfig)
  t.teardown(async () => api.close())
  await deploy(api)
  const firstPods = await until('four pods are ready', () => fourReady(api))
  const { body: list } = await api.request('GET', `${configMaps}?${selector}`)
  const watcher = startWatcher(api, list.metadata.resourceVersion)
  const writer = startWriter(api)
  const { written } = writer
  const { seen } = watcher
  const names = (await cluster.actors()).map(({ name }) => name)
  t.ok(names.length >= 3 + 1 + 1 + 4, `${names.length} actors`)

  for (let round = 0; round < rounds; round++)
    for (const name of names) await killAndAwait(cluster, api, name, () => written.acknowledged.length)
  await writer.stop()
  const lastVersion = written.acknowledged.at(-1)?.version ?? 0n
  await until('the watch has told the last write', () => seen.last >= lastVersion)
  await watcher.stop()
  t.comment(`${written.acknowledged.length} acknowledged writes, ${seen.connections} watches, ${seen.relists} relists`)

  await t.test('writes', async (t) => {
    t.same(written.surprises, [], 'no refusal that a death does not explain')
    const { body } = await api.request('GET', `${configMaps}?${selector}`)
    const stored = new Map(
      (body.items as { metadata: { name: string }; data: { value: string } }[]).map(({ metadata, data }) => [metadata.name, data.value]),
    )
    const wrong = [...written.possible].filter(([name, values]) => !values.has('unknown') && !values.has(stored.get(name) ?? 'nothing'))
    t.same(
      wrong.map(([name, values]) => `${name} holds ${stored.get(name)}, not ${[...values].join(' or ')}`),
      [],
      'every acknowledged write is there',
    )
    const versions = written.acknowledged.map(({ version }) => version)
    t.ok(
      versions.every((version, i) => i === 0 || version > (versions[i - 1] ?? 0n)),
      'one after the other, so are their versions',
    )
  })

  await t.test('watches', async (t) => {
    t.same(seen.violations, [], 'nothing older after something newer')
    const untold = written.acknowledged.filter(({ version }) => !seen.versions.has(String(version)))
    // A relist shows what is, not what was in between.
    if (seen.relists === 0) t.same(untold, [], 'every acknowledged write was told')
    t.ok(seen.connections > rounds, 'the watch did break')
  })

  await t.test('the cluster', async (t) => {
    const restarts = (await cluster.actors()).map(({ name, restarts, state }) => `${name} ${state} ${restarts}`)
    t.same(
      restarts,
      names.map((name) => `${name} running ${rounds}`),
      'as many restarts as kills',
    )
    t.equal(cluster.state, 'running')
    const pods = await until('four pods are ready', () => fourReady(api))
    t.same(pods.sort(), firstPods.sort(), 'no pod was lost or made anew')
    const victim = pods[0] ?? ''
    await api.request('DELETE', `/api/v1/namespaces/default/pods/${victim}`)
    const after = await until('its successor is ready', async () => {
      const now = await fourReady(api)
      return now && !now.includes(victim) && now
    })
    t.equal(after.length, 4)
  })
})
