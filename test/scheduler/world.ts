/**
 * A scheduler on an API in memory, in virtual time: the controllers' world, with bindings and the pod watch's field
 * selector added, and makers of nodes and pods.
 */
import { conflict, notFound } from '../../src/api/meta/status.js'
import type { Node, Pod } from '../../src/api/types/core-v1.js'
import { formatTime } from '../../src/client/time.js'
import type { ApiRequest, Transport } from '../../src/client/transport.js'
import type { PluginChoice } from '../../src/scheduler/framework/runtime.js'
import { type RunningScheduler, runScheduler, type SchedulerConfig } from '../../src/scheduler/scheduler.js'
import { createWorld, type TestActor, type World, writeWithStatus } from '../support/controller-world.js'
import type { Loose, MemoryApiOptions } from '../support/memory-api.js'

export interface SchedulerWorld extends World {
  schedule(options?: { config?: SchedulerConfig; plugins?: readonly PluginChoice[] }): TestActor & RunningScheduler
  addNode(name: string, more?: Loose): void
  addPod(name: string, more?: Loose): void
  pod(name: string): Loose
  /** The node of a pod, or undefined. */
  nodeOf(name: string): string | undefined
  /** Messages of events of this reason. */
  events(reason: string): string[]
  /** Pods bound more than once, which the API server would never allow. */
  readonly refusedBindings: string[]
}

export function createSchedulerWorld(
  seed: number | string,
  options: Omit<Partial<MemoryApiOptions>, 'clock' | 'random'> = {},
): SchedulerWorld {
  const world = createWorld(seed, options)
  const { api, clock } = world
  const refusedBindings: string[] = []

  function bindPod(request: ApiRequest): Loose {
    const [, namespace = '', name = ''] = /\/namespaces\/([^/]+)\/pods\/([^/]+)\/binding/.exec(request.path) ?? []
    const body = JSON.parse(new TextDecoder().decode(request.body))
    const pod = api.get('pods', `${namespace}/${name}`)
    const resource = { group: '', resource: 'pods' }
    if (!pod) throw notFound(resource, name)
    if (body.metadata.uid && body.metadata.uid !== pod.metadata.uid)
      throw conflict(resource, name, 'Precondition failed: UID in precondition')
    if (pod.metadata.deletionTimestamp) throw conflict(resource, name, `pod ${name} is being deleted, cannot be assigned to a host`)
    if (pod.spec.nodeName) {
      refusedBindings.push(name)
      throw conflict(resource, name, `pod ${name} is already assigned to node "${pod.spec.nodeName}"`)
    }
    const conditions = (pod.status.conditions ?? []).filter(({ type }: Loose) => type !== 'PodScheduled')
    writeWithStatus(api, 'pods', {
      ...pod,
      spec: { ...pod.spec, nodeName: body.target.name },
      status: {
        ...pod.status,
        conditions: [...conditions, { type: 'PodScheduled', status: 'True', lastTransitionTime: formatTime(clock.now()) }],
      },
    })
    return { kind: 'Status', apiVersion: 'v1', status: 'Success' }
  }
  const special = api.extra.get.bind(api.extra)
  api.extra.get = (key) => (/^POST .*\/binding$/.test(key.split('?')[0] ?? '') ? bindPod : special(key))
  /** The API in memory knows no field selectors; ended pods are left in and the scheduler must cope. */
  const withoutFields = ({ path, ...rest }: ApiRequest): ApiRequest => ({ ...rest, path: path.replace(/fieldSelector=[^&]*&?/, '') })
  const transport: Transport = {
    request: (request, more) => api.transport.request(withoutFields(request), more),
    open: (request, more) => api.transport.open(withoutFields(request), more),
  }
  return {
    ...world,
    refusedBindings,
    schedule({ config, plugins } = {}) {
      const actor = world.actor('scheduler', transport)
      const running = runScheduler({
        context: actor.context,
        client: actor.client,
        ...(config ? { config } : {}),
        ...(plugins ? { plugins } : {}),
      })
      return { ...actor, ...running }
    },
    addNode: (name, more) => writeWithStatus(api, 'nodes', node(name, more)),
    addPod: (name, more) => void api.put('pods', pod(name, more)),
    pod: (name) => api.get('pods', `default/${name}`),
    nodeOf: (name) => api.get('pods', `default/${name}`)?.spec.nodeName,
    events: (reason) =>
      api
        .all('events')
        .filter((event: Loose) => event.reason === reason)
        .map((event: Loose) => event.message),
  }
}

/** A node with 4 cpu, 8Gi and 110 pods. */
export function node(
  name: string,
  { cpu = '4', memory = '8Gi', pods = '110', extended = {}, labels = {}, taints, unschedulable, zone, images }: Loose = {},
): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...(zone ? { 'topology.kubernetes.io/zone': zone } : {}), ...labels } },
    spec: { ...(taints ? { taints } : {}), ...(unschedulable ? { unschedulable } : {}) },
    status: { allocatable: { cpu, memory, pods, ...extended }, ...(images ? { images } : {}) },
  }
}

/** A pod with one container that requests `cpu` and `memory`, if given. */
export function pod(
  name: string,
  { cpu, memory, requests = {}, labels = {}, priority, metadata = {}, status, uid, ...spec }: Loose = {},
): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels, ...(uid ? { uid } : {}), ...metadata },
    spec: {
      schedulerName: 'default-scheduler',
      containers: [
        { name: 'c', image: 'i', resources: { requests: { ...(cpu ? { cpu } : {}), ...(memory ? { memory } : {}), ...requests } } },
      ],
      ...(priority === undefined ? {} : { priority }),
      ...spec,
    },
    ...(status ? { status } : {}),
  }
}
