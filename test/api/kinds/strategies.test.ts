/** What strategies do on the way in: to new objects, to updates, to writes of status; and what they warn of. */
import t from 'tap'
import { toWire } from '../../../src/api/codec/encode.js'
import type { Kind } from '../../../src/api/kind.js'
import { imageTag } from '../../../src/api/kinds/core/image-tag.js'
import { qosClassOf } from '../../../src/api/kinds/core/pod-resources.js'
import type { KubeObject } from '../../../src/api/meta/object.js'
import { applyJsonPatch } from '../../../src/api/patch/json-patch.js'
import { applyMergePatch } from '../../../src/api/patch/merge-patch.js'
import { applyStrategicMerge } from '../../../src/api/patch/strategic-merge.js'
import { noReference, referenceLines } from '../reference.js'
import { created, decoded, differences, kindOf, type Recorded, registry, wire } from './golden.js'

const now = Date.UTC(2030, 0, 1)
const context = { now, uid: () => 'uid' }

function kind(apiVersion: string, name: string): Kind {
  const found = kindOf({ apiVersion, kind: name })
  if (!found) throw new Error(`Cannot test ${name}: it is not served`)
  return found
}

const pods = kind('v1', 'Pod')
const podBody = (spec: object, metadata: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', ...metadata },
  spec: { containers: [{ name: 'c', image: 'i:1' }], ...spec },
})

/** The object after an update of the main resource, or of status. */
function updated(of: Kind, old: KubeObject, change: (object: KubeObject) => void, subresource: '' | 'status' = ''): KubeObject {
  const object = structuredClone(old)
  change(object)
  of.strategy.applyDefaults?.(object)
  const prepare = subresource === 'status' ? of.strategy.prepareForStatusUpdate : of.strategy.prepareForUpdate
  prepare?.(object, old, context)
  return object
}

t.test('a new Pod is pending, has a quality of service, and nothing of the status that was sent', (t) => {
  const pod = created(pods, podBody({ nodeName: 'n' }, {}))
  t.strictSame(pod.status, { phase: 'Pending', qosClass: 'BestEffort' })
  const gated = created(pods, podBody({ schedulingGates: [{ name: 'a.b/c' }] }))
  t.match(gated.status, { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] })
  t.end()
})

t.test('a Pod gets what it leaves out', (t) => {
  const spec = created(
    pods,
    podBody({
      hostNetwork: true,
      serviceAccount: 'old',
      overhead: { cpu: '100u' },
      volumes: [
        { name: 'v' },
        { name: 'h', hostPath: { path: '/' } },
        { name: 's', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } },
      ],
      containers: [
        {
          name: 'c',
          image: 'i',
          ports: [{ containerPort: 80 }],
          resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } },
          livenessProbe: { httpGet: { port: 80 } },
          startupProbe: { grpc: { port: 1 }, periodSeconds: 3 },
          env: [{ name: 'E', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
        },
      ],
    }),
  ).spec as Record<string, unknown>
  t.match(spec, {
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    terminationGracePeriodSeconds: 30,
    enableServiceLinks: true,
    serviceAccountName: 'old',
    serviceAccount: 'old',
    overhead: { cpu: '1m' },
    volumes: [
      { emptyDir: {} },
      { hostPath: { type: '' } },
      { projected: { defaultMode: 420, sources: [{ serviceAccountToken: { expirationSeconds: 3600 } }] } },
    ],
    containers: [
      {
        imagePullPolicy: 'Always',
        ports: [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }],
        resources: { requests: { cpu: '500m', memory: '1Gi' } },
        livenessProbe: {
          httpGet: { path: '/', scheme: 'HTTP' },
          timeoutSeconds: 1,
          periodSeconds: 10,
          successThreshold: 1,
          failureThreshold: 3,
        },
        startupProbe: { grpc: { service: '' }, periodSeconds: 3 },
        env: [{ valueFrom: { fieldRef: { apiVersion: 'v1' } } }],
      },
    ],
  })
  t.end()
})

