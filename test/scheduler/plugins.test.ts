/** The in-tree plugins one by one, as tables: pods on nodes, a pod to place, who refuses it and who scores what. */
import t from 'tap'
import { Quantity } from '../../src/api/meta/quantity.js'
import type { Node, Pod } from '../../src/api/types/core-v1.js'
import { createRandom } from '../../src/base/random.js'
import { createCache } from '../../src/scheduler/cache.js'
import { createCycle, feasibleNodesToFind } from '../../src/scheduler/cycle.js'
import { CycleState } from '../../src/scheduler/framework/cycle-state.js'
import type { ClusterEvent } from '../../src/scheduler/framework/events.js'
import type { Handle, NodeScore, Plugin, PluginFactory } from '../../src/scheduler/framework/plugin.js'
import { type PodInfo, podInfoOf } from '../../src/scheduler/framework/pod-info.js'
import { podRequests } from '../../src/scheduler/framework/resources.js'
import { Framework, type Services } from '../../src/scheduler/framework/runtime.js'
import { tolerates } from '../../src/scheduler/framework/taints.js'
import { type PluginName, pluginCatalog } from '../../src/scheduler/plugins/catalog.js'
import { createMetrics } from '../../src/telemetry/metrics.js'
import type { Loose } from '../support/memory-api.js'
import { node, pod } from './world.js'

interface Stage {
  /** 'fits' or the reasons, by node. */
  filter(pod: Pod): Record<string, string>
  /** Normalized scores by node; undefined: the plugin has nothing to say. */
  score(pod: Pod): Record<string, number> | undefined
  hint(pod: Pod, event: ClusterEvent): boolean
  readonly plugin: Plugin
  readonly handle: Handle
}

const zoneKey = 'topology.kubernetes.io/zone'
const hostKey = 'kubernetes.io/hostname'
let uids = 0
const at = (name: string, nodeName: string, more: Loose = {}): Pod => pod(name, { uid: `uid-${uids++}`, nodeName, ...more })

/** One plugin with nodes and the pods on them. */
function stage(name: PluginName, nodes: readonly Node[], pods: readonly Pod[] = [], lent: Partial<Services> = {}): Stage {
  const cache = createCache()
  for (const one of nodes) cache.setNode(one)
  for (const one of pods) cache.addPod(podInfoOf(one), one.spec?.nodeName ?? '')
  const services = {
    random: createRandom('plugins'),
    clock: { now: () => 0, monotonic: () => 0, after: () => ({ cancel() {} }), every: () => ({ cancel() {} }) },
    metrics: createMetrics(),
    snapshot: () => cache.snapshot(),
    namespaceLabels: () => ({}),
    services: () => [],
    replicationController: () => undefined,
    replicaSet: () => undefined,
    statefulSet: () => undefined,
    nominated: () => [],
    ...lent,
  } as unknown as Services
  let plugin: Plugin | undefined
  const factory: PluginFactory = (handle) => (plugin = pluginCatalog[name].factory(handle))
  const framework = new Framework('default-scheduler', [{ factory: pluginCatalog.PrioritySort.factory }, { factory }], services)
  if (!plugin) throw new Error('made')
  const made: Plugin = plugin
  return {
    plugin: made,
    handle: framework.handle,
    filter(one) {
      const [info, state] = [infoOf(one), new CycleState()]
      const { status } = framework.preFilter(state, info, cache.snapshot())
      const verdict = (reasons: readonly string[]) => (reasons.length === 0 ? 'fits' : reasons.join(', '))
      return Object.fromEntries(
        cache
          .snapshot()
          .nodes.map((each) => [
            each.name,
            verdict(status.code === 'Success' ? framework.filter(state, info, each).reasons : status.reasons),
          ]),
      )
    },
    score(one) {
      const [info, state] = [infoOf(one), new CycleState()]
      const nodes = cache.snapshot().nodes
      if (made.preScore?.(state, info, nodes).code === 'Skip') return undefined
      const scores: NodeScore[] = nodes.map((each) => ({ name: each.name, score: made.score?.(state, info, each) ?? 0 }))
      made.normalizeScores?.(state, info, scores)
      return Object.fromEntries(scores.map(({ name: each, score }) => [each, score]))
    },
    hint: (one, event) => framework.registrations(made.name, event).some(({ hint }) => hint === undefined || hint(infoOf(one), event)),
  }
}

