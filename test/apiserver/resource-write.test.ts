/** Deletion in all its forms, what is written together, and writes whose outcome nobody told. */
import t from 'tap'
import { createRandom } from '../../src/base/random.js'
import type { TxnParams } from '../../src/store/protocol.js'
import { createResourceWorld, patchHeaders, type ResourceWorld } from '../support/resource-world.js'

const configMaps = '/api/v1/namespaces/default/configmaps'
const services = '/api/v1/namespaces/default/services'
const puts = (params: TxnParams, prefix: string): boolean => params.success.some((one) => one.type === 'put' && one.key.startsWith(prefix))

t.test('an object with finalizers waits for them', async (t) => {
  const world = await createResourceWorld()
  await world.must(201, 'POST', configMaps, { metadata: { name: 'a', finalizers: ['example.com/hold'] } })
  const waiting = await world.must(200, 'DELETE', `${configMaps}/a`)
  t.match(waiting, {
    kind: 'ConfigMap',
    metadata: { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 0, finalizers: ['example.com/hold'] },
  })
  const again = await world.must(200, 'DELETE', `${configMaps}/a`)
  t.equal(again.metadata.resourceVersion, waiting.metadata.resourceVersion, 'a second delete changes nothing')
  t.match(
    await world.must(
      422,
      'PATCH',
      `${configMaps}/a`,
      { metadata: { finalizers: ['example.com/hold', 'example.com/more'] } },
      patchHeaders('merge'),
    ),
    { message: /no new finalizers can be added if the object is being deleted/ },
  )
  t.match(await world.must(409, 'POST', configMaps, { metadata: { name: 'a' } }), {
    message: 'object is being deleted: configmaps "a" already exists',
  })
  await world.must(200, 'PATCH', `${configMaps}/a`, { metadata: { finalizers: null } }, patchHeaders('merge'))
  t.equal((await world.ask('GET', `${configMaps}/a`)).code, 404)
})

