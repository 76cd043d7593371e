/**
 * The behaviour of one kubelet: it keeps its node in the API and, for every pod bound to that node, a worker that makes
 * the runtime match the pod. It holds no state that cannot be found again in the API and the runtime, so it may crash at
 * any time: its containers go on, and its successor takes them over.
 *
 * Read next: pod-lifecycle.ts (what is decided), pod-worker.ts (how it is done), node-registration.ts.
 */
import type { Pod, Service } from '../../api/types/core-v1.js'
import { sleep } from '../../base/clock.js'
import { messageOf } from '../../base/errors.js'
import { createClient } from '../../client/client.js'
import { createEventRecorder } from '../../client/events.js'
import { createInformer } from '../../client/informer.js'
import { pods, services } from '../../client/resources.js'
import type { Transport } from '../../client/transport.js'
import { createActorTransport } from '../../client/transport-actor.js'
import type { Behaviour, Instance } from '../../kernel/behaviour.js'
import type { Context } from '../../kernel/context.js'
import { addressAt, createAddressPool, parseCidr } from '../network/ipam.js'
import type { Runtime, RuntimeState } from '../runtime/runtime.js'
import { judgePod } from './admission.js'
import { type KubeletConfig, reservedAddresses } from './config.js'
import { keepNodeRegistered } from './node-registration.js'
import { createObjectCache } from './object-cache.js'
import type { KubeletParts } from './pod-actions.js'
import { createPodWorker, type PodWorker } from './pod-worker.js'
import type { Prober } from './probes.js'
import type { KubeletProtocol } from './protocol.js'
import { kubeletStreams } from './streams.js'
import { createTokenSource } from './tokens.js'
import type { Volumes } from './volumes.js'

/** Made for each incarnation, since some need its context. */
export interface KubeletPorts {
  runtime(config: KubeletConfig, context: Context): Runtime | Promise<Runtime>
  volumes(config: KubeletConfig, context: Context): Volumes
  prober(config: KubeletConfig, context: Context): Prober
  /** How it reaches the API; default: messages to the actor 'apiserver'. */
  transport?(config: KubeletConfig, context: Context): Transport
}

const volumeRefreshMs = 10_000
const housekeepingMs = 5_000

export const kubeletActor: Behaviour<KubeletProtocol, KubeletConfig, KubeletPorts> = {
  role: 'kubelet',
  async init(context, config, ports) {
    const runtime = await ports.runtime(config, context)
    const transport = ports.transport?.(config, context) ?? createActorTransport(context)
    return begin(context, config, transport, { runtime, volumes: ports.volumes(config, context), prober: ports.prober(config, context) })
  },
}

