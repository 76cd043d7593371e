/** The HTTP transport against a server of Node's own: answers, streams, and the kinds of no answer. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { createHttpTransport, type HttpTransport } from '../../src/client/drivers/http.js'

async function serve(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ server: Server; transport: HttpTransport; close(): Promise<void> }> {
  const server = createServer(handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const transport = createHttpTransport({ server: `http://127.0.0.1:${(server.address() as AddressInfo).port}/prefix/`, token: 'secret' })
  return {
    server,
    transport,
    close: () => {
      transport.close()
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'answered',
    (error) => error.code,
  )

t.test('a request is sent as it is and answered whole', async (t) => {
  const { transport, close } = await serve((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () =>
      response
        .writeHead(201, {
          'x-seen': `${request.method} ${request.url} ${request.headers.authorization} ${request.headers['content-type']}`,
        })
        .end(`got ${body}`),
    )
  })
  const { status, headers, body } = await transport.request({
    method: 'POST',
    path: '/api/v1/pods?limit=1',
    headers: { 'content-type': 'application/json' },
    body: new TextEncoder().encode('{}'),
  })
  t.equal(status, 201)
  t.equal(headers['x-seen'], 'POST /prefix/api/v1/pods?limit=1 Bearer secret application/json')
  t.equal(new TextDecoder().decode(body), 'got {}')
  await close()
})

t.test('a stream arrives as it is sent, and a break is told from an end', async (t) => {
  let broken = false
  const { transport, close } = await serve((_request, response) => {
    response.writeHead(200)
    response.write('one\n')
    response.write('two\n', () => {
      if (broken) response.destroy()
      else response.end()
    })
  })
  const read = async () => {
    let text = ''
    const { chunks } = await transport.open({ method: 'GET', path: '/watch' })
    for await (const chunk of chunks) text += new TextDecoder().decode(chunk)
    return text
  }
  t.equal(await read(), 'one\ntwo\n')
  broken = true
  t.equal(await codeOf(read()), 'ActorDown')
  await close()
})

t.test('no answer: refused, broken, late, given up', async (t) => {
  const { server, transport, close } = await serve((request, response) => {
    if (request.url?.endsWith('/break')) response.destroy()
  })
  t.equal(await codeOf(transport.request({ method: 'POST', path: '/break' })), 'ActorDown')
  t.equal(await codeOf(transport.request({ method: 'GET', path: '/never' }, { timeoutMs: 30 })), 'DeadlineExceeded')
  const controller = new AbortController()
  server.once('request', () => controller.abort())
  t.equal(await codeOf(transport.request({ method: 'GET', path: '/never' }, { signal: controller.signal })), 'Cancelled')
  t.equal(await codeOf(transport.open({ method: 'GET', path: '/never' }, { signal: AbortSignal.abort() })), 'Cancelled')
  await close()
  t.equal(await codeOf(transport.request({ method: 'POST', path: '/x' })), 'ActorNotRunning')
})
