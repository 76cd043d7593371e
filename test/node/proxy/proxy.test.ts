/** The proxy: the table it makes of Services and EndpointSlices, and what its sockets do with it. */
import { createSocket } from 'node:dgram'
import { connect, createServer, type Server } from 'node:net'
import t from 'tap'
import { createRandom } from '../../../src/base/random.js'
import type { Context } from '../../../src/kernel/context.js'
import { proxyActor } from '../../../src/node/proxy/actor.js'
import { createBalancer } from '../../../src/node/proxy/balancer.js'
import { createUserspaceForwarder } from '../../../src/node/proxy/drivers/userspace.js'
import { type Forward, forwardingTable, forwardKey } from '../../../src/node/proxy/rules.js'
import { createMemoryApi, type Loose } from '../../support/memory-api.js'
import { realContext, until } from '../support/kubelet-world.js'

const service = (name: string, spec: Loose, more: Loose = {}): Loose => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { type: 'ClusterIP', clusterIP: '127.96.3.1', ports: [{ port: 80, protocol: 'TCP' }], ...spec },
  ...more,
})
const slice = (name: string, of: string, endpoints: Loose[], ports: Loose[] = [{ name: '', port: 8080, protocol: 'TCP' }]): Loose => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name, namespace: 'default', labels: { 'kubernetes.io/service-name': of } },
  addressType: 'IPv4',
  endpoints,
  ports,
})
const endpoint = (ip: string, nodeName = 'n1', conditions: Loose = { ready: true, serving: true, terminating: false }): Loose => ({
  addresses: [ip],
  nodeName,
  conditions,
})
const table = (services: Loose[], slices: Loose[], more: Loose = {}) =>
  forwardingTable({ services, slices, node: 'n1', nodeIp: '127.244.1.1', shared: true, ...more })
const show = (forwards: Forward[]) =>
  forwards.map(
    (forward) =>
      `${forwardKey(forward)} -> ${forward.targets.map(({ ip, port }) => `${ip}:${port}`).join(' ')}${forward.reach === 'client' ? ' local' : ''}`,
  )

t.test('the forwarding table', async (t) => {
  t.test('slices of a service are merged, ports matched by name and protocol', async (t) => {
    const ports = [
      { name: 'web', port: 80, protocol: 'TCP' },
      { name: 'dns', port: 53, protocol: 'UDP' },
    ]
    const own = [
      { name: 'web', port: 8080, protocol: 'TCP' },
      { name: 'dns', port: 5353, protocol: 'UDP' },
    ]
    const result = table(
      [service('a', { ports })],
      [slice('a-1', 'a', [endpoint('127.244.1.11')], own), slice('a-2', 'a', [endpoint('127.244.1.10'), endpoint('127.244.1.11')], own)],
    )
    t.same(show(result), [
      'TCP/127.96.3.1:80 -> 127.244.1.10:8080 127.244.1.11:8080',
      'UDP/127.96.3.1:53 -> 127.244.1.10:5353 127.244.1.11:5353',
    ])
  })
  t.test('headless and external services, and those without endpoints, have no entry', async (t) => {
    const slices = [slice('s', 'a', [endpoint('127.244.1.10')])]
    t.same(table([service('a', { clusterIP: 'None' })], slices), [])
    t.same(table([service('a', { type: 'ExternalName', clusterIP: '' })], slices), [])
    t.same(table([service('a', {})], [slice('s', 'a', [endpoint('127.244.1.10', 'n1', { ready: false })])]), [])
  })
  t.test('terminating endpoints serve when there is nobody else', async (t) => {
    const going = endpoint('127.244.1.10', 'n1', { ready: false, serving: true, terminating: true })
    t.same(show(table([service('a', {})], [slice('s', 'a', [going])])), ['TCP/127.96.3.1:80 -> 127.244.1.10:8080'])
    t.same(show(table([service('a', {})], [slice('s', 'a', [going, endpoint('127.244.1.12')])])), [
      'TCP/127.96.3.1:80 -> 127.244.1.12:8080',
    ])
  })
  t.test('a NodePort is on the own address of each node, and shared on 127.0.0.1', async (t) => {
    const of = service('a', { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] })
    const slices = [slice('s', 'a', [endpoint('127.244.1.10'), endpoint('127.244.2.10', 'n2')])]
    t.same(table([of], slices).map(forwardKey), ['TCP/127.96.3.1:80', 'TCP/127.0.0.1:30080', 'TCP/127.244.1.1:30080'])
    t.same(table([of], slices, { shared: false }).map(forwardKey), ['TCP/127.244.1.1:30080'])
  })
  t.test('traffic policies keep traffic on its node', async (t) => {
    const slices = [slice('s', 'a', [endpoint('127.244.1.10'), endpoint('127.244.2.10', 'n2')])]
    const external = service('a', { type: 'NodePort', externalTrafficPolicy: 'Local', ports: [{ port: 80, nodePort: 30080 }] })
    t.same(show(table([external], slices, { shared: false })), ['TCP/127.244.1.1:30080 -> 127.244.1.10:8080'])
    t.same(table([external], slices, { shared: false, node: 'n3', nodeIp: '127.244.3.1' }), [])
    const [forward] = table([service('a', { internalTrafficPolicy: 'Local' })], slices)
    const balancer = createBalancer(createRandom(1))
    balancer.setNodes(
      [
        { node: 'n1', podCidr: '127.244.1.0/24' },
        { node: 'n2', podCidr: '127.244.2.0/24' },
        { node: 'n3', podCidr: '127.244.3.0/24' },
      ],
      'n1',
    )
    t.equal(balancer.pick(forward as Forward, '127.244.2.77', 0)?.ip, '127.244.2.10')
    t.equal(balancer.pick(forward as Forward, '127.244.3.77', 0), undefined, 'no endpoint on the node of the client')
  })
  t.test('an affine client stays until its time is over', async (t) => {
    const slices = [
      slice(
        's',
        'a',
        Array.from({ length: 20 }, (_, i) => endpoint(`127.244.1.${i + 10}`)),
      ),
    ]
    const [forward] = table(
      [service('a', { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 10 } } })],
      slices,
    ) as [Forward]
    const balancer = createBalancer(createRandom('affinity'))
    const first = balancer.pick(forward, '127.0.0.9', 0)
    for (let now = 0; now < 60_000; now += 9_000) t.equal(balancer.pick(forward, '127.0.0.9', now), first)
    const later = Array.from({ length: 10 }, (_, i) => balancer.pick(forward, '127.0.0.9', 100_000 + i * 20_000)?.ip)
    t.ok(new Set(later).size > 1, 'after a pause it may go elsewhere')
  })
})

