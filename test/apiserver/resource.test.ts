/** Reads, writes and watches of the API server's back half. */
import t from 'tap'
import { createResourceWorld, type Loose, patchHeaders } from '../support/resource-world.js'

const configMaps = '/api/v1/namespaces/default/configmaps'
const configMap = (name: string, data: Record<string, string> = {}, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
})

t.test('an object is created, read, listed, changed and deleted', async (t) => {
  const world = await createResourceWorld()
  const made = await world.must(201, 'POST', configMaps, configMap('a', { k: 'v' }))
  t.match(made, {
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: { name: 'a', namespace: 'default', uid: /^[0-9a-f-]{36}$/, creationTimestamp: '2026-01-01T00:00:00Z' },
    data: { k: 'v' },
  })
  t.same(await world.must(200, 'GET', `${configMaps}/a`), made)
  const list = await world.must(200, 'GET', configMaps)
  t.same(
    list.items.map((item: Loose) => item.metadata.name),
    ['a'],
  )
  const changed = await world.must(200, 'PUT', `${configMaps}/a`, { ...made, data: { k: 'w' } })
  t.ok(Number(changed.metadata.resourceVersion) > Number(made.metadata.resourceVersion))
  const status = await world.must(200, 'DELETE', `${configMaps}/a`)
  t.match(status, { kind: 'Status', status: 'Success', details: { name: 'a', kind: 'configmaps', uid: made.metadata.uid } })
  t.match(await world.ask('GET', `${configMaps}/a`), {
    code: 404,
    body: { message: 'configmaps "a" not found', reason: 'NotFound', details: { name: 'a', kind: 'configmaps' } },
  })
  t.same(world.crashes, [])
})

t.test('writes are judged as upstream judges them', async (t) => {
  const world = await createResourceWorld()
  const made = await world.must(201, 'POST', configMaps, configMap('cm', { k: 'v' }))
  const message = async (code: number, method: string, path: string, body?: unknown, options?: Loose) =>
    (await world.must(code, method, path, body, options)).message
  t.equal(await message(409, 'POST', configMaps, configMap('cm')), 'configmaps "cm" already exists')
  t.equal(await message(404, 'POST', '/api/v1/namespaces/nonamespace/configmaps', configMap('x')), 'namespaces "nonamespace" not found')
  t.equal(
    await message(400, 'POST', configMaps, configMap('x', {}, { namespace: 'other' })),
    'the namespace of the provided object does not match the namespace sent on the request',
  )
  t.equal(
    await message(500, 'POST', configMaps, configMap('x', {}, { resourceVersion: '5' })),
    'resourceVersion should not be set on objects to be created',
  )
  t.equal(
    await message(422, 'POST', configMaps, { data: {} }),
    'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
  )
  t.equal(
    await message(400, 'PUT', `${configMaps}/cm`, configMap('other')),
    'the name of the object (other) does not match the name on the URL (cm)',
  )
  t.equal(
    await message(400, 'PUT', `${configMaps}/cm`, { metadata: {} }),
    'the name of the object (cm based on URL) was undeterminable: name must be provided',
  )
  t.equal(
    await message(409, 'PUT', `${configMaps}/cm`, configMap('cm', {}, { resourceVersion: '1' })),
    'Operation cannot be fulfilled on configmaps "cm": the object has been modified; please apply your changes to the latest version and try again',
  )
  t.equal(
    await message(409, 'PUT', `${configMaps}/cm`, configMap('cm', {}, { uid: '00000000-0000-0000-0000-000000000000' })),
    `Operation cannot be fulfilled on configmaps "cm": StorageError: invalid object, Code: 4, Key: /registry/configmaps/default/cm, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: 00000000-0000-0000-0000-000000000000, UID in object meta: ${made.metadata.uid}`,
  )
  t.equal(await message(404, 'PUT', `${configMaps}/none`, configMap('none')), 'configmaps "none" not found')
  t.equal(
    await message(422, 'POST', `${configMaps}?dryRun=Some`, configMap('x')),
    'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
  )
  t.equal(
    await message(422, 'PATCH', `${configMaps}/cm`, {}, patchHeaders('apply')),
    'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
  )
  t.equal(
    await message(409, 'DELETE', `${configMaps}/cm`, { preconditions: { uid: 'x' } }),
    `Operation cannot be fulfilled on configmaps "cm": the UID in the precondition (x) does not match the UID in record (${made.metadata.uid}). The object might have been deleted and then recreated`,
  )
  t.equal(
    await message(403, 'DELETE', '/api/v1/namespaces/kube-system'),
    'namespaces "kube-system" is forbidden: this namespace may not be deleted',
  )
  const same = await world.must(200, 'PUT', `${configMaps}/cm`, {
    data: { k: 'v' },
    metadata: { name: 'cm' },
    kind: 'ConfigMap',
    apiVersion: 'v1',
  })
  t.equal(same.metadata.resourceVersion, made.metadata.resourceVersion, 'a write that changes nothing keeps the resourceVersion')
})

