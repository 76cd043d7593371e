/**
 * NodeResourcesFit: what a pod requests must be left on the node; among the nodes that fit, emptier ones are better
 * (LeastAllocated over cpu and memory). plugins/noderesources/fit.go, least_allocated.go.
 */
import type { Node } from '../../api/types/core-v1.js'
import type { NodeView } from '../framework/node-info.js'
import { type PluginFactory, scoreMax } from '../framework/plugin.js'
import type { PodInfo } from '../framework/pod-info.js'
import { type Resources, resourcesOf } from '../framework/resources.js'
import { type Status, success } from '../framework/status.js'

/** Resource → weight in the score. */
const scored: Resources = new Map([
  ['cpu', 1],
  ['memory', 1],
])

export const nodeResourcesFit: PluginFactory = () => ({
  name: 'NodeResourcesFit',
  events: [
    { type: 'AssignedPod', actions: ['Delete', 'UpdateScaleDown'] },
    { type: 'UnscheduledPod', actions: ['UpdateScaleDown'] },
    {
      type: 'Node',
      actions: ['Add', 'UpdateAllocatable'],
      hint: (pod, event) =>
        event.type === 'Node' &&
        event.node !== undefined &&
        couldHold(event.node, pod) &&
        !(event.old && allocatableShrank(event.old, event.node, pod)),
    },
  ],
  filter: (_state, pod, node) => fits(pod, node),
  score(_state, { nonZeroRequests }, { allocatable, nonZeroRequested }) {
    let sum = 0
    let weights = 0
    for (const [name, weight] of scored) {
      const capacity = allocatable.get(name) ?? 0
      if (capacity === 0) continue
      const wanted = (nonZeroRequested.get(name) ?? 0) + (nonZeroRequests.get(name) ?? 0)
      sum += (wanted > capacity ? 0 : Math.floor(((capacity - wanted) * scoreMax) / capacity)) * weight
      weights += weight
    }
    return weights === 0 ? 0 : Math.floor(sum / weights)
  },
})

/** All that is short is told, and whether an empty node would do. */
function fits({ requests }: PodInfo, { allocatable, requested, pods }: NodeView): Status {
  const reasons: string[] = []
  let hopeless = false
  if (pods.size + 1 > (allocatable.get('pods') ?? 0)) reasons.push('Too many pods')
  for (const [name, wanted] of requests) {
    if (wanted === 0) continue
    const capacity = allocatable.get(name) ?? 0
    if (wanted <= capacity - (requested.get(name) ?? 0)) continue
    reasons.push(`Insufficient ${name}`)
    if (wanted > capacity) hopeless = true
  }
  return reasons.length === 0 ? success : { code: hopeless ? 'UnschedulableAndUnresolvable' : 'Unschedulable', reasons }
}

/** Whether the node could hold the pod if it were empty. */
function couldHold(node: Node, { requests }: PodInfo): boolean {
  const allocatable = resourcesOf(node.status?.allocatable)
  return (allocatable.get('pods') ?? 0) > 0 && [...requests].every(([name, wanted]) => wanted <= (allocatable.get(name) ?? 0))
}

/** Nothing that the pod asks for has grown. */
function allocatableShrank(old: Node, node: Node, { requests }: PodInfo): boolean {
  const [before, now] = [resourcesOf(old.status?.allocatable), resourcesOf(node.status?.allocatable)]
  return ['pods', ...requests.keys()].every((name) => (now.get(name) ?? 0) <= (before.get(name) ?? 0))
}