/** A TCP server that greets with its name and who asks, then echoes. */
function greeter(ip: string, port: number): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.write(`${ip} hears ${socket.remoteAddress}\n`)
    socket.pipe(socket)
  })
  return new Promise((resolve) => server.listen(port, ip, () => resolve(server)))
}
function ask(ip: string, port: number, text: string, from?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: ip, port, allowHalfOpen: true, ...(from ? { localAddress: from } : {}) })
    let answer = ''
    socket
      .on('data', (chunk) => (answer += chunk))
      .on('end', () => resolve(answer))
      .on('error', reject)
    socket.end(text)
  })
}
const forward = (over: Partial<Forward>): Forward => ({
  protocol: 'TCP',
  ip: '127.96.9.1',
  port: 18081,
  service: 'default/a',
  targets: [],
  reach: 'all',
  affinitySeconds: 0,
  ...over,
})

t.test('sockets', async (t) => {
  const now = () => performance.now()
  const balancer = createBalancer(createRandom(7))
  const forwarder = createUserspaceForwarder({ now })
  const servers = await Promise.all([greeter('127.244.9.10', 18080), greeter('127.244.9.11', 18080)])
  t.teardown(async () => {
    await forwarder.close()
    for (const server of servers) server.close()
  })
  const targets = [
    { ip: '127.244.9.10', port: 18080, node: 'n1' },
    { ip: '127.244.9.11', port: 18080, node: 'n1' },
  ]

  t.test('TCP goes to all endpoints, both ways, half-closed, and keeps the client address', async (t) => {
    t.same(await forwarder.apply([forward({ targets })], balancer), [])
    const answers = new Set<string>()
    for (let i = 0; i < 30; i++) answers.add(await ask('127.96.9.1', 18081, 'x'.repeat(100_000), '127.244.9.77'))
    const body = 'x'.repeat(100_000)
    t.same([...answers].sort(), [`127.244.9.10 hears 127.244.9.77\n${body}`, `127.244.9.11 hears 127.244.9.77\n${body}`])
  })
  t.test('an endpoint that refuses is passed over', async (t) => {
    await forwarder.apply([forward({ targets: [...targets, { ip: '127.244.9.12', port: 1, node: 'n1' }] })], balancer)
    for (let i = 0; i < 20; i++) t.match(await ask('127.96.9.1', 18081, ''), /hears/)
  })
  t.test('what leaves the table is refused, and connections that exist go on', async (t) => {
    const socket = connect({ host: '127.96.9.1', port: 18081 })
    const lines: string[] = []
    socket.on('data', (chunk) => lines.push(String(chunk)))
    await until('the greeting', () => lines.length === 1)
    await forwarder.apply([], balancer)
    await t.rejects(ask('127.96.9.1', 18081, ''), { code: 'ECONNREFUSED' })
    socket.write('still here')
    await until('an echo', () => lines.join('').endsWith('still here'))
    socket.destroy()
  })
  t.test('UDP answers its client, and follows the endpoints', async (t) => {
    const backends = await Promise.all(
      ['127.244.9.20', '127.244.9.21'].map(async (ip) => {
        const socket = createSocket('udp4')
        socket.on('message', (message, from) => socket.send(`${ip} ${from.address} ${message}`, from.port, from.address))
        await new Promise<void>((resolve) => socket.bind(15353, ip, () => resolve()))
        return socket
      }),
    )
    const client = createSocket('udp4')
    const answers: string[] = []
    client.on('message', (message) => answers.push(String(message)))
    await new Promise<void>((resolve) => client.bind(0, '127.244.9.78', () => resolve()))
    const to = (ip: string) => forward({ protocol: 'UDP', port: 15354, targets: [{ ip, port: 15353, node: 'n1' }] })
    for (const ip of ['127.244.9.20', '127.244.9.21']) {
      t.same(await forwarder.apply([to(ip)], balancer), [])
      client.send('hello', 15354, '127.96.9.1')
      await until('an answer', () => answers.includes(`${ip} 127.244.9.78 hello`))
    }
    t.equal(answers.length, 2)
    for (const socket of [...backends, client]) socket.close()
  })
  t.test('a taken address is reported and served once it is free', async (t) => {
    const squatter = await greeter('127.96.9.2', 18081)
    const wanted = [forward({ ip: '127.96.9.2', targets })]
    t.match(await forwarder.apply(wanted, balancer), [{ code: 'EADDRINUSE' }])
    await new Promise((resolve) => squatter.close(resolve))
    t.same(await forwarder.apply(wanted, balancer), [])
    t.match(await ask('127.96.9.2', 18081, ''), /hears/)
  })
})

