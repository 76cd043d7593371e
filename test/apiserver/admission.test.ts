/** Admission: what it fills in and what it refuses, in upstream's words. */
import t from 'tap'
import type { User } from '../../src/apiserver/request.js'
import { createResourceWorld, type Loose, patchHeaders, type ResourceWorld } from '../support/resource-world.js'

const pods = '/api/v1/namespaces/default/pods'
const podOf = (name: string, spec: object = {}, metadata: object = {}) => ({
  metadata: { name, ...metadata },
  spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
})
const kubelet: User = { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] }

async function worldWithAccount(): Promise<ResourceWorld> {
  const world = await createResourceWorld()
  await world.must(201, 'POST', '/api/v1/namespaces/default/serviceaccounts', {
    metadata: { name: 'default' },
    imagePullSecrets: [{ name: 'registry' }],
  })
  return world
}

t.test('a pod gets its account, token, priority and tolerations', async (t) => {
  const world = await worldWithAccount()
  const { spec } = await world.must(201, 'POST', pods, podOf('p'))
  const [volume] = spec.volumes
  t.match(volume, {
    name: /^kube-api-access-[a-z0-9]{5}$/,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
      ],
      defaultMode: 420,
    },
  })
  t.match(spec, {
    serviceAccountName: 'default',
    serviceAccount: 'default',
    imagePullSecrets: [{ name: 'registry' }],
    priority: 0,
    preemptionPolicy: 'PreemptLowerPriority',
    tolerations: [
      { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
    ],
    containers: [{ volumeMounts: [{ name: volume.name, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }] }],
  })
  const without = await world.must(
    201,
    'POST',
    pods,
    podOf('q', { automountServiceAccountToken: false, priorityClassName: 'system-node-critical' }),
  )
  t.notOk(without.spec.volumes)
  t.equal(without.spec.priority, 2000001000)
})

t.test('what pods are refused for', async (t) => {
  const world = await worldWithAccount()
  const refused = async (spec: object) => (await world.must(403, 'POST', pods, podOf('p', spec))).message
  t.equal(
    await refused({ serviceAccountName: 'nobody' }),
    'pods "p" is forbidden: error looking up service account default/nobody: serviceaccount "nobody" not found',
  )
  t.equal(await refused({ priorityClassName: 'high' }), 'pods "p" is forbidden: no PriorityClass with name high was found')
  t.equal(
    await refused({ priority: 5 }),
    'pods "p" is forbidden: the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name',
  )
  t.equal(await refused({ runtimeClassName: 'x' }), 'pods "p" is forbidden: pod rejected: RuntimeClass "x" not found')
  t.equal(
    await refused({ overhead: { cpu: '1' } }),
    'pods "p" is forbidden: pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
  )
})

t.test('limit ranges give defaults and hold their bounds', async (t) => {
  const world = await worldWithAccount()
  const item = { type: 'Container', default: { cpu: '200m' }, defaultRequest: { cpu: '100m' }, min: { cpu: '50m' }, max: { cpu: '1' } }
  await world.must(201, 'POST', '/api/v1/namespaces/default/limitranges', { metadata: { name: 'l' }, spec: { limits: [item] } })
  const { spec, metadata } = await world.must(201, 'POST', pods, podOf('p'))
  t.match(spec.containers[0].resources, { requests: { cpu: '100m' }, limits: { cpu: '200m' } })
  t.equal(
    metadata.annotations['kubernetes.io/limit-ranger'],
    'LimitRanger plugin set: cpu request for container c; cpu limit for container c',
  )
  const small = { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '10m' }, limits: { cpu: '2' } } }] }
  t.equal(
    (await world.must(403, 'POST', pods, podOf('q', small))).message,
    'pods "q" is forbidden: [minimum cpu usage per Container is 50m, but request is 10m, maximum cpu usage per Container is 1, but limit is 2]',
  )
})

t.test('a quota is never overdrawn, by however many at once', async (t) => {
  const world = await worldWithAccount()
  const quotas = '/api/v1/namespaces/default/resourcequotas'
  const hard = { pods: '5', 'requests.cpu': '1' }
  const quota = await world.must(201, 'POST', quotas, { metadata: { name: 'q' }, spec: { hard } })
  await world.must(200, 'PUT', `${quotas}/q/status`, { ...quota, status: { hard, used: { pods: '0', 'requests.cpu': '0' } } })
  const resources = { requests: { cpu: '100m' } }
  const asked = await Promise.all(
    Array.from({ length: 12 }, (_, i) => world.ask('POST', pods, podOf(`p${i}`, { containers: [{ name: 'c', image: 'i', resources }] }))),
  )
  t.equal(asked.filter(({ code }) => code === 201).length, 5)
  t.match(
    asked.find(({ code }) => code === 403)?.body.message,
    /^pods "p\d+" is forbidden: exceeded quota: q, requested: pods=1, used: pods=5, limited: pods=5$/,
  )
  t.same((await world.must(200, 'GET', `${quotas}/q`)).status.used, { pods: '5', 'requests.cpu': '500m' })
  t.equal(
    (await world.must(403, 'POST', pods, podOf('bare'))).message,
    'pods "bare" is forbidden: failed quota: q: must specify requests.cpu for: c',
  )
})

