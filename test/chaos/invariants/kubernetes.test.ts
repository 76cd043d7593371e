/**
 * Every invariant of the catalogue accepts a history that is right and catches one with a planted violation; none says anything of
 * random lives of objects that keep all the rules.
 *
 *   CHECK_SEED=7 node dist/test/chaos/invariants/kubernetes.test.js    one seed again
 */
import t from 'tap'
import type { KubeObject } from '../../../src/api/meta/object.js'
import { createRandom, type Random } from '../../../src/base/random.js'
import type { Bounds, Invariant } from '../../../src/chaos/invariants/invariant.js'
import { kubernetesInvariants } from '../../../src/chaos/invariants/kubernetes/catalogue.js'
import { compareEndStates, sameEndState } from '../../../src/chaos/invariants/kubernetes/same-end-state.js'
import { createMonitor, inOrder } from '../../../src/chaos/invariants/monitor.js'
import type { Observed } from '../../../src/chaos/invariants/observed.js'
import { describeViolation } from '../../../src/chaos/invariants/violation.js'

const only = process.env['CHECK_SEED']
const seeds = only === undefined ? Array.from({ length: 40 }, (_, at) => at + 1) : [Number(only)]

type Fields = { readonly [field: string]: unknown }
interface Named {
  readonly name: string
  readonly namespace?: string
  readonly uid?: string
  readonly [field: string]: unknown
}

/** A cluster that does what it is told: versions, uids and generations are given as an API server gives them. */
class Script {
  readonly events: Observed[] = []
  timeMs = 0
  #version = 100
  readonly #objects = new Map<string, KubeObject>()

