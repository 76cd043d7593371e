/** What a person does with kubectl, on a cluster whose containers are processes. */
import { get } from 'node:http'
import t from 'tap'
import type { Cluster } from '../../src/index.js'
import { startCluster, until } from '../support/cluster.js'
import { noKubectl, type Ran, run, startKubectl } from '../support/kubectl.js'

const site = `
apiVersion: v1
kind: ConfigMap
metadata: {name: site}
data: {index.html: "hello"}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: www}
spec:
  replicas: 2
  selector: {matchLabels: {app: www}}
  template:
    metadata: {labels: {app: www}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: web
        image: busybox
        command: ["sh", "-c", "echo starting; exec busybox httpd -f -p $(POD_IP):8080 -h /site"]
        env: [{name: POD_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]
        ports: [{containerPort: 8080, name: http}]
        volumeMounts: [{name: site, mountPath: /site}]
        readinessProbe: {httpGet: {path: /index.html, port: http}, periodSeconds: 1}
      volumes: [{name: site, configMap: {name: site}}]
---
apiVersion: v1
kind: Service
metadata: {name: www}
spec:
  selector: {app: www}
  ports: [{port: 80, targetPort: http}]
`

/** The body of GET http://ADDRESS/index.html; rejects unless the answer is 200. */
function fetchSite(address: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = get({ host: address, port: 80, path: '/index.html', agent: false, timeout: 5_000 }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.once('end', () => (response.statusCode === 200 ? resolve(text) : reject(new Error(`status ${response.statusCode}`))))
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer'))).once('error', reject)
  })
}

t.setTimeout(280_000)