t.test('a kubelet writes what is its own', async (t) => {
  const world = await worldWithAccount()
  const as = (method: string, path: string, body?: unknown) => world.ask(method, path, body, { user: kubelet })
  const node = await as('POST', '/api/v1/nodes', { metadata: { name: 'n1', labels: { 'kubernetes.io/hostname': 'n1' } } })
  t.equal(node.code, 201)
  t.same(node.body.spec.taints, [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }])
  t.equal(
    (await as('POST', '/api/v1/nodes', { metadata: { name: 'n2' } })).body.message,
    'nodes "n2" is forbidden: node "n1" is not allowed to modify node "n2"',
  )
  t.match((await as('POST', pods, podOf('p', { nodeName: 'n1' }))).body.message, /node "n1" can only create mirror pods$/)
  await world.must(201, 'POST', pods, podOf('other', { nodeName: 'n2' }))
  t.match((await as('DELETE', `${pods}/other`)).body.message, /node "n1" can only delete pods with spec.nodeName set to itself$/)
  const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases'
  t.equal((await as('POST', leases, { metadata: { name: 'n1' } })).code, 201)
  t.equal((await as('POST', leases, { metadata: { name: 'n2' } })).code, 403)
})

t.test('claims get the default class and what is in use is protected', async (t) => {
  const world = await createResourceWorld()
  const classes = '/apis/storage.k8s.io/v1/storageclasses'
  const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' }
  await world.must(201, 'POST', classes, { metadata: { name: 'standard', annotations }, provisioner: 'example.com/p' })
  const claim = { metadata: { name: 'c' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }
  const made = await world.must(201, 'POST', '/api/v1/namespaces/default/persistentvolumeclaims', claim)
  t.equal(made.spec.storageClassName, 'standard')
  t.same(made.metadata.finalizers, ['kubernetes.io/pvc-protection'])
})

t.test('pods are bound, evicted and deleted with grace', async (t) => {
  const world = await worldWithAccount()
  const pod = await world.must(201, 'POST', pods, podOf('p', { terminationGracePeriodSeconds: 30 }, { labels: { app: 'a' } }))
  t.equal(
    (await world.must(500, 'POST', `${pods}/p/binding`, { metadata: { name: 'p' }, target: { name: '' } })).message,
    'target.name: Required value',
  )
  await world.must(201, 'POST', `${pods}/p/binding`, { metadata: { name: 'p' }, target: { kind: 'Node', name: 'n1' } })
  const bound = await world.must(200, 'GET', `${pods}/p`)
  t.match(bound, { spec: { nodeName: 'n1' }, status: { conditions: [{ type: 'PodScheduled', status: 'True' }] } })
  t.match(await world.must(409, 'POST', `${pods}/p/binding`, { metadata: { name: 'p' }, target: { name: 'n2' } }), {
    message: /pod p is already assigned to node "n1"$/,
  })
  await world.must(200, 'PUT', `${pods}/p/status`, { ...bound, status: { ...bound.status, phase: 'Running' } })
  const budgets = '/apis/policy/v1/namespaces/default/poddisruptionbudgets'
  const budget = await world.must(201, 'POST', budgets, {
    metadata: { name: 'b' },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'a' } } },
  })
  const setBudget = (allowed: number) =>
    world.must(
      200,
      'PATCH',
      `${budgets}/b/status`,
      {
        status: {
          observedGeneration: budget.metadata.generation ?? 1,
          disruptionsAllowed: allowed,
          currentHealthy: 1,
          desiredHealthy: 1,
          expectedPods: 1,
        },
      },
      patchHeaders('merge'),
    )
  const ready = { status: { conditions: [{ type: 'Ready', status: 'True' }] } }
  await world.must(200, 'PATCH', `${pods}/p/status`, ready, patchHeaders('strategic'))
  await setBudget(0)
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p' } }
  t.match(await world.must(429, 'POST', `${pods}/p/eviction`, eviction), {
    message: "Cannot evict pod as it would violate the pod's disruption budget.",
    details: { causes: [{ reason: 'DisruptionBudget', message: 'The disruption budget b needs 1 healthy pods and has 1 currently' }] },
  })
  await setBudget(1)
  t.equal((await world.must(201, 'POST', `${pods}/p/eviction`, eviction)).status, 'Success')
  t.match((await world.must(200, 'GET', `${budgets}/b`)).status, { disruptionsAllowed: 0, disruptedPods: { p: String } })
  const going = (await world.ask('GET', `${pods}/p`)).body as Loose
  t.equal(going.metadata.uid, pod.metadata.uid)
  t.ok(going.metadata.deletionTimestamp, 'the kubelet has its grace period to end it')
  t.ok(going.status.conditions.some((one: Loose) => one.type === 'DisruptionTarget'))
  await world.must(200, 'DELETE', `${pods}/p`, { gracePeriodSeconds: 0 })
  t.equal((await world.ask('GET', `${pods}/p`)).code, 404)
})

t.test('a token is asked for by whom and for what', async (t) => {
  const claims: Loose[] = []
  const world = await createResourceWorld({
    signToken: async (asked) => {
      claims.push(asked)
      return { token: 'signed', expirationMs: 1_767_229_200_000 }
    },
  })
  const accounts = '/api/v1/namespaces/default/serviceaccounts'
  const account = await world.must(201, 'POST', accounts, { metadata: { name: 'sa' } })
  const answer = await world.must(201, 'POST', `${accounts}/sa/token`, { spec: { audiences: ['a'], expirationSeconds: 600 } })
  t.match(answer, { kind: 'TokenRequest', status: { token: 'signed', expirationTimestamp: '2026-01-01T01:00:00Z' } })
  t.same(claims, [
    { namespace: 'default', serviceAccount: { name: 'sa', uid: account.metadata.uid }, audiences: ['a'], expirationSeconds: 600 },
  ])
  t.equal(
    (await world.must(422, 'POST', `${accounts}/sa/token`, { spec: { expirationSeconds: 60 } })).message,
    'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes',
  )
})