const infoOf = (one: Pod): PodInfo => podInfoOf({ ...one, metadata: { uid: `uid-${uids++}`, ...one.metadata } })
const requests = (cpu: string, memory?: string) => ({ resources: { requests: { cpu, ...(memory ? { memory } : {}) } } })

t.test('what a pod requests', (t) => {
  const cpuOf = (spec: Loose, status?: Loose) => podRequests({ ...pod('p', spec), ...(status ? { status } : {}) }).get('cpu') ?? 0
  const container = (name: string, cpu: string, more: Loose = {}) => ({ name, image: 'i', ...requests(cpu), ...more })
  const table: [string, number, Loose, Loose?][] = [
    ['nothing', 0, {}],
    ['the sum of its containers', 3500, { containers: [container('a', '1500m'), container('b', '2')] }],
    [
      'its largest init container if that is more',
      3000,
      { initContainers: [container('i', '3'), container('j', '2')], containers: [container('a', '1')] },
    ],
    ['its containers if they are more', 4000, { initContainers: [container('i', '3')], containers: [container('a', '4')] }],
    [
      'sidecars with its containers',
      3000,
      { initContainers: [container('s', '1', { restartPolicy: 'Always' })], containers: [container('a', '2')] },
    ],
    [
      'sidecars with the init containers after them',
      4000,
      { initContainers: [container('s', '1', { restartPolicy: 'Always' }), container('i', '3')], containers: [container('a', '2')] },
    ],
    [
      'not sidecars with the init containers before them',
      3000,
      { initContainers: [container('i', '3'), container('s', '1', { restartPolicy: 'Always' })], containers: [container('a', '1')] },
    ],
    ['overhead on top', 1250, { containers: [container('a', '1')], overhead: { cpu: '250m' } }],
    ['what the pod as a whole says, before the sum', 5000, { containers: [container('a', '1')], resources: { requests: { cpu: '5' } } }],
    [
      'the more of wanted and given while it is resized',
      2000,
      { containers: [container('a', '1')] },
      { containerStatuses: [{ name: 'a', allocatedResources: { cpu: '2' } }] },
    ],
    [
      'what was given when more cannot be had',
      2000,
      { containers: [container('a', '9')] },
      {
        containerStatuses: [{ name: 'a', allocatedResources: { cpu: '2' } }],
        conditions: [{ type: 'PodResizePending', status: 'True', reason: 'Infeasible' }],
      },
    ],
  ]
  for (const [what, cpu, spec, status] of table) t.equal(cpuOf(spec, status), cpu, what)
  const silent = podRequests(pod('p'), { nonZero: true })
  t.strictSame([silent.get('cpu'), silent.get('memory')], [100, 200 * 1024 * 1024], 'silence counts as something in scores')
  t.equal(podRequests(pod('p', { memory: '1.5Gi' })).get('memory'), Number(Quantity.parse('1536Mi').value()))
  t.end()
})