t.test('a pod on a node goes when its grace is over, which may only be shortened', async (t) => {
  const world = await createResourceWorld()
  const pods = '/api/v1/namespaces/default/pods'
  await world.must(201, 'POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } })
  const spec = { nodeName: 'n1', terminationGracePeriodSeconds: 30, containers: [{ name: 'c', image: 'i' }] }
  await world.must(201, 'POST', pods, { metadata: { name: 'p' }, spec })
  const going = await world.must(200, 'DELETE', `${pods}/p`)
  t.match(going.metadata, { deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 })
  const longer = await world.must(200, 'DELETE', `${pods}/p?gracePeriodSeconds=60`)
  t.equal(longer.metadata.resourceVersion, going.metadata.resourceVersion)
  const shorter = await world.must(200, 'DELETE', `${pods}/p?gracePeriodSeconds=5`)
  t.match(shorter.metadata, { deletionTimestamp: '2026-01-01T00:00:05Z', deletionGracePeriodSeconds: 5 })
  const watcher = await world.watch(`${pods}?watch=1&resourceVersion=${shorter.metadata.resourceVersion}`)
  await world.must(200, 'DELETE', `${pods}/p?gracePeriodSeconds=0`)
  t.same(
    (await watcher.next(2)).map(({ type, object }) => [type, object.metadata.deletionGracePeriodSeconds]),
    [
      ['MODIFIED', 0],
      ['DELETED', 0],
    ],
  )
  watcher.close()
})

t.test('propagation policies are finalizers', async (t) => {
  const world = await createResourceWorld()
  for (const [policy, finalizer] of [
    ['Foreground', 'foregroundDeletion'],
    ['Orphan', 'orphan'],
  ] as const) {
    await world.must(201, 'POST', configMaps, { metadata: { name: policy.toLowerCase() } })
    const waiting = await world.must(200, 'DELETE', `${configMaps}/${policy.toLowerCase()}`, { propagationPolicy: policy })
    t.same(waiting.metadata.finalizers, [finalizer])
  }
  await world.must(201, 'POST', configMaps, { metadata: { name: 'b' } })
  t.equal((await world.must(200, 'DELETE', `${configMaps}/b?propagationPolicy=Background`)).status, 'Success')
  t.match(await world.must(422, 'DELETE', `${configMaps}/b`, { propagationPolicy: 'Sideways' }), {
    message: /^DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Sideways"/,
  })
})

t.test('a namespace terminates, refuses what is new, and goes with its last finalizer', async (t) => {
  const world = await createResourceWorld()
  await world.must(201, 'POST', '/api/v1/namespaces', { metadata: { name: 'n' }, spec: { finalizers: ['kubernetes'] } })
  await world.must(201, 'POST', '/api/v1/namespaces/n/configmaps', { metadata: { name: 'a' } })
  t.match(await world.must(200, 'DELETE', '/api/v1/namespaces/n'), { kind: 'Namespace', status: { phase: 'Terminating' } })
  t.match(await world.must(403, 'POST', '/api/v1/namespaces/n/configmaps', { metadata: { name: 'b' } }), {
    message: 'configmaps "b" is forbidden: unable to create new content in namespace n because it is being terminated',
    details: { causes: [{ reason: 'NamespaceTerminating', message: 'namespace n is being terminated', field: 'metadata.namespace' }] },
  })
  await world.must(200, 'DELETE', '/api/v1/namespaces/n/configmaps')
  t.same((await world.must(200, 'GET', '/api/v1/namespaces/n/configmaps')).items, [])
  await world.must(200, 'PUT', '/api/v1/namespaces/n/finalize', { metadata: { name: 'n' }, spec: {} })
  t.equal((await world.ask('GET', '/api/v1/namespaces/n')).code, 404)
})

t.test('no object slips into a namespace behind its deletion', async (t) => {
  const world = await createResourceWorld()
  await world.must(201, 'POST', '/api/v1/namespaces', { metadata: { name: 'n' } })
  let once = false
  world.store.faults.onTxn = (params) => {
    if (!once && puts(params, '/registry/configmaps/n/')) {
      once = true
      void world.store.txn({ compare: [], success: [{ type: 'delete', key: '/registry/namespaces/n' }], failure: [] })
    }
    return undefined
  }
  t.equal((await world.ask('POST', '/api/v1/namespaces/n/configmaps', { metadata: { name: 'a' } })).code, 404)
  t.same((await world.store.range({ key: '/registry/configmaps/n/a' })).items, [])
})

for (const fault of ['lost-before', 'lost-after'] as const)
  t.test(`a write whose outcome is unknown is applied once (${fault})`, async (t) => {
    const world = await createResourceWorld()
    let faults = 0
    world.store.faults.onTxn = (params) => (params.compare.length > 0 && faults++ % 2 === 0 ? fault : undefined)
    const made = await world.must(201, 'POST', configMaps, { metadata: { name: 'a' }, data: { n: '0' } })
    const changed = await world.must(200, 'PUT', `${configMaps}/a`, { ...made, data: { n: '1' } })
    t.equal((await world.must(200, 'GET', `${configMaps}/a`)).metadata.resourceVersion, changed.metadata.resourceVersion)
    const { items } = await world.store.range({ key: '/registry/configmaps/default/a' })
    t.equal(items[0]?.version, 2, 'one write for the create, one for the update')
    t.equal((await world.must(200, 'DELETE', `${configMaps}/a`)).status, 'Success')
    t.equal((await world.ask('GET', `${configMaps}/a`)).code, 404)
    t.ok(faults >= 3)
  })

t.test('an outcome that cannot be known is told as such', async (t) => {
  const world = await createResourceWorld()
  world.store.faults.onTxn = (params) => (puts(params, '/registry/configmaps/') ? 'lost-before' : undefined)
  const asked = await world.ask('POST', configMaps, { metadata: { name: 'a' } })
  t.match(asked, { code: 504, body: { reason: 'Timeout' } })
})

t.test('cluster addresses and node ports are unique, through concurrent creates and restarts', async (t) => {
  const seed = 5
  const world = await createResourceWorld({ seed, settings: { serviceCidrs: ['10.0.0.0/27'], nodePorts: { first: 30000, last: 30015 } } })
  const kubernetes = await world.must(200, 'GET', `${services}/kubernetes`)
  t.match(kubernetes.spec, { clusterIP: '10.0.0.1', ports: [{ port: 443 }] })
  const create = (w: ResourceWorld, i: number) =>
    w.ask('POST', services, { metadata: { name: `s${i}` }, spec: { type: 'NodePort', ports: [{ port: 80, protocol: 'TCP' }] } })
  const made = await Promise.all(Array.from({ length: 12 }, (_, i) => create(world, i)))
  t.same(
    made.map(({ code }) => code),
    Array(12).fill(201),
    `seed ${seed}`,
  )
  world.stop()
  const restarted = await createResourceWorld({
    seed: seed + 1,
    memory: world.store,
    settings: { serviceCidrs: ['10.0.0.0/27'], nodePorts: { first: 30000, last: 30015 } },
  })
  made.push(...(await Promise.all(Array.from({ length: 4 }, (_, i) => create(restarted, 12 + i)))))
  const addresses = made.map(({ body }) => body.spec.clusterIP)
  const ports = made.map(({ body }) => body.spec.ports[0].nodePort)
  t.equal(new Set([...addresses, '10.0.0.1']).size, 17)
  t.equal(new Set(ports).size, 16)
  t.equal((await create(restarted, 99)).code, 500, 'the ports are used up')
  t.match(
    await restarted.must(422, 'POST', services, {
      metadata: { name: 'x' },
      spec: { clusterIP: addresses[0], ports: [{ port: 80, protocol: 'TCP' }] },
    }),
    { message: new RegExp(`failed to allocate IP ${addresses[0]}: provided IP is already allocated`) },
  )
  t.match(
    await restarted.must(422, 'POST', services, {
      metadata: { name: 'x' },
      spec: { clusterIP: '10.9.9.9', ports: [{ port: 80, protocol: 'TCP' }] },
    }),
    { message: /The range of valid IPs is 10.0.0.0\/27/ },
  )
  t.match(
    await restarted.must(422, 'POST', services, {
      metadata: { name: 'x' },
      spec: { type: 'NodePort', ports: [{ port: 80, protocol: 'TCP', nodePort: 80 }] },
    }),
    {
      message:
        /spec.ports\[0\].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-30015/,
    },
  )
  await restarted.must(200, 'DELETE', `${services}/s0`)
  t.equal((await restarted.ask('GET', `/apis/networking.k8s.io/v1/ipaddresses/${addresses[0]}`)).code, 404, 'what it held is free again')
  const same = await restarted.must(201, 'POST', services, {
    metadata: { name: 'y' },
    spec: { type: 'NodePort', clusterIP: addresses[0], ports: [{ port: 80, protocol: 'TCP', nodePort: ports[0] }] },
  })
  const external = await restarted.must(
    200,
    'PATCH',
    `${services}/y`,
    { spec: { type: 'ExternalName', externalName: 'a.example.com' } },
    patchHeaders('merge'),
  )
  t.notOk(external.spec.clusterIP)
  t.equal((await restarted.ask('GET', `/apis/networking.k8s.io/v1/ipaddresses/${same.spec.clusterIP}`)).code, 404)
  const back = await restarted.must(
    200,
    'PATCH',
    `${services}/y`,
    { spec: { type: 'ClusterIP', externalName: null } },
    patchHeaders('merge'),
  )
  t.match(back.spec.clusterIP, /^10\.0\.0\./)
})

t.test('scale is a view of replicas', async (t) => {
  const world = await createResourceWorld()
  const deployments = '/apis/apps/v1/namespaces/default/deployments'
  const spec = {
    replicas: 2,
    selector: { matchLabels: { app: 'a' } },
    template: { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
  }
  const made = await world.must(201, 'POST', deployments, { metadata: { name: 'd' }, spec })
  const scale = await world.must(200, 'GET', `${deployments}/d/scale`)
  t.match(scale, {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name: 'd', resourceVersion: made.metadata.resourceVersion },
    spec: { replicas: 2 },
    status: { selector: 'app=a' },
  })
  t.match(await world.must(200, 'PATCH', `${deployments}/d/scale`, { spec: { replicas: 5 } }, patchHeaders('merge')), {
    kind: 'Scale',
    spec: { replicas: 5 },
  })
  t.equal((await world.must(200, 'GET', `${deployments}/d`)).spec.replicas, 5)
  t.equal(
    (await world.must(422, 'PUT', `${deployments}/d/scale`, { metadata: { name: 'd' }, spec: { replicas: -1 } })).message,
    'Scale.autoscaling "d" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
  )
  t.equal((await world.must(409, 'PUT', `${deployments}/d/scale`, scale)).reason, 'Conflict')
})

t.test('both versions of an Event and of an autoscaler are one object', async (t) => {
  const world = await createResourceWorld()
  await world.must(201, 'POST', '/api/v1/namespaces/default/events', {
    metadata: { name: 'e' },
    involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' },
    reason: 'r',
    message: 'm',
    type: 'Normal',
  })
  t.match(await world.must(200, 'GET', '/apis/events.k8s.io/v1/namespaces/default/events/e'), {
    apiVersion: 'events.k8s.io/v1',
    regarding: { kind: 'Pod', name: 'p' },
    note: 'm',
    reason: 'r',
  })
  const scalers = (version: string) => `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers`
  const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' }
  await world.must(201, 'POST', scalers('v1'), {
    metadata: { name: 'h' },
    spec: { scaleTargetRef: target, maxReplicas: 3, targetCPUUtilizationPercentage: 70 },
  })
  const second = await world.must(200, 'GET', `${scalers('v2')}/h`)
  t.match(second.spec.metrics, [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } }])
  second.spec.metrics.push({ type: 'Pods', pods: { metric: { name: 'q' }, target: { type: 'AverageValue', averageValue: '5' } } })
  await world.must(200, 'PUT', `${scalers('v2')}/h`, second)
  const first = await world.must(200, 'GET', `${scalers('v1')}/h`)
  t.equal(first.spec.targetCPUUtilizationPercentage, 70)
  t.match(first.metadata.annotations['autoscaling.alpha.kubernetes.io/metrics'], /"metricName":"q"/)
  await world.must(200, 'PUT', `${scalers('v1')}/h`, first)
  t.same((await world.must(200, 'GET', `${scalers('v2')}/h`)).spec.metrics, second.spec.metrics, 'nothing is lost on the way')
})

t.test('a crowd of writers loses no update', async (t) => {
  const seed = 3
  const world = await createResourceWorld({ seed })
  await world.must(201, 'POST', configMaps, { metadata: { name: 'counter' }, data: { n: '0' } })
  let lost = 0
  world.store.faults.onTxn = (
    (random) => () =>
      random.chance(0.1) ? (random.chance(0.5) ? 'lost-before' : 'lost-after') : undefined
  )(createRandom(seed))
  const work = async (): Promise<void> => {
    for (let done = 0; done < 10; ) {
      const read = await world.must(200, 'GET', `${configMaps}/counter`)
      const { code } = await world.ask('PUT', `${configMaps}/counter`, { ...read, data: { n: String(Number(read.data.n) + 1) } })
      if (code === 200) done++
      else if (code !== 409) lost++
    }
  }
  await Promise.all(Array.from({ length: 5 }, work))
  t.equal((await world.must(200, 'GET', `${configMaps}/counter`)).data.n, '50', `seed ${seed}`)
  t.equal(lost, 0)
})