function begin(
  context: Context,
  config: KubeletConfig,
  transport: Transport,
  given: { readonly runtime: Runtime; readonly volumes: Volumes; readonly prober: Prober },
): Instance<KubeletProtocol> {
  const { clock } = context
  const client = createClient({ transport, clock, userAgent: 'kubelet' })
  const range = parseCidr(config.podCidr)
  const nodeIp = config.nodeIp ?? addressAt(range, 1)
  const registration = keepNodeRegistered({ context, client, runtime: given.runtime, config, nodeIp })
  const serviceInformer = createInformer<Service>(context, client, services)
  const podInformer = createInformer<Pod>(context, client, pods, { select: { fieldSelector: `spec.nodeName=${config.node}` } })
  const parts: KubeletParts = {
    context,
    config,
    client,
    ...given,
    nodeIp,
    recorder: createEventRecorder({ context, client, component: 'kubelet', host: config.node }),
    objects: createObjectCache(client, clock),
    tokens: createTokenSource(client, clock),
    addresses: createAddressPool(range, reservedAddresses),
    node: registration.node,
    services: () => serviceInformer.cache.list(),
  }
  const workers = new Map<string, PodWorker>()

  // First of all: a runtime that comes up later than its kubelet makes the node ready at that moment.
  given.runtime.watch((event) => {
    if (event.type === 'container') return observe(event.container)
    registration.refresh()
    if (event.type === 'up') void relist()
  })
  context.spawn('services', () => serviceInformer.run())
  context.spawn('kubelet', async () => {
    await registration.registered
    parts.recorder.event({ kind: 'Node', apiVersion: 'v1', name: config.node, uid: config.node }, 'Normal', 'Starting', 'Starting kubelet.')
    const found = await untilListed(context, given.runtime)
    await settled(serviceInformer.synced(), context)
    podInformer.addHandler({
      add: (pod) => take(pod, found),
      update: (_, pod) =>
        workers.get(pod.metadata.uid ?? '') ? workers.get(pod.metadata.uid ?? '')?.dispatch({ type: 'spec', pod }) : take(pod, found),
      delete: (pod) => workers.get(pod.metadata.uid ?? '')?.dispatch({ type: 'gone' }),
    })
    context.spawn('pods', () => podInformer.run())
    await settled(podInformer.synced(), context)
    context.spawn('housekeeping', housekeeping)
    context.spawn('volumes', refreshVolumes)
  })

  function take(pod: Pod, found: RuntimeState): void {
    const uid = pod.metadata.uid ?? ''
    const known = pod.status?.phase
    const worker = createPodWorker({ parts, pod, found, forgotten: () => void workers.delete(uid) })
    const others = [...workers.values()].filter(({ state }) => !state.terminal).map(({ state }) => state.pod)
    workers.set(uid, worker)
    const judged =
      (known === undefined || known === 'Pending') && worker.state.sandbox === 'none' && !pod.metadata.deletionTimestamp
        ? judgePod(pod, others, parts.node())
        : undefined
    worker.dispatch(judged ? { type: 'rejected', ...judged } : { type: 'spec', pod })
  }
  function observe(container: RuntimeState['containers'][number]): void {
    workers.get(container.podUid)?.reconcile({ sandboxes: sandboxesOf(container.podUid), containers: [container] })
  }
  /** An event says nothing about sandboxes: they are taken to be as they were. */
  function sandboxesOf(uid: string): RuntimeState['sandboxes'] {
    const state = workers.get(uid)?.state
    return state?.sandboxId
      ? [
          {
            id: state.sandboxId,
            ready: true,
            createdAt: 0,
            config: { node: config.node, namespace: '', name: '', uid, attempt: 0, hostname: '', ip: '', hostNetwork: false, labels: {} },
          },
        ]
      : []
  }
  async function relist(): Promise<void> {
    try {
      const found = await given.runtime.list()
      for (const worker of workers.values()) worker.reconcile(found)
    } catch (error) {
      context.log.debug('runtime not listed', { error: messageOf(error) })
    }
  }
  /** Sandboxes whose pod is not ours any more, and directories of pods long gone. */
  async function housekeeping(): Promise<void> {
    while (!context.signal.aborted) {
      try {
        const found = await given.runtime.list()
        // At once: a list that has aged would show what was made since as lost.
        for (const worker of workers.values()) worker.reconcile(found)
        for (const {
          id,
          config: { uid },
        } of found.sandboxes)
          if (!workers.has(uid)) await given.runtime.removeSandbox(id)
        for (const uid of await given.volumes.list(`${config.directory}/pods`))
          if (!workers.has(uid)) await given.volumes.remove(`${config.directory}/pods/${uid}`)
      } catch (error) {
        context.log.debug('housekeeping failed', { error: messageOf(error) })
      }
      await sleep(clock, housekeepingMs, context.signal).catch(() => {})
    }
  }
  async function refreshVolumes(): Promise<void> {
    while (!context.signal.aborted) {
      await sleep(clock, volumeRefreshMs, context.signal).catch(() => {})
      for (const worker of [...workers.values()]) await worker.refreshVolumes()
    }
  }
  return {
    streams: kubeletStreams({
      ...parts,
      find: (namespace, name) =>
        [...workers.values()].findLast(({ state: { pod } }) => pod.metadata.name === name && pod.metadata.namespace === namespace),
    }),
    inspect: () =>
      [...workers.values()].map(({ state }) => ({
        pod: `${state.pod.metadata.namespace}/${state.pod.metadata.name}`,
        sandbox: state.sandbox,
        ip: state.ip,
        ending: state.ending?.type,
        terminal: state.terminal?.phase,
        containers: Object.fromEntries(state.containers.map(({ name, phase }) => [name, phase])),
      })),
    terminate() {
      for (const worker of workers.values()) worker.stop()
      given.runtime.close()
    },
  }
}

/** The runtime's first list, waiting for a runtime that is not there yet. */
async function untilListed(context: Context, runtime: Runtime): Promise<RuntimeState> {
  for (;;) {
    try {
      return await runtime.list()
    } catch {
      await sleep(context.clock, 200, context.signal)
    }
  }
}

/** Resolves with the promise, or rejects when the actor ends first. */
function settled(promise: Promise<void>, { signal }: Context): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    promise.then(resolve, reject)
  })
}
