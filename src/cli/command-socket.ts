/**
 * How one command reaches the process that runs a cluster: JSON over HTTP on a unix socket that only its user can open.
 *
 *   GET  /status             ClusterStatus
 *   GET  /actors             ActorInfo[]
 *   POST /actors/NAME/kill   204; 404 when there is no such actor
 *   POST /chaos              carries the plan in the body out: a line of JSON an event, at last the result; ends with its caller
 *   GET  /trace?ms=MS        a trace of so many milliseconds from now on, as NDJSON
 *   POST /down               204 when the cluster has begun to stop
 */
import { once } from 'node:events'
import { chmod, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { CodedError, messageOf } from '../base/errors.js'
import type { ActorInfo, Cluster } from '../index.js'
import { formatHeader, formatRecord } from '../trace/file.js'

export interface ClusterStatus {
  readonly name: string
  readonly state: Cluster['state']
  readonly server: string
  readonly kubeconfig: string
  readonly dataDir: string
  readonly pid: number
  readonly startedAt: number
  readonly actors: { readonly running: number; readonly total: number; readonly restarts: number }
}

/** Serves a cluster's commands; `down` is called once when it is asked to stop. Resolves when the socket listens. */
export async function serveCommands(
  path: string,
  cluster: Cluster,
  startedAt: number,
  down: () => void,
): Promise<{ close(): Promise<void> }> {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const route = `${request.method} ${request.url}`
    const send = (status: number, body?: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(body === undefined ? '' : JSON.stringify(body))
    if (route === 'GET /status') return void send(200, await statusOf(cluster, startedAt))
    if (route === 'GET /actors') return void send(200, await cluster.actors())
    const kill = /^POST \/actors\/([^/]+)\/kill$/.exec(route)
    if (kill) {
      await cluster.kill(decodeURIComponent(kill[1] ?? ''))
      return void send(204)
    }
    if (route === 'POST /chaos') return streamChaos(cluster, request, response)
    const trace = /^GET \/trace\?ms=(\d+)$/.exec(route)
    if (trace) return sendTrace(cluster, Number(trace[1]), response)
    if (route === 'POST /down') {
      send(204)
      return down()
    }
    send(404, { code: 'NotFound', message: `Cannot ${route}: no such command` })
  }
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      const code = error instanceof CodedError ? error.code : 'Internal'
      response
        .writeHead(code === 'NoSuchActor' ? 404 : 500, { 'content-type': 'application/json' })
        .end(JSON.stringify({ code, message: messageOf(error) }))
    })
  })
  await rm(path, { force: true })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve))
  await chmod(path, 0o600)
  return {
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(path, { force: true })
    },
  }
}

/** Carries a plan out for as long as somebody listens: when they go, its faults are healed. */
async function streamChaos(cluster: Cluster, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) body += chunk
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const say = (line: unknown) => void response.write(`${JSON.stringify(line)}\n`)
  try {
    const run = cluster.chaos.run(JSON.parse(body), { signal: gone.signal })
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    for await (const event of run) say({ event })
    say({ result: await run.result })
  } catch (error) {
    if (!response.headersSent) response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    say({ code: error instanceof CodedError ? error.code : 'Internal', message: messageOf(error) })
  }
  response.end()
}

/** Records and sends as it comes; a reader that leaves ends it. */
async function sendTrace(cluster: Cluster, ms: number, response: ServerResponse): Promise<void> {
  const over = new AbortController()
  response.once('close', () => over.abort())
  const timer = setTimeout(() => over.abort(), ms)
  const recording = cluster.trace({ signal: over.signal })
  response.writeHead(200, { 'content-type': 'application/x-ndjson' }).write(`${formatHeader(recording.header)}\n`)
  for await (const record of recording) {
    if (response.destroyed) break
    if (!response.write(`${formatRecord(record)}\n`)) await Promise.race([once(response, 'drain'), once(response, 'close')])
  }
  clearTimeout(timer)
  response.end()
}

async function statusOf(cluster: Cluster, startedAt: number): Promise<ClusterStatus> {
  const actors = await cluster.actors()
  return {
    name: cluster.name,
    state: cluster.state,
    server: cluster.server,
    kubeconfig: cluster.kubeconfigPath,
    dataDir: cluster.dataDir,
    pid: process.pid,
    startedAt,
    actors: {
      running: actors.filter(({ state }) => state === 'running').length,
      total: actors.length,
      restarts: actors.reduce((sum, { restarts }) => sum + restarts, 0),
    },
  }
}

/** Sends one command. Rejects with the cluster's CodedError, or 'NotRunning' when nobody answers. */
export function sendCommand<T>(socketPath: string, method: 'GET' | 'POST', path: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, method, path, timeout: 10_000 }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const body = text === '' ? undefined : (JSON.parse(text) as unknown)
        if ((response.statusCode ?? 500) < 300) return resolve(body as T)
        const { code, message } = body as { code: string; message: string }
        reject(new CodedError(code, message))
      })
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer within 10 s')))
    outgoing.on('error', (error) => reject(new CodedError('NotRunning', `Cannot reach the cluster: ${error.message}`)))
    outgoing.end()
  })
}

/** Sends one command with a body and yields the lines of its answer. Rejects with 'NotRunning' when nobody answers. */
export async function* streamCommand<T>(socketPath: string, path: string, body: unknown, signal: AbortSignal): AsyncGenerator<T> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = request({ socketPath, method: 'POST', path, signal }, resolve)
    outgoing.on('error', (error) => reject(new CodedError('NotRunning', `Cannot reach the cluster: ${error.message}`)))
    outgoing.end(JSON.stringify(body))
  })
  let rest = ''
  for await (const chunk of response.setEncoding('utf8')) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield JSON.parse(line) as T
  }
}

/** The text that a command answers with, when it has come whole. Rejects as sendCommand does. */
export function receiveText(socketPath: string, path: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const unreachable = (error: Error) => reject(new CodedError('NotRunning', `Cannot reach the cluster: ${error.message}`))
    const outgoing = request({ socketPath, method: 'GET', path, timeout: timeoutMs }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', unreachable)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        if (response.statusCode === 200) return resolve(text)
        const { code, message } = JSON.parse(text) as { code: string; message: string }
        reject(new CodedError(code, message))
      })
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')))
    outgoing.on('error', unreachable)
    outgoing.end()
  })
}

export type { ActorInfo }