t.test('NodeResourcesFit: what is requested must be left', (t) => {
  const { filter, hint, plugin } = stage(
    'NodeResourcesFit',
    [node('n', { cpu: '2', memory: '4Gi', pods: '3', extended: { 'example.com/gpu': '2', 'ephemeral-storage': '1Gi' } })],
    [at('a', 'n', { cpu: '1', memory: '1Gi' })],
  )
  const table: [string, Loose, string][] = [
    ['nothing requested', {}, 'fits'],
    ['exactly what is left', { cpu: '1', memory: '3Gi' }, 'fits'],
    ['too much cpu', { cpu: '1001m' }, 'Insufficient cpu'],
    ['too much of both', { cpu: '2', memory: '4Gi' }, 'Insufficient cpu, Insufficient memory'],
    ['devices there are', { requests: { 'example.com/gpu': '2' } }, 'fits'],
    ['more devices than there are', { requests: { 'example.com/gpu': '3' } }, 'Insufficient example.com/gpu'],
    ['devices of another kind', { requests: { 'example.com/fpga': '1' } }, 'Insufficient example.com/fpga'],
    ['none of them', { requests: { 'example.com/fpga': '0' } }, 'fits'],
    ['storage', { requests: { 'ephemeral-storage': '2Gi' } }, 'Insufficient ephemeral-storage'],
  ]
  for (const [what, more, verdict] of table) t.equal(filter(pod('p', more)).n, verdict, what)
  t.equal(stage('NodeResourcesFit', [node('n', { pods: '1' })], [at('a', 'n')]).filter(pod('p')).n, 'Too many pods')
  const code = (cpu: string) =>
    plugin.filter?.(
      new CycleState(),
      infoOf(pod('p', { cpu })),
      stage('NodeResourcesFit', [node('n', { cpu: '2' })], [at('a', 'n', { cpu: '1' })]).handle.snapshot().nodes[0] as never,
    ).code
  t.equal(code('2'), 'Unschedulable', 'removing pods would help')
  t.equal(code('3'), 'UnschedulableAndUnresolvable', 'it would not')
  const waits = pod('p', { cpu: '2' })
  t.ok(hint(waits, { type: 'Node', action: 'Add', node: node('m', { cpu: '2' }) }))
  t.notOk(hint(waits, { type: 'Node', action: 'Add', node: node('m', { cpu: '1' }) }))
  t.ok(hint(waits, { type: 'Node', action: 'UpdateAllocatable', old: node('m', { cpu: '2' }), node: node('m', { cpu: '3' }) }))
  t.notOk(hint(waits, { type: 'Node', action: 'UpdateAllocatable', old: node('m', { cpu: '3' }), node: node('m', { cpu: '2' }) }))
  t.notOk(hint(waits, { type: 'Node', action: 'UpdateTaint', node: node('m') }))
  t.ok(hint(waits, { type: 'AssignedPod', action: 'Delete', old: pod('q') }))
  t.end()
})

t.test('NodeResourcesFit: emptier nodes score higher', (t) => {
  const nodes = [node('n1', { cpu: '4', memory: '10000' }), node('n2', { cpu: '6', memory: '10000' })]
  t.strictSame(stage('NodeResourcesFit', nodes).score(pod('p', { cpu: '3', memory: '5000' })), { n1: 37, n2: 50 })
  t.strictSame(
    stage(
      'NodeResourcesFit',
      [node('n1', { cpu: '10', memory: '20000' }), node('n2', { cpu: '10', memory: '20000' })],
      [at('a', 'n1', { cpu: '6', memory: '0' }), at('b', 'n2', { cpu: '6', memory: '5000' })],
    ).score(pod('p', { cpu: '0', memory: '0' })),
    { n1: 70, n2: 57 },
  )
  t.strictSame(
    stage('NodeResourcesFit', [node('n', { cpu: '1', memory: '1Gi' })]).score(pod('p', { cpu: '2', memory: '512Mi' })),
    { n: 25 },
    'what does not fit scores 0',
  )
  t.end()
})

t.test('NodeResourcesBalancedAllocation: better where it evens out', (t) => {
  const nodes = [node('even', { cpu: '4', memory: '4000' }), node('odd', { cpu: '4', memory: '4000' })]
  const scores = stage('NodeResourcesBalancedAllocation', nodes, [at('a', 'odd', { cpu: '2', memory: '0' })])
  t.strictSame(scores.score(pod('p', { cpu: '0', memory: '2000' })), { even: 62, odd: 87 })
  t.strictSame(scores.score(pod('p', { cpu: '1', memory: '1000' })), { even: 75, odd: 75 }, 'nothing gained or lost')
  t.equal(scores.score(pod('p')), undefined, 'a pod that requests nothing changes nothing')
  t.end()
})

t.test('tolerations', (t) => {
  const taint = { key: 'k', value: 'v', effect: 'NoSchedule' }
  const table: [Loose, boolean][] = [
    [{ key: 'k', operator: 'Equal', value: 'v', effect: 'NoSchedule' }, true],
    [{ key: 'k', value: 'v' }, true],
    [{ key: 'k', operator: 'Exists' }, true],
    [{ operator: 'Exists' }, true],
    [{ key: 'k', operator: 'Exists', effect: 'NoExecute' }, false],
    [{ key: 'k', value: 'w' }, false],
    [{ key: 'j', operator: 'Exists' }, false],
  ]
  for (const [toleration, yes] of table) t.equal(tolerates(toleration, taint), yes, JSON.stringify(toleration))
  t.end()
})

