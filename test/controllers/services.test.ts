/** Endpoints and EndpointSlices: plans as tables and properties, then both controllers on an API. */
import t from 'tap'
import type { Pod, Service } from '../../src/api/types/core-v1.js'
import type { EndpointSlice } from '../../src/api/types/discovery-v1.js'
import { createRandom } from '../../src/base/random.js'
import { endpointsController } from '../../src/controllers/endpoints/controller.js'
import { planEndpoints } from '../../src/controllers/endpoints/reconcile.js'
import { endpointSliceController } from '../../src/controllers/endpointslice/controller.js'
import { planSlices } from '../../src/controllers/endpointslice/reconcile.js'
import { createWorld, readyPod, writePod } from '../support/controller-world.js'
import type { Loose } from '../support/memory-api.js'

const service = (spec: Loose = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default', uid: 's', labels: { team: 'a' } },
  spec: {
    clusterIP: '10.0.0.1',
    ipFamilies: ['IPv4'],
    selector: { app: 'web' },
    ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
    ...spec,
  },
})
const pod = (n: number, { ready = true, phase = 'Running', going = false, ports = [], spec = {}, ips }: Loose = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: `p${n}`,
    namespace: 'default',
    uid: `u${n}`,
    labels: { app: 'web' },
    ...(going ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
  },
  spec: { containers: [{ name: 'c', image: 'i', ports }], nodeName: 'n1', ...spec },
  status: {
    phase,
    podIPs: (ips ?? [`10.1.0.${n}`]).map((ip: string) => ({ ip })),
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
  },
})
const node = (): Loose => ({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', labels: { 'topology.kubernetes.io/zone': 'z1' } } })
const plan = (one: Service, pods: Pod[], slices: EndpointSlice[] = []) => planSlices({ service: one, pods, slices, nodeOf: node })

t.test('an endpoint is ready, serving and terminating as its pod is', (t) => {
  const conditions = (one: Service, p: Pod) => plan(one, [p]).create[0]?.endpoints?.[0]?.conditions
  t.strictSame(conditions(service(), pod(1)), { ready: true, serving: true, terminating: false })
  t.strictSame(conditions(service(), pod(1, { ready: false })), { ready: false, serving: false, terminating: false })
  t.strictSame(conditions(service(), pod(1, { going: true })), { ready: false, serving: true, terminating: true })
  t.strictSame(conditions(service({ publishNotReadyAddresses: true }), pod(1, { ready: false, going: true })), {
    ready: true,
    serving: false,
    terminating: true,
  })
  t.equal(conditions(service(), pod(1, { phase: 'Failed' })), undefined)
  t.end()
})

t.test('slices carry what their readers need', (t) => {
  const [slice] = plan(service({ clusterIP: 'None', trafficDistribution: 'PreferClose' }), [
    pod(1, { spec: { hostname: 'h', subdomain: 'web' } }),
  ]).create
  t.match(slice, {
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    metadata: {
      generateName: 'web-',
      labels: {
        team: 'a',
        'kubernetes.io/service-name': 'web',
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        'service.kubernetes.io/headless': '',
      },
      ownerReferences: [{ kind: 'Service', uid: 's', controller: true }],
    },
    endpoints: [
      {
        addresses: ['10.1.0.1'],
        nodeName: 'n1',
        zone: 'z1',
        hostname: 'h',
        targetRef: { kind: 'Pod', name: 'p1', uid: 'u1' },
        hints: { forZones: [{ name: 'z1' }] },
      },
    ],
  })
  t.strictSame(
    plan(service(), []).create.map(({ endpoints }) => endpoints),
    [[]],
    'a Service without endpoints has one empty slice',
  )
  t.strictSame(
    plan(service({ ipFamilies: ['IPv4', 'IPv6'] }), [pod(1, { ips: ['10.1.0.1', 'fd00::1'] })]).create.map(({ addressType, endpoints }) => [
      addressType,
      endpoints?.[0]?.addresses,
    ]),
    [
      ['IPv4', ['10.1.0.1']],
      ['IPv6', ['fd00::1']],
    ],
  )
  const named = service({ ports: [{ name: 'http', port: 80, targetPort: 'web' }] })
  const byName = plan(named, [
    pod(1, { ports: [{ name: 'web', containerPort: 1 }] }),
    pod(2, { ports: [{ name: 'web', containerPort: 2 }] }),
  ]).create
  t.strictSame(
    byName.map(({ ports }) => ports?.[0]?.port),
    [1, 2],
    'pods with other numbers for a named port have slices of their own',
  )
  t.end()
})

t.test('slices hold each endpoint once, at most 100, and change no more than they must', (t) => {
  const random = createRandom('slices')
  let slices: EndpointSlice[] = []
  for (let round = 0; round < 30; round++) {
    const pods = Array.from({ length: random.below(350) }, (_, i) => pod(i + random.below(20))).filter(
      (one, i, all) => all.findIndex(({ metadata }) => metadata.uid === one.metadata.uid) === i,
    )
    const { create, update, remove } = plan(service(), pods, slices)
    slices = [
      ...slices
        .filter((one) => !remove.includes(one))
        .map((one) => update.find(({ metadata }) => metadata.name === one.metadata.name) ?? one),
      ...create.map((one, i) => ({ ...one, metadata: { ...one.metadata, name: `s${round}-${i}` } })),
    ]
    const held = slices.flatMap(({ endpoints = [] }) => endpoints.map(({ targetRef }) => targetRef?.uid))
    if (held.length !== pods.length || new Set(held).size !== pods.length)
      t.fail(`round ${round}: ${held.length} endpoints for ${pods.length} pods`)
    if (slices.some(({ endpoints = [] }) => endpoints.length > 100)) t.fail('a slice is too full')
    const again = plan(service(), pods, slices)
    t.strictSame([again.create.length, again.update.length, again.remove.length], [0, 0, 0], `round ${round} is at rest`)
  }
  t.end()
})

t.test('Endpoints share subsets by ports and are cut at 1000', (t) => {
  t.strictSame(
    planEndpoints(service(), [pod(2), pod(1), pod(3, { ready: false })]).subsets.map(({ addresses, notReadyAddresses, ports }) => [
      addresses?.map(({ ip }) => ip),
      notReadyAddresses?.map(({ ip }) => ip),
      ports,
    ]),
    [[['10.1.0.1', '10.1.0.2'], ['10.1.0.3'], [{ name: 'http', port: 8080, protocol: 'TCP' }]]],
  )
  t.strictSame(planEndpoints(service(), [pod(1, { going: true })]).subsets, [], 'those that go are not in it')
  const many = planEndpoints(
    service(),
    Array.from({ length: 1100 }, (_, i) => pod(i, { ips: [`10.${i >> 8}.0.${i & 255}`], ready: i % 2 === 0 })),
  )
  t.ok(many.truncated)
  t.strictSame([many.subsets[0]?.addresses?.length, many.subsets[0]?.notReadyAddresses?.length], [550, 450])
  t.end()
})

t.test('both controllers follow pods and services', async (t) => {
  const world = createWorld('services')
  world.start(endpointsController)
  world.start(endpointSliceController)
  world.api.put('services', service())
  const created = world.api.put('pods', { ...pod(1), status: undefined })
  writePod(world.api, { ...readyPod(created, world.clock.now()), status: pod(1).status })
  const slices = () => world.api.all('endpointslices.discovery.k8s.io')
  await world.until(
    'the pod is an endpoint',
    () =>
      slices()[0]?.endpoints?.[0]?.conditions.ready === true &&
      world.api.get('endpoints', 'default/web')?.subsets?.[0]?.addresses?.length === 1,
  )
  t.equal(slices().length, 1)
  t.match(world.api.get('endpoints', 'default/web').metadata.labels, {
    team: 'a',
    'endpoints.kubernetes.io/managed-by': 'endpoint-controller',
  })
  const current = world.api.get('pods', 'default/p1')
  world.api.put('pods', { ...current, metadata: { ...current.metadata, labels: { app: 'other' } } })
  await world.until(
    'it is none any more',
    () => slices()[0]?.endpoints?.length === 0 && !world.api.get('endpoints', 'default/web')?.subsets?.length,
  )
  world.api.remove('services', 'default/web')
  await world.until('the Endpoints go with the Service', () => world.api.all('endpoints').length === 0)
  world.stop()
})
