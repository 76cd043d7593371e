/** Connections that are taken over: port-forward in its three forms, exec over SPDY as older kubectl speaks it, and proxies. */
import { execFile, spawn } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import https from 'node:https'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { KubeConfig, PortForward } from '@kubernetes/client-node'
import t from 'tap'
import { createHeaderCompression } from '../../src/apiserver/drivers/compression.js'
import { spdyDictionary } from '../../src/apiserver/streaming/spdy-dictionary.js'
import { CodedError } from '../../src/base/errors.js'
import type { Stream } from '../../src/kernel/stream.js'
import { adminToken, createFrontWorld, type FrontWorld, kubectlPath } from '../support/front-world.js'
import { playKubelet } from '../support/played-kubelet.js'

const encoder = new TextEncoder()
const kubelet = playKubelet({
  async dial({ port }, stream) {
    if (port === 8080) return webServer(stream)
    if (port === 81) throw new CodedError('BadRequest', 'connection refused')
    for await (const { bytes } of stream) await stream.send({ bytes: encoder.encode(new TextDecoder().decode(bytes).toUpperCase()) })
  },
  async exec(params, stream) {
    if (params.command[0] === 'cat')
      for await (const item of stream) {
        if (item.type === 'stdin-end') break
        if (item.type === 'stdin') await stream.send({ type: 'stdout', bytes: item.bytes })
      }
    else await stream.send({ type: 'stdout', bytes: encoder.encode('said\n') })
    await stream.send({ type: 'exit', code: params.command[0] === 'false' ? 3 : 0 })
  },
})

async function start(): Promise<FrontWorld> {
  const world = await createFrontWorld({ actors: { 'kubelet-n1': kubelet as never } })
  const body = JSON.stringify({ metadata: { name: 'p' }, spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }] } })
  const { status, text } = await world.request('POST', '/api/v1/namespaces/default/pods', {
    body,
    headers: { 'content-type': 'application/json' },
  })
  if (status !== 201) throw new Error(text)
  const running = JSON.stringify({ status: { phase: 'Running', podIP: '10.0.0.9' } })
  const patched = await world.request('PATCH', '/api/v1/namespaces/default/pods/p/status', {
    body: running,
    headers: { 'content-type': 'application/merge-patch+json' },
  })
  if (patched.status !== 200) throw new Error(patched.text)
  return world
}

/** Another version of kubectl beside the one that tests use; undefined where there is none. */
function olderKubectl(version: string): string | undefined {
  const path = kubectlPath()
  try {
    return path && realpathSync(join(dirname(path), `kubectl.${version}`))
  } catch {
    return undefined
  }
}

/** What comes back over a connection to a forwarded port. */
function talk(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    socket.on('data', (data: Buffer) => {
      answer += data.toString()
      if (answer.length >= text.length) socket.end()
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}

async function forwarded(kubectl: string, kubeconfig: string, run: (port: number) => Promise<void>): Promise<string> {
  const child = spawn(kubectl, ['port-forward', 'pod/p', ':80', ':81'], { env: { ...process.env, KUBECONFIG: kubeconfig } })
  let stderr = ''
  let stdout = ''
  const port = await new Promise<number>((resolve, reject) => {
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()))
    child.stdout.on('data', (data: Buffer) => {
      stdout += data.toString()
      const found = /127\.0\.0\.1:(\d+) -> 80/.exec(stdout)
      if (found && / -> 81/.test(stdout)) resolve(Number(found[1]))
    })
    child.on('exit', () => reject(new Error(stderr)))
  })
  await run(port)
  const refused = Number(/127\.0\.0\.1:(\d+) -> 81/.exec(stdout)?.[1])
  await talk(refused, 'x')
  child.kill()
  return stderr
}

