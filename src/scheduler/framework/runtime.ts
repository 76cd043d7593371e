/**
 * A profile's plugins, run point by point (framework/runtime/framework.go). It owns the rules that hold whatever the
 * plugins are: who is skipped, whose answer ends a point, how scores are weighed, that pods nominated to a node count.
 */
import { assert } from '../../base/assert.js'
import type { CycleState } from './cycle-state.js'
import type { ClusterEvent } from './events.js'
import type { NodeInfo, NodeView } from './node-info.js'
import {
  type EventRegistration,
  type Handle,
  type NodeScore,
  type NodeStatuses,
  type Plugin,
  type PluginFactory,
  type PostFilterResult,
  type Queued,
  type Snapshot,
  scoreMax,
} from './plugin.js'
import type { PodInfo } from './pod-info.js'
import { failed, isRejected, messageOfStatus, type Status, success, unresolvable } from './status.js'
import { createWaitingPods } from './waiting-pods.js'

/** What the scheduler lends to every profile. */
export type Services = Omit<Handle, 'schedulerName' | 'filterWithNominated' | 'addPod' | 'removePod' | 'waitingPod'>

export interface PluginChoice {
  readonly factory: PluginFactory
  /** Multiplies the plugin's scores; default 1. */
  readonly weight?: number
}

export interface PreFilterOutcome {
  readonly status: Status
  /** Only these nodes can fit; absent: all. */
  readonly nodes?: ReadonlySet<string>
  /** Who narrowed the nodes down. */
  readonly narrowedBy: readonly string[]
}

type With<K extends keyof Plugin> = Plugin & Required<Pick<Plugin, K>>

export class Framework {
  readonly schedulerName: string
  readonly handle: Handle
  readonly #plugins: readonly Plugin[]
  readonly #weights = new Map<string, number>()
  readonly #sort: With<'before'>
  readonly #preFilters: readonly With<'preFilter'>[]
  readonly #filters: readonly With<'filter'>[]
  readonly #preScores: readonly With<'preScore'>[]
  readonly #scores: readonly With<'score'>[]
  readonly #services: Services
  readonly #waiting