t.test('a dry run leaves nothing behind', async (t) => {
  const world = await createResourceWorld()
  const { revision } = world.store
  const dry = await world.must(201, 'POST', `${configMaps}?dryRun=All`, configMap('a', { k: 'v' }))
  t.match(dry, { metadata: { name: 'a', uid: /./ }, data: { k: 'v' } })
  t.notOk(dry.metadata.resourceVersion)
  const service = await world.must(201, 'POST', '/api/v1/namespaces/default/services?dryRun=All', {
    metadata: { name: 's' },
    spec: { type: 'NodePort', ports: [{ port: 80, protocol: 'TCP' }] },
  })
  t.match(service.spec, { clusterIP: /^10\.96\./, ports: [{ nodePort: Number }] })
  t.equal(world.store.revision, revision)
  await world.must(201, 'POST', configMaps, configMap('a'))
  const before = world.store.revision
  t.same((await world.must(200, 'PATCH', `${configMaps}/a?dryRun=All`, { data: { x: 'y' } }, patchHeaders('merge'))).data, { x: 'y' })
  t.equal((await world.must(200, 'DELETE', `${configMaps}/a`, { dryRun: ['All'] })).status, 'Success')
  t.equal(world.store.revision, before)
})

t.test('a name is generated, and again when it is taken', async (t) => {
  const world = await createResourceWorld()
  let taken = 0
  world.store.faults.onTxn = (params) => {
    const put = params.success.find(
      (operation) => operation.type === 'put' && operation.key.startsWith('/registry/configmaps/default/gen-'),
    )
    if (put && taken++ === 0) void world.store.txn({ compare: [], success: [put], failure: [] })
    return undefined
  }
  const made = await world.must(201, 'POST', configMaps, { metadata: { generateName: 'gen-' } })
  t.match(made.metadata, { name: /^gen-[bcdfghjklmnpqrstvwxz2456789]{5}$/, generateName: 'gen-' })
})

t.test('patches', async (t) => {
  const world = await createResourceWorld()
  const deployments = '/apis/apps/v1/namespaces/default/deployments'
  const spec = {
    replicas: 1,
    selector: { matchLabels: { app: 'a' } },
    template: { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'i:1' }] } },
  }
  await world.must(201, 'POST', deployments, { metadata: { name: 'd' }, spec })
  const strategic = await world.must(
    200,
    'PATCH',
    `${deployments}/d`,
    { spec: { template: { spec: { containers: [{ name: 'x', image: 'x' }] } } } },
    patchHeaders('strategic'),
  )
  t.same(strategic.spec.template.spec.containers.map((one: Loose) => one.name).sort(), ['c', 'x'])
  const merged = await world.must(200, 'PATCH', `${deployments}/d`, { spec: { replicas: 3 } }, patchHeaders('merge'))
  t.equal(merged.spec.replicas, 3)
  const json = await world.must(
    200,
    'PATCH',
    `${deployments}/d`,
    [{ op: 'replace', path: '/spec/replicas', value: 4 }],
    patchHeaders('json'),
  )
  t.equal(json.spec.replicas, 4)
  t.equal(
    (
      await world.must(
        409,
        'PATCH',
        `${deployments}/d`,
        { metadata: { resourceVersion: '1' }, spec: { replicas: 9 } },
        patchHeaders('merge'),
      )
    ).reason,
    'Conflict',
  )
  t.equal((await world.must(404, 'PATCH', `${deployments}/none`, {}, patchHeaders('merge'))).reason, 'NotFound')
  const applied = await world.must(
    201,
    'PATCH',
    `${deployments}/s?fieldManager=one`,
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 's' }, spec },
    patchHeaders('apply'),
  )
  t.match(applied.metadata.managedFields, [{ manager: 'one', operation: 'Apply', fieldsV1: { 'f:spec': { 'f:replicas': {} } } }])
  const conflict = await world.must(
    409,
    'PATCH',
    `${deployments}/s?fieldManager=two`,
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 's' }, spec: { replicas: 5 } },
    patchHeaders('apply'),
  )
  t.equal(conflict.message, 'Apply failed with 1 conflict: conflict with "one": .spec.replicas')
  const forced = await world.must(
    200,
    'PATCH',
    `${deployments}/s?fieldManager=two&force=true`,
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 's' }, spec: { replicas: 5 } },
    patchHeaders('apply'),
  )
  t.equal(forced.spec.replicas, 5)
  await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      world.must(200, 'PATCH', `${deployments}/d`, { metadata: { labels: { [`l${i}`]: 'x' } } }, patchHeaders('merge')),
    ),
  )
  const all = await world.must(200, 'GET', `${deployments}/d`)
  t.equal(Object.keys(all.metadata.labels).length, 8, 'concurrent patches without a resourceVersion all succeed')
})