t.test('proxies of two nodes share a machine', async (t) => {
  const clock = realContext('test', 'api').context.clock
  const api = createMemoryApi({ clock, random: createRandom(2) })
  const server = await greeter('127.244.9.30', 18080)
  const running = new Map<string, () => void>()
  const listeners = new Set<() => void>()
  const start = async (node: string, nodeIp: string) => {
    const actor = realContext('proxy', `proxy-${node}`)
    running.set(`proxy-${node}`, () => {})
    const context: Context = {
      ...actor.context,
      running: () => [...running.keys()].map((name) => ({ role: 'proxy', name, incarnation: 1 })),
      monitor(_, listener) {
        const tell = () => listener({ type: 'down', address: actor.context.self })
        listeners.add(tell)
        return { cancel: () => void listeners.delete(tell) }
      },
    }
    const instance = await proxyActor.init(
      context,
      { node, nodeIp, runtime: 'process' },
      { forwarder: () => createUserspaceForwarder({ now: clock.monotonic }), transport: () => api.transport },
    )
    return async () => {
      running.delete(`proxy-${node}`)
      actor.stop()
      await instance.terminate?.()
      for (const listener of listeners) listener()
      if (actor.crashed()) throw actor.crashed()
    }
  }
  const stopFirst = await start('n1', '127.244.9.1')
  const stopSecond = await start('n2', '127.244.8.1')
  t.teardown(async () => {
    await stopSecond()
    server.close()
  })
  api.put('services', service('a', { type: 'NodePort', clusterIP: '127.96.9.9', ports: [{ port: 18082, nodePort: 30182 }] }))
  api.put('endpointslices.discovery.k8s.io', slice('a-1', 'a', [endpoint('127.244.9.30')], [{ name: '', port: 18080, protocol: 'TCP' }]))
  const reach = (ip: string, port: number) => ask(ip, port, '').catch(() => '')
  for (const [ip, port] of [
    ['127.96.9.9', 18082],
    ['127.0.0.1', 30182],
    ['127.244.9.1', 30182],
    ['127.244.8.1', 30182],
  ] as const)
    await until(`${ip}:${port}`, () => reach(ip, port))
  await stopFirst()
  await until('the second takes over', () => reach('127.96.9.9', 18082))
  await until('127.0.0.1 too', () => reach('127.0.0.1', 30182))
  t.equal(await reach('127.244.9.1', 30182), '', 'the address of the first node has nobody')
  const again = await start('n1', '127.244.9.1')
  await until('the first has its address again', () => reach('127.244.9.1', 30182))
  await until('and the shared one is served', () => reach('127.96.9.9', 18082))
  api.put('endpointslices.discovery.k8s.io', slice('a-1', 'a', [], []))
  await until('without endpoints nobody listens', async () => (await reach('127.96.9.9', 18082)) === '')
  await again()
})
