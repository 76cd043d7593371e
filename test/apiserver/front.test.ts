/** The API server at its door: real sockets, real certificates, real kubectl and the official client. */

import https from 'node:https'
import { createServer } from 'node:net'
import { Writable } from 'node:stream'
import { Exec, KubeConfig, Log } from '@kubernetes/client-node'
import t from 'tap'
import WebSocket from 'ws'
import type { KubeObject } from '../../src/api/meta/object.js'
import { CodedError } from '../../src/base/errors.js'
import { createPki } from '../../src/cluster/drivers/pki.js'
import type { ExecParams, LogsParams } from '../../src/node/kubelet/protocol.js'
import { adminToken, createFrontWorld, type FrontWorld, kubectlPath } from '../support/front-world.js'
import { playKubelet } from '../support/played-kubelet.js'

const encoder = new TextEncoder()
const asked: { exec?: ExecParams; logs?: LogsParams; sizes: object[] } = { sizes: [] }

const kubelet = playKubelet({
  async logs(params, stream) {
    asked.logs = params
    if (params.container === 'waiting')
      throw new CodedError('BadRequest', 'container "waiting" in pod "p" is waiting to start: ContainerCreating')
    for (let i = 1; i <= 3; i++) await stream.send({ bytes: encoder.encode(`line ${i}\n`) })
    if (params.follow) await stream.closed
  },
  async exec(params, stream) {
    asked.exec = params
    if (params.command[0] === 'missing')
      return void (await stream.send({ type: 'exit', code: 128, message: 'exec: "missing": executable file not found in $PATH' }))
    if (params.command[0] === 'false') return void (await stream.send({ type: 'exit', code: 7 }))
    if (params.command[0] === 'echo') {
      await stream.send({ type: 'stdout', bytes: encoder.encode(`${params.command.slice(1).join(' ')}\n`) })
      await stream.send({ type: 'stderr', bytes: encoder.encode('warned\n') })
    }
    if (params.command[0] === 'cat')
      for await (const item of stream) {
        if (item.type === 'stdin-end') break
        if (item.type === 'stdin') await stream.send({ type: 'stdout', bytes: item.bytes })
        if (item.type === 'resize') asked.sizes.push(item)
      }
    await stream.send({ type: 'exit', code: 0 })
  },
})

/** A stream that keeps what is written as text. */
function collecting(texts: string[]): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      texts.push(chunk.toString())
      done()
    },
  })
}

const container = (name: string) => ({ name, image: 'i' })
const pod = (name: string, spec: object): object => ({ metadata: { name }, spec: { terminationGracePeriodSeconds: 0, ...spec } })

async function start(): Promise<FrontWorld> {
  const world = await createFrontWorld({
    actors: { 'kubelet-n1': kubelet as never },
    staticTokens: [{ token: 'bob-token', user: { name: 'bob', groups: [] } }],
  })
  const pods = '/api/v1/namespaces/default/pods'
  for (const object of [
    pod('p', { nodeName: 'n1', containers: [container('c')] }),
    pod('two', { nodeName: 'n1', containers: [container('a'), container('b')], initContainers: [container('i')] }),
    pod('waiting', { nodeName: 'n1', containers: [container('waiting')] }),
    pod('nowhere', { containers: [container('c')] }),
  ]) {
    const { status, text } = await world.request('POST', pods, {
      body: JSON.stringify(object),
      headers: { 'content-type': 'application/json' },
    })
    if (status !== 201) throw new Error(text)
  }
  return world
}

