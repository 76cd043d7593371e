/**
 * How long what was killed is away: from cluster.kill() until the actor's next incarnation runs, and for the two that
 * everybody needs until they serve again: for the store's leader the next acknowledged write, for the API server the next
 * answer, both over HTTPS. Between two kills everything is back.
 */
import { type Cluster, createCluster } from '../../src/index.js'
import { type Access, accessOf, ask, type Connection, connect } from './client.js'
import { report } from './report.js'

const bench = 'recovery'
const killsOfEach = 3
const pollMs = 2
const patienceMs = 30_000

/** What is killed, what that is called, and what may be asked of the cluster to see it serve again. */
interface Victim {
  readonly what: string
  readonly find: () => Promise<string>
  readonly serves?: { readonly what: string; readonly ask: (access: Access) => Promise<unknown> }
}

const config = { apiVersion: 'v1', kind: 'ConfigMap' }
const path = '/api/v1/namespaces/default/configmaps'
let written = 0

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** Asks again until it is answered well. */
async function until<T>(what: string, attempt: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    const found = await attempt().catch(() => undefined)
    if (found !== undefined) return found
    if (performance.now() > deadline) throw new Error(`Waited ${patienceMs} ms in vain for ${what}`)
    await pause(pollMs)
  }
}

/** One request on a connection of its own, which no death before has broken. */
async function once(access: Access, request: (connection: Connection) => Promise<Buffer>): Promise<Buffer> {
  const connection = connect(access)
  try {
    return await request(connection)
  } finally {
    connection.close()
  }
}

async function withRole(cluster: Cluster, role: string): Promise<string> {
  return until(`a ${role}`, async () => {
    const actors = await cluster.actors()
    return actors.find(({ details }) => (details as { role?: unknown } | undefined)?.role === role)?.name
  })
}

function victims(cluster: Cluster): Victim[] {
  const named = (what: string, name: string): Victim => ({ what, find: async () => name })
  return [
    {
      what: "the store's leader",
      find: () => withRole(cluster, 'leader'),
      serves: {
        what: 'the next acknowledged write',
        ask: (access) => once(access, (to) => ask(to, 'POST', path, { ...config, metadata: { name: `written-${written++}` } })),
      },
    },
    { what: 'a follower of the store', find: () => withRole(cluster, 'follower') },
    {
      ...named('the API server', 'apiserver'),
      serves: { what: 'the next answered GET', ask: (access) => once(access, (to) => ask(to, 'GET', `${path}/kube-root-ca.crt`)) },
    },
    named('the scheduler', 'scheduler'),
    named('a controller (deployment)', 'deployment-controller'),
    named('a kubelet', 'kubelet-node-1'),
    named('a proxy', 'proxy-node-1'),
  ]
}

/** Resolves with the time when an incarnation of this actor runs that starts from now on. */
async function nextRunning(cluster: Cluster, name: string): Promise<number> {
  let started = false
  for await (const event of cluster.events) {
    if (event.name !== name) continue
    if (event.type === 'starting') started = true
    if (event.type === 'running' && started) return performance.now()
  }
  throw new Error(`Cannot see ${name} run again: the cluster has stopped`)
}

/** Everything runs, a leader leads and a write is acknowledged. */
async function settled(cluster: Cluster, access: Access): Promise<void> {
  await until('all actors', async () => (await cluster.actors()).every(({ state }) => state === 'running') || undefined)
  await withRole(cluster, 'leader')
  await until('a write', () => once(access, (to) => ask(to, 'POST', path, { ...config, metadata: { name: `settled-${written++}` } })))
}

async function main(): Promise<void> {
  await using cluster = await createCluster({ hangMs: 5_000 })
  const access = accessOf(cluster.kubeconfig)
  for (const { what, find, serves } of victims(cluster)) {
    const running: number[] = []
    const served: number[] = []
    for (let kill = 0; kill < killsOfEach; kill++) {
      await settled(cluster, access)
      const name = await find()
      const again = nextRunning(cluster, name)
      const killedAt = performance.now()
      // Asked only when it is dead: what it answered while it died would be no recovery.
      await cluster.kill(name)
      const answered = serves && until(serves.what, () => serves.ask(access)).then(() => performance.now())
      running.push((await again) - killedAt)
      if (answered) served.push((await answered) - killedAt)
    }
    report({ bench, what: `kill of ${what} to its next incarnation running`, unit: 'ms' }, running)
    if (serves) report({ bench, what: `kill of ${what} to ${serves.what}`, unit: 'ms' }, served)
  }
}

await main()
