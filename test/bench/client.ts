/**
 * The least HTTPS client that can be measured with: nothing is parsed, and each Connection keeps one connection, so that
 * sixteen of them are sixteen connections to the API server.
 */
import { Agent, type RequestOptions, request } from 'node:https'

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } }[]
  readonly users: readonly { readonly user: { readonly 'client-certificate-data': string; readonly 'client-key-data': string } }[]
}

/** Where the API server is and what is shown to it. */
export interface Access {
  readonly server: string
  readonly ca: Buffer
  readonly cert: Buffer
  readonly key: Buffer
}

export interface Answer {
  readonly status: number
  readonly body: Buffer
}

export interface Connection {
  /** Rejects when no whole answer comes within 10 s. */
  send(method: string, path: string, body?: unknown): Promise<Answer>
  /** Opens a watch and tells of every event; resolves when it is open. Rejects unless the answer is 200. */
  watch(path: string, onEvents: (count: number) => void): Promise<void>
  close(): void
}

/** Reads the text of cluster.kubeconfig, which is JSON. */
export function accessOf(kubeconfig: string): Access {
  const { clusters, users } = JSON.parse(kubeconfig) as Kubeconfig
  const [cluster, user] = [clusters[0]?.cluster, users[0]?.user]
  if (!cluster || !user) throw new Error('Cannot read the kubeconfig: it names no cluster or no user')
  const decode = (text: string) => Buffer.from(text, 'base64')
  return {
    server: cluster.server,
    ca: decode(cluster['certificate-authority-data']),
    cert: decode(user['client-certificate-data']),
    key: decode(user['client-key-data']),
  }
}

const timeoutMs = 10_000
const newline = 10

export function connect({ server, ca, cert, key }: Access): Connection {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const { hostname, port } = new URL(server)
  const to: RequestOptions = { host: hostname, port, ca, cert, key, agent }
  return {
    send: (method, path, body) =>
      new Promise((resolve, reject) => {
        const text = body === undefined ? undefined : JSON.stringify(body)
        const head = text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
        const outgoing = request({ ...to, method, path, headers: head, timeout: timeoutMs }, (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.once('error', reject)
          response.once('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }))
        })
        outgoing.once('timeout', () => outgoing.destroy(new Error(`Cannot ${method} ${path}: no answer within ${timeoutMs} ms`)))
        outgoing.once('error', reject)
        outgoing.end(text)
      }),
    watch: (path, onEvents) =>
      new Promise((resolve, reject) => {
        const outgoing = request({ ...to, method: 'GET', path }, (response) => {
          if (response.statusCode !== 200) return reject(new Error(`Cannot watch ${path}: status ${response.statusCode}`))
          // An event is a line. What breaks a watch that nobody waits for any more is no news.
          response.on('error', () => {})
          response.on('data', (chunk: Buffer) => {
            let count = 0
            for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, at + 1)) count++
            if (count > 0) onEvents(count)
          })
          resolve()
        })
        outgoing.on('error', reject)
        outgoing.end()
      }),
    close: () => agent.destroy(),
  }
}

/** `send` that rejects unless the answer is a success. */
export async function ask(connection: Connection, method: string, path: string, body?: unknown): Promise<Buffer> {
  const answer = await connection.send(method, path, body)
  if (answer.status >= 300) throw new Error(`Cannot ${method} ${path}: status ${answer.status}: ${answer.body.toString().slice(0, 300)}`)
  return answer.body
}