t.test('kubectl on a cluster of processes', { skip: noKubectl() }, async (t) => {
  const cluster: Cluster = await startCluster(t, { nodes: 2 })
  const kubectl = (args: readonly string[], input?: string): Promise<Ran> =>
    run(args, { kubeconfig: cluster.kubeconfigPath, ...(input === undefined ? {} : { input }) })
  /** Standard output of a command that must succeed. */
  const ok = async (args: readonly string[], input?: string): Promise<string> => {
    const { code, stdout, stderr } = await kubectl(args, input)
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${code}\n${stdout}${stderr}`)
    return stdout
  }
  const jsonpath = (what: string, path: string) => ok(['get', ...what.split(' '), '-o', `jsonpath=${path}`])

  await t.test('apply, and the Service answers', async (t) => {
    t.match(await ok(['apply', '-f', '-'], site), /configmap\/site created\ndeployment.apps\/www created\nservice\/www created/)
    t.match(await ok(['rollout', 'status', 'deployment/www', '--timeout=120s']), /successfully rolled out/)
    t.match(await ok(['apply', '-f', '-'], site), /site unchanged\n.*www unchanged\n.*www unchanged/)
    const address = await jsonpath('service www', '{.spec.clusterIP}')
    t.equal(await until('the Service answers', () => fetchSite(address)), 'hello')
    t.match(await ok(['get', 'deployment', 'www']), /NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nwww +2\/2 +2 +2 /)
    const nodes = (await jsonpath('pods -l app=www', '{.items[*].spec.nodeName}')).split(' ')
    t.same(nodes.sort(), ['node-1', 'node-2'], 'spread over the nodes')
  })

  await t.test('scale', async (t) => {
    t.match(await ok(['scale', 'deployment/www', '--replicas=4']), /deployment.apps\/www scaled/)
    t.match(await ok(['rollout', 'status', 'deployment/www', '--timeout=120s']), /successfully rolled out/)
    t.equal(await jsonpath('deployment www', '{.status.readyReplicas}'), '4')
    await ok(['scale', 'deployment/www', '--replicas=2'])
    await until('two pods are left', async () => (await jsonpath('pods -l app=www', '{.items[*].metadata.name}')).split(' ').length === 2)
  })

  await t.test('set env and rollout undo', async (t) => {
    const images = () => jsonpath('deployment www', '{.spec.template.spec.containers[0].env[*].name}')
    t.match(await ok(['set', 'env', 'deployment/www', 'GREETING=hi']), /env updated/)
    t.match(await ok(['rollout', 'status', 'deployment/www', '--timeout=120s']), /successfully rolled out/)
    t.equal(await images(), 'POD_IP GREETING')
    t.match(await ok(['rollout', 'history', 'deployment/www']), /REVISION.*\n1 .*\n2 /)
    t.match(await ok(['rollout', 'undo', 'deployment/www']), /rolled back/)
    t.match(await ok(['rollout', 'status', 'deployment/www', '--timeout=120s']), /successfully rolled out/)
    t.equal(await images(), 'POD_IP')
  })

  await t.test('logs and exec', async (t) => {
    const pod = await until('a pod that stays', async () => {
      const alive = await ok(['get', 'pods', '-l', 'app=www', '-o', 'json'])
      const { items } = JSON.parse(alive) as { items: { metadata: { name: string; deletionTimestamp?: string } }[] }
      return items.length === 2 && items.every(({ metadata }) => !metadata.deletionTimestamp) ? items[0]?.metadata.name : undefined
    })
    t.equal(await ok(['logs', pod]), 'starting\n')
    t.equal(await ok(['exec', pod, '--', 'cat', '/site/index.html']), 'hello')
    t.equal(await ok(['exec', '-i', pod, '--', 'cat'], 'through and back\n'), 'through and back\n')
    const failed = await kubectl(['exec', pod, '--', 'sh', '-c', 'echo oops >&2; exit 3'])
    t.match(failed, { code: 3, stdout: /^$/, stderr: /^oops\ncommand terminated with exit code 3/ })
    t.match(await kubectl(['logs', 'nobody']), { code: 1, stderr: /pods "nobody" not found/ })
  })

  await t.test('logs -f tells a line as it comes', async (t) => {
    const talker = ['run', 'talker', '--image=busybox', '--restart=Never', '--', 'sh', '-c']
    await ok([...talker, 'echo first; while [ ! -e /tmp/go ]; do sleep 0.1; done; echo second'])
    await ok(['wait', '--for=condition=Ready', 'pod/talker', '--timeout=120s'])
    const follower = startKubectl(['logs', '-f', 'talker'], { kubeconfig: cluster.kubeconfigPath })
    let said = ''
    follower.stdout?.on('data', (chunk: Buffer) => {
      said += chunk
    })
    const closed = new Promise((resolve) => follower.once('close', resolve))
    await until('the first line', () => said === 'first\n')
    await ok(['exec', 'talker', '--', 'touch', '/tmp/go'])
    t.equal(await closed, 0, 'ends when the container does')
    t.equal(said, 'first\nsecond\n')
    await ok(['wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/talker', '--timeout=120s'])
  })

  await t.test('a Job completes', async (t) => {
    await ok(['create', 'job', 'sum', '--image=busybox', '--', 'sh', '-c', 'echo $((20 + 22))'])
    t.match(await ok(['wait', '--for=condition=Complete', 'job/sum', '--timeout=120s']), /condition met/)
    t.equal(await ok(['logs', 'job/sum']), '42\n')
    t.match(await ok(['get', 'job', 'sum']), /sum +Complete +1\/1 /)
  })

  await t.test('an image that is not there', async (t) => {
    await ok(['run', 'missing', '--image=registry.invalid/none:1'])
    const reason = () => jsonpath('pod missing', '{.status.containerStatuses[0].state.waiting.reason}')
    t.match(await until('the pull fails', async () => /^(ErrImagePull|ImagePullBackOff)$/.exec(await reason())?.[0]), /Pull/)
    t.equal(await until('the kubelet backs off', async () => (await reason()) === 'ImagePullBackOff' && 'backs off'), 'backs off')
    t.match(await ok(['get', 'pod', 'missing']), /missing +0\/1 +(ErrImagePull|ImagePullBackOff) +0 /)
    const told = await until('events tell of it', async () => {
      const text = await ok(['describe', 'pod', 'missing'])
      return /Failed/.test(text) && text
    })
    t.match(told, /Warning +Failed .*(ErrImagePull|pull)/)
    await ok(['delete', 'pod', 'missing', '--now'])
  })

  await t.test('a volume follows its ConfigMap', async (t) => {
    await ok(['patch', 'configmap', 'site', '-p', '{"data":{"index.html":"changed"}}'])
    const address = await jsonpath('service www', '{.spec.clusterIP}')
    t.equal(await until('the new text is served', async () => (await fetchSite(address)) === 'changed' && 'changed'), 'changed')
  })

  await t.test('describe, explain, diff, server-side apply, get all', async (t) => {
    t.match(
      await ok(['describe', 'deployment', 'www']),
      /Replicas: +2 desired \| 2 updated \| 2 total \| 2 available[\s\S]*ScalingReplicaSet/,
    )
    t.match(await ok(['describe', 'node', 'node-1']), /Ready +True[\s\S]*Non-terminated Pods/)
    t.match(await ok(['explain', 'deployment.spec.replicas']), /FIELD: replicas <integer>[\s\S]*Number of desired pods/)
    t.match(await kubectl(['explain', 'pod.spec.nonsense']), { code: 1, stderr: /field "nonsense" does not exist/ })
    const changed = site.replace('replicas: 2', 'replicas: 1')
    t.match(await kubectl(['diff', '-f', '-'], changed), { code: 1, stdout: /- {2}replicas: 2\n\+ {2}replicas: 1/ })
    const served = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: applied}\ndata: {a: "1"}\n'
    t.match(await ok(['apply', '--server-side', '-f', '-'], served), /configmap\/applied serverside-applied/)
    t.equal((await kubectl(['diff', '--server-side', '-f', '-'], served)).code, 0)
    const other = ['apply', '--server-side', '--field-manager=other', '-f', '-']
    t.match(await kubectl(other, served.replace('"1"', '"2"')), { code: 1, stderr: /conflict with "kubectl": .data.a/ })
    t.match(await ok([...other, '--force-conflicts'], served.replace('"1"', '"2"')), /applied/)
    t.equal(await jsonpath('configmap applied', '{.data.a}'), '2')
    const all = await ok(['get', 'all', '-A'])
    for (const line of [
      /default +pod\/www-/,
      /default +service\/kubernetes /,
      /deployment.apps\/www /,
      /replicaset.apps\/www-/,
      /job.batch\/sum /,
    ])
      t.match(all, line)
  })

  await t.test('namespaces and delete', async (t) => {
    t.match(await ok(['create', 'namespace', 'brief']), /namespace\/brief created/)
    await ok(['create', 'configmap', 'inside', '-n', 'brief', '--from-literal=a=b'])
    const soon = '--overrides={"spec":{"terminationGracePeriodSeconds":1}}'
    await ok(['run', 'sleeper', '-n', 'brief', '--image=busybox', soon, '--', 'sleep', '1000'])
    t.match(await ok(['delete', 'namespace', 'brief', '--timeout=120s']), /namespace "brief" deleted/)
    t.match(await kubectl(['get', 'namespace', 'brief']), { code: 1, stderr: /namespaces "brief" not found/ })
    t.match(await ok(['delete', '-f', '-', '--timeout=120s'], site), /configmap "site" deleted\n.*"www" deleted\n.*"www" deleted/)
    await until('the pods are gone', async () => (await jsonpath('pods -l app=www', '{.items[*].metadata.name}')) === '')
    t.match(await kubectl(['get', 'all', '-l', 'app=www']), { code: 0, stderr: /No resources found/ })
  })
})
