/**
 * Troupe as a library: a whole Kubernetes cluster in this process, ready when createCluster() resolves.
 *
 * ```ts
 * await using cluster = await createCluster({ nodes: 1 })
 * kubeConfig.loadFromString(cluster.kubeconfig)
 * ```
 */
export { CodedError } from './base/errors.js'
export type { LogRecord } from './base/log.js'
export type { ChaosEvent, ChaosResult, Verdict } from './chaos/result.js'
export type { ActorInfo } from './cluster/actor-info.js'
export type { ChaosRun, ClusterChaos } from './cluster/chaos.js'
export { type Cluster, type ClusterEvent, createCluster, type Progress } from './cluster/cluster.js'
export type { ClusterErrorCode, ClusterOptions } from './cluster/options.js'
export type { TraceOptions, TraceRecording } from './cluster/trace-feed.js'
export type { ExitReason } from './kernel/host.js'
export type { HostEvent } from './kernel/host-insight.js'
export type { ChildState, SupervisionEvent } from './kernel/supervision/supervisor.js'
export type { TraceHeader, TraceRecord } from './trace/event.js'