t.test('a real API server', async (t) => {
  const world = await start()
  t.teardown(() => world.close())
  const { request, kubectl } = world
  const get = (path: string, headers: Record<string, string> = {}) => request('GET', path, { headers })

  t.test('answers have the standard headers, and the form that was asked for', async (t) => {
    const plain = await get('/api/v1/namespaces/default', { 'audit-id': 'mine' })
    t.equal(plain.status, 200)
    t.equal(plain.headers['content-type'], 'application/json')
    t.equal(plain.headers['cache-control'], 'no-cache, private')
    t.equal(plain.headers['audit-id'], 'mine')
    t.ok(plain.text.startsWith('{"kind":"Namespace","apiVersion":"v1","metadata":{'))
    t.ok(plain.text.endsWith('}\n'))
    const pretty = await get('/api/v1/namespaces/default', { 'user-agent': 'curl/8.5.0' })
    t.ok(pretty.text.startsWith('{\n  "kind": "Namespace",'))
    const yaml = await get('/api/v1/namespaces/default', { accept: 'application/yaml' })
    t.equal(yaml.headers['content-type'], 'application/yaml')
    t.match(yaml.text, /^(.*\n)*kind: Namespace$/m)

    const table = await get('/api/v1/namespaces/default/pods?limit=1', { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' })
    t.equal(table.json.kind, 'Table')
    t.equal(table.json.rows.length, 1)
    t.equal(table.json.rows[0].object.kind, 'PartialObjectMetadata')
    t.equal(table.json.columnDefinitions[0].name, 'Name')
    t.ok(table.json.metadata.continue)
    const whole = await get('/api/v1/namespaces/default/pods/p?includeObject=Object', {
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
    })
    t.equal(whole.json.rows[0].object.spec.nodeName, 'n1')
    const partial = await get('/api/v1/namespaces/default/pods', {
      accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
    })
    t.equal(partial.json.kind, 'PartialObjectMetadataList')
    t.notOk(partial.json.items[0].spec)
    t.equal(
      (await get('/api/v1/namespaces/default/pods', { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' })).status,
      406,
    )
    t.match((await get('/api/v1/namespaces', { accept: 'text/html' })).json, { code: 406, reason: 'NotAcceptable' })

    const list = await get('/api/v1/namespaces/default/pods')
    t.equal(list.json.kind, 'PodList')
    t.notOk('kind' in list.json.items[0], 'items of a built-in list carry no kind')
  })

  t.test("what is not there is not found, in upstream's three ways", async (t) => {
    t.match((await get('/api/v1/namespaces/default/pods/none')).json, { code: 404, message: 'pods "none" not found' })
    t.match((await get('/api/v1/nothings')).json, { code: 404, message: 'the server could not find the requested resource' })
    t.match(await get('/apis/no.such.group/v1/things'), { status: 404, text: '404 page not found\n' })
    const unknown = await get('/nothing')
    t.equal(unknown.status, 404)
    t.ok(unknown.json.paths.includes('/apis/apps/v1'))
    t.match((await request('DELETE', '/api/v1/pods')).json, { code: 405, reason: 'MethodNotAllowed' })
  })

  t.test('bodies are bounded and of a known type', async (t) => {
    const post = (body: string, type: string | undefined, path = '/api/v1/namespaces/default/configmaps') =>
      request('POST', path, { body, headers: type === undefined ? {} : { 'content-type': type } })
    t.equal((await post('{"metadata":{"name":"untyped"}}', undefined)).status, 201, 'no content type means JSON')
    t.equal((await post('metadata: {name: yaml}', 'application/yaml; charset=utf-8')).status, 201)
    t.match((await post('{}', 'text/plain')).json, { code: 415, reason: 'UnsupportedMediaType' })
    t.match((await post(`{"data":{"a":"${'x'.repeat(3 * 1024 * 1024)}"}}`, 'application/json')).json, {
      code: 413,
      reason: 'RequestEntityTooLarge',
    })
    const warned = await post('{"metadata":{"name":"w"},"nothing":"\\"é"}', 'application/json')
    t.equal(warned.headers.warning, '299 - "unknown field \\"nothing\\""')
    t.match(
      (
        await post(
          '{"metadata":{"name":"w2"},"nothing":1}',
          'application/json',
          '/api/v1/namespaces/default/configmaps?fieldValidation=Strict',
        )
      ).json,
      { code: 400 },
    )
  })

  t.test('long bodies are compressed for who asks', async (t) => {
    const { gunzipSync } = await import('node:zlib')
    await request('POST', '/api/v1/namespaces/default/configmaps', {
      body: JSON.stringify({ metadata: { name: 'big' }, data: { a: 'x'.repeat(200_000) } }),
      headers: { 'content-type': 'application/json' },
    })
    const packed = await get('/api/v1/namespaces/default/configmaps/big', { 'accept-encoding': 'gzip' })
    t.equal(packed.headers['content-encoding'], 'gzip')
    t.equal(packed.headers.vary, 'Accept-Encoding')
    t.equal(JSON.parse(gunzipSync(packed.body).toString()).data.a.length, 200_000)
    t.notOk((await get('/api/v1/namespaces/default', { 'accept-encoding': 'gzip' })).headers['content-encoding'], 'short ones are not')
    t.notOk((await get('/api/v1/namespaces/default/configmaps/big')).headers['content-encoding'])
  })

  t.test('discovery and OpenAPI can be kept', async (t) => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json'
    const apis = await get('/apis', { accept })
    t.equal(apis.headers['content-type'], 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList')
    t.equal(apis.json.kind, 'APIGroupDiscoveryList')
    t.equal((await get('/apis', { accept, 'if-none-match': String(apis.headers.etag) })).status, 304)
    t.equal((await get('/apis')).json.kind, 'APIGroupList')
    t.equal((await get('/apis/apps/')).json.kind, 'APIGroup')
    t.equal((await get('/apis/apps/v1')).json.kind, 'APIResourceList')
    const { paths } = (await get('/openapi/v3')).json
    const at = paths['apis/apps/v1'].serverRelativeURL as string
    const document = await get(at)
    t.equal(document.json.openapi, '3.0.0')
    t.equal(document.headers['cache-control'], 'public, immutable')
    const moved = await get('/openapi/v3/apis/apps/v1?hash=OLD')
    t.equal(moved.status, 301)
    t.equal(moved.headers.location, at)
    const v2 = await get('/openapi/v2', { accept: 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf' })
    t.equal(v2.status, 200)
    t.equal(v2.headers['content-type'], 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf', "a name that Go's parser takes")
    t.match(v2.text, /io\.k8s\.api\.core\.v1\.Pod/)
    t.match((await get('/version')).json, { major: '1', minor: '36' })
    t.match(
      (await get('/metrics')).text,
      /^apiserver_request_total\{code="200",.*resource="namespaces",scope="resource",.*verb="GET",version="v1"\} \d+$/m,
    )
  })

  t.test('credentials', async (t) => {
    const nobody = (headers: Record<string, string> = {}, path = '/api/v1/namespaces') => request('GET', path, { as: 'nobody', headers })
    t.match((await nobody()).json, {
      code: 403,
      message: 'namespaces is forbidden: User "system:anonymous" cannot list resource "namespaces" in API group "" at the cluster scope',
    })
    t.equal((await nobody({}, '/healthz')).text, 'ok')
    t.equal((await nobody({}, '/version')).status, 200, 'public information is public')
    t.match((await nobody({ authorization: 'Bearer wrong' })).json, { code: 401, reason: 'Unauthorized', message: 'Unauthorized' })
    t.equal((await nobody({ authorization: `Bearer ${adminToken}` })).status, 200)
    t.match((await nobody({ authorization: 'Bearer bob-token' })).json, { message: /User "bob"/ })
    t.match((await request('GET', '/api/v1/namespaces', { headers: { 'impersonate-user': 'eve' } })).json, { message: /User "eve"/ })
    t.match(await request('GET', '/api/v1/namespaces', { headers: { 'impersonate-group': 'g' } }), {
      status: 500,
      text: /without impersonating a user/,
    })
    const other = await createPki({ clusterName: 'other', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] })
    const foreign = await new Promise<number | undefined>((resolve, reject) => {
      https
        .get(
          {
            host: '127.0.0.1',
            port: world.port,
            path: '/version',
            ca: world.pki.caCertificate,
            cert: other.adminCertificate,
            key: other.adminKey,
            agent: false,
          },
          (response) => resolve(response.resume().statusCode),
        )
        .on('error', reject)
    })
    t.equal(foreign, 401, 'a certificate of another CA is no credential')
  })

  t.test('service-account tokens live and die with the account', async (t) => {
    const json = { 'content-type': 'application/json' }
    const account = await request('POST', '/api/v1/namespaces/default/serviceaccounts', {
      headers: json,
      body: '{"metadata":{"name":"robot"}}',
    })
    const { uid } = account.json.metadata
    const { token } = await world.identity.signToken({
      namespace: 'default',
      serviceAccount: { name: 'robot', uid },
      audiences: [],
      expirationSeconds: 3600,
    })
    const as = (path: string, method = 'GET', body?: string) =>
      request(method, path, {
        as: 'nobody',
        headers: { authorization: `Bearer ${token}`, ...json },
        ...(body === undefined ? {} : { body }),
      })
    const self = await as('/apis/authentication.k8s.io/v1/selfsubjectreviews', 'POST', '{}')
    t.equal(self.status, 201)
    t.match(self.json.status.userInfo, {
      username: 'system:serviceaccount:default:robot',
      uid,
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
    })
    t.match(self.json.status.userInfo.extra['authentication.kubernetes.io/credential-id'], [/^JTI=/])
    const review = (text: string, audiences?: string[]) =>
      request('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
        headers: json,
        body: JSON.stringify({ spec: { token: text, ...(audiences ? { audiences } : {}) } }),
      })
    t.match((await review(token)).json.status, { authenticated: true, user: { username: 'system:serviceaccount:default:robot' } })
    t.match((await review(token, ['vault'])).json.status, { authenticated: undefined, user: {}, error: /audiences/ })
    t.strictSame((await review('x')).json.status, { user: {}, error: 'invalid bearer token' })
    t.match((await review('')).json, { code: 400, message: 'token is required for TokenReview in authentication' })
    const keys = (await get('/openid/v1/jwks')).json.keys
    t.match(keys[0], { kty: 'EC', alg: 'ES256', use: 'sig' })
    t.notOk('d' in keys[0], 'the private half stays here')
    t.match((await get('/.well-known/openid-configuration')).json, { issuer: 'https://kubernetes.default.svc.cluster.local' })
    const bent = `${token.slice(0, -4)}${token.endsWith('AAAA') ? 'BBBB' : 'AAAA'}`
    t.equal((await request('GET', '/version', { as: 'nobody', headers: { authorization: `Bearer ${bent}` } })).status, 401)
    await request('DELETE', '/api/v1/namespaces/default/serviceaccounts/robot')
    t.equal((await as('/version')).status, 401)
  })

  t.test('access reviews', async (t) => {
    const ask = async (kind: string, spec: object, namespace = '') => {
      const path = `/apis/authorization.k8s.io/v1/${namespace}${kind.toLowerCase()}s`
      return (
        await request('POST', path, {
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ kind, apiVersion: 'authorization.k8s.io/v1', spec }),
        })
      ).json
    }
    const resourceAttributes = { verb: 'get', resource: 'pods', namespace: 'default' }
    t.strictSame((await ask('SelfSubjectAccessReview', { resourceAttributes })).status, { allowed: true })
    t.strictSame((await ask('SubjectAccessReview', { user: 'bob', resourceAttributes })).status, { allowed: false })
    t.match(
      (
        await ask('SubjectAccessReview', {
          user: 'bob',
          nonResourceAttributes: { path: '/api', verb: 'get' },
          groups: ['system:authenticated'],
        })
      ).status,
      { allowed: true, reason: /^RBAC: allowed by ClusterRoleBinding "system:discovery"/ },
    )
    t.match(await ask('SubjectAccessReview', { resourceAttributes }), {
      code: 422,
      message: /at least one of user or group must be specified/,
    })
    t.match(
      await ask(
        'LocalSubjectAccessReview',
        { user: 'bob', resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'x' } },
        'namespaces/default/',
      ),
      { code: 422, message: /must match metadata.namespace/ },
    )
    t.match(await ask('SelfSubjectRulesReview', {}), { code: 400, message: 'no namespace on request' })
  })

  t.test('a watch sends its head at once and an event a line', async (t) => {
    const { resourceVersion } = (await get('/api/v1/namespaces/default/configmaps')).json.metadata
    const lines = await new Promise<ReturnType<typeof JSON.parse>[]>((resolve, reject) => {
      const path = `/api/v1/namespaces/default/configmaps?watch=1&resourceVersion=${resourceVersion}`
      const asking = https.get(
        {
          host: '127.0.0.1',
          port: world.port,
          path,
          ca: world.pki.caCertificate,
          agent: false,
          headers: { authorization: `Bearer ${adminToken}`, accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
        },
        (response) => {
          let text = ''
          void request('POST', '/api/v1/namespaces/default/configmaps', {
            headers: { 'content-type': 'application/json' },
            body: '{"metadata":{"name":"seen"}}',
          }).then(() => request('DELETE', '/api/v1/namespaces/default/configmaps/seen'))
          response.on('data', (part: Buffer) => {
            text += part.toString()
            const whole = text.split('\n').slice(0, -1)
            if (whole.length < 2) return
            asking.destroy()
            resolve(whole.map((line) => JSON.parse(line)))
          })
        },
      )
      asking.on('error', (error) => (asking.destroyed ? undefined : reject(error)))
    })
    t.match(lines, [
      { type: 'ADDED', object: { kind: 'Table', rows: [{ cells: ['seen'] }] } },
      { type: 'DELETED', object: { kind: 'Table' } },
    ])
    t.ok(lines[0].object.columnDefinitions.length > 0)
    t.equal(lines[1].object.columnDefinitions, null, 'columns come once')
  })

  t.test('a watch over a WebSocket is a message an event', async (t) => {
    const socket = new WebSocket(`wss://127.0.0.1:${world.port}/api/v1/namespaces?watch=1`, {
      ca: world.pki.caCertificate,
      headers: { authorization: `Bearer ${adminToken}` },
    })
    const [message] = await new Promise<[Buffer, boolean]>((resolve, reject) => {
      socket.once('message', (data: Buffer, binary) => resolve([data, binary]))
      socket.once('error', reject)
    })
    t.match(JSON.parse(message.toString()), { type: 'ADDED', object: { kind: 'Namespace' } })
    socket.terminate()
  })

  t.test('logs', async (t) => {
    const log = (name: string, query = '') => get(`/api/v1/namespaces/default/pods/${name}/log${query}`)
    const whole = await log('p', '?tailLines=3&timestamps=true')
    t.match(whole, { status: 200, text: 'line 1\nline 2\nline 3\n' })
    t.equal(whole.headers['content-type'], 'text/plain')
    t.strictSame(asked.logs, { namespace: 'default', pod: 'p', container: 'c', timestamps: true, tailLines: 3 })
    t.match(await log('nowhere'), { status: 204, text: '' })
    t.match((await log('two')).json, {
      code: 400,
      message: 'a container name must be specified for pod two, choose one of: [a b] or one of the init containers: [i]',
    })
    t.match((await log('two', '?container=x')).json, { code: 400, message: 'container x is not valid for pod two' })
    t.match((await log('waiting')).json, { code: 400, message: 'container "waiting" in pod "p" is waiting to start: ContainerCreating' })
    t.match((await log('none')).json, { code: 404, message: 'pods "none" not found' })
    t.match((await log('p', '?tailLines=-1')).json, {
      code: 422,
      message: /tailLines: Invalid value: -1: must be greater than or equal to 0/,
    })
    const socket = new WebSocket(`wss://127.0.0.1:${world.port}/api/v1/namespaces/default/pods/p/log?container=c`, ['binary.k8s.io'], {
      ca: world.pki.caCertificate,
      headers: { authorization: `Bearer ${adminToken}` },
    })
    const messages: string[] = []
    socket.on('message', (data: Buffer) => messages.push(data.toString()))
    await new Promise((resolve) => socket.once('close', resolve))
    t.equal(socket.protocol, 'binary.k8s.io')
    t.equal(messages[0], '', 'an empty message first')
    t.equal(messages.join(''), 'line 1\nline 2\nline 3\n')
  })

  t.test('exec over numbered channels', async (t) => {
    const run = async (query: string, protocol: string[], send: (socket: WebSocket) => void = () => {}) => {
      const socket = new WebSocket(`wss://127.0.0.1:${world.port}/api/v1/namespaces/default/pods/p/exec?${query}`, protocol, {
        ca: world.pki.caCertificate,
        headers: { authorization: `Bearer ${adminToken}` },
      })
      const channels: Record<number, string> = {}
      const order: number[] = []
      socket.on('open', () => send(socket))
      socket.on('message', (data: Buffer) => {
        const channel = data[0] as number
        order.push(channel)
        channels[channel] = (channels[channel] ?? '') + data.subarray(1).toString()
      })
      const code = await new Promise((resolve, reject) => {
        socket.once('close', resolve)
        socket.once('unexpected-response', (_request, response) => reject(new Error(String(response.statusCode))))
        socket.once('error', reject)
      })
      return { channels, order, code, protocol: socket.protocol }
    }
    const echo = await run('command=echo&command=hi&stdout=1&stderr=1', ['v5.channel.k8s.io'])
    t.strictSame(echo, {
      channels: { 1: 'hi\n', 2: 'warned\n', 3: '{"metadata":{},"status":"Success"}' },
      order: [1, 1, 2, 3],
      code: 1000,
      protocol: 'v5.channel.k8s.io',
    })
    t.match(asked.exec, {
      namespace: 'default',
      pod: 'p',
      container: 'c',
      command: ['echo', 'hi'],
      stdin: false,
      stdout: true,
      stderr: true,
      tty: false,
    })
    const failed = await run('command=false&stdout=1', ['v4.channel.k8s.io'])
    t.match(JSON.parse(failed.channels[3] ?? ''), {
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '7' }] },
    })
    t.match(JSON.parse((await run('command=missing&stdout=1', ['v5.channel.k8s.io'])).channels[3] ?? ''), {
      status: 'Failure',
      reason: 'InternalError',
      code: 500,
    })
    t.match((await run('command=false&stdout=1', ['channel.k8s.io'])).channels[3], /exit code 7$/, 'before v4 the error is text')
    const typed = await run('command=cat&stdin=1&stdout=1&tty=1', ['v5.channel.k8s.io'], (socket) => {
      socket.send(Buffer.from([4, ...encoder.encode('{"Width":80,"Height":24}\n')]))
      socket.send(Buffer.from([0, ...encoder.encode('typed')]))
      socket.send(Buffer.from([255, 0]))
    })
    t.equal(typed.channels[1], 'typed')
    t.strictSame(asked.sizes, [{ type: 'resize', width: 80, height: 24 }])
    await t.rejects(run('command=echo&stdout=1', ['v9.channel.k8s.io']), { message: '403' })
    t.match((await get('/api/v1/namespaces/default/pods/nowhere/exec?command=x&stdout=1')).json, {
      code: 400,
      message: 'pod nowhere does not have a host assigned',
    })
    t.match((await get('/api/v1/namespaces/default/pods/p/exec?command=x&stdout=1')).json, {
      code: 400,
      message: 'Upgrade request required',
    })
  })

  t.test('the official client', async (t) => {
    const config = new KubeConfig()
    config.loadFromFile(world.kubeconfig)
    const output: string[] = []
    const into = collecting(output)
    const status = await new Promise((resolve, reject) => {
      new Exec(config).exec('default', 'p', 'c', ['echo', 'official'], into, null, null, false, resolve).catch(reject)
    })
    t.match(status, { status: 'Success' })
    t.equal(output.join(''), 'official\n')
    const lines: string[] = []
    const sink = collecting(lines)
    await new Log(config).log('default', 'p', 'c', sink, { tailLines: 3 })
    await new Promise((resolve) => sink.once('finish', resolve))
    t.equal(lines.join(''), 'line 1\nline 2\nline 3\n')
  })

  t.test('a bug is a 500 and a line in the log, and the next request is served', async (t) => {
    const { get: whole } = world.resources.lookup
    const lookup = world.resources.lookup as { get: typeof whole }
    lookup.get = (resource, namespace, name): KubeObject | undefined => {
      if (name === 'bug') throw new TypeError('a bug')
      return whole.call(lookup, resource, namespace, name)
    }
    const answer = await get('/api/v1/namespaces/default/pods/bug/log')
    lookup.get = whole
    t.match(answer.json, { code: 500, reason: 'InternalError', message: 'Internal error occurred: a bug' })
    t.ok(world.logs.some(({ level, fields }) => level === 'error' && fields?.error === 'a bug'))
    t.equal((await get('/healthz')).status, 200)
  })

  t.test('a request has a deadline, which its query can shorten', async (t) => {
    t.match((await get('/api/v1/namespaces?timeout=x')).json, { code: 400, message: /invalid timeout specified in the request URL/ })
    t.match((await get('/api/v1/namespaces?resourceVersion=999999&timeout=50ms')).json, {
      code: 504,
      reason: 'Timeout',
      message: 'Timeout: request did not complete within the allotted timeout',
    })
  })

  t.test('kubectl', { skip: kubectlPath() ? false : 'there is no kubectl here' }, async (t) => {
    const ok = async (...args: string[]) => {
      const { code, stdout, stderr } = await kubectl(...args)
      t.equal(code, 0, `${args.join(' ')} ${stderr}`)
      return stdout
    }
    t.match(await ok('version'), /Server Version: v1\.36/)
    t.match(await ok('get', 'namespaces'), /^default /m)
    t.match(await ok('create', 'namespace', 'made'), /namespace\/made created/, 'its body is protobuf')
    t.match(await ok('get', 'ns', 'made', '-o', 'yaml'), /^kind: Namespace$/m)
    t.match(await ok('api-resources', '--api-group=apps'), /^deployments +deploy +apps\/v1/m)
    t.match(await ok('explain', 'pod.spec.containers.image'), /FIELD: image <string>/)
    t.match(await ok('explain', 'pod.spec.containers.image'), /DESCRIPTION:\n +Container image name/)
    t.match(await ok('create', 'clusterrole', 'granter', '--verb=create', '--resource=roles'), /created/)
    t.match(await ok('create', 'clusterrolebinding', 'granters', '--clusterrole=granter', '--user=bob'), /created/)
    t.match(
      (await kubectl('create', 'role', 'r', '--verb=get', '--resource=pods', '--as', 'bob')).stderr,
      /is attempting to grant RBAC permissions not currently held:\n\{APIGroups:\[""\], Resources:\["pods"\], Verbs:\["get"\]\}/,
    )
    t.match(await ok('auth', 'whoami'), /kubernetes-admin/)
    t.match(await ok('auth', 'can-i', 'get', 'pods'), /^yes/)
    t.match(await ok('auth', 'can-i', '--list', '--as', 'bob'), /selfsubjectaccessreviews/)
    t.equal((await kubectl('auth', 'can-i', 'get', 'pods', '--as', 'bob')).stdout.trim(), 'no')
    t.match(
      (await kubectl('get', 'pods', '--as', 'bob')).stderr,
      /Error from server \(Forbidden\): pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "default"/,
    )
    t.match((await kubectl('get', 'nothings')).stderr, /the server doesn't have a resource type "nothings"/)
    t.equal(await ok('logs', 'p', '--tail=3'), 'line 1\nline 2\nline 3\n')
    t.equal(await ok('exec', 'p', '--', 'echo', 'from', 'kubectl'), 'from kubectl\n')
    t.match(await kubectl('exec', 'p', '--', 'false'), { code: 7, stderr: /command terminated with exit code 7/ })
  })
})

t.test('a server that stops ends its watches and lets go of its connections', async (t) => {
  const world = await createFrontWorld()
  const agent = new https.Agent({ keepAlive: true, ca: world.pki.caCertificate })
  let closed: Promise<void> | undefined
  const ended = new Promise<string>((resolve, reject) => {
    https.get(
      {
        host: '127.0.0.1',
        port: world.port,
        path: '/api/v1/namespaces?watch=1',
        agent,
        headers: { authorization: `Bearer ${adminToken}` },
      },
      (response) => {
        response.once('data', () => (closed = world.close(60_000)))
        response.on('end', () => resolve('end')).on('error', reject)
      },
    )
  })
  t.equal(await ended, 'end')
  await closed
  t.pass('no connection had to be cut')
  agent.destroy()
})

t.test('listening where somebody else listens fails', async (t) => {
  const { httpListener } = await import('../../src/apiserver/drivers/http.js')
  const pki = await createPki({ clusterName: 'x', dnsNames: [], ipAddresses: ['127.0.0.1'] })
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  const { port } = taken.address() as { port: number }
  await t.rejects(
    httpListener.listen({
      host: '127.0.0.1',
      port,
      certificate: pki.serverCertificate,
      key: pki.serverKey,
      clientCa: pki.caCertificate,
      serve: async () => ({ type: 'whole', status: 200, headers: {}, body: '' }),
    }),
    { code: 'ListenFailed' },
  )
  taken.close()
})
