/**
 * The API server as its clients see it: HTTPS with client certificates from another process, connections kept, each with
 * one request at a time that is followed by the next as soon as it is answered. A default cluster of three nodes and no
 * pods, every write acknowledged by a majority of three replicas that have synced it to disk.
 */
import { readFileSync } from 'node:fs'
import { createCluster } from '../../src/index.js'
import { runProgram } from './child.js'
import { type Access, accessOf, ask, type Connection, connect } from './client.js'
import { report } from './report.js'

const bench = 'api'
const connectionCounts = [1, 16, 64]
const warmUpMs = 250
const measureMs = 1_200
/** In a list: those made here, and kube-root-ca.crt, which every namespace has. */
const listed = 500
const made = listed - 1
const pacedWrites = 60
const burstWrites = 160
const writersMax = 16

const data = { data: { key: 'x'.repeat(100) } }
const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...data })
const pathOf = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`

async function main(): Promise<void> {
  await using cluster = await createCluster({ hangMs: 5_000 })
  await runProgram('api', ['load', cluster.kubeconfigPath], (line) => process.stdout.write(`${line}\n`), 100_000)
}

/** The process that asks. */
async function load(access: Access): Promise<void> {
  const first = connect(access)
  for (const name of ['listed', 'created', 'watched']) await ask(first, 'POST', '/api/v1/namespaces', { metadata: { name } })
  for (let i = 0; i < made; i++) await ask(first, 'POST', pathOf('listed'), configMap(`cm-${i}`))
  let names = 0
  for (const count of connectionCounts) {
    const connections = await connectAll(access, count)
    await closedLoop('create', connections, (to) => ask(to, 'POST', pathOf('created'), configMap(`cm-${names++}`)))
    await closedLoop('get', connections, (to) => ask(to, 'GET', `${pathOf('listed')}/cm-${names++ % made}`))
    await closedLoop(`list of ${listed}`, connections, (to) => ask(to, 'GET', pathOf('listed')))
    for (const connection of connections) connection.close()
  }
  for (const count of connectionCounts) await watchers(access, first, count)
  first.close()
}

/** Connections that are open: the handshake is no part of any measurement. */
function connectAll(access: Access, count: number): Promise<Connection[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const connection = connect(access)
      await ask(connection, 'GET', '/version')
      return connection
    }),
  )
}

/** Every connection does it again and again; a request counts when it was answered within the measured time. */
async function closedLoop(
  what: string,
  connections: readonly Connection[],
  once: (connection: Connection) => Promise<unknown>,
): Promise<void> {
  const from = performance.now() + warmUpMs
  const to = from + measureMs
  const samples: number[] = []
  const worker = async (connection: Connection) => {
    for (;;) {
      const startedAt = performance.now()
      await once(connection)
      const endedAt = performance.now()
      if (endedAt >= to) return
      if (endedAt >= from) samples.push(endedAt - startedAt)
    }
  }
  await Promise.all(connections.map(worker))
  report(
    { bench, what: `${what}, ${connectionsOf(connections.length)}`, unit: 'ms', perSecond: (samples.length * 1000) / measureMs },
    samples,
  )
}

const connectionsOf = (count: number) => `${count} connection${count === 1 ? '' : 's'}`

/**
 * `count` watches of one namespace. Paced: each write waits until everybody has seen the one before, and a sample is the
 * time from sending it to its event at one watcher. Burst: sixteen writers at once; how many events arrive in a second.
 */
async function watchers(access: Access, writer: Connection, count: number): Promise<void> {
  const base = pathOf('watched')
  const { metadata } = JSON.parse(String(await ask(writer, 'GET', base))) as { metadata: { resourceVersion: string } }
  let expected = 0
  let arrived = 0
  let sentAt = 0
  let samples: number[] = []
  let everybody = () => {}
  const onEvents = (events: number) => {
    for (let i = 0; i < events; i++) samples.push(performance.now() - sentAt)
    arrived += events
    if (arrived >= expected) everybody()
  }
  const connections = Array.from({ length: count }, () => connect(access))
  await Promise.all(connections.map((it) => it.watch(`${base}?watch=1&resourceVersion=${metadata.resourceVersion}`, onEvents)))
  /** Resolves when every watcher has got `writes` more events; call it before writing. */
  const seen = (writes: number) => {
    expected = arrived + writes * count
    return new Promise<void>((resolve) => {
      everybody = resolve
    })
  }
  const name = (i: number) => `cm-${count}-${i}`

  for (let i = 0; i < pacedWrites; i++) {
    const all = seen(1)
    sentAt = performance.now()
    await Promise.all([ask(writer, 'POST', base, configMap(name(i))), all])
  }
  const whom = `${count} watcher${count === 1 ? '' : 's'}`
  report({ bench, what: `create to its event, ${whom}`, unit: 'ms' }, samples)

  samples = []
  const writers = await connectAll(access, writersMax)
  const all = seen(burstWrites)
  let next = 0
  sentAt = performance.now()
  const write = async (to: Connection) => {
    while (next < burstWrites) await ask(to, 'POST', base, configMap(name(pacedWrites + next++)))
  }
  await Promise.all([all, ...writers.map(write)])
  const tookMs = performance.now() - sentAt
  report(
    {
      bench,
      what: `${burstWrites} creates by ${writersMax} writers to ${whom}: events`,
      unit: 'ms',
      perSecond: (burstWrites * count * 1000) / tookMs,
    },
    [tookMs],
  )
  for (const connection of [...connections, ...writers]) connection.close()
}

const kubeconfig = process.argv[2] === 'load' ? process.argv[3] : undefined
await (kubeconfig === undefined ? main() : load(accessOf(readFileSync(kubeconfig, 'utf8'))))
