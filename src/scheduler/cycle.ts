/**
 * One pod's scheduling cycle: from a pod to a node it may have, or to why it has none. Pure of waiting: it is one turn.
 * kube-scheduler schedule_one.go. Read next: binding.ts.
 */
import type { Random } from '../base/random.js'
import { CycleState } from './framework/cycle-state.js'
import { Diagnosis } from './framework/fit-error.js'
import type { NodeInfo } from './framework/node-info.js'
import type { Snapshot } from './framework/plugin.js'
import type { PodInfo } from './framework/pod-info.js'
import type { Framework } from './framework/runtime.js'
import { isRejected, messageOfStatus, type Status, unresolvable } from './framework/status.js'

/** At least so many feasible nodes are scored, and at least this share of a large cluster. */
const feasibleNodesMin = 100
const feasiblePercentMin = 5

export type Decision =
  | { readonly type: 'node'; readonly node: string; readonly state: CycleState }
  /** It fits nowhere. `nominatedNode`: where room is being made, '' to withdraw an earlier nomination. */
  | {
      readonly type: 'unschedulable'
      readonly message: string
      readonly rejectors: ReadonlySet<string>
      readonly pending: ReadonlySet<string>
      readonly nominatedNode?: string
    }
  /** A plugin broke. */
  | { readonly type: 'failed'; readonly message: string }

export interface CycleOptions {
  readonly random: Random
  /** 0: decided by the number of nodes. */
  readonly percentageOfNodesToScore: number
}

export interface Scheduler {
  schedule(framework: Framework, pod: PodInfo, snapshot: Snapshot): Decision
}

/** A cycle runner; it remembers only where its search for nodes left off. */
export function createCycle({ random, percentageOfNodesToScore }: CycleOptions): Scheduler {
  let startIndex = 0

  /** Filters `nodes` from where the last search ended, until enough fit. */
  function findFeasible(
    framework: Framework,
    state: CycleState,
    pod: PodInfo,
    nodes: readonly NodeInfo[],
    diagnosis: Diagnosis,
  ): NodeInfo[] | Status {
    const wanted = feasibleNodesToFind(nodes.length, percentageOfNodesToScore)
    const feasible: NodeInfo[] = []
    for (let i = 0; i < nodes.length && feasible.length < wanted; i++) {
      const node = nodes[(startIndex + i) % nodes.length]
      if (!node) break
      const status = framework.filterWithNominated(state, pod, node)
      if (status.code === 'Success') feasible.push(node)
      else if (isRejected(status)) diagnosis.set(node.name, status)
      else return status
    }
    return feasible
  }
  function candidates(
    framework: Framework,
    state: CycleState,
    pod: PodInfo,
    snapshot: Snapshot,
    diagnosis: Diagnosis,
  ): NodeInfo[] | Status {
    const { status, nodes: only, narrowedBy } = framework.preFilter(state, pod, snapshot)
    for (const plugin of narrowedBy) diagnosis.rejectors.add(plugin)
    if (status.code !== 'Success') {
      if (!isRejected(status)) return status
      diagnosis.absent = status
      diagnosis.preFilterMessage = messageOfStatus(status)
      diagnosis.blame(status)
      return []
    }
    const nominated = snapshot.get(pod.pod.status?.nominatedNodeName ?? '')
    // Room was made for it there: most likely the one node it fits on.
    if (nominated && framework.filterWithNominated(state, pod, nominated).code === 'Success') return [nominated]
    if (!only) return findFeasible(framework, state, pod, snapshot.nodes, diagnosis)
    diagnosis.absent = unresolvable(`node(s) didn't satisfy plugin(s) [${narrowedBy.join(' ')}]`)
    return findFeasible(
      framework,
      state,
      pod,
      [...only].flatMap((name) => snapshot.get(name) ?? []),
      diagnosis,
    )
  }

  return {
    schedule(framework, pod, snapshot) {
      if (snapshot.nodes.length === 0)
        // Every filter counts as having refused: what each of them says of a new node decides whether the pod is tried on it.
        return {
          type: 'unschedulable',
          message: 'no nodes available to schedule pods',
          rejectors: new Set(framework.filterNames()),
          pending: new Set(),
          nominatedNode: '',
        }
      const state = new CycleState()
      const diagnosis = new Diagnosis(snapshot)
      const feasible = candidates(framework, state, pod, snapshot, diagnosis)
      if ('code' in feasible) return { type: 'failed', message: messageOfStatus(feasible) }
      startIndex = (startIndex + feasible.length + diagnosis.size) % snapshot.nodes.length
      const [first, ...others] = feasible
      if (!first) return refuse(framework, state, pod, diagnosis)
      if (others.length === 0) return { type: 'node', node: first.name, state }
      const { status, totals } = framework.score(state, pod, feasible)
      if (status.code !== 'Success') return { type: 'failed', message: messageOfStatus(status) }
      const most = Math.max(...totals)
      return { type: 'node', node: random.pick(feasible.filter((_node, i) => totals[i] === most)).name, state }
    },
  }
}

function refuse(framework: Framework, state: CycleState, pod: PodInfo, diagnosis: Diagnosis): Decision {
  const { status, nominatedNode } = framework.postFilter(state, pod, diagnosis)
  diagnosis.postFilterMessage = messageOfStatus(status)
  const { rejectors, pending } = diagnosis
  return {
    type: 'unschedulable',
    message: diagnosis.message(),
    rejectors,
    pending,
    ...(nominatedNode === undefined ? {} : { nominatedNode }),
  }
}

/** How many nodes that fit are enough: all of a small cluster, a share of a large one that shrinks as it grows. */
export function feasibleNodesToFind(nodes: number, percentage: number): number {
  if (nodes < feasibleNodesMin) return nodes
  const share = percentage > 0 ? percentage : Math.max(feasiblePercentMin, 50 - Math.trunc(nodes / 125))
  return Math.max(feasibleNodesMin, Math.trunc((nodes * share) / 100))
}
