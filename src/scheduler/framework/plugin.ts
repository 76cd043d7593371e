/**
 * The scheduling framework's extension points, and what a plugin may ask of the scheduler. A plugin implements the
 * points it has something to say at. kube-scheduler framework/interface.go. Read next: runtime.ts.
 *
 *   queue        PreEnqueue, QueueSort
 *   cycle        PreFilter, Filter, (PostFilter), PreScore, Score, NormalizeScore, Reserve, Permit    one turn, nothing awaited
 *   binding      PreBind, Bind, PostBind                                                            awaited, beside other pods' cycles
 */
import type { Labels } from '../../api/meta/labels.js'
import type { ReplicaSet, StatefulSet } from '../../api/types/apps-v1.js'
import type { ReplicationController, Service } from '../../api/types/core-v1.js'
import type { PodDisruptionBudget } from '../../api/types/policy-v1.js'
import type { Clock } from '../../base/clock.js'
import type { Random } from '../../base/random.js'
import type { Client } from '../../client/client.js'
import type { EventRecorder } from '../../client/events.js'
import type { Metrics } from '../../telemetry/metrics.js'
import type { CycleState } from './cycle-state.js'
import type { ClusterEvent } from './events.js'
import type { NodeInfo, NodeView } from './node-info.js'
import type { PodInfo } from './pod-info.js'
import type { Status } from './status.js'

/** Scores run from 0 to this. */
export const scoreMax = 100

export interface Plugin {
  readonly name: string
  /** What may undo this plugin's rejections; without a registration only time does. */
  readonly events?: readonly EventRegistration[]
  /** May the pod be tried at all? A pod that may not waits outside of the queue. */
  preEnqueue?(pod: PodInfo): Status
  /** Whether `a` is tried before `b`. Exactly one plugin of a profile has it. */
  before?(a: Queued, b: Queued): boolean
  /** Looks at the pod and the cluster once per cycle. Skip: Filter is not asked about this pod. */
  preFilter?(state: CycleState, pod: PodInfo, snapshot: Snapshot): PreFilterResult
  /** `other` comes to `node` in thought: the state of PreFilter is brought up to date. */
  addPod?(state: CycleState, pod: PodInfo, other: PodInfo, node: NodeView): void
  removePod?(state: CycleState, pod: PodInfo, other: PodInfo, node: NodeView): void
  filter?(state: CycleState, pod: PodInfo, node: NodeView): Status
  /** No node fits: make room. Success: a node was nominated. */
  postFilter?(state: CycleState, pod: PodInfo, statuses: NodeStatuses): PostFilterResult
  /** Looks at the nodes that fit. Skip: Score is not asked. */
  preScore?(state: CycleState, pod: PodInfo, nodes: readonly NodeView[]): Status
  /** Any integer when the plugin normalizes, else 0 to scoreMax. */
  score?(state: CycleState, pod: PodInfo, node: NodeView): number
  /** Brings scores to 0 to scoreMax, in place. */
  normalizeScores?(state: CycleState, pod: PodInfo, scores: NodeScore[]): void
  reserve?(state: CycleState, pod: PodInfo, node: string): Status
  /** Undoes reserve; called for every plugin, also when its reserve was not reached. */
  unreserve?(state: CycleState, pod: PodInfo, node: string): void
  /** Wait: others decide within `timeoutMs`, through Handle.waitingPods. */
  permit?(state: CycleState, pod: PodInfo, node: string): { readonly status: Status; readonly timeoutMs?: number }
  preBind?(state: CycleState, pod: PodInfo, node: string): Promise<Status>
  /** The first that does not Skip binds. */
  bind?(state: CycleState, pod: PodInfo, node: string): Promise<Status>
  postBind?(state: CycleState, pod: PodInfo, node: string): void
}

export interface EventRegistration {
  readonly type: Exclude<ClusterEvent['type'], 'Wildcard'>
  readonly actions: readonly string[]
  /** Whether this event may make `pod` schedulable, as far as this plugin goes; absent: it may. */
  readonly hint?: (pod: PodInfo, event: ClusterEvent) => boolean
}

/** What QueueSort sees. */
export interface Queued {
  readonly pod: PodInfo
  /** Milliseconds, monotonic, when it was put into the queue. */
  readonly queuedAt: number
  /** Grows with each pod that is queued: breaks ties. */
  readonly ordinal: number
}

export interface PreFilterResult {
  readonly status: Status
  /** Only these nodes can fit; absent: all. */
  readonly nodes?: ReadonlySet<string>
}

export interface PostFilterResult {
  readonly status: Status
  /** '' withdraws a nomination; absent: it stays as it is. */
  readonly nominatedNode?: string
}

export interface NodeScore {
  readonly name: string
  score: number
}

/** Why each node was refused. */
export interface NodeStatuses {
  get(node: string): Status
  /** Nodes whose status is exactly this code. */
  withCode(code: Status['code']): NodeView[]
}

/** The cluster during one cycle. A cycle is one turn, so nothing moves under it. */
export interface Snapshot {
  /** Nodes that exist, zone by zone in turn, so that neighbours in the list are far from each other. */
  readonly nodes: readonly NodeInfo[]
  get(name: string): NodeInfo | undefined
  /** Number of nodes that have the image of this name. */
  imageNodes(name: string): number
  /** Nodes that hold pods with affinity of any kind. */
  nodesWithAffinity(): readonly NodeInfo[]
  nodesWithRequiredAntiAffinity(): readonly NodeInfo[]
}

/** A pod that Permit holds back. */
export interface WaitingPod {
  readonly pod: PodInfo
  readonly node: string
  readonly pending: readonly string[]
  allow(plugin: string): void
  reject(plugin: string, message: string): void
}

/** What plugins may ask of the scheduler that runs them. */
export interface Handle {
  readonly schedulerName: string
  readonly clock: Clock
  readonly random: Random
  readonly client: Client
  readonly events: EventRecorder
  readonly metrics: Metrics
  readonly signal: AbortSignal
  readonly log: { warn(message: string, fields?: Record<string, unknown>): void }
  snapshot(): Snapshot
  /** The newest version of a pod, or undefined when it is gone. */
  pod(key: string): PodInfo | undefined
  namespaceLabels(namespace: string): Labels | undefined
  services(namespace: string): readonly Service[]
  replicationController(namespace: string, name: string): ReplicationController | undefined
  replicaSet(namespace: string, name: string): ReplicaSet | undefined
  statefulSet(namespace: string, name: string): StatefulSet | undefined
  disruptionBudgets(): readonly PodDisruptionBudget[]
  /** Runs the profile's filters on `node`, the pods nominated to it counted; `state` and `node` are left as they were. */
  filterWithNominated(state: CycleState, pod: PodInfo, node: NodeInfo): Status
  addPod(state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo): void
  removePod(state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo): void
  nominated(node: string): readonly PodInfo[]
  /** Withdraws the nomination of a pod, here and in the API. */
  clearNomination(pod: PodInfo): void
  waitingPod(uid: string): WaitingPod | undefined
  /** Puts a pod that waits back into the queue at once. */
  activate(key: string): void
  /** Runs something beside the cycles; a rejection is logged. */
  background(label: string, run: () => Promise<void>): void
}

/** Makes a plugin for one profile. */
export type PluginFactory = (handle: Handle) => Plugin