/** A web server in a pod: tells what it was asked. */
async function webServer(stream: Stream<{ readonly bytes: Uint8Array }, { readonly bytes: Uint8Array }>): Promise<void> {
  const server = createHttpServer((request, response) => {
    if (request.url === '/page')
      return void response
        .setHeader('content-type', 'text/html')
        .end('<a class="x" href="/rewriteme">test</a><img src=\'/i.png\'><a href="//other/x">')
    if (request.url === '/away') return void response.writeHead(302, { location: '/page' }).end()
    let body = ''
    request.on('data', (part: Buffer) => (body += part.toString()))
    request.on('end', () => {
      response.setHeader('set-cookie', ['a=1', 'b=2'])
      response.write(
        JSON.stringify({
          method: request.method,
          url: request.url,
          body,
          authorization: request.headers.authorization ?? null,
          forwarded: request.headers['x-forwarded-proto'],
        }),
      )
      response.end()
    })
  })
  server.on('upgrade', (_request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
    socket.on('data', (data: Buffer) => socket.write(data.toString().toUpperCase()))
    socket.on('end', () => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const socket = connect((server.address() as { port: number }).port, '127.0.0.1')
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.on('data', (data: Buffer) => void stream.send({ bytes: data }).catch(() => {}))
  socket.on('end', () => stream.end())
  for await (const { bytes } of stream) socket.write(bytes)
  socket.end()
  await closed
  server.close()
}

t.test('the dictionary is the one that clients have', async (t) => {
  t.equal(spdyDictionary.length, 1423)
  const compression = createHeaderCompression(spdyDictionary)
  const packed = await compression.compress(encoder.encode('content-type'))
  t.strictSame([...packed.subarray(2, 6)], [0xe3, 0xc6, 0xa7, 0xc2], 'its checksum is in every first frame')
  compression.close()
})

t.test('streams', { skip: kubectlPath() ? false : 'there is no kubectl here' }, async (t) => {
  const world = await start()
  t.teardown(() => world.close())

  t.test('kubectl port-forward tunnels SPDY through a WebSocket', async (t) => {
    const stderr = await forwarded(kubectlPath() as string, world.kubeconfig, async (port) => {
      t.equal(await talk(port, 'hello'), 'HELLO')
      t.equal((await talk(port, 'x'.repeat(300_000))).length, 300_000)
      t.strictSame(await Promise.all([talk(port, 'a'), talk(port, 'b'), talk(port, 'c')]), ['A', 'B', 'C'])
    })
    t.match(stderr, /error forwarding port 81 to pod p: connection refused/)
  })

  const older = olderKubectl('1.29')
  t.test('older kubectl speaks SPDY itself', { skip: older ? false : 'there is no kubectl 1.29 here' }, async (t) => {
    const stderr = await forwarded(older as string, world.kubeconfig, async (port) => {
      t.equal(await talk(port, 'hello'), 'HELLO')
    })
    t.match(stderr, /connection refused/)
    const run = (args: string[], input = '') =>
      new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
        const child = execFile(
          older as string,
          args,
          { env: { ...process.env, KUBECONFIG: world.kubeconfig }, timeout: 30_000, maxBuffer: 1e7 },
          (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }),
        )
        child.stdin?.end(input)
      })
    t.match(await run(['exec', 'p', '--', 'say']), { code: 0, stdout: 'said\n' })
    t.match(await run(['exec', 'p', '--', 'false']), { code: 3 })
    const much = await run(['exec', '-i', 'p', '--', 'cat'], 'y'.repeat(300_000))
    t.equal(much.stdout.length, 300_000)
  })

  t.test('the official client forwards over numbered channels', async (t) => {
    const config = new KubeConfig()
    config.loadFromFile(world.kubeconfig)
    const forward = new PortForward(config)
    const input = new PassThrough()
    let output = ''
    const answered = new Promise<void>((resolve) => {
      const sink = new Writable({
        write(chunk: Buffer, _encoding, done) {
          output += chunk.toString()
          if (output === 'PING') resolve()
          done()
        },
      })
      void forward.portForward('default', 'p', [80], sink, null, input).then((socket) => {
        input.write('ping')
        t.teardown(() => (socket as { close(): void }).close())
      })
    })
    await answered
    t.equal(output, 'PING')
  })
})