t.test('resources of a whole Pod follow from its containers', (t) => {
  const resourcesOf = (spec: object): unknown => (created(pods, podBody(spec)).spec as { resources?: unknown }).resources
  const container = (requests: object, limits: object = {}, more: object = {}) => ({
    name: 'c',
    image: 'i',
    resources: { requests, limits },
    ...more,
  })
  t.strictSame(
    resourcesOf({
      resources: { limits: { cpu: '2', memory: '1Gi' } },
      containers: [container({ cpu: '300m' }), container({ cpu: '200m' })],
    }),
    {
      limits: { cpu: '2', memory: '1Gi' },
      requests: { cpu: '500m', memory: '1Gi' },
    },
  )
  t.strictSame(
    resourcesOf({
      resources: { limits: { cpu: '2' } },
      containers: [container({ cpu: '100m' })],
      initContainers: [container({ cpu: '400m' }, {}, { name: 's', restartPolicy: 'Always' }), container({ cpu: '1' }, {}, { name: 'i' })],
    }),
    { limits: { cpu: '2' }, requests: { cpu: '1400m' } },
  )
  t.equal(resourcesOf({ containers: [container({ cpu: '1' })] }), undefined)
  t.end()
})

t.test('qosClassOf()', (t) => {
  const spec = (...resources: object[]) => ({ containers: resources.map((one, i) => ({ name: `c${i}`, resources: one })) })
  const full = { cpu: '1', memory: '1Gi' }
  t.equal(qosClassOf(spec({})), 'BestEffort')
  t.equal(qosClassOf(spec({ limits: full, requests: { cpu: '1000m', memory: '1024Mi' } })), 'Guaranteed')
  t.equal(qosClassOf(spec({ limits: full, requests: full }, {})), 'Burstable')
  t.equal(qosClassOf(spec({ requests: { cpu: '1' } })), 'Burstable')
  t.equal(qosClassOf(spec({ requests: { 'example.com/x': '1' } })), 'BestEffort')
  t.equal(qosClassOf({ ...spec({}), resources: { limits: full, requests: full } }), 'Guaranteed')
  t.end()
})

t.test('imageTag() reads references as Docker does', (t) => {
  const digest = `sha256:${'0'.repeat(64)}`
  const cases: [string, string][] = [
    ['nginx', 'latest'],
    ['nginx:1', '1'],
    ['localhost:5000/a/b', 'latest'],
    ['localhost:5000/a/b:x', 'x'],
    [`nginx@${digest}`, ''],
    [`nginx:1@${digest}`, '1'],
    ['', ''],
    ['Nginx', ''],
    ['a//b', ''],
    ['a'.repeat(64), ''],
  ]
  for (const [image, tag] of cases) t.equal(imageTag(image), tag, image)
  t.end()
})

t.test('keys of labels become selectors when a Pod is created', (t) => {
  const term = { topologyKey: 'z', labelSelector: {}, matchLabelKeys: ['a', 'absent'], mismatchLabelKeys: ['b'] }
  const pod = created(
    pods,
    podBody(
      {
        affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } },
        topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'z', whenUnsatisfiable: 'DoNotSchedule', matchLabelKeys: ['a'] }],
      },
      { labels: { a: '1', b: '2' } },
    ),
  )
  const spec = pod.spec as {
    affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { labelSelector: unknown }[] } }
  }
  t.strictSame(spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]?.labelSelector, {
    matchExpressions: [
      { key: 'a', operator: 'In', values: ['1'] },
      { key: 'b', operator: 'NotIn', values: ['2'] },
    ],
  })
  t.notMatch(pod.spec, { topologySpreadConstraints: [{ labelSelector: {} }] }, 'a selector that is absent stays so')
  t.end()
})