t.test('TaintToleration and NodeUnschedulable', (t) => {
  const soft = (key: string) => ({ key, effect: 'PreferNoSchedule' })
  const nodes = [
    node('free'),
    node('hard', { taints: [{ key: 'k', effect: 'NoSchedule' }] }),
    node('soft', { taints: [soft('a')] }),
    node('softer', { taints: [soft('a'), soft('b')] }),
  ]
  const { filter, score, hint } = stage('TaintToleration', nodes)
  t.strictSame(filter(pod('p')), { free: 'fits', hard: 'node(s) had untolerated taint(s)', soft: 'fits', softer: 'fits' })
  t.equal(filter(pod('p', { tolerations: [{ key: 'k', operator: 'Exists' }] })).hard, 'fits')
  t.strictSame(score(pod('p')), { free: 100, hard: 100, soft: 50, softer: 0 })
  t.strictSame(score(pod('p', { tolerations: [{ key: 'b', operator: 'Exists' }] })), { free: 100, hard: 100, soft: 0, softer: 0 })
  t.ok(hint(pod('p'), { type: 'Node', action: 'UpdateTaint', old: nodes[1] as Node, node: nodes[0] as Node }))
  t.notOk(hint(pod('p'), { type: 'Node', action: 'Add', node: nodes[1] as Node }))
  const cordoned = stage('NodeUnschedulable', [node('n', { unschedulable: true })])
  t.equal(cordoned.filter(pod('p')).n, 'node(s) were unschedulable')
  t.equal(
    cordoned.filter(pod('p', { tolerations: [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' }] })).n,
    'fits',
  )
  t.end()
})

t.test('NodeAffinity', (t) => {
  const nodes = [node('n1', { labels: { disk: 'ssd', gen: '3' } }), node('n2', { labels: { disk: 'hdd' } })]
  const { filter, score, plugin, handle, hint } = stage('NodeAffinity', nodes)
  const wants = (...terms: Loose[]) =>
    pod('p', { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } } })
  const label = (key: string, operator: string, ...values: string[]) => ({ matchExpressions: [{ key, operator, values }] })
  const no = "node(s) didn't match Pod's node affinity/selector"
  const table: [string, Pod, string, string][] = [
    ['a selector', pod('p', { nodeSelector: { disk: 'ssd' } }), 'fits', no],
    ['In', wants(label('disk', 'In', 'ssd', 'nvme')), 'fits', no],
    ['NotIn', wants(label('disk', 'NotIn', 'ssd')), no, 'fits'],
    ['NotIn of a label that is not there', wants(label('gen', 'NotIn', '3')), no, 'fits'],
    ['Exists', wants(label('gen', 'Exists')), 'fits', no],
    ['DoesNotExist', wants(label('gen', 'DoesNotExist')), no, 'fits'],
    ['Gt', wants(label('gen', 'Gt', '2')), 'fits', no],
    ['Lt', wants(label('gen', 'Lt', '3')), no, no],
    ['alternatives', wants(label('disk', 'In', 'ssd'), label('disk', 'In', 'hdd')), 'fits', 'fits'],
    ['an empty term', wants({}), no, no],
    [
      'both parts of a term',
      wants({ ...label('disk', 'In', 'ssd'), matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n2'] }] }),
      no,
      no,
    ],
  ]
  for (const [what, one, n1, n2] of table) t.strictSame(filter(one), { n1, n2 }, what)
  const named = wants({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n2'] }] })
  t.strictSame(
    [...(plugin.preFilter?.(new CycleState(), infoOf(named), handle.snapshot()).nodes ?? [])],
    ['n2'],
    'a node that is named is all that is looked at',
  )
  const prefers = pod('p', {
    affinity: {
      nodeAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 2, preference: label('disk', 'In', 'ssd') },
          { weight: 1, preference: label('disk', 'Exists') },
        ],
      },
    },
  })
  t.strictSame(score(prefers), { n1: 100, n2: 33 })
  t.equal(score(pod('p')), undefined)
  t.ok(
    hint(pod('p', { nodeSelector: { disk: 'ssd' } }), {
      type: 'Node',
      action: 'UpdateLabel',
      old: nodes[1] as Node,
      node: nodes[0] as Node,
    }),
  )
  t.notOk(hint(pod('p', { nodeSelector: { disk: 'ssd' } }), { type: 'Node', action: 'Add', node: nodes[1] as Node }))
  t.end()
})

t.test('NodePorts', (t) => {
  const port = (hostPort: number, hostIP?: string, protocol?: string) => ({
    containers: [{ name: 'c', ports: [{ containerPort: 1, hostPort, hostIP, protocol }] }],
  })
  const no = "node(s) didn't have free ports for the requested pod ports"
  const table: [string, Loose, Loose, string][] = [
    ['the same', port(80), port(80), no],
    ['another port', port(80), port(81), 'fits'],
    ['another protocol', port(80, undefined, 'UDP'), port(80), 'fits'],
    ['another address', port(80, '127.0.0.1'), port(80, '127.0.0.2'), 'fits'],
    ['any address', port(80, '127.0.0.1'), port(80), no],
    ['an address of any', port(80), port(80, '127.0.0.1'), no],
  ]
  for (const [what, there, wanted, verdict] of table)
    t.equal(stage('NodePorts', [node('n')], [at('a', 'n', there)]).filter(pod('p', wanted)).n, verdict, what)
  const { hint } = stage('NodePorts', [node('n')])
  t.ok(hint(pod('p', port(80)), { type: 'AssignedPod', action: 'Delete', old: pod('a', port(80)) }))
  t.notOk(hint(pod('p', port(80)), { type: 'AssignedPod', action: 'Delete', old: pod('a', port(81)) }))
  t.end()
})

t.test('InterPodAffinity: near and away', (t) => {
  const nodes = [node('n1', { zone: 'z1' }), node('n2', { zone: 'z1' }), node('n3', { zone: 'z2' }), node('bare', { labels: {} })]
  const term = (app: string, topologyKey = zoneKey, more: Loose = {}) => ({ labelSelector: { matchLabels: { app } }, topologyKey, ...more })
  const near = (...terms: Loose[]) => ({ affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } } })
  const away = (...terms: Loose[]) => ({ affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } } })
  const labels = (app: string) => ({ labels: { app } })
  const [noAffinity, noAnti, noExisting] = [
    "node(s) didn't match pod affinity rules",
    "node(s) didn't match pod anti-affinity rules",
    "node(s) didn't satisfy existing pods anti-affinity rules",
  ]
  const table: [string, Pod[], Pod, string[]][] = [
    ['near one that is there', [at('a', 'n1', labels('db'))], pod('p', near(term('db'))), ['fits', 'fits', noAffinity, noAffinity]],
    ['near one that is nowhere', [], pod('p', near(term('db'))), [noAffinity, noAffinity, noAffinity, noAffinity]],
    ['near its own kind, being the first', [], pod('p', { ...labels('db'), ...near(term('db')) }), ['fits', 'fits', 'fits', noAffinity]],
    [
      'near its own kind, not being the first',
      [at('a', 'n3', labels('db'))],
      pod('p', { ...labels('db'), ...near(term('db')) }),
      [noAffinity, noAffinity, 'fits', noAffinity],
    ],
    [
      'all terms by one pod',
      [at('a', 'n1', labels('db')), at('b', 'n1', labels('web'))],
      pod('p', near(term('db'), term('web'))),
      [noAffinity, noAffinity, noAffinity, noAffinity],
    ],
    ['away from one', [at('a', 'n1', labels('db'))], pod('p', away(term('db'))), [noAnti, noAnti, 'fits', 'fits']],
    ['away on the same host only', [at('a', 'n1', labels('db'))], pod('p', away(term('db', hostKey))), [noAnti, 'fits', 'fits', 'fits']],
    ['kept away by one that is there', [at('a', 'n3', away(term('web')))], pod('p', labels('web')), ['fits', 'fits', noExisting, 'fits']],
    [
      'another namespace is not meant',
      [at('a', 'n1', { ...labels('db'), metadata: { namespace: 'other' } })],
      pod('p', away(term('db'))),
      ['fits', 'fits', 'fits', 'fits'],
    ],
    [
      'unless it is named',
      [at('a', 'n1', { ...labels('db'), metadata: { namespace: 'other' } })],
      pod('p', away(term('db', zoneKey, { namespaces: ['other'] }))),
      [noAnti, noAnti, 'fits', 'fits'],
    ],
    [
      'or all are',
      [at('a', 'n1', { ...labels('db'), metadata: { namespace: 'other' } })],
      pod('p', away(term('db', zoneKey, { namespaceSelector: {} }))),
      [noAnti, noAnti, 'fits', 'fits'],
    ],
    [
      'its own version only',
      [at('a', 'n1', { labels: { app: 'db', v: '1' } }), at('b', 'n3', { labels: { app: 'db', v: '2' } })],
      pod('p', { labels: { v: '2' }, ...away(term('db', zoneKey, { matchLabelKeys: ['v'] })) }),
      ['fits', 'fits', noAnti, 'fits'],
    ],
    [
      'other versions only',
      [at('a', 'n1', { labels: { app: 'db', v: '1' } }), at('b', 'n3', { labels: { app: 'db', v: '2' } })],
      pod('p', { labels: { v: '2' }, ...away(term('db', zoneKey, { mismatchLabelKeys: ['v'] })) }),
      [noAnti, noAnti, 'fits', 'fits'],
    ],
  ]
  for (const [what, pods, one, verdicts] of table)
    t.strictSame(
      Object.entries(stage('InterPodAffinity', nodes, pods).filter(one)).sort(),
      [
        ['bare', verdicts[3]],
        ['n1', verdicts[0]],
        ['n2', verdicts[1]],
        ['n3', verdicts[2]],
      ],
      what,
    )

  const prefer = (kind: 'podAffinity' | 'podAntiAffinity', app: string, weight: number) => ({
    affinity: { [kind]: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight, podAffinityTerm: term(app) }] } },
  })
  const scores = (pods: Pod[], one: Pod) => stage('InterPodAffinity', nodes.slice(0, 3), pods).score(one)
  t.strictSame(
    scores([at('a', 'n1', labels('db'))], pod('p', prefer('podAffinity', 'db', 5))),
    { n1: 100, n2: 100, n3: 0 },
    'near is better',
  )
  t.strictSame(
    scores([at('a', 'n1', labels('db'))], pod('p', prefer('podAntiAffinity', 'db', 5))),
    { n1: 0, n2: 0, n3: 100 },
    'away is better',
  )
  t.strictSame(
    scores([at('a', 'n3', prefer('podAffinity', 'web', 5))], pod('p', labels('web'))),
    { n1: 0, n2: 0, n3: 100 },
    'where it is wanted',
  )
  t.strictSame(scores([at('a', 'n3', near(term('web')))], pod('p', labels('web'))), { n1: 0, n2: 0, n3: 100 }, 'where it is required')
  t.equal(scores([at('a', 'n3')], pod('p')), undefined, 'nobody prefers anything')

  const { hint } = stage('InterPodAffinity', nodes)
  const event = (action: 'Add' | 'Delete', one: Pod): ClusterEvent => ({
    type: 'AssignedPod',
    action,
    ...(action === 'Add' ? { pod: one } : { old: one }),
  })
  t.ok(hint(pod('p', near(term('db'))), event('Add', pod('a', labels('db')))))
  t.notOk(hint(pod('p', near(term('db'))), event('Add', pod('a', labels('web')))))
  t.ok(hint(pod('p', away(term('db'))), event('Delete', pod('a', labels('db')))))
  t.ok(hint(pod('p', labels('web')), event('Delete', pod('a', away(term('web'))))))
  t.notOk(hint(pod('p', away(term('db'))), event('Delete', pod('a', labels('web')))))
  t.end()
})