  constructor(schedulerName: string, choices: readonly PluginChoice[], services: Services) {
    this.schedulerName = schedulerName
    this.#services = services
    this.#waiting = createWaitingPods(services.clock)
    this.handle = {
      ...services,
      schedulerName,
      filterWithNominated: (state, pod, node) => this.filterWithNominated(state, pod, node),
      addPod: (state, pod, other, node) => this.#addPod(state, pod, other, node),
      removePod: (state, pod, other, node) => this.#removePod(state, pod, other, node),
      waitingPod: (uid) => this.#waiting.get(uid),
    }
    this.#plugins = choices.map(({ factory, weight = 1 }) => {
      const plugin = factory(this.handle)
      assert(!this.#weights.has(plugin.name), `plugin ${plugin.name} is in profile ${schedulerName} once`)
      this.#weights.set(plugin.name, weight)
      return plugin
    })
    const sorts = this.#having('before')
    assert(sorts.length === 1 && sorts[0], `profile ${schedulerName} has one QueueSort plugin`)
    this.#sort = sorts[0]
    this.#preFilters = this.#having('preFilter')
    this.#filters = this.#having('filter')
    this.#preScores = this.#having('preScore')
    this.#scores = this.#having('score')
  }

  #having<K extends keyof Plugin>(point: K): With<K>[] {
    return this.#plugins.filter((plugin): plugin is With<K> => plugin[point] !== undefined)
  }

  before(a: Queued, b: Queued): boolean {
    return this.#sort.before(a, b)
  }

  /** Plugins that can refuse a node. */
  filterNames(): readonly string[] {
    return this.#filters.map(({ name }) => name)
  }

  /** The registrations of `plugin` for this event. */
  registrations(plugin: string, event: ClusterEvent): readonly EventRegistration[] {
    if (event.type === 'Wildcard') return []
    const { type, action } = event
    return (this.#plugins.find(({ name }) => name === plugin)?.events ?? []).filter(
      (one) => one.type === type && one.actions.includes(action),
    )
  }

  preEnqueue(pod: PodInfo): Status {
    for (const plugin of this.#plugins) {
      const status = plugin.preEnqueue?.(pod) ?? success
      if (status.code !== 'Success') return { ...status, plugin: plugin.name }
    }
    return success
  }

  preFilter(state: CycleState, pod: PodInfo, snapshot: Snapshot): PreFilterOutcome {
    let nodes: ReadonlySet<string> | undefined
    let refusal: Status | undefined
    const narrowedBy: string[] = []
    for (const plugin of this.#preFilters) {
      const { status, nodes: only } = plugin.preFilter(state, pod, snapshot)
      if (status.code === 'Skip') {
        state.skippedFilters.add(plugin.name)
        continue
      }
      if (status.code === 'UnschedulableAndUnresolvable' || status.code === 'Error')
        return { status: { ...status, plugin: plugin.name }, narrowedBy }
      if (isRejected(status)) refusal ??= { ...status, plugin: plugin.name }
      if (!only) continue
      narrowedBy.push(plugin.name)
      const before: ReadonlySet<string> | undefined = nodes
      nodes = before ? new Set([...only].filter((name) => before.has(name))) : only
      if (nodes.size > 0) continue
      narrowedBy.sort()
      const text = narrowedBy.length === 1 ? `plugin ${narrowedBy[0]}` : `plugin(s) [${narrowedBy.join(' ')}] simultaneously`
      return { status: unresolvable(`node(s) didn't satisfy ${text}`), narrowedBy }
    }
    return { status: refusal ?? success, narrowedBy: narrowedBy.sort(), ...(nodes ? { nodes } : {}) }
  }

  /** The first refusal, or success. */
  filter(state: CycleState, pod: PodInfo, node: NodeView): Status {
    for (const plugin of this.#filters) {
      if (state.skippedFilters.has(plugin.name)) continue
      const status = plugin.filter(state, pod, node)
      if (status.code !== 'Success')
        return isRejected(status)
          ? { ...status, plugin: plugin.name }
          : failed(`running "${plugin.name}" filter plugin: ${messageOfStatus(status)}`)
    }
    return success
  }

  /**
   * Pods of at least this priority that are nominated to the node count as if they were there; but a pod that fits only
   * because of them must fit without them too, since they may never come.
   */
  filterWithNominated(state: CycleState, pod: PodInfo, node: NodeInfo): Status {
    const coming = this.#services
      .nominated(node.name)
      .filter((one) => one.uid !== pod.uid && one.priority >= pod.priority && !node.pods.has(one.uid))
    if (coming.length === 0) return this.filter(state, pod, node)
    const [crowded, thought] = [node.clone(), state.clone()]
    for (const one of coming) {
      crowded.add(one)
      this.#addPod(thought, pod, one, crowded)
    }
    const status = this.filter(thought, pod, crowded)
    return status.code === 'Success' ? this.filter(state, pod, node) : status
  }

  #addPod(state: CycleState, pod: PodInfo, other: PodInfo, node: NodeView): void {
    for (const plugin of this.#preFilters) if (!state.skippedFilters.has(plugin.name)) plugin.addPod?.(state, pod, other, node)
  }

  #removePod(state: CycleState, pod: PodInfo, other: PodInfo, node: NodeView): void {
    for (const plugin of this.#preFilters) if (!state.skippedFilters.has(plugin.name)) plugin.removePod?.(state, pod, other, node)
  }

  /** The first plugin that makes room or breaks; else all their reasons together. */
  postFilter(state: CycleState, pod: PodInfo, statuses: NodeStatuses): PostFilterResult {
    const reasons: string[] = []
    let result: PostFilterResult | undefined
    for (const plugin of this.#plugins) {
      const one = plugin.postFilter?.(state, pod, statuses)
      if (!one) continue
      if (!isRejected(one.status)) return one
      reasons.push(...one.status.reasons)
      if (one.nominatedNode !== undefined) result ??= one
    }
    return {
      status: { code: 'Unschedulable', reasons },
      ...(result?.nominatedNode === undefined ? {} : { nominatedNode: result.nominatedNode }),
    }
  }

  /** Node → sum of weighed scores. A status that is not success is a plugin's failure. */
  score(state: CycleState, pod: PodInfo, nodes: readonly NodeView[]): { readonly status: Status; readonly totals: readonly number[] } {
    for (const plugin of this.#preScores) {
      const status = plugin.preScore(state, pod, nodes)
      if (status.code === 'Skip') state.skippedScores.add(plugin.name)
      else if (status.code !== 'Success') return { status: { ...status, plugin: plugin.name }, totals: [] }
    }
    const totals = nodes.map(() => 0)
    for (const plugin of this.#scores) {
      if (state.skippedScores.has(plugin.name)) continue
      const scores: NodeScore[] = nodes.map((node) => ({ name: node.name, score: plugin.score(state, pod, node) }))
      plugin.normalizeScores?.(state, pod, scores)
      const weight = this.#weights.get(plugin.name) ?? 1
      for (const [i, { name, score }] of scores.entries()) {
        assert(score >= 0 && score <= scoreMax, `plugin ${plugin.name} scores ${name} from 0 to ${scoreMax}, not ${score}`)
        totals[i] = (totals[i] ?? 0) + score * weight
      }
    }
    return { status: success, totals }
  }

  reserve(state: CycleState, pod: PodInfo, node: string): Status {
    for (const plugin of this.#plugins) {
      const status = plugin.reserve?.(state, pod, node) ?? success
      if (status.code !== 'Success') return { ...status, plugin: plugin.name }
    }
    return success
  }

  unreserve(state: CycleState, pod: PodInfo, node: string): void {
    for (const plugin of [...this.#plugins].reverse()) plugin.unreserve?.(state, pod, node)
  }

  /** 'Wait' when a plugin holds the pod back; permitted() tells how that went. */
  permit(state: CycleState, pod: PodInfo, node: string): Status {
    const timeouts = new Map<string, number>()
    for (const plugin of this.#plugins) {
      const answer = plugin.permit?.(state, pod, node)
      if (!answer || answer.status.code === 'Success') continue
      if (answer.status.code !== 'Wait') return { ...answer.status, plugin: plugin.name }
      timeouts.set(plugin.name, answer.timeoutMs ?? 0)
    }
    if (timeouts.size === 0) return success
    this.#waiting.add(pod, node, timeouts)
    return { code: 'Wait', reasons: [] }
  }

  permitted(uid: string): Promise<Status> {
    return this.#waiting.settled(uid)
  }

  waitingPod(uid: string) {
    return this.#waiting.get(uid)
  }

  async preBind(state: CycleState, pod: PodInfo, node: string): Promise<Status> {
    for (const plugin of this.#having('preBind')) {
      const status = await plugin.preBind(state, pod, node)
      if (status.code !== 'Success') return { ...status, plugin: plugin.name }
    }
    return success
  }

  async bind(state: CycleState, pod: PodInfo, node: string): Promise<Status> {
    for (const plugin of this.#having('bind')) {
      const status = await plugin.bind(state, pod, node)
      if (status.code !== 'Skip') return { ...status, plugin: plugin.name }
    }
    return failed(`Cannot bind pod ${pod.key}: no plugin of profile "${this.schedulerName}" binds it`)
  }

  postBind(state: CycleState, pod: PodInfo, node: string): void {
    for (const plugin of this.#plugins) plugin.postBind?.(state, pod, node)
  }
}