t.test('a write of a Pod’s status changes no spec, no owners, no deletion, and forgets no generation', (t) => {
  const old = created(pods, podBody({}, { ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: 'u' }] }))
  old.status = { qosClass: 'BestEffort', observedGeneration: 4, conditions: [{ type: 'Ready', status: 'False', observedGeneration: 3 }] }
  const pod = updated(
    pods,
    old,
    (object) => {
      object.spec = { containers: [] }
      object.metadata.ownerReferences = []
      object.metadata.deletionTimestamp = '2030-01-01T00:00:00Z'
      object.metadata.labels = { a: 'b' }
      object.status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }
    },
    'status',
  )
  t.strictSame(pod.spec, old.spec)
  t.strictSame(pod.metadata, { ...old.metadata, labels: { a: 'b' } })
  t.strictSame(pod.status, {
    phase: 'Running',
    qosClass: 'BestEffort',
    observedGeneration: 4,
    conditions: [{ type: 'Ready', status: 'True', observedGeneration: 3 }],
  })
  t.end()
})

t.test('a Pod’s grace period', (t) => {
  const grace = (spec: object, status: object, requested?: number): number | undefined => {
    const pod = created(pods, podBody(spec))
    pod.status = status
    return pods.strategy.gracePeriodSeconds?.(pod, requested)
  }
  t.equal(grace({}, { phase: 'Running' }), 0, 'none without a node')
  t.equal(grace({ nodeName: 'n' }, { phase: 'Running' }), 30)
  t.equal(grace({ nodeName: 'n' }, { phase: 'Running' }, 5), 5)
  t.equal(grace({ nodeName: 'n' }, { phase: 'Failed' }, 5), 0, 'none after the end')
  t.equal(grace({ nodeName: 'n', terminationGracePeriodSeconds: -3 }, { phase: 'Running' }), 1)
  t.end()
})

t.test('a Job gets labels that only its Pods have', (t) => {
  const jobs = kind('batch/v1', 'Job')
  const body = (spec: object, labels?: object) => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'j' },
    spec: { template: { metadata: labels ? { labels } : {}, spec: { containers: [], restartPolicy: 'Never' } }, ...spec },
  })
  const generated = {
    'batch.kubernetes.io/controller-uid': 'uid',
    'batch.kubernetes.io/job-name': 'j',
    'controller-uid': 'uid',
    'job-name': 'j',
  }
  const job = created(jobs, body({}, { a: 'b' }))
  t.match(job, {
    metadata: { labels: { a: 'b', ...generated } },
    spec: {
      completions: 1,
      parallelism: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      suspend: false,
      podReplacementPolicy: 'TerminatingOrFailed',
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'uid' } },
      template: { metadata: { labels: { a: 'b', ...generated } } },
    },
  })
  const manual = created(jobs, body({ manualSelector: true, selector: { matchLabels: { a: 'b' } }, backoffLimitPerIndex: 1 }, { a: 'b' }))
  t.match(manual, { spec: { selector: { matchLabels: { a: 'b' } }, backoffLimit: 2147483647 } })
  t.strictSame((manual.spec as { template: { metadata: { labels: object } } }).template.metadata.labels, { a: 'b' })
  t.end()
})

t.test('a Deployment’s generation counts its annotations, a DaemonSet’s annotation its templates', (t) => {
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i:1' }] } }
  const workload = (name: string) => ({
    apiVersion: 'apps/v1',
    kind: name,
    metadata: { name: 'd' },
    spec: { selector: { matchLabels: { a: 'b' } }, template },
  })
  const deployments = kind('apps/v1', 'Deployment')
  const deployment = created(deployments, workload('Deployment'))
  const annotated = updated(deployments, deployment, ({ metadata }) => Object.assign(metadata, { annotations: { x: 'y' } }))
  t.equal(annotated.metadata.generation, 2)
  t.equal(updated(deployments, deployment, ({ metadata }) => Object.assign(metadata, { labels: { x: 'y' } })).metadata.generation, 1)
  const written = updated(
    deployments,
    deployment,
    (object) => Object.assign(object, { spec: {}, status: { replicas: 3 }, metadata: { ...object.metadata, labels: { x: 'y' } } }),
    'status',
  )
  t.strictSame([written.spec, written.metadata, written.status], [deployment.spec, deployment.metadata, { replicas: 3 }])
  const daemonSets = kind('apps/v1', 'DaemonSet')
  const daemonSet = created(daemonSets, workload('DaemonSet'))
  const annotation = 'deprecated.daemonset.template.generation'
  t.equal(daemonSet.metadata.annotations?.[annotation], '1')
  const same = updated(daemonSets, daemonSet, ({ metadata }) => Object.assign(metadata, { annotations: {} }))
  t.equal(same.metadata.annotations?.[annotation], '1')
  const other = updated(daemonSets, daemonSet, ({ spec }) =>
    Object.assign((spec as { template: { metadata: object } }).template.metadata, { labels: {} }),
  )
  t.equal(other.metadata.annotations?.[annotation], '2')
  t.end()
})

