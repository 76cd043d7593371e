/** A whole cluster for a test, HTTPS to it as its administrator or as anybody, and conditions waited for. */
import { Agent, type RequestOptions, request } from 'node:https'
import { setTimeout as pause } from 'node:timers/promises'
import { type Cluster, type ClusterOptions, createCluster } from '../../src/index.js'

interface Teardown {
  teardown(end: () => Promise<unknown>): void
}

/** A cluster that lives as long as the test does. A loaded machine's pauses are no hangs: they are given 5 s. */
export async function startCluster(t: Teardown, options: ClusterOptions = {}): Promise<Cluster> {
  const cluster = await createCluster({ hangMs: 5_000, ...options })
  t.teardown(() => cluster.stop())
  return cluster
}

/** Resolves with the first answer of `check` that is not undefined or false; a throw counts as not yet. Rejects after `timeoutMs`. */
export async function until<T>(what: string, check: () => Promise<T> | T, timeoutMs = 120_000): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    let last = ''
    try {
      const found = await check()
      if (found !== undefined && found !== false) return found as Exclude<T, undefined | false>
    } catch (error) {
      last = `: ${error instanceof Error ? error.message : String(error)}`
    }
    if (performance.now() > deadline) throw new Error(`Waited ${timeoutMs} ms in vain: ${what}${last}`)
    await pause(50)
  }
}

export interface Answer {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly text: string
  /** The body as JSON; undefined when it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: answers of every kind are looked into
  readonly body: any
}

export interface Api {
  readonly server: string
  /** What https.request takes to be the administrator; the agent keeps connections. */
  readonly tls: RequestOptions
  /** One request; an object as body is sent as JSON. Rejects when no whole answer comes. */
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>, tls?: RequestOptions): Promise<Answer>
  close(): void
}

interface Kubeconfig {
  clusters: { cluster: { server: string; 'certificate-authority-data': string } }[]
  users: { user: { 'client-certificate-data': string; 'client-key-data': string } }[]
}

/** HTTPS to the cluster of this kubeconfig (its text), with its credentials. */
export function apiOf(kubeconfig: string): Api {
  const { clusters, users } = JSON.parse(kubeconfig) as Kubeconfig
  const [cluster, user] = [clusters[0]?.cluster, users[0]?.user]
  if (!cluster || !user) throw new Error('Cannot read the kubeconfig: it names no cluster or no user')
  const decode = (text: string) => Buffer.from(text, 'base64')
  const agent = new Agent({ keepAlive: true })
  const tls = {
    ca: decode(cluster['certificate-authority-data']),
    cert: decode(user['client-certificate-data']),
    key: decode(user['client-key-data']),
    agent,
  }
  return {
    server: cluster.server,
    tls,
    request: (method, path, body, headers = {}, own = tls) => send(new URL(path, cluster.server), method, body, headers, own),
    close: () => agent.destroy(),
  }
}

function send(url: URL, method: string, body: unknown, headers: Record<string, string>, tls: RequestOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const raw = typeof body === 'string' || body instanceof Uint8Array || body === undefined
    const payload = raw ? body : JSON.stringify(body)
    // Node tells the length by itself only with methods that usually have a body.
    const length = payload === undefined || 'transfer-encoding' in headers ? {} : { 'content-length': Buffer.byteLength(payload as string) }
    const type = payload === undefined ? {} : { 'content-type': 'application/json' }
    const outgoing = request(url, { ...tls, method, headers: { ...length, ...type, ...headers } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', reject)
      response.once('close', () => {
        if (!response.complete) return reject(new Error('the answer was cut short'))
        const text = Buffer.concat(chunks).toString()
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body: parsed(text) })
      })
    })
    outgoing.once('error', reject)
    outgoing.end(payload)
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