t.test('PodTopologySpread: hard constraints', (t) => {
  const zones = [node('n1', { zone: 'z1' }), node('n2', { zone: 'z1' }), node('n3', { zone: 'z2' }), node('bare')]
  const constraint = (more: Loose = {}) => ({
    maxSkew: 1,
    topologyKey: zoneKey,
    whenUnsatisfiable: 'DoNotSchedule',
    labelSelector: { matchLabels: { app: 'a' } },
    ...more,
  })
  const spread = (...constraints: Loose[]) => ({ labels: { app: 'a' }, topologySpreadConstraints: constraints })
  const [skewed, missing] = [
    "node(s) didn't match pod topology spread constraints",
    "node(s) didn't match pod topology spread constraints (missing required label)",
  ]
  const one = (name: string, on: string, more: Loose = {}) => at(name, on, { labels: { app: 'a' }, ...more })
  const table: [string, Pod[], Pod, string[], Node[]?][] = [
    ['none anywhere', [], pod('p', spread(constraint())), ['fits', 'fits', 'fits', missing]],
    ['one ahead', [one('a', 'n1')], pod('p', spread(constraint())), [skewed, skewed, 'fits', missing]],
    ['level again', [one('a', 'n1'), one('b', 'n3')], pod('p', spread(constraint())), ['fits', 'fits', 'fits', missing]],
    ['two allowed', [one('a', 'n1')], pod('p', spread(constraint({ maxSkew: 2 }))), ['fits', 'fits', 'fits', missing]],
    [
      'a pod that does not count itself',
      [one('a', 'n1')],
      pod('p', { ...spread(constraint()), labels: {} }),
      ['fits', 'fits', 'fits', missing],
    ],
    [
      'those on their way out do not count',
      [one('a', 'n1', { metadata: { deletionTimestamp: 'x' } })],
      pod('p', spread(constraint())),
      ['fits', 'fits', 'fits', missing],
    ],
    [
      'other namespaces do not count',
      [one('a', 'n1', { metadata: { namespace: 'other' } })],
      pod('p', spread(constraint())),
      ['fits', 'fits', 'fits', missing],
    ],
    [
      'fewer domains than there must be',
      [one('a', 'n1'), one('b', 'n3')],
      pod('p', spread(constraint({ minDomains: 3 }))),
      [skewed, skewed, skewed, missing],
    ],
    [
      'as many domains as there must be',
      [one('a', 'n1'), one('b', 'n3')],
      pod('p', spread(constraint({ minDomains: 2 }))),
      ['fits', 'fits', 'fits', missing],
    ],
    [
      'nodes it may not have do not count',
      [one('a', 'n1')],
      pod('p', { ...spread(constraint()), nodeSelector: { [zoneKey]: 'z1' } }),
      ['fits', 'fits', 'fits', missing],
    ],
    [
      'unless they shall',
      [one('a', 'n1')],
      pod('p', { ...spread(constraint({ nodeAffinityPolicy: 'Ignore' })), nodeSelector: { [zoneKey]: 'z1' } }),
      [skewed, skewed, 'fits', missing],
    ],
    [
      'only its own version counts',
      [one('a', 'n1', { labels: { app: 'a', v: '1' } })],
      pod('p', { ...spread(constraint({ matchLabelKeys: ['v'] })), labels: { app: 'a', v: '2' } }),
      ['fits', 'fits', 'fits', missing],
    ],
    [
      'both constraints',
      [one('a', 'n1'), one('b', 'n3')],
      pod('p', spread(constraint(), constraint({ topologyKey: hostKey }))),
      [skewed, 'fits', skewed, missing],
    ],
  ]
  for (const [what, pods, incoming, verdicts] of table) {
    const found = stage('PodTopologySpread', zones, pods).filter(incoming)
    t.strictSame([found.n1, found.n2, found.n3, found.bare], verdicts, what)
  }
  const tainted = [node('n1', { zone: 'z1' }), node('n2', { zone: 'z2', taints: [{ key: 'k', effect: 'NoSchedule' }] })]
  const verdict = (nodeTaintsPolicy: string) =>
    stage('PodTopologySpread', tainted, [one('a', 'n1')]).filter(pod('p', spread(constraint({ nodeTaintsPolicy })))).n1
  t.strictSame([verdict('Ignore'), verdict('Honor')], [skewed, 'fits'], 'taints, when they are honoured')
  t.end()
})

