/**
 * How long a cluster takes to start: three nodes, containers that are processes, an ephemeral directory, from the call of
 * createCluster(). Each run is a process of its own that has loaded the package and nothing else.
 */
import { Agent, get } from 'node:https'
import { createServer } from 'node:net'
import { createCluster } from '../../src/index.js'
import { runProgram } from './child.js'
import { accessOf, ask, type Connection, connect } from './client.js'
import { report } from './report.js'

const runs = 3
const pollMs = 5

/** Milliseconds; all but `deployment` from the call of createCluster(). */
interface Start {
  readonly actors: number
  readonly readyz: number
  readonly ready: number
  readonly firstPod: number
  /** From the create of the Deployment to its first Ready pod. */
  readonly deployment: number
}

const whats: Readonly<Record<keyof Start, string>> = {
  actors: 'createCluster() to all actors running',
  readyz: 'createCluster() to the first 200 of /readyz over HTTPS',
  ready: 'createCluster() to ready (it resolves)',
  firstPod: "createCluster() to a Deployment's first Ready pod",
  deployment: 'create of the Deployment to its first Ready pod',
}

async function measure(): Promise<Start> {
  const port = await freePort()
  const startedAt = performance.now()
  const since = () => performance.now() - startedAt
  let actors = Number.NaN
  const starting = createCluster({ port, hangMs: 5_000 }, ({ step, done, of }) => {
    if (step === 'actors' && done === of && Number.isNaN(actors)) actors = since()
  })
  const answered = untilReadyz(port).then(since)
  const cluster = await starting
  const ready = since()
  try {
    const readyz = await answered
    const connection = connect(accessOf(cluster.kubeconfig))
    const createdAt = performance.now()
    await firstPod(connection)
    connection.close()
    return { actors, readyz, ready, firstPod: since(), deployment: performance.now() - createdAt }
  } finally {
    await cluster.stop()
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** Asks without credentials, as a probe does, and without the CA, which is not known yet. */
async function untilReadyz(port: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false })
  const status = () =>
    new Promise<number>((resolve) => {
      get({ host: '127.0.0.1', port, path: '/readyz', agent }, (response) => {
        response.resume().once('close', () => resolve(response.statusCode ?? 0))
      }).once('error', () => resolve(0))
    })
  while ((await status()) !== 200) await new Promise((resolve) => setTimeout(resolve, pollMs))
  agent.destroy()
}

const app = { app: 'first' }
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'first' },
  spec: {
    replicas: 1,
    selector: { matchLabels: app },
    template: {
      metadata: { labels: app },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'main', image: 'busybox', command: ['sleep', 'infinity'] }],
      },
    },
  },
}

interface PodList {
  readonly items: readonly { readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] } }[]
}

async function firstPod(connection: Connection): Promise<void> {
  await ask(connection, 'POST', '/apis/apps/v1/namespaces/default/deployments', deployment)
  for (;;) {
    const { items } = JSON.parse(String(await ask(connection, 'GET', '/api/v1/namespaces/default/pods'))) as PodList
    if (items.some(({ status }) => status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'))) return
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
}

if (process.argv[2] === 'once') process.stdout.write(`${JSON.stringify(await measure())}\n`)
else {
  const starts: Start[] = []
  for (let i = 0; i < runs; i++) await runProgram('start', ['once'], (line) => starts.push(JSON.parse(line) as Start), 60_000)
  for (const key of Object.keys(whats) as (keyof Start)[])
    report(
      { bench: 'start', what: whats[key], unit: 'ms' },
      starts.map((start) => start[key]),
    )
}