t.test('what only the server may say of a kind stays as it was', (t) => {
  const namespaces = kind('v1', 'Namespace')
  const namespace = created(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' }, status: { phase: 'Terminating' } })
  t.match(namespace, {
    metadata: { labels: { 'kubernetes.io/metadata.name': 'n' } },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  })
  t.strictSame(
    updated(namespaces, namespace, (object) => Object.assign(object, { spec: {}, status: {} })),
    namespace,
  )

  const definitions = kind('apiextensions.k8s.io/v1', 'CustomResourceDefinition')
  const version = (name: string, storage: boolean) => ({ name, served: true, storage })
  const definition = created(definitions, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'ws.g' },
    spec: { group: 'g', names: { kind: 'Widget', plural: 'ws' }, scope: 'Namespaced', versions: [version('v1', true)] },
  })
  t.match(definition, {
    spec: { names: { singular: 'widget', listKind: 'WidgetList' }, conversion: { strategy: 'None' } },
    status: { storedVersions: ['v1'] },
  })
  const moved = updated(definitions, definition, ({ spec }) =>
    Object.assign(spec as object, { versions: [version('v1', false), version('v2', true)] }),
  )
  t.match(moved.status, { storedVersions: ['v1', 'v2'] })

  const volumes = kind('v1', 'PersistentVolume')
  const volume = created(volumes, { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'v' }, spec: {} })
  const bound = updated(volumes, volume, (object) => Object.assign(object, { spec: {}, status: { phase: 'Bound' } }), 'status')
  t.match(bound, {
    spec: { persistentVolumeReclaimPolicy: 'Retain' },
    status: { phase: 'Bound', lastPhaseTransitionTime: '2030-01-01T00:00:00Z' },
  })

  const requests = kind('certificates.k8s.io/v1', 'CertificateSigningRequest')
  const request = decoded(requests, {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'r' },
    spec: { request: '', signerName: 'a/b', usages: [] },
    status: { conditions: [{ type: 'Denied', status: 'True' }] },
  })
  const signed = updated(
    requests,
    request,
    (object) =>
      Object.assign(object, {
        spec: {},
        status: {
          certificate: 'eA==',
          conditions: [
            { type: 'Approved', status: 'True' },
            { type: 'Failed', status: 'True' },
          ],
        },
      }),
    'status',
  )
  t.strictSame(
    (signed.status as { conditions: { type: string }[] }).conditions.map(({ type }) => type),
    ['Denied', 'Failed'],
  )
  t.strictSame(signed.spec, request.spec)
  t.end()
})

t.test('a write of status takes along no metadata where upstream lets none through', (t) => {
  const marks = {
    labels: { a: 'b' },
    annotations: { c: 'd' },
    finalizers: ['e.f/g'],
    ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: 'u' }],
  }
  for (const [apiVersion, name] of [
    ['flowcontrol.apiserver.k8s.io/v1', 'FlowSchema'],
    ['flowcontrol.apiserver.k8s.io/v1', 'PriorityLevelConfiguration'],
    ['apiregistration.k8s.io/v1', 'APIService'],
    ['networking.k8s.io/v1', 'ServiceCIDR'],
    ['resource.k8s.io/v1', 'ResourceClaim'],
    ['storage.k8s.io/v1', 'VolumeAttachment'],
    ['admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy'],
  ] as const) {
    const of = kind(apiVersion, name)
    const old = created(of, { apiVersion, kind: name, metadata: { name: 'x', ...marks } })
    const stripped = updated(of, old, (object) => Object.assign(object, { metadata: { name: 'x' }, status: { conditions: [] } }), 'status')
    t.match(stripped, { metadata: marks, status: { conditions: [] } }, name)
    const bare = created(of, { apiVersion, kind: name, metadata: { name: 'x' } })
    const marked = updated(of, bare, ({ metadata }) => Object.assign(metadata, marks), 'status')
    t.strictSame(marked.metadata, bare.metadata, name)
  }
  t.end()
})

