/** The official JavaScript client on a cluster: lists, informers, writes of every form. */
import {
  AppsV1Api as Apps,
  type AppsV1Api,
  CoreV1Api,
  KubeConfig,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1ConfigMap,
} from '@kubernetes/client-node'
import t from 'tap'
import { startCluster, until } from '../support/cluster.js'

t.setTimeout(280_000)

/** The status of the ApiException that a call rejects with. */
async function codeOf(call: Promise<unknown>): Promise<number | undefined> {
  try {
    await call
    return undefined
  } catch (error) {
    return (error as { code?: number }).code
  }
}

t.test('@kubernetes/client-node', async (t) => {
  const cluster = await startCluster(t, { nodes: 2, runtime: 'sim' })
  const config = new KubeConfig()
  config.loadFromString(cluster.kubeconfig)
  const core = config.makeApiClient(CoreV1Api)
  const apps: AppsV1Api = config.makeApiClient(Apps)
  const namespace = 'default'

  await t.test('list', async (t) => {
    t.same((await core.listNode()).items.map(({ metadata }) => metadata?.name).sort(), ['node-1', 'node-2'])
    const { items } = await core.listNamespace()
    t.same(items.map(({ metadata }) => metadata?.name).sort(), ['default', 'kube-node-lease', 'kube-public', 'kube-system'])
    const system = await core.listNamespace({ fieldSelector: 'metadata.name=kube-system' })
    t.equal(system.items.length, 1)
    const first = await core.listNamespace({ limit: 3 })
    t.equal(first.items.length, 3)
    const token = first.metadata?._continue ?? ''
    const rest = await core.listNamespace({ limit: 3, _continue: token })
    t.equal(rest.items.length, 1, 'the rest')
    t.equal(rest.metadata?.resourceVersion, first.metadata?.resourceVersion, 'of the same moment')
  })

  await t.test('create, read, replace, patch, delete', async (t) => {
    const name = 'settings'
    const made = await core.createNamespacedConfigMap({ namespace, body: { metadata: { name }, data: { a: '1' } } })
    t.match(made, { metadata: { name, namespace }, data: { a: '1' } })
    t.ok(made.metadata?.creationTimestamp instanceof Date)
    t.equal(await codeOf(core.createNamespacedConfigMap({ namespace, body: { metadata: { name } } })), 409)

    const replaced = await core.replaceNamespacedConfigMap({ name, namespace, body: { ...made, data: { a: '2' } } })
    t.same(replaced.data, { a: '2' })
    t.equal(await codeOf(core.replaceNamespacedConfigMap({ name, namespace, body: { ...made, data: {} } })), 409, 'a stale write')

    const patch = (body: unknown, strategy: string) =>
      core.patchNamespacedConfigMap({ name, namespace, body }, setHeaderOptions('Content-Type', strategy))
    t.same((await patch({ data: { b: '3' } }, PatchStrategy.MergePatch)).data, { a: '2', b: '3' })
    t.same((await patch({ data: { a: null } }, PatchStrategy.StrategicMergePatch)).data, { b: '3' })
    t.same((await patch([{ op: 'add', path: '/data/c', value: '4' }], PatchStrategy.JsonPatch)).data, { b: '3', c: '4' })
    const applied = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { d: '5' } }
    const byApply = await core.patchNamespacedConfigMap(
      { name, namespace, body: applied, fieldManager: 'test' },
      setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply),
    )
    t.same(byApply.data, { b: '3', c: '4', d: '5' })
    t.same((await core.readNamespacedConfigMap({ name, namespace })).data, { b: '3', c: '4', d: '5' })

    t.match(await core.deleteNamespacedConfigMap({ name, namespace }), { status: 'Success' })
    t.equal(await codeOf(core.readNamespacedConfigMap({ name, namespace })), 404)
  })

  await t.test('an informer sees adds, updates and deletes', async (t) => {
    const name = (n: number) => `watched-${n}`
    const labels = { watched: 'yes' }
    const labelSelector = 'watched=yes'
    await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: name(0), labels }, data: { n: '0' } } })
    const path = `/api/v1/namespaces/${namespace}/configmaps`
    const informer = makeInformer(config, path, () => core.listNamespacedConfigMap({ namespace, labelSelector }), labelSelector)
    t.teardown(() => informer.stop())
    const seen: string[] = []
    const note = (what: string) => (object: V1ConfigMap) => void seen.push(`${what} ${object.metadata?.name} ${object.data?.['n']}`)
    for (const verb of ['add', 'update', 'delete'] as const) informer.on(verb, note(verb))
    const errors: unknown[] = []
    informer.on('error', (error: unknown) => void errors.push(error))
    await informer.start()
    t.same(seen, ['add watched-0 0'], 'what is there already')

    await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: name(1), labels }, data: { n: '1' } } })
    const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch)
    await core.patchNamespacedConfigMap({ name: name(1), namespace, body: { data: { n: '2' } } }, merge)
    await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'other' } } })
    await core.patchNamespacedConfigMap({ name: name(0), namespace, body: { metadata: { labels: { watched: null } } } }, merge)
    await core.deleteNamespacedConfigMap({ name: name(1), namespace })
    await until('the last event', () => seen.at(-1) === 'delete watched-1 2')
    t.same(seen, ['add watched-0 0', 'add watched-1 1', 'update watched-1 2', 'delete watched-0 0', 'delete watched-1 2'])
    t.same(informer.list(), [])
    t.same(errors, [])
  })

  await t.test('a Deployment runs, scales and goes with all that it owns', async (t) => {
    const name = 'web'
    const app = { app: name }
    const template = { metadata: { labels: app }, spec: { containers: [{ name: 'c', image: 'web' }] } }
    await apps.createNamespacedDeployment({
      namespace,
      body: { metadata: { name }, spec: { replicas: 2, selector: { matchLabels: app }, template } },
    })
    const ready = (count: number) =>
      until(`${count} pods are ready`, async () => {
        const { status } = await apps.readNamespacedDeployment({ name, namespace })
        return status?.readyReplicas === count && status.replicas === count
      })
    await ready(2)
    await apps.patchNamespacedDeploymentScale(
      { name, namespace, body: { spec: { replicas: 3 } } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    )
    await ready(3)
    const { items } = await core.listNamespacedPod({ namespace, labelSelector: 'app=web' })
    t.equal(items.length, 3)
    t.ok(items.every(({ status }) => status?.phase === 'Running' && status.podIP))
    await apps.deleteNamespacedDeployment({ name, namespace })
    await until('the pods are gone', async () => (await core.listNamespacedPod({ namespace, labelSelector: 'app=web' })).items.length === 0)
    t.same((await apps.listNamespacedReplicaSet({ namespace })).items, [])
  })
})