t.test('proxies', async (t) => {
  const world = await start()
  t.teardown(() => world.close())
  const pods = '/api/v1/namespaces/default/pods'
  const post = (path: string, object: object) =>
    world.request('POST', path, { body: JSON.stringify(object), headers: { 'content-type': 'application/json' } })

  t.test('every method reaches the pod, with its path, query and body', async (t) => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const body = method === 'GET' || method === 'OPTIONS' ? undefined : 'sent'
      const answer = await world.request(method, `${pods}/p:8080/proxy/some/pa%20th/?a=b&method=${method}`, {
        ...(body ? { body } : {}),
        headers: { authorization: `Bearer ${adminToken}` },
      })
      t.match(
        answer,
        {
          status: 200,
          json: { method, url: `/some/pa%20th/?a=b&method=${method}`, body: body ?? '', authorization: null, forwarded: 'https' },
        },
        method,
      )
      t.strictSame(answer.headers['set-cookie'], ['a=1', 'b=2'])
    }
    t.match(await world.request('HEAD', `${pods}/http:p:8080/proxy/`), { status: 200, text: '' })
  })

  t.test('redirects and links lead through the proxy', async (t) => {
    const bare = await world.request('GET', `${pods}/p:8080/proxy?x=1`)
    t.match(bare, { status: 301, headers: { location: `${pods}/p:8080/proxy/?x=1` } })
    t.match(await world.request('GET', `${pods}/p:8080/proxy/away`), { status: 302, headers: { location: `${pods}/p:8080/proxy/page` } })
    const page = await world.request('GET', `${pods}/p:8080/proxy/page`)
    t.equal(
      page.text,
      `<a class="x" href="${pods}/p:8080/proxy/rewriteme">test</a><img src='${pods}/p:8080/proxy/i.png'><a href="//other/x">`,
    )
  })

  t.test('a service leads to one of its pods', async (t) => {
    const services = '/api/v1/namespaces/default/services'
    t.equal((await post(services, { metadata: { name: 's' }, spec: { ports: [{ name: 'web', port: 80, targetPort: 8080 }] } })).status, 201)
    t.match((await world.request('GET', `${services}/s:web/proxy/`)).json, {
      code: 503,
      message: 'no endpoints available for service "s:web"',
    })
    const slice = {
      metadata: { name: 's-1', labels: { 'kubernetes.io/service-name': 's' } },
      addressType: 'IPv4',
      ports: [{ name: 'web', port: 8080, protocol: 'TCP' }],
      endpoints: [{ addresses: ['10.0.0.9'], conditions: { ready: true }, targetRef: { kind: 'Pod', namespace: 'default', name: 'p' } }],
    }
    t.equal((await post('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', slice)).status, 201)
    for (const name of ['s', 's:web', 's:80', 'http:s:web:'.slice(0, -1)])
      t.match((await world.request('GET', `${services}/${name}/proxy/x`)).json, { url: '/x' }, name)
    t.match((await world.request('GET', `${services}/s:81/proxy/`)).json, {
      code: 503,
      message: 'no service port 81 found for service "s"',
    })
    t.match((await world.request('GET', `${services}/none/proxy/`)).json, { code: 404 })
    t.match((await world.request('GET', `${pods}/p:81/proxy/`)).json, { code: 503, message: /^error trying to reach service: / })
  })

  t.test('an upgrade is handed through', async (t) => {
    const answer = await new Promise<string>((resolve, reject) => {
      const request = https.request({
        host: '127.0.0.1',
        port: world.port,
        path: `${pods}/p:8080/proxy/up`,
        ca: world.pki.caCertificate,
        agent: false,
        headers: { authorization: `Bearer ${adminToken}`, connection: 'Upgrade', upgrade: 'echo' },
      })
      request.on('upgrade', (_response, socket) => {
        socket.write('hello')
        socket.once('data', (data: Buffer) => {
          resolve(data.toString())
          socket.destroy()
        })
      })
      request.on('error', reject)
      request.end()
    })
    t.equal(answer, 'HELLO')
  })
})
