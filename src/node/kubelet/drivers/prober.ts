/**
 * The Prober port on sockets: HTTP, TCP and gRPC health checks from the node's own network. Node's HTTP modules are loaded
 * at the first probe that speaks it: few pods have one, and every kubelet's start would pay.
 */
import { connect } from 'node:net'
import type { Answer, HttpRequest, Prober } from '../probes.js'

const redirectsMax = 10
const bodyBytesMax = 10 * 1024

/** A Prober that asks over real connections. */
export function createProber(): Prober {
  return { http: (request) => askHttp(request, 0), tcp: askTcp, grpc: askGrpc }
}

async function askHttp(target: HttpRequest, redirects: number): Promise<Answer> {
  const { scheme, host, port, path, headers, timeoutMs } = target
  const { request: send } = await (scheme === 'https' ? import('node:https') : import('node:http'))
  const url = `${scheme}://${host}:${port}${path}`
  return new Promise((resolve) => {
    const fail = (message: string) => resolve({ ok: false, message: `Get "${url}": ${message}` })
    const all: Record<string, string> = { 'user-agent': 'kube-probe/1.36', accept: '*/*', connection: 'close' }
    for (const { name, value } of headers) all[name.toLowerCase()] = value
    const request = send({ host, port, path, headers: all, rejectUnauthorized: false, agent: false }, (response) => {
      const status = response.statusCode ?? 0
      const location = response.headers.location
      if (status >= 300 && status < 400 && location) {
        response.resume()
        clearTimeout(timer)
        const to = new URL(location, url)
        if (to.hostname !== host) return resolve({ ok: true, message: `Probe terminated redirects, Response body: ` })
        if (redirects >= redirectsMax) return fail('stopped after 10 redirects')
        return resolve(askHttp({ ...target, path: to.pathname + to.search, port: Number(to.port) || port }, redirects + 1))
      }
      let body = ''
      response.on('data', (chunk: Buffer) => {
        if (body.length < bodyBytesMax) body += String(chunk)
      })
      response.on('end', () => {
        clearTimeout(timer)
        resolve(
          status >= 200 && status < 400
            ? { ok: true, message: body }
            : { ok: false, message: `HTTP probe failed with statuscode: ${status}` },
        )
      })
    })
    const timer = setTimeout(
      () => request.destroy(new Error('context deadline exceeded (Client.Timeout exceeded while awaiting headers)')),
      timeoutMs,
    )
    request.on('error', (error) => {
      clearTimeout(timer)
      fail(dialError(error, host, port))
    })
    request.end()
  })
}

function askTcp({ host, port, timeoutMs }: { readonly host: string; readonly port: number; readonly timeoutMs: number }): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const timer = setTimeout(() => socket.destroy(new Error(`dial tcp ${host}:${port}: i/o timeout`)), timeoutMs)
    socket.once('connect', () => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ ok: true, message: '' })
    })
    socket.once('error', (error) => {
      clearTimeout(timer)
      resolve({ ok: false, message: dialError(error, host, port) })
    })
  })
}

/** A unary call by hand: one length-prefixed HealthCheckRequest, one HealthCheckResponse whose field 1 is the status. */
async function askGrpc({
  host,
  port,
  service,
  timeoutMs,
}: {
  readonly host: string
  readonly port: number
  readonly service: string
  readonly timeoutMs: number
}): Promise<Answer> {
  const { connect: connectHttp2 } = await import('node:http2')
  return new Promise((resolve) => {
    const session = connectHttp2(`http://${host}:${port}`)
    const done = (answer: Answer) => {
      clearTimeout(timer)
      session.destroy()
      resolve(answer)
    }
    const timer = setTimeout(
      () =>
        done({
          ok: false,
          message: `timeout: failed to connect service "${host}:${port}" within ${timeoutMs / 1000}s: context deadline exceeded`,
        }),
      timeoutMs,
    )
    session.on('error', (error) => done({ ok: false, message: `error: ${dialError(error, host, port)}` }))
    const stream = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
      'user-agent': 'kube-probe/1.36',
    })
    const name = Buffer.from(service)
    const message = name.length ? Buffer.concat([Buffer.from([0x0a, name.length]), name]) : Buffer.alloc(0)
    const head = Buffer.alloc(5)
    head.writeUInt32BE(message.length, 1)
    stream.end(Buffer.concat([head, message]))
    const parts: Buffer[] = []
    let failure = ''
    const status = (headers: Record<string, unknown>) => {
      if (headers['grpc-status'] !== undefined && headers['grpc-status'] !== '0')
        failure = `rpc error: code = ${String(headers['grpc-status'])} desc = ${String(headers['grpc-message'] ?? '')}`
    }
    stream.on('response', status)
    stream.on('trailers', status)
    stream.on('data', (chunk: Buffer) => parts.push(chunk))
    stream.on('error', (error) => done({ ok: false, message: `error: ${error.message}` }))
    stream.on('end', () => {
      const body = Buffer.concat(parts)
      const serving = body.length >= 7 && body[5] === 0x08 ? body[6] : 0
      if (failure) return done({ ok: false, message: `error: ${failure}` })
      done(
        serving === 1
          ? { ok: true, message: 'service healthy' }
          : {
              ok: false,
              message: `service unhealthy (responded with "${['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'][serving ?? 0] ?? 'UNKNOWN'}")`,
            },
      )
    })
  })
}

/** As Go words the failures of a connection that users know best. */
function dialError(error: Error & { code?: string }, host: string, port: number): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return `dial tcp ${host}:${port}: connect: connection refused`
    case 'EHOSTUNREACH':
      return `dial tcp ${host}:${port}: connect: no route to host`
    case 'ECONNRESET':
      return `read tcp ${host}:${port}: read: connection reset by peer`
    default:
      return error.message
  }
}