t.test('status and spec have doors of their own', async (t) => {
  const world = await createResourceWorld()
  const jobs = '/apis/batch/v1/namespaces/default/poddisruptionbudgets'.replace('batch', 'policy')
  const made = await world.must(201, 'POST', jobs, {
    metadata: { name: 'p' },
    spec: { minAvailable: 1, selector: { matchLabels: { a: 'b' } } },
    status: { currentHealthy: 7 },
  })
  t.notOk(made.status?.currentHealthy)
  const status = await world.must(200, 'PUT', `${jobs}/p/status`, {
    ...made,
    spec: { minAvailable: 9 },
    status: { ...made.status, currentHealthy: 2, desiredHealthy: 1, disruptionsAllowed: 1, expectedPods: 2 },
  })
  t.match(status, { spec: { minAvailable: 1 }, status: { currentHealthy: 2 } })
  const main = await world.must(200, 'PATCH', `${jobs}/p`, { status: { currentHealthy: 5 } }, patchHeaders('merge'))
  t.equal(main.status.currentHealthy, 2)
})

t.test('events are gone after an hour, others stay, and the past is compacted', async (t) => {
  const world = await createResourceWorld()
  const events = '/api/v1/namespaces/default/events'
  const about = { involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' }, reason: 'r', message: 'm', type: 'Normal' }
  await world.must(201, 'POST', events, { metadata: { name: 'old' }, ...about })
  await world.must(201, 'POST', configMaps, configMap('a'))
  await world.pass(1_800_000)
  await world.must(201, 'POST', events, { metadata: { name: 'young' }, ...about })
  await world.pass(1_870_000)
  t.same(
    (await world.must(200, 'GET', events)).items.map((item: Loose) => item.metadata.name),
    ['young'],
  )
  t.equal((await world.ask('GET', `${configMaps}/a`)).code, 200)
  await t.rejects(world.store.range({ key: 'x', revision: 1 }), { code: 'Compacted' })
  t.same(world.crashes, [])
})

t.test('a server that starts makes what is missing and brings up to date what is its own', async (t) => {
  const roles = '/apis/rbac.authorization.k8s.io/v1/clusterroles'
  const role = (verbs: string[]) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'r', annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' } },
    rules: [{ verbs, apiGroups: [''], resources: ['pods'] }],
  })
  const first = await createResourceWorld({ settings: { bootstrapObjects: [role(['get'])], advertise: { ip: '10.1.1.1', port: 6443 } } })
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease'])
    t.equal((await first.ask('GET', `/api/v1/namespaces/${name}`)).code, 200)
  t.equal((await first.must(200, 'GET', '/apis/scheduling.k8s.io/v1/priorityclasses/system-node-critical')).value, 2000001000)
  const service = await first.must(200, 'GET', '/api/v1/namespaces/default/services/kubernetes')
  const written = first.store.revision
  first.stop()
  const same = await createResourceWorld({
    memory: first.store,
    settings: { bootstrapObjects: [role(['get'])], advertise: { ip: '10.1.1.1', port: 6443 } },
  })
  t.equal(same.store.revision, written, 'a second start writes nothing')
  same.stop()
  const moved = await createResourceWorld({
    memory: first.store,
    settings: { bootstrapObjects: [role(['list'])], advertise: { ip: '10.2.2.2', port: 443 } },
  })
  t.same(
    (await moved.must(200, 'GET', `${roles}/r`)).rules.map((rule: Loose) => rule.verbs),
    [['get'], ['list']],
  )
  t.match((await moved.must(200, 'GET', '/api/v1/namespaces/default/endpoints/kubernetes')).subsets, [
    { addresses: [{ ip: '10.2.2.2' }], ports: [{ port: 443 }] },
  ])
  t.equal((await moved.must(200, 'GET', '/api/v1/namespaces/default/services/kubernetes')).metadata.uid, service.metadata.uid)
})