t.test('which kinds take a PUT of an absent name, and which want to be read before they are written', (t) => {
  const kinds = [...registry.kinds()].filter(({ verbs }) => verbs.includes('update'))
  const named = (wanted: (one: Kind) => boolean): string[] => [...new Set(kinds.filter(wanted).map((one) => one.kind))].sort()
  t.strictSame(
    named(({ strategy }) => strategy.allowCreateOnUpdate === true),
    ['ClusterRole', 'ClusterRoleBinding', 'Endpoints', 'Event', 'Lease', 'LimitRange', 'Role', 'RoleBinding', 'RuntimeClass', 'Service'],
  )
  t.strictSame(
    named(({ strategy }) => strategy.allowUnconditionalUpdate === false),
    [
      'APIService',
      'CSIDriver',
      'CSINode',
      'CSIStorageCapacity',
      'CustomResourceDefinition',
      'Lease',
      'MutatingAdmissionPolicy',
      'MutatingAdmissionPolicyBinding',
      'MutatingWebhookConfiguration',
      'PodDisruptionBudget',
      'RuntimeClass',
      'ValidatingAdmissionPolicy',
      'ValidatingAdmissionPolicyBinding',
      'ValidatingWebhookConfiguration',
      'VolumeAttachment',
    ],
  )
  t.end()
})

t.test('the state of a device goes with its allocation', (t) => {
  const claims = kind('resource.k8s.io/v1', 'ResourceClaim')
  const device = (name: string) => ({ driver: 'd', pool: 'p', device: name })
  const claim = (allocated: string[]) => ({
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceClaim',
    metadata: { name: 'c' },
    spec: {},
    status: {
      allocation: { devices: { results: allocated.map((name) => ({ request: 'r', ...device(name) })) } },
      devices: ['a', 'b'].map(device),
    },
  })
  const old = decoded(claims, claim(['a', 'b']))
  const object = updated(claims, old, (it) => Object.assign(it, { status: claim(['b']).status }), 'status')
  t.strictSame((object.status as { devices: unknown }).devices, [device('b')])
  t.end()
})