  /** Makes or changes an object. Metadata given stays as it is. */
  put(apiVersion: string, kind: string, metadata: Named, fields: Fields = {}): this {
    const id = `${kind} ${metadata.namespace ?? ''}/${metadata.name}`
    const before = this.#objects.get(id)
    const changed = before !== undefined && JSON.stringify(before['spec']) !== JSON.stringify(fields['spec'])
    const object: KubeObject = {
      apiVersion,
      kind,
      ...fields,
      metadata: {
        uid: before?.metadata.uid ?? `uid-${++this.#version}`,
        creationTimestamp: before?.metadata.creationTimestamp ?? `made at ${this.timeMs}`,
        generation: (before?.metadata.generation ?? 1) + (changed ? 1 : 0),
        ...metadata,
        resourceVersion: String(metadata['resourceVersion'] ?? ++this.#version),
      },
    }
    this.#objects.set(id, object)
    this.events.push({ type: before ? 'MODIFIED' : 'ADDED', object, timeMs: this.timeMs })
    return this
  }

  remove(kind: string, name: string, namespace = 'default'): this {
    const id = `${kind} ${kind === 'Node' || kind === 'Namespace' ? '' : namespace}/${name}`
    const before = this.#objects.get(id)
    if (!before) throw new Error(`no ${id}`)
    this.#objects.delete(id)
    const object = { ...before, metadata: { ...before.metadata, resourceVersion: String(++this.#version) } }
    this.events.push({ type: 'DELETED', object, timeMs: this.timeMs })
    return this
  }

  pass(ms: number): this {
    this.timeMs += ms
    this.events.push({ type: 'TIME', timeMs: this.timeMs })
    return this
  }

  fault(id: string, phase: 'begin' | 'end'): this {
    this.events.push({ type: 'FAULT', id, phase, timeMs: this.timeMs })
    return this
  }

  quiet(): this {
    this.events.push({ type: 'QUIET', timeMs: this.timeMs })
    return this
  }

  pod(name: string, { spec = {}, status = {}, ...metadata }: Fields & { spec?: Fields; status?: Fields } = {}): this {
    return this.put('v1', 'Pod', { namespace: 'default', name, ...metadata }, { spec: { containers: [], ...spec }, status })
  }
}

const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }
const running = { ...ready, containerStatuses: [{ state: { running: {} } }] }
const ended = { phase: 'Running', containerStatuses: [{ state: { terminated: {} } }] }
const going = { deletionTimestamp: 'now' }
const ownedBy = (kind: string, uid: string, apiVersion = 'apps/v1') => ({
  ownerReferences: [{ apiVersion, kind, name: 'owner', uid, controller: true }],
})
const asking = (cpu: string) => ({ containers: [{ name: 'c', resources: { requests: { cpu } } }] })

function judge(script: Script, invariants: readonly Invariant[] = kubernetesInvariants, bounds: Partial<Bounds> = {}): string[] {
  const monitor = createMonitor({ invariants, bounds })
  for (const event of script.events) monitor.observe(event)
  monitor.finish()
  return monitor.violations.map(describeViolation)
}

interface Case {
  readonly rightly: (script: Script) => unknown
  /** By what is planted: the script, and what the violation says. */
  readonly planted: Readonly<Record<string, readonly [plant: (script: Script) => unknown, says: RegExp]>>
}

const deployment = (script: Script, replicas: number, status: Fields = {}, metadata: Fields = {}) =>
  script.put(
    'apps/v1',
    'Deployment',
    { namespace: 'default', name: 'web', uid: 'd', ...metadata },
    { spec: { replicas, strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } } }, status },
  )
const set = (script: Script, name: string, replicas: number, status: Fields = {}) =>
  script.put(
    'apps/v1',
    'ReplicaSet',
    { namespace: 'default', name, uid: name, ...ownedBy('Deployment', 'd') },
    { spec: { replicas }, status },
  )
const job = (script: Script, status: Fields, spec: Fields = { completions: 2 }) =>
  script.put('batch/v1', 'Job', { namespace: 'default', name: 'sum' }, { spec, status })
const lease = (script: Script, holderIdentity: string, renewTime: string, leaseTransitions: number) =>
  script.put(
    'coordination.k8s.io/v1',
    'Lease',
    { namespace: 'default', name: 'leader' },
    { spec: { holderIdentity, renewTime, leaseTransitions, leaseDurationSeconds: 15 } },
  )
const slice = (script: Script, uid: string, conditions: Fields = { ready: true }) =>
  script.put(
    'discovery.k8s.io/v1',
    'EndpointSlice',
    { namespace: 'default', name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
    { endpoints: [{ addresses: ['10.0.0.1'], conditions, targetRef: { kind: 'Pod', name: 'a', namespace: 'default', uid } }] },
  )
const budget = (script: Script, disruptionsAllowed: number, disruptedPods: Fields = {}) =>
  script.put(
    'policy/v1',
    'PodDisruptionBudget',
    { namespace: 'default', name: 'web' },
    { spec: { selector: { matchLabels: { app: 'web' } } }, status: { disruptionsAllowed, disruptedPods } },
  )
const evicted = { conditions: [...ready.conditions, { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' }] }
const web = { labels: { app: 'web' } }
const withIp = (ip: string) => ({ ...ready, podIPs: [{ ip }] })
const inNamespace = (script: Script, metadata: Fields = {}) => script.put('v1', 'Namespace', { name: 'default', ...metadata })
const node = (script: Script, allocatable: Fields = { cpu: '2', pods: '10' }) =>
  script.put('v1', 'Node', { name: 'n1' }, { status: { allocatable } })

const cases: Readonly<Record<string, Case>> = {
  ObjectVersionsRise: {
    rightly: (s) => s.pod('a').pod('a', { status: ready }).remove('Pod', 'a').pod('a'),
    planted: {
      'a version twice': [
        (s) => s.pod('a', { resourceVersion: 7 }).pod('a', { resourceVersion: 7 }),
        /Pod default\/a: resourceVersion 7 after 7/,
      ],
      'another uid': [(s) => s.pod('a', { uid: 'x' }).pod('a', { uid: 'y' }), /changes its uid from x to y/],
      'a deletion taken back': [(s) => s.pod('a', going).pod('a'), /its deletion is taken back/],
      'a time of birth that moves': [(s) => s.pod('a').pod('a', { creationTimestamp: 'later' }), /changes its creationTimestamp/],
    },
  },
  GenerationCountsSpec: {
    rightly: (s) => {
      deployment(s, 1, { observedGeneration: 1 })
      deployment(s, 2, { observedGeneration: 1 })
      deployment(s, 2, { observedGeneration: 2 })
      deployment(s, 2, { observedGeneration: 2 }, { ...going, generation: 3 })
    },
    planted: {
      'a spec that is not counted': [
        (s) => [deployment(s, 1), deployment(s, 2, {}, { generation: 1 })],
        /the spec changes, and generation stays 1/,
      ],
      'a count without a change': [(s) => [deployment(s, 1), deployment(s, 1, {}, { generation: 2 })], /generation rises from 1 to 2/],
      'a fall': [(s) => [deployment(s, 1, {}, { generation: 5 }), deployment(s, 2, {}, { generation: 4 })], /generation falls from 5 to 4/],
      'a controller that sees the future': [
        (s) => deployment(s, 1, { observedGeneration: 2 }),
        /observedGeneration 2 is beyond generation 1/,
      ],
      'a controller that forgets': [
        (s) => [deployment(s, 1), deployment(s, 2, { observedGeneration: 2 }), deployment(s, 2, { observedGeneration: 1 })],
        /observedGeneration falls from 2 to 1/,
      ],
    },
  },
  FinalizersAwaited: {
    rightly: (s) =>
      s
        .pod('a', { finalizers: ['x'] })
        .pod('a', { finalizers: ['x'], ...going })
        .remove('Pod', 'a'),
    planted: {
      'a vanishing': [(s) => s.pod('a', { finalizers: ['x'] }).remove('Pod', 'a'), /vanishes with the finalizers x/],
      'one that comes late': [(s) => s.pod('a', going).pod('a', { ...going, finalizers: ['x'] }), /gets the finalizer x/],
    },
  },
  PodBoundOnce: {
    rightly: (s) =>
      s
        .pod('a')
        .pod('a', { spec: { nodeName: 'n1' } })
        .remove('Pod', 'a')
        .pod('a')
        .pod('a', { spec: { nodeName: 'n2' } }),
    planted: {
      'a second binding': [
        (s) =>
          s
            .pod('a', { generation: 1 })
            .pod('a', { spec: { nodeName: 'n1' }, generation: 1 })
            .pod('a', { spec: { nodeName: 'n2' }, generation: 1 }),
        /PodBoundOnce: Pod default\/a: bound to node n1, then to node n2 \(at resourceVersion \d+, at 0 ms\)/,
      ],
    },
  },
  PodIpUnique: {
    rightly: (s) =>
      s
        .pod('a', { status: withIp('10.0.0.1') })
        .pod('a', { status: { ...withIp('10.0.0.1'), phase: 'Succeeded' } })
        .pod('b', { status: withIp('10.0.0.1') })
        .remove('Pod', 'b')
        .pod('c', { status: withIp('10.0.0.1') })
        .pod('h', { spec: { hostNetwork: true }, status: withIp('10.0.0.1') }),
    planted: {
      'an address twice': [
        (s) => s.pod('a', { status: withIp('10.0.0.1') }).pod('b', { status: withIp('10.0.0.1') }),
        /a, Pod default\/b: share the address 10.0.0.1/,
      ],
    },
  },
  NodeNotOverCapacity: {
    rightly: (s) => {
      node(s)
      for (const name of ['a', 'b']) s.pod(name, { spec: asking('1') }).pod(name, { spec: { ...asking('1'), nodeName: 'n1' } })
      s.pod('a', { spec: { ...asking('1'), nodeName: 'n1' }, status: { phase: 'Succeeded' } })
      s.pod('c', { spec: asking('1') }).pod('c', { spec: { ...asking('1'), nodeName: 'n1' } })
      s.pod('static', { spec: { ...asking('9'), nodeName: 'n1' } })
    },
    planted: {
      'a pod too many': [
        (s) => {
          node(s)
          for (const name of ['a', 'b', 'c'])
            s.pod(name, { spec: asking('900m') }).pod(name, { spec: { ...asking('900m'), nodeName: 'n1' } })
        },
        /Node n1, Pod default\/c: 2700m of cpu requested by 3 pods, but only 2 allocatable/,
      ],
      'too many by number': [
        (s) => {
          node(s, { cpu: '2', pods: '1' })
          for (const name of ['a', 'b']) s.pod(name).pod(name, { spec: { nodeName: 'n1' } })
        },
        /2 of pods requested by 2 pods, but only 1 allocatable/,
      ],
      'an init container that is larger': [
        (s) => {
          node(s)
          const spec = { ...asking('1'), initContainers: [{ name: 'i', resources: { requests: { cpu: '3' } } }] }
          s.pod('a', { spec }).pod('a', { spec: { ...spec, nodeName: 'n1' } })
        },
        /3 of cpu requested by 1 pods/,
      ],
    },
  },
  DeploymentWithinBounds: {
    rightly: (s) => {
      deployment(s, 3)
      set(s, 'old', 3, { availableReplicas: 3 })
      set(s, 'new', 1)
      set(s, 'old', 2, { availableReplicas: 3 })
      set(s, 'new', 2, { availableReplicas: 1 })
      deployment(s, 1, { observedGeneration: 1 })
      set(s, 'old', 0, { availableReplicas: 2 })
    },
    planted: {
      'a surge beyond': [
        (s) => [deployment(s, 3), set(s, 'old', 3), set(s, 'new', 2)],
        /Deployment default\/owner, ReplicaSet default\/new: scaled up to 5 replicas in all, but at most 4 may be/,
      ],
      'too little left': [
        (s) => [deployment(s, 3), set(s, 'old', 3, { availableReplicas: 3 }), set(s, 'new', 1), set(s, 'old', 1, { availableReplicas: 3 })],
        /scaled down from 3 to 1 available replicas, but at least 2 must be/,
      ],
    },
  },
  ReplicaSetNotOver: {
    rightly: (s) => {
      set(s, 'r', 1)
      for (const name of ['a', 'b']) s.pod(name, ownedBy('ReplicaSet', 'r'))
      s.pass(20_000)
        .pod('b', { ...ownedBy('ReplicaSet', 'r'), ...going })
        .pass(60_000)
      s.fault('partition', 'begin').pod('c', ownedBy('ReplicaSet', 'r')).pass(60_000).fault('partition', 'end')
      s.pass(20_000).remove('Pod', 'c').pass(60_000)
    },
    planted: {
      'a pod that stays': [
        (s) => {
          set(s, 'r', 1)
          for (const name of ['a', 'b']) s.pod(name, ownedBy('ReplicaSet', 'r'))
          s.pass(31_000)
        },
        /ReplicaSet default\/r: 2 active pods for 1 replicas, for 31000 ms without a fault/,
      ],
    },
  },
  StatefulSetAtMostOne: {
    rightly: (s) => {
      node(s)
      const owner = ownedBy('StatefulSet', 's')
      const spec = { nodeName: 'n1' }
      s.pod('db-0', { ...owner, spec, status: running }).pod('db-0', { ...owner, ...going, spec, status: ended })
      s.remove('Pod', 'db-0').pod('db-0', { ...owner, spec, status: running })
      // Its node is taken away: what ran there runs no more.
      s.remove('Node', 'n1').put('v1', 'Node', { name: 'n2' }).remove('Pod', 'db-0')
      s.pod('db-0', { ...owner, spec: { nodeName: 'n2' }, status: running })
    },
    planted: {
      'a successor too early': [
        (s) => {
          node(s)
          const pod = { ...ownedBy('StatefulSet', 's'), spec: { nodeName: 'n1' }, status: running }
          s.pod('db-0', { ...pod, uid: 'one' })
            .remove('Pod', 'db-0')
            .pod('db-0', { ...pod, uid: 'two' })
        },
        /Pod default\/db-0: runs 2 times, as uids one and two/,
      ],
    },
  },
  DaemonSetOnePerNode: {
    rightly: (s) => {
      s.put('apps/v1', 'DaemonSet', { namespace: 'default', name: 'agent', uid: 'ds' }, { spec: {} })
      const pod = { ...ownedBy('DaemonSet', 'ds'), spec: { nodeName: 'n1' } }
      s.pod('a', pod)
        .pod('b', { ...pod, spec: { nodeName: 'n2' } })
        .pass(60_000)
        .pod('a', { ...pod, ...going })
        .pod('c', pod)
        .pass(60_000)
    },
    planted: {
      'two on a node': [
        (s) => {
          s.put('apps/v1', 'DaemonSet', { namespace: 'default', name: 'agent', uid: 'ds' }, { spec: {} })
          const pod = { ...ownedBy('DaemonSet', 'ds'), spec: { nodeName: 'n1' } }
          s.pod('a', pod).pod('b', pod).pass(31_000)
        },
        /DaemonSet default\/agent, Node n1: 2 active pods on one node/,
      ],
    },
  },
  JobCompletesOnce: {
    rightly: (s) => {
      job(s, { succeeded: 1 })
      job(s, { succeeded: 2, conditions: [{ type: 'Complete', status: 'True' }] })
      const spec = { completions: 4, completionMode: 'Indexed' }
      s.put('batch/v1', 'Job', { namespace: 'default', name: 'indexed' }, { spec, status: { succeeded: 3, completedIndexes: '0,2-3' } })
    },
    planted: {
      'one too many': [(s) => job(s, { succeeded: 3 }), /3 succeeded of 2 completions/],
      'one lost': [(s) => [job(s, { succeeded: 2 }), job(s, { succeeded: 1 })], /1 succeeded, after 2 had/],
      'done too early': [(s) => job(s, { succeeded: 1, conditions: [{ type: 'Complete', status: 'True' }] }), /complete with 1 of 2/],
      'not done any more': [
        (s) => [job(s, { succeeded: 2, conditions: [{ type: 'Complete', status: 'True' }] }), job(s, { succeeded: 2 })],
        /no longer complete/,
      ],
      'an index twice': [
        (s) => job(s, { succeeded: 2, completedIndexes: '0,0-1' }, { completions: 4, completionMode: 'Indexed' }),
        /an index is completed twice: 0,0-1/,
      ],
      'an index from nowhere': [
        (s) => job(s, { succeeded: 1, completedIndexes: '7' }, { completions: 4, completionMode: 'Indexed' }),
        /index 7 is completed, of 4/,
      ],
    },
  },
  EndpointsOnlyReady: {
    rightly: (s) => {
      s.pod('a', { uid: 'a', status: withIp('10.0.0.1') })
      slice(s, 'a')
      s.pass(60_000)
        .pod('a', { uid: 'a', ...going, status: withIp('10.0.0.1') })
        .pass(5000)
      slice(s, 'a', { ready: false, serving: true, terminating: true }).remove('Pod', 'a').pass(60_000)
    },
    planted: {
      'one that is gone': [
        (s) => {
          s.pod('a', { uid: 'a', status: withIp('10.0.0.1') })
          slice(s, 'a').remove('Pod', 'a').pass(31_000)
        },
        /EndpointSlice default\/web-1, Pod default\/a: a ready endpoint is a pod that is gone, for 31000 ms/,
      ],
      'one that is not ready': [
        (s) => {
          s.pod('a', { uid: 'a' })
          slice(s, 'a').pass(31_000)
        },
        /a ready endpoint is a pod that is not ready/,
      ],
      'another address': [
        (s) => {
          s.pod('a', { uid: 'a', status: withIp('10.0.0.2') })
          slice(s, 'a').pass(31_000)
        },
        /a ready endpoint has address 10.0.0.1, its pod 10.0.0.2/,
      ],
    },
  },
  EvictionsWithinBudget: {
    rightly: (s) => {
      s.pod('a', { ...web, status: ready })
      budget(s, 1)
      budget(s, 0, { a: 'now' })
        .pod('a', { ...web, status: evicted })
        .pod('a', { ...web, ...going, status: evicted })
        .remove('Pod', 'a')
      budget(s, 1)
    },
    planted: {
      'one that nobody allowed': [
        (s) => {
          s.pod('a', { ...web, status: ready })
          budget(s, 0).pod('a', { ...web, status: evicted })
        },
        /PodDisruptionBudget default\/web, Pod default\/a: evicted without taking a disruption/,
      ],
      'more than allowed': [(s) => [budget(s, 1), budget(s, 0, { a: 'now', b: 'now' })], /a, b evicted, when 1 disruptions were allowed/],
      'one that costs nothing': [(s) => [budget(s, 1), budget(s, 1, { a: 'now' })], /a evicted, and still 1 disruptions allowed of 1/],
    },
  },
  NoOrphans: {
    rightly: (s) => {
      set(s, 'r', 1).pod('a', ownedBy('ReplicaSet', 'r')).pod('spared', ownedBy('ReplicaSet', 'r'))
      s.pod('spared').remove('ReplicaSet', 'r').pass(5000).remove('Pod', 'a').pass(60_000)
    },
    planted: {
      'one that is left': [
        (s) => set(s, 'r', 1).pod('a', ownedBy('ReplicaSet', 'r')).remove('ReplicaSet', 'r').pass(31_000),
        /Pod default\/a: is left, and its owner ReplicaSet owner is gone/,
      ],
    },
  },
  NamespaceEnds: {
    rightly: (s) => {
      inNamespace(s).pod('a')
      inNamespace(s, going).remove('Pod', 'a').remove('Namespace', 'default').pass(200_000)
      inNamespace(s).pod('a')
    },
    planted: {
      'one that stays': [(s) => inNamespace(s, going).pass(130_000), /Namespace default: is being deleted, and still there, for 130000 ms/],
      'one that leaves something': [(s) => inNamespace(s).pod('a').remove('Namespace', 'default'), /is gone, but Pod default\/a is left/],
      'something made in none': [(s) => inNamespace(s).remove('Namespace', 'default').pod('a'), /made in namespace default, which is gone/],
    },
  },
  LeaseOneHolder: {
    rightly: (s) => {
      lease(s, 'a', '1', 0).pass(10_000)
      lease(s, 'a', '2', 0).pass(15_500)
      lease(s, 'b', '3', 1)
      lease(s, '', '4', 1)
      lease(s, 'a', '5', 2)
    },
    planted: {
      'one that is taken': [
        (s) => {
          lease(s, 'a', '1', 0).pass(14_000)
          lease(s, 'a', '2', 0).pass(5000)
          lease(s, 'b', '3', 1)
        },
        /Lease default\/leader: taken by b 5000 ms after a had renewed it for 15 s/,
      ],
      'one that passes silently': [
        (s) => lease(lease(s, 'a', '1', 0).pass(20_000), 'b', '2', 0),
        /passes from a to b, and leaseTransitions stays 0/,
      ],
      'a count that falls': [(s) => [lease(s, 'a', '1', 3), lease(s, 'a', '2', 2)], /leaseTransitions falls from 3 to 2/],
    },
  },
  Converges: {
    rightly: (s) => {
      deployment(s, 2)
      s.pass(100_000)
      deployment(s, 3, { observedGeneration: 1 })
      s.pass(100_000)
      deployment(s, 3, { observedGeneration: 2, replicas: 3, updatedReplicas: 3, availableReplicas: 3 })
      s.pass(500_000)
    },
    planted: {
      'a controller that sleeps': [
        (s) => deployment(s, 2).pass(130_000),
        /Deployment default\/web: its controller has seen generation 0 of 1/,
      ],
      'a pod that never is': [
        (s) => deployment(s, 2, { observedGeneration: 1, replicas: 2, updatedReplicas: 2, availableReplicas: 1 }).pass(130_000),
        /wants 2, has 1 available, for 130000 ms without a fault/,
      ],
      'an object that does not go': [(s) => s.pod('a', { ...going, finalizers: ['x'] }).pass(130_000), /is being deleted, and still there/],
    },
  },
  NoHotLoop: {
    rightly: (s) => {
      for (let i = 0; i < 300; i++) s.pod('a', { labels: { count: String(i) } }).pass(1000)
    },
    planted: {
      'a loop': [
        (s) => {
          for (let i = 0; i < 130; i++) s.pod('a', { labels: { count: String(i) } }).pass(100)
        },
        /Pod default\/a: written 121 times in a minute/,
      ],
      'writes of nothing': [
        (s) => {
          for (let i = 0; i < 6; i++) s.pod('a').pass(10_000)
        },
        /written 4 times with nothing changed/,
      ],
    },
  },
  QuietMeansNoWrites: {
    rightly: (s) => lease(lease(s.pod('a'), 'a', '1', 0).quiet().pass(1000), 'a', '2', 0),
    planted: {
      'a write': [
        (s) => s.pod('a').quiet().pass(1000).pod('a', { status: ready }),
        /Pod default\/a: changed 1000 ms after everything was quiet/,
      ],
    },
  },
}

t.test('every invariant has its cases, and a description', async (t) => {
  t.same(kubernetesInvariants.map(({ name }) => name).sort(), Object.keys(cases).sort())
  for (const { name, description, source } of kubernetesInvariants) t.ok(description.length > 40 && source.length > 10, name)
})

for (const [name, { rightly, planted }] of Object.entries(cases))
  t.test(name, async (t) => {
    const invariants = kubernetesInvariants.filter((one) => one.name === name)
    const script = new Script()
    rightly(script)
    t.same(judge(script, invariants), [], 'what is right is accepted')
    for (const [what, [plant, says]] of Object.entries(planted)) {
      const spoiled = new Script()
      plant(spoiled)
      const found = judge(spoiled, invariants)
      t.match(found[0] ?? 'nothing', says, what)
    }
  })

t.test('what a controller could not know is not held against it', async (t) => {
  const script = new Script()
  deployment(script, 5)
  set(script, 'old', 5, { availableReplicas: 5 })
  // Scaled down, and the controller has not seen it yet.
  deployment(script, 1)
  set(script, 'new', 1)
  t.same(judge(script), [])
  deployment(script, 1, { observedGeneration: 2 })
  set(script, 'new', 2)
  t.match(judge(script), [/DeploymentWithinBounds.*scaled up to 7 replicas in all, but at most 2 may be/])
})

/** A random life of pods under a ReplicaSet, as a kubelet, a scheduler and a controller would write it. */
function life(random: Random): Script {
  const script = new Script()
  node(script, { cpu: '64', pods: '100' })
  const uid = 'r'
  const replicas = random.between(1, 4)
  const status = { observedGeneration: 1, replicas, availableReplicas: replicas }
  script.put('apps/v1', 'ReplicaSet', { namespace: 'default', name: 'r', uid }, { spec: { replicas }, status })
  const alive: { name: string; stage: number; ip: string }[] = []
  let made = 0
  for (let step = 0; step < 120; step++) {
    script.pass(random.below(4000))
    if (alive.filter(({ stage }) => stage < 4).length < replicas) {
      made++
      alive.push({ name: `r-${made}`, stage: 0, ip: `10.0.0.${made}` })
    }
    const pod = random.pick(alive)
    const owner = { ...ownedBy('ReplicaSet', uid), generation: 1 }
    const spec = pod.stage === 0 ? asking('1') : { ...asking('1'), nodeName: 'n1' }
    const podStatus = pod.stage < 2 ? {} : { ...running, podIPs: [{ ip: pod.ip }] }
    if (pod.stage < 3) script.pod(pod.name, { ...owner, spec, status: podStatus })
    else if (pod.stage === 3) script.pod(pod.name, { ...owner, ...going, spec, status: podStatus })
    else {
      script.remove('Pod', pod.name)
      alive.splice(alive.indexOf(pod), 1)
    }
    if (pod.stage < 2 || random.chance(0.3) || pod.stage > 2) pod.stage++
  }
  return script
}

t.test('random lives that keep the rules are accepted, and each planted fault is seen', async (t) => {
  const faults: Readonly<Record<string, (script: Script, random: Random) => readonly Observed[] | undefined>> = {
    PodBoundOnce: ({ events }, random) =>
      spoilPod(events, random, (pod) =>
        (pod['spec'] as { nodeName?: string }).nodeName ? { ...pod, spec: { nodeName: 'n2' } } : undefined,
      ),
    PodIpUnique: ({ events }, random) => spoilPod(events, random, (pod) => ((pod['status'] as Fields)['podIPs'] ? twin(pod) : undefined)),
    ObjectVersionsRise: ({ events }, random) =>
      spoilPod(events, random, (pod) => ({ ...pod, metadata: { ...pod.metadata, resourceVersion: '3' } })),
    GenerationCountsSpec: ({ events }, random) =>
      spoilPod(events, random, (pod) => ({ ...pod, metadata: { ...pod.metadata, generation: 0 } })),
  }
  const caught: Record<string, number> = {}
  for (const seed of seeds) {
    const random = createRandom(`life ${seed}`)
    const script = life(random)
    const found = judge(script, kubernetesInvariants, { emptyWritesMax: 1000 })
    if (found.length > 0) t.fail(`seed ${seed}: ${found[0]}`)
    for (const [name, plant] of Object.entries(faults)) {
      const events = plant(script, random)
      if (!events) continue
      const monitor = createMonitor({ bounds: { emptyWritesMax: 1000 } })
      for (const event of events) monitor.observe(event)
      monitor.finish()
      if (monitor.violations.some(({ invariant }) => invariant === name)) caught[name] = (caught[name] ?? 0) + 1
      else t.fail(`seed ${seed}: ${name} is not seen`)
    }
  }
  if (only === undefined) for (const name of Object.keys(faults)) t.ok((caught[name] ?? 0) > seeds.length / 3, `${name}: ${caught[name]}`)
})

/** One change of a pod that was there, spoiled; the rest of the stream stays. */
function spoilPod(
  events: readonly Observed[],
  random: Random,
  spoil: (pod: KubeObject) => KubeObject | undefined,
): readonly Observed[] | undefined {
  const places = events.flatMap((event, at) =>
    event.type === 'MODIFIED' && event.object.kind === 'Pod' && boundBefore(events, at) ? [at] : [],
  )
  for (const at of random.shuffle(places)) {
    const event = events[at]
    if (event?.type !== 'MODIFIED') continue
    const object = spoil(event.object)
    if (!object) continue
    const isTwin = object.metadata.name !== event.object.metadata.name
    return isTwin
      ? events.toSpliced(at + 1, 0, { type: 'ADDED', object, timeMs: event.timeMs })
      : events.toSpliced(at, 1, { ...event, object })
  }
  return undefined
}

function boundBefore(events: readonly Observed[], at: number): boolean {
  const event = events[at]
  const uid = event && 'object' in event ? event.object.metadata.uid : undefined
  return events
    .slice(0, at)
    .some(
      (one) => 'object' in one && one.object.metadata.uid === uid && (one.object['spec'] as Fields | undefined)?.['nodeName'] !== undefined,
    )
}

function twin(pod: KubeObject): KubeObject {
  return { ...pod, metadata: { ...pod.metadata, name: 'twin', uid: 'twin' } }
}

t.test('streams of many watches come in one order', async (t) => {
  const script = new Script().pod('a').pass(10).pod('b').pass(10)
  const [first, time, second] = script.events
  const shuffled = [second, time, first].flatMap((event) => (event ? [event] : []))
  t.same(
    inOrder(shuffled).map((event) => ('object' in event ? event.object.metadata.name : event.type)),
    ['a', 'TIME', 'b'],
  )
})

t.test('end states are compared but for what differs in every run', async (t) => {
  const end = (random: Random, replicas = 2): KubeObject[] => {
    const uid = random.bytes(4).join('')
    const web: KubeObject = {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name: 'web', namespace: 'default', uid, resourceVersion: uid },
      spec: { replicas },
    }
    const pods = Array.from({ length: replicas }, (_, at): KubeObject => {
      const name = `web-${random.below(100_000)}-${at}`
      const metadata = { name, generateName: 'web-', namespace: 'default', uid: name, ...ownedBy('ReplicaSet', uid) }
      return {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata,
        spec: { nodeName: `n${random.below(3)}`, restartPolicy: 'Always' },
        status: { phase: 'Running', podIP: name },
      }
    })
    return random.shuffle([web, ...pods])
  }
  const random = createRandom('end states')
  const reference = end(random)
  t.same(compareEndStates(reference, end(random)), [])
  t.match(compareEndStates(reference, end(random, 3)), [
    { object: 'Pod default/web-*', message: '3 at the end, and 2 without faults' },
    { object: 'ReplicaSet default/web', message: 'differs from the run without faults: spec.replicas is 3, not 2' },
  ])
  const failed = reference.map((one) => (one.kind === 'Pod' ? { ...one, status: { phase: 'Failed' } } : one))
  t.match(compareEndStates(reference, failed), [
    { message: 'differs from the run without faults: status.phase is "Failed", not "Running"' },
  ])
  const script = new Script().pod('a')
  t.match(judge(script, [sameEndState([])]), [/SameEndState: Pod default\/a: 1 at the end, and 0 without faults/])
})