t.test('PodTopologySpread: soft constraints and defaults', (t) => {
  const nodes = [node('n1', { zone: 'z1' }), node('n2', { zone: 'z1' }), node('n3', { zone: 'z2' })]
  const there = [at('a', 'n1', { labels: { app: 'a' } }), at('b', 'n1', { labels: { app: 'a' } }), at('c', 'n2', { labels: { app: 'a' } })]
  const soft = (topologyKey: string) =>
    pod('p', {
      labels: { app: 'a' },
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey, whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels: { app: 'a' } } },
      ],
    })
  t.strictSame(stage('PodTopologySpread', nodes, there).score(soft(hostKey)), { n1: 0, n3: 100, n2: 33 }, 'by host')
  t.strictSame(stage('PodTopologySpread', nodes, there).score(soft(zoneKey)), { n1: 0, n3: 100, n2: 0 }, 'by zone')
  t.equal(stage('PodTopologySpread', [...nodes, node('bare')], there).score(soft(zoneKey))?.bare, 0, 'a node in no zone scores nothing')
  t.equal(
    stage('PodTopologySpread', nodes, there).score(pod('p', { labels: { app: 'a' } })),
    undefined,
    'a pod that belongs to nothing is not spread',
  )
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 's', namespace: 'default' }, spec: { selector: { app: 'a' } } }
  const byService = stage('PodTopologySpread', nodes, there, { services: () => [service] as never }).score(
    pod('p', { labels: { app: 'a' } }),
  )
  t.ok(byService && (byService.n3 ?? 0) > (byService.n2 ?? 0) && (byService.n2 ?? 0) > (byService.n1 ?? 0), 'a pod of a Service is')
  const owned = pod('p', {
    labels: { app: 'a' },
    metadata: { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'u', controller: true }] },
  })
  const replicaSet = () => ({ spec: { selector: { matchLabels: { app: 'a' } } } }) as never
  t.ok(stage('PodTopologySpread', nodes, there, { replicaSet }).score(owned), 'and one of a ReplicaSet')
  t.end()
})

