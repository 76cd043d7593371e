/** The API server as an actor in its own thread, over a real store: both doors, and what a restart leaves. */
import { mkdtempSync, rmSync } from 'node:fs'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { ApiServerConfig } from '../../src/apiserver/config.js'
import type { ApiServerProtocol } from '../../src/apiserver/protocol.js'
import { createPki } from '../../src/cluster/drivers/pki.js'
import { entryOf } from '../../src/cluster/entries.js'
import type { Context } from '../../src/kernel/context.js'
import type { NoProtocol } from '../../src/kernel/protocol.js'
import { createThreadHost, type ThreadHost } from '../../src/kernel/thread/host.js'
import type { StoreReplicaConfig } from '../../src/store/config.js'

const decoder = new TextDecoder()

async function guest(host: ThreadHost, role: string, name: string): Promise<{ context: Context; leave(): Promise<void> }> {
  let context: Context | undefined
  const { leave } = await host.join<NoProtocol>(name, {
    role,
    init(own) {
      context = own
      return {}
    },
  })
  if (!context) throw new Error('not joined')
  return { context, leave }
}

t.test('the API server in its thread', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'troupe-apiserver-'))
  const pki = createPki({ clusterName: 'actor', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] })
  const host = createThreadHost({
    entryOf,
    seed: 'front-actor',
    watchdog: { hangMs: 10_000 },
    heapMiBDefault: 512,
    onLog: (record) => (record.level === 'error' ? t.comment(JSON.stringify(record)) : undefined),
  })
  const admin = await guest(host, 'cluster', 'cluster')
  const scheduler = await guest(host, 'scheduler', 'scheduler')
  t.teardown(async () => {
    await admin.leave()
    await scheduler.leave()
    await host.close()
    rmSync(directory, { recursive: true, force: true })
  })
  const storeConfig: StoreReplicaConfig = { id: 1, peers: [{ id: 1, name: 'store-1' }], directory: join(directory, 'store-1') }
  host.start({ role: 'store-replica', name: 'store-1', entry: 'store-replica', config: storeConfig })
  const config: ApiServerConfig = {
    host: '127.0.0.1',
    port: 0,
    replicas: ['store-1'],
    certificate: pki.serverCertificate,
    key: pki.serverKey,
    clientCa: pki.caCertificate,
    serviceAccountKey: pki.serviceAccountKey,
  }
  const spec = { role: 'apiserver', name: 'apiserver', entry: 'apiserver', config }
  const first = host.start(spec)
  await first.ready

  const ask = async (context: Context, method: string, path: string, body?: object) => {
    const { status, body: bytes } = await context.actor<ApiServerProtocol>('apiserver').call(
      'request',
      {
        method,
        path,
        headers: { 'content-type': 'application/json' },
        ...(body ? { body: new TextEncoder().encode(JSON.stringify(body)) } : {}),
      },
      { timeoutMs: 20_000 },
    )
    return { status, json: JSON.parse(decoder.decode(bytes)) as ReturnType<typeof JSON.parse> }
  }

  t.test('messages are authenticated by their sender', async (t) => {
    const me = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
    const selves = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
    t.match((await ask(admin.context, 'POST', selves, me)).json.status.userInfo, {
      username: 'system:admin',
      groups: ['system:masters', 'system:authenticated'],
    })
    t.match((await ask(scheduler.context, 'POST', selves, me)).json.status.userInfo, { username: 'system:kube-scheduler' })
    t.match((await ask(scheduler.context, 'GET', '/api/v1/pods')).status, 200, 'the bootstrap roles are there')
    t.match((await ask(scheduler.context, 'GET', '/api/v1/secrets')).json, {
      code: 403,
      message: /User "system:kube-scheduler" cannot list resource "secrets"/,
    })
  })

  t.test('a watch by message ends with the server', async (t) => {
    const stream = admin.context.actor<ApiServerProtocol>('apiserver').stream('open', { method: 'GET', path: '/api/v1/configmaps?watch=1' })
    const frames = stream[Symbol.asyncIterator]()
    t.match((await frames.next()).value, { head: { status: 200 } })
    let text = ''
    const until = async (what: string) => {
      while (!text.includes(what)) {
        const next = await frames.next()
        if (next.done) throw new Error(`ended before ${what}`)
        if ('bytes' in next.value) text += decoder.decode(next.value.bytes)
      }
    }
    t.equal((await ask(admin.context, 'POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'seen' } })).status, 201)
    await until('"name":"seen"')
    first.kill('killed', 'by the test')
    await first.exit
    await t.rejects(frames.next(), { code: 'ActorDown' })
  })

  t.test('its successor serves what was there, on sockets too', async (t) => {
    const second = host.start(spec)
    await second.ready
    t.equal((await ask(admin.context, 'GET', '/api/v1/namespaces/default/configmaps/seen')).status, 200)
    const { port } = (await second.inspect()) as { port: number }
    const status = await new Promise((resolve, reject) => {
      const request = httpsRequest(
        { host: '127.0.0.1', port, path: '/readyz', ca: pki.caCertificate, cert: pki.adminCertificate, key: pki.adminKey, agent: false },
        (response) => resolve(response.resume().statusCode),
      )
      request.on('error', reject)
      request.end()
    })
    t.equal(status, 200)
    t.match(await second.stop(5_000), { type: 'shutdown' })
  })
})