t.test('warnings', (t) => {
  const warn = (spec: object, metadata: object = {}): string[] => pods.strategy.warnings?.(created(pods, podBody(spec, metadata))) ?? []
  t.strictSame(warn({}), [])
  t.strictSame(warn({ nodeSelector: { 'beta.kubernetes.io/os': 'linux' } }), [
    'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
  ])
  const env = (...values: [string, string][]) => ({
    containers: [{ name: 'c', image: 'i', env: values.map(([name, value]) => ({ name, value })) }],
  })
  t.strictSame(warn(env(['A', '1'], ['A', '$(A)2'])), [], 'a value that builds on the old one is meant')
  t.strictSame(warn(env(['A', '1'], ['A', '2'])), [
    'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
  ])
  const port = (more: object) => ({ containerPort: 80, protocol: 'TCP', ...more })
  t.strictSame(
    warn({
      containers: [
        { name: 'a', image: 'i', ports: [port({})] },
        { name: 'b', image: 'i', ports: [port({}), port({ hostPort: 1 })] },
      ],
    }),
    [
      'spec.containers[1].ports[0]: duplicate port definition with spec.containers[0].ports[0]',
      'spec.containers[1].ports[1]: overlapping port definition with spec.containers[0].ports[0]',
      'spec.containers[1].ports[1]: overlapping port definition with spec.containers[1].ports[0]',
    ],
  )
  t.strictSame(
    warn({
      containers: [{ name: 'a', image: 'i', resources: { requests: { memory: '100m' } } }],
      imagePullSecrets: [{ name: 's' }, { name: 's' }, {}],
    }),
    [
      'spec.imagePullSecrets[1].name: duplicate name "s"',
      'spec.imagePullSecrets[2].name: invalid empty name ""',
      'spec.containers[0].resources.requests[memory]: fractional byte value "100m" is invalid, must be an integer',
    ],
  )
  const items = [
    { key: 'a', path: 'x' },
    { key: 'b', path: 'x/y' },
  ]
  t.strictSame(
    warn({
      volumes: [
        { name: 'v', configMap: { name: 'm', items } },
        { name: 'g', gitRepo: { repository: 'r' } },
      ],
    }),
    ['spec.volumes[1].gitRepo: deprecated in v1.11', 'volume "v" (ConfigMap "m"): overlapping paths: "x/y" with "x"'],
  )
  t.match(warn({}, { name: 'a.b' })[0], /^metadata\.name: this is used in the Pod's hostname, .*; a DNS label is recommended: \[.+\]$/)

  const annotated = created(pods, podBody({}, { annotations: { 'container.apparmor.security.beta.kubernetes.io/c': 'localhost/p' } }))
  t.match(annotated.spec, { containers: [{ securityContext: { appArmorProfile: { type: 'Localhost', localhostProfile: 'p' } } }] })

  const services = kind('v1', 'Service')
  const service = created(services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 's' },
    spec: { externalName: 'x', externalIPs: ['1.1.1.1'], ports: [{ port: 1 }] },
  })
  t.strictSame(services.strategy.warnings?.(service), [
    'spec.externalIPs is deprecated and may no longer be implemented in some clusters',
    'spec.externalName is ignored when spec.type is not "ExternalName"',
  ])
  const cronJobs = kind('batch/v1', 'CronJob')
  const spec = { terminationGracePeriodSeconds: -1, containers: [], restartPolicy: 'Never' }
  const cronJob = created(cronJobs, {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'c' },
    spec: { schedule: '* * * * *', jobTemplate: { spec: { template: { spec } } } },
  })
  t.strictSame(cronJobs.strategy.warnings?.(cronJob), [
    'spec.jobTemplate.spec.template.spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1',
  ])
  t.end()
})

t.test('patched objects are as kube-apiserver left them', { skip: noReference }, (t) => {
  const rows = referenceLines<Recorded & { readonly path: string; readonly contentType?: string }>('golden-1.26', 'answers.ndjson')
  const byPath = new Map(rows.filter(({ id }) => /^update\/.*\/from$/.test(id)).map((row) => [row.path, row.response]))
  let compared = 0
  for (const { id, path, body, contentType = '', response, status } of rows) {
    const from = byPath.get(path.replace(/\?.*/, '')) as { apiVersion: string; kind: string } | undefined
    const of = from && kindOf(from)
    if (!id.startsWith('patch/') || status !== 200 || !of || !response) continue
    const old = decoded(of, from)
    of.strategy.applyDefaults?.(old)
    const object = decoded(of, patched(of, wire(of, old), body, contentType))
    of.strategy.applyDefaults?.(object)
    of.strategy.prepareForUpdate?.(object, old, context)
    const allocated = /nodePort$|^metadata\.generation$|minDomains/
    const texts = differences(response, JSON.parse(JSON.stringify(toWire(object, of.schema)))).filter((one) => !allocated.test(one.path))
    t.strictSame(
      texts.map(({ text }) => text),
      [],
      id,
    )
    compared++
  }
  t.ok(compared >= 12, `${compared} patches`)
  t.end()
})

function patched(of: Kind, document: unknown, patch: unknown, contentType: string): unknown {
  if (contentType.includes('strategic')) return applyStrategicMerge(document, patch, of.schema)
  return contentType.includes('json-patch') ? applyJsonPatch(document as never, patch as never) : applyMergePatch(document, patch)
}