t.test('ImageLocality: better where the images are, and where many have them', (t) => {
  const mib = 1024 * 1024
  const image = (name: string, size: number) => ({ names: [`${name}:latest`], sizeBytes: size * mib })
  const nodes = [node('n1', { images: [image('web', 250)] }), node('n2', { images: [image('web', 250), image('db', 1000)] }), node('n3')]
  const scores = stage('ImageLocality', nodes).score({ ...pod('p', { containers: [{ name: 'c', image: 'web' }] }) })
  t.strictSame(scores, { n1: Math.floor((100 * (Math.floor((250 * mib * 2) / 3) - 23 * mib)) / (977 * mib)), n2: 14, n3: 0 })
  t.end()
})

t.test('gates hold back, and priority goes first', (t) => {
  const gates = stage('SchedulingGates', []).plugin
  t.strictSame(gates.preEnqueue?.(infoOf(pod('p', { schedulingGates: [{ name: 'a' }, { name: 'b' }] }))).reasons, [
    'waiting for scheduling gates: [a b]',
  ])
  t.equal(gates.preEnqueue?.(infoOf(pod('p'))).code, 'Success')
  const named = stage('NodeName', [node('n1'), node('n2')]).filter(pod('p', { nodeName: 'n2' }))
  t.strictSame(named, { n1: "node(s) didn't match the requested node name", n2: 'fits' })
  t.end()
})

