/** A kubelet with the process runtime on an API in memory: pods as real processes, from creation to the last trace. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createRandom } from '../../../src/base/random.js'
import { kubeletActor } from '../../../src/node/kubelet/actor.js'
import type { KubeletConfig } from '../../../src/node/kubelet/config.js'
import { kubeletPorts } from '../../../src/node/kubelet/drivers/ports.js'
import { startRuntimeServer } from '../../../src/node/runtime/drivers/process/launch.js'
import { findMarked } from '../../../src/node/runtime/drivers/process/stragglers.js'
import { createMemoryApi, type Loose } from '../../support/memory-api.js'
import { nodeTransport, openStream, realContext, until } from '../support/kubelet-world.js'

const directory = mkdtempSync(join(tmpdir(), 'troupe-kl-'))
const cluster = `kubelet-${process.pid}`
const server = await startRuntimeServer({ socket: join(directory, 's'), directory: join(directory, 'rt'), cluster })
const clock = realContext('test', 'api').context.clock
const api = createMemoryApi({ clock, random: createRandom(1) })
api.extra.set('POST /api/v1/namespaces/default/serviceaccounts/default/token', () => ({
  status: { token: 'a-token', expirationTimestamp: '2099-01-01T00:00:00Z' },
}))
const config: KubeletConfig = {
  node: 'n1',
  runtime: 'process',
  directory: join(directory, 'n1'),
  socket: server.socket,
  podCidr: '127.244.7.0/24',
}

async function startKubelet() {
  const actor = realContext('kubelet', 'kubelet-n1')
  const instance = await kubeletActor.init(actor.context, config, { ...kubeletPorts, transport: () => nodeTransport(api) })
  return { ...actor, instance }
}
let kubelet = await startKubelet()
t.teardown(async () => {
  kubelet.stop()
  await kubelet.instance.terminate?.()
  await server.stop()
  rmSync(directory, { recursive: true, force: true })
})

const pod = (name: string, spec: Loose, metadata: Loose = {}): Loose => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', ...metadata },
  spec: { nodeName: 'n1', restartPolicy: 'Always', terminationGracePeriodSeconds: 5, ...spec },
})
const shell = (script: string, more: Loose = {}): Loose => ({ name: 'main', image: 'busybox', command: ['sh', '-c', script], ...more })
const read = (name: string): Loose | undefined => {
  if (kubelet.crashed()) throw kubelet.crashed()
  return api.get('pods', `default/${name}`)
}
const condition = (object: Loose, type: string) => object?.status?.conditions?.find((each: Loose) => each.type === type)
const phase = (name: string, wanted: string) => until(`${name} is ${wanted}`, () => read(name)?.status?.phase === wanted && read(name))
const ready = (name: string) => until(`${name} is ready`, () => condition(read(name), 'Ready')?.status === 'True' && read(name))
async function logs(name: string, more: Loose = {}): Promise<string> {
  let text = ''
  for await (const { bytes } of openStream(kubelet.instance, 'logs', { namespace: 'default', pod: name, container: 'main', ...more }).items)
    text += new TextDecoder().decode(bytes)
  return text
}
function remove(name: string, gracePeriodSeconds?: number) {
  return api.transport.request({
    method: 'DELETE',
    path: `/api/v1/namespaces/default/pods/${name}`,
    body: new TextEncoder().encode(JSON.stringify({ gracePeriodSeconds })),
  })
}
const eventsOf = (name: string) =>
  api
    .all('events')
    .filter(({ involvedObject }) => involvedObject.name === name)
    .map(({ reason, message }) => `${reason}: ${message}`)

t.test('the node registers itself and renews its lease', async (t) => {
  const node = await until('a ready node', () => condition(api.get('nodes', 'n1'), 'Ready')?.status === 'True' && api.get('nodes', 'n1'))
  t.match(node.metadata.labels, { 'kubernetes.io/hostname': 'n1', 'kubernetes.io/os': 'linux' })
  t.match(node.status.addresses, [{ type: 'InternalIP', address: '127.244.7.1' }])
  t.match(node.metadata.annotations['troupe.dev/runtime-level'], /^(ns|plain)$/)
  t.match(await until('a lease', () => api.get('leases.coordination.k8s.io', 'kube-node-lease/n1')), {
    spec: { holderIdentity: 'n1', leaseDurationSeconds: 40 },
  })
})

t.test('a pod runs as a process, is ready, logs, and goes without a trace', async (t) => {
  api.put(
    'pods',
    pod('web', {
      containers: [
        shell('echo up on $POD_IP as $NAME; trap "exit 0" TERM; while :; do sleep 0.05; done', {
          env: [{ name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
        }),
      ],
    }),
  )
  const found = await ready('web')
  t.match(found.status, {
    phase: 'Running',
    podIP: /^127\.244\.7\.\d+$/,
    hostIP: '127.244.7.1',
    containerStatuses: [
      { name: 'main', ready: true, started: true, restartCount: 0, state: { running: {} }, containerID: /^troupe:\/\/[0-9a-f]{64}$/ },
    ],
  })
  t.equal(condition(found, 'PodReadyToStartContainers')?.status, 'True')
  t.notOk(condition(found, 'Ready').reason, 'why it was not ready is taken back')
  t.equal(await until('a log', () => logs('web')), `up on ${found.status.podIP} as web\n`)
  t.match(await logs('web', { timestamps: true }), /^\d{4}-\d\d-\d\dT\S+Z up on/)
  await remove('web')
  await until('the pod is gone', () => read('web') === undefined)
  const last = api.writes.filter((write) => write.includes('default/web')).slice(-2)
  t.same(last, ['PATCH pods/status default/web', 'DELETE pods default/web'], 'its end was told before it went')
  await until(
    'no directory is left',
    () =>
      !existsSync(join(config.directory, 'pods', found.metadata.uid)) &&
      !existsSync(join(config.directory, 'logs', `default_web_${found.metadata.uid}`)),
  )
  await until('events', () => eventsOf('web').length >= 4)
  t.match(eventsOf('web').join('\n'), /Pulled: .*\nCreated: .*\nStarted: .*\nKilling: Stopping container main/)
})

t.test('a job-like pod succeeds, a failing one fails with its message', async (t) => {
  api.put('pods', pod('good', { restartPolicy: 'Never', containers: [shell('echo done')] }))
  api.put(
    'pods',
    pod('bad', { restartPolicy: 'Never', containers: [shell('echo why; exit 3', { terminationMessagePolicy: 'FallbackToLogsOnError' })] }),
  )
  t.match(await phase('good', 'Succeeded'), {
    status: { containerStatuses: [{ state: { terminated: { exitCode: 0, reason: 'Completed' } }, ready: false }] },
  })
  t.match(condition(read('good'), 'Ready'), { status: 'False', reason: 'PodCompleted' })
  t.match(await phase('bad', 'Failed'), {
    status: { containerStatuses: [{ state: { terminated: { exitCode: 3, reason: 'Error', message: 'why\n' } } }] },
  })
  t.equal(await logs('good'), 'done\n')
})

t.test('a crashing container backs off and keeps its last state', async (t) => {
  api.put('pods', pod('crash', { containers: [shell('echo $RANDOM try; exit 1')] }))
  const found = await until(
    'back-off',
    () => read('crash')?.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CrashLoopBackOff' && read('crash'),
  )
  t.match(found.status.containerStatuses[0], {
    restartCount: 2,
    lastState: { terminated: { exitCode: 1 } },
    state: { waiting: { message: /^back-off 10s restarting failed container=main pod=crash_default\(/ } },
  })
  t.match(await logs('crash', { previous: true }), /try\n/)
  await remove('crash')
  await until('gone', () => !read('crash'))
})

t.test('init containers run in order before sidecars and main containers', async (t) => {
  api.put(
    'pods',
    pod('init', {
      restartPolicy: 'Never',
      volumes: [{ name: 'work', emptyDir: {} }],
      initContainers: [
        {
          name: 'one',
          image: 'busybox',
          command: ['sh', '-c', 'echo one >> /work/log'],
          volumeMounts: [{ name: 'work', mountPath: '/work' }],
        },
        {
          name: 'side',
          image: 'busybox',
          restartPolicy: 'Always',
          command: ['sh', '-c', 'trap "exit 0" TERM; echo side >> /work/log; while :; do sleep 0.05; done'],
          volumeMounts: [{ name: 'work', mountPath: '/work' }],
          startupProbe: { exec: { command: ['grep', '-q', 'side', '/work/log'] }, periodSeconds: 1 },
        },
        {
          name: 'two',
          image: 'busybox',
          command: ['sh', '-c', 'echo two >> /work/log'],
          volumeMounts: [{ name: 'work', mountPath: '/work' }],
        },
      ],
      containers: [shell('cat /work/log', { volumeMounts: [{ name: 'work', mountPath: '/work' }] })],
    }),
  )
  const found = await phase('init', 'Succeeded')
  t.equal(await logs('init'), 'one\nside\ntwo\n')
  t.match(
    found.status.initContainerStatuses.map((each: Loose) => each.state.terminated?.exitCode),
    [0, 0, 0],
    'the sidecar was stopped last',
  )
})

t.test('configuration, secrets, tokens and the downward API reach the container', async (t) => {
  api.put('configmaps', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'cm', namespace: 'default' },
    data: { key: 'value', other: 'more' },
  })
  api.put('configmaps', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'kube-root-ca.crt', namespace: 'default' },
    data: { 'ca.crt': 'CERT' },
  })
  api.put('secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'sec', namespace: 'default' }, data: { pw: 'cHc=' } })
  api.put('services', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kubernetes', namespace: 'default' },
    spec: { clusterIP: '127.96.0.1', ports: [{ name: 'https', port: 443, protocol: 'TCP' }] },
  })
  const sa = '/var/run/secrets/kubernetes.io/serviceaccount'
  api.put(
    'pods',
    pod(
      'config',
      {
        restartPolicy: 'Never',
        volumes: [
          { name: 'cm', configMap: { name: 'cm', items: [{ key: 'key', path: 'deep/file' }] } },
          {
            name: 'sa',
            projected: {
              sources: [
                { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } },
                { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
                { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
              ],
            },
          },
          {
            name: 'down',
            downwardAPI: {
              items: [
                { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
                { path: 'mem', resourceFieldRef: { containerName: 'main', resource: 'limits.memory', divisor: '1Mi' } },
              ],
            },
          },
        ],
        containers: [
          shell(
            `cat /etc/cm/deep/file; echo; cat ${sa}/token ${sa}/ca.crt ${sa}/namespace; echo; cat /down/labels; echo; cat /down/mem; echo; echo $ALL_key $PW $EXPANDED $KUBERNETES_SERVICE_HOST:$KUBERNETES_PORT_443_TCP_PORT $0`,
            {
              args: ['$(EXPANDED)-$(NO)-$$(EXPANDED)'],
              resources: { limits: { memory: '64Mi' } },
              envFrom: [{ prefix: 'ALL_', configMapRef: { name: 'cm' } }],
              env: [
                { name: 'PW', valueFrom: { secretKeyRef: { name: 'sec', key: 'pw' } } },
                { name: 'EXPANDED', value: '<$(PW)>' },
              ],
              volumeMounts: [
                { name: 'cm', mountPath: '/etc/cm' },
                { name: 'sa', mountPath: sa, readOnly: true },
                { name: 'down', mountPath: '/down' },
              ],
            },
          ),
        ],
      },
      { labels: { a: 'b' } },
    ),
  )
  await phase('config', 'Succeeded')
  t.same((await logs('config')).split('\n').filter(Boolean), [
    'value',
    'a-tokenCERTdefault',
    'a="b"',
    '64',
    'value pw <pw> 127.96.0.1:443 <pw>-$(NO)-$(EXPANDED)',
  ])
})

t.test('what cannot be configured or pulled waits with a reason and recovers', async (t) => {
  api.put(
    'pods',
    pod('unconfigured', {
      restartPolicy: 'Never',
      containers: [shell('echo $X', { env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'late', key: 'x' } } }] })],
    }),
  )
  const waiting = await until(
    'config error',
    () =>
      read('unconfigured')?.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CreateContainerConfigError' && read('unconfigured'),
  )
  t.equal(waiting.status.containerStatuses[0].state.waiting.message, 'configmap "late" not found')
  api.put('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'late', namespace: 'default' }, data: { x: 'here' } })
  await phase('unconfigured', 'Succeeded')
  t.equal(await logs('unconfigured'), 'here\n')
  api.put('pods', pod('unpulled', { containers: [{ name: 'main', image: 'example.com/nothing:1' }] }))
  await until('ErrImagePull', () => read('unpulled')?.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'ErrImagePull')
  const backOff = await until(
    'ImagePullBackOff',
    () => read('unpulled')?.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'ImagePullBackOff' && read('unpulled'),
  )
  t.match(backOff.status, { phase: 'Pending' })
  await t.rejects(logs('unpulled'), {
    code: 'BadRequest',
    message: 'container "main" in pod "unpulled" is waiting to start: trying and failing to pull image',
  })
  await remove('unpulled')
  await until('gone', () => !read('unpulled'))
})

t.test('probes decide readiness and restarts', async (t) => {
  api.put(
    'pods',
    pod('probed', {
      containers: [
        {
          name: 'main',
          image: 'agnhost',
          args: ['netexec', '--http-port=8080', '--udp-port=0'],
          readinessProbe: { httpGet: { path: '/readyz', port: 8080 }, periodSeconds: 1 },
          livenessProbe: { exec: { command: ['sh', '-c', 'test ! -e /tmp/dead'] }, periodSeconds: 1, failureThreshold: 1 },
        },
      ],
    }),
  )
  const found = await ready('probed')
  t.equal(await fetch(`http://${found.status.podIP}:8080/hostname`).then((answer) => answer.text()), 'probed')
  const session = openStream(kubelet.instance, 'exec', {
    namespace: 'default',
    pod: 'probed',
    container: 'main',
    command: ['sh', '-c', 'touch /tmp/dead; echo made'],
    stdin: false,
    stdout: true,
    stderr: true,
    tty: false,
  })
  const items: Loose[] = []
  for await (const item of session.items) items.push(item.type === 'exit' ? item.code : new TextDecoder().decode(item.bytes))
  t.same(items, ['made\n', 0])
  await until(
    'a restart',
    () => read('probed')?.status?.containerStatuses?.[0]?.restartCount === 1 && condition(read('probed'), 'Ready')?.status === 'True',
  )
  t.match(
    eventsOf('probed').join('\n'),
    /Unhealthy: Liveness probe failed: \n[\s\S]*Killing: Container main failed liveness probe, will be restarted/,
  )
  const dial = openStream(kubelet.instance, 'dial', { namespace: 'default', pod: 'probed', port: 8080 })
  dial.send({ bytes: new TextEncoder().encode('GET /echo?msg=hi HTTP/1.0\r\n\r\n') })
  let text = ''
  for await (const { bytes } of dial.items) text += new TextDecoder().decode(bytes)
  t.match(text, /200 OK[\s\S]*hi$/)
  await remove('probed')
  await until('gone', () => !read('probed'))
})

t.test('hooks run, and a deadline ends a pod', async (t) => {
  api.put(
    'pods',
    pod('hooked', {
      volumes: [{ name: 'v', hostPath: { path: join(directory, 'hooks'), type: 'DirectoryOrCreate' } }],
      containers: [
        shell('trap "exit 0" TERM; while :; do sleep 0.05; done', {
          volumeMounts: [{ name: 'v', mountPath: '/hooks' }],
          lifecycle: {
            postStart: { exec: { command: ['touch', '/hooks/started'] } },
            preStop: { exec: { command: ['touch', '/hooks/stopped'] } },
          },
        }),
      ],
    }),
  )
  await ready('hooked')
  t.ok(existsSync(join(directory, 'hooks', 'started')))
  await remove('hooked')
  await until('gone', () => !read('hooked'))
  t.same(readdirSync(join(directory, 'hooks')).sort(), ['started', 'stopped'])
  api.put('pods', pod('late', { activeDeadlineSeconds: 1, terminationGracePeriodSeconds: 0, containers: [shell('sleep 100')] }))
  t.match((await phase('late', 'Failed')).status, { reason: 'DeadlineExceeded' })
})

t.test('a pod that does not fit is rejected', async (t) => {
  api.put('pods', pod('huge', { containers: [shell('true', { resources: { requests: { cpu: '10000' } } })] }))
  t.match((await phase('huge', 'Failed')).status, {
    reason: 'OutOfcpu',
    message: /^Pod was rejected: Node didn't have enough resource: cpu, requested: 10000000/,
  })
})

t.test('a kubelet that crashes finds its pods running', async (t) => {
  api.put('pods', pod('survivor', { containers: [shell('trap "exit 0" TERM; while :; do sleep 0.05; done')] }))
  const before = await ready('survivor')
  kubelet.stop()
  await kubelet.instance.terminate?.()
  kubelet = await startKubelet()
  api.put('pods', pod('next', { restartPolicy: 'Never', containers: [shell('true')] }))
  await phase('next', 'Succeeded')
  const after = read('survivor') as Loose
  t.equal(after.status.containerStatuses[0].containerID, before.status.containerStatuses[0].containerID)
  t.equal(after.status.containerStatuses[0].restartCount, 0)
  t.notOk(after.status.podIP === read('next')?.status.podIP)
})

t.test('containers that died with their runtime are started again', async (t) => {
  const before = read('survivor') as Loose
  process.kill(server.pid() as number, 'SIGKILL')
  const after = await until(
    'running again',
    () =>
      read('survivor')?.status.containerStatuses[0].restartCount === 1 &&
      condition(read('survivor'), 'Ready')?.status === 'True' &&
      read('survivor'),
  )
  t.not(after.status.containerStatuses[0].containerID, before.status.containerStatuses[0].containerID)
  t.match(after.status.containerStatuses[0].lastState, { terminated: { exitCode: 137, reason: 'ContainerStatusUnknown' } })
  await remove('survivor')
  await until('gone', () => !read('survivor'))
  for (const { metadata } of api.all('pods')) await remove(metadata.name, 0)
  await until('no process is left', () => findMarked(`${cluster}/`).length === 0)
})
