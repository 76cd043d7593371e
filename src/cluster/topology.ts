/**
 * Settings to supervision tree: a pure function, used by both stages. Who is restarted with whom, and in what order all
 * start and stop, is decided here and nowhere else:
 *
 *   troupe (one-for-one, all at once)
 *   ├── store (one-for-one): store-1, store-2, store-3
 *   ├── api (one-for-one): apiserver
 *   ├── control-plane (one-for-one): scheduler, the controllers
 *   └── nodes (one-for-one): for each node its kubelet and its proxy
 *
 * No restart touches a sibling: who loses a peer sees a broken call or watch and goes on with the peer's successor.
 */

import type { Backoff, ChildSpec, SupervisorSpec, WorkerSpec } from '../kernel/supervision/child-spec.js'
import type { ClusterSettings, NodeSettings } from './options.js'
import type { Pki } from './pki.js'

/** The controllers of a cluster, by upstream's names; src/controllers/catalog.ts has their code. */
export const controllerNames = [
  'serviceaccount-token-controller',
  'serviceaccount-controller',
  'root-ca-certificate-publisher-controller',
  'namespace-controller',
  'deployment-controller',
  'replicaset-controller',
  'job-controller',
  'endpoints-controller',
  'endpointslice-controller',
  'garbage-collector-controller',
  'node-lifecycle-controller',
  'taint-eviction-controller',
] as const

/** Where things lie and what is secret: what the tree needs beside the settings. */
export interface Surroundings {
  /** Absolute; each replica and node has its own folder below. */
  readonly directory: string
  readonly pki: Pki
  /** The port the API server listens on; 0 where there are no sockets. */
  readonly port: number
  /** Path of the runtime server's socket; '' where containers are simulated. */
  readonly runtimeSocket: string
}

/** A burst of restarts begins at once and slows down to one in ten seconds. */
const backoff: Backoff = { minMs: 0, maxMs: 10_000, jitter: 0.2, resetAfterMs: 10_000 }

/**
 * Restarts multiply over levels, so only the lowest is generous: a chaos plan may well kill one actor ten times in five
 * seconds, and an actor that cannot start at all is slowed down by its backoff long before.
 */
const supervisor = (name: string, children: readonly ChildSpec[], intensity = 30): SupervisorSpec => ({
  type: 'supervisor',
  name,
  strategy: 'one-for-one',
  // Who cannot be helped is down by itself and tried again now and then: nobody else has to suffer for it.
  onGiveUp: 'degrade',
  intensity,
  periodMs: 5_000,
  backoff,
  order: 'parallel',
  children,
})

const worker = (role: string, name: string, config: unknown, more: Partial<WorkerSpec> = {}): WorkerSpec => ({
  type: 'worker',
  start: { role, name, entry: role, config },
  restart: 'permanent',
  shutdownMs: 5_000,
  startMs: 30_000,
  ...more,
})

export function replicaNames(replicas: number): string[] {
  return Array.from({ length: replicas }, (_, i) => `store-${i + 1}`)
}

/** The whole cluster as a child spec. */
export function topology(settings: ClusterSettings, around: Surroundings): SupervisorSpec {
  const replicas = replicaNames(settings.replicas)
  const peers = replicas.map((name, i) => ({ id: i + 1, name }))
  return supervisor(
    'troupe',
    [
      supervisor(
        'store',
        peers.map(({ id, name }) =>
          worker('store-replica', name, {
            id,
            peers,
            directory: `${around.directory}/${name}`,
            tickMs: settings.heartbeatMs,
            electionTicks: settings.electionMs / settings.heartbeatMs,
          }),
        ),
      ),
      supervisor('api', [worker('apiserver', 'apiserver', apiServerConfig(settings, around, replicas))]),
      supervisor('control-plane', [
        worker('scheduler', 'scheduler', {}),
        ...controllerNames.map((name) => worker('controller', name, { controller: name, rootCa: around.pki.caCertificate })),
      ]),
      supervisor(
        'nodes',
        settings.nodes.map((node) => nodeSupervisor(node, settings, around)),
        5,
      ),
    ],
    3,
  )
}

function apiServerConfig(settings: ClusterSettings, { pki, port }: Surroundings, replicas: readonly string[]): unknown {
  return {
    host: settings.host,
    port,
    replicas,
    serviceCidr: settings.serviceCidr,
    certificate: pki.serverCertificate,
    key: pki.serverKey,
    clientCa: pki.caCertificate,
    serviceAccountKey: pki.serviceAccountKey,
  }
}

function nodeSupervisor(node: NodeSettings, settings: ClusterSettings, around: Surroundings): SupervisorSpec {
  return supervisor(`${node.name}-actors`, [
    worker('kubelet', `kubelet-${node.name}`, {
      node: node.name,
      nodeIp: node.ip,
      podCidr: node.podCidr,
      runtime: settings.runtime,
      directory: `${around.directory}/nodes/${node.name}`,
      socket: around.runtimeSocket,
    }),
    worker('proxy', `proxy-${node.name}`, { node: node.name, nodeIp: node.ip, runtime: settings.runtime }),
  ])
}