t.test('room that is being made for a pod is not for those below it', (t) => {
  const boss = podInfoOf(pod('boss', { uid: 'boss', cpu: '1', priority: 5 }))
  const { handle } = stage('NodeResourcesFit', [node('n', { cpu: '1' })], [], { nominated: () => [boss] })
  const verdict = (priority: number, uid = 'p') => {
    const info = podInfoOf(pod('p', { uid, cpu: '1', priority }))
    const found = handle.snapshot().get('n')
    return found && handle.filterWithNominated(new CycleState(), info, found).code
  }
  t.strictSame([verdict(4), verdict(5), verdict(6), verdict(5, 'boss')], ['Unschedulable', 'Unschedulable', 'Success', 'Success'])
  t.end()
})

t.test('as many nodes are looked at as are worth it', (t) => {
  const table: [number, number, number][] = [
    [10, 0, 10],
    [99, 5, 99],
    [100, 0, 100],
    [1000, 0, 420],
    [5000, 0, 500],
    [6000, 0, 300],
    [1000, 40, 400],
    [1000, 5, 100],
    [10_000, 0, 500],
  ]
  for (const [nodes, percentage, wanted] of table)
    t.equal(feasibleNodesToFind(nodes, percentage), wanted, `${nodes} nodes at ${percentage}%`)
  t.end()
})

t.test('among equals chance decides', (t) => {
  const { handle } = stage('NodeResourcesFit', [node('n1'), node('n2'), node('n3')])
  const framework = new Framework(
    'x',
    [{ factory: pluginCatalog.PrioritySort.factory }, { factory: pluginCatalog.NodeResourcesFit.factory }],
    handle,
  )
  const cycle = createCycle({ random: createRandom('ties'), percentageOfNodesToScore: 0 })
  const chosen = new Set<string>()
  for (let i = 0; i < 60; i++) {
    const decision = cycle.schedule(framework, infoOf(pod('p')), handle.snapshot())
    if (decision.type === 'node') chosen.add(decision.node)
  }
  t.strictSame([...chosen].sort(), ['n1', 'n2', 'n3'])
  t.end()
})
