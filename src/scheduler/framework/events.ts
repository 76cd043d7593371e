/**
 * What happens in the cluster that may make a waiting pod schedulable. Plugins register for the events that could undo
 * their rejections, with a hint that looks at the very change. kube-scheduler framework/events.go, KEP-4247.
 */
import type { Node, Pod } from '../../api/types/core-v1.js'
import { podRequests } from './resources.js'

/** 'Wildcard' is everything: after a long wait, or a change nobody can judge. */
export type ClusterEvent =
  | { readonly type: 'Wildcard' }
  | { readonly type: 'Node'; readonly action: NodeAction; readonly old?: Node; readonly node?: Node }
  /** A pod that has a node: it came, changed or went. */
  | { readonly type: 'AssignedPod'; readonly action: PodAction; readonly old?: Pod; readonly pod?: Pod }
  /** A pod that waits for a node, mostly the very pod that is judged. */
  | { readonly type: 'UnscheduledPod'; readonly action: PodAction; readonly old?: Pod; readonly pod?: Pod }
  | { readonly type: 'Namespace'; readonly action: 'Add' | 'UpdateLabel' }

export type NodeAction = 'Add' | 'Delete' | 'UpdateAllocatable' | 'UpdateLabel' | 'UpdateTaint' | 'UpdateCondition' | 'UpdateAnnotation'
export type PodAction = 'Add' | 'Delete' | 'UpdateLabel' | 'UpdateScaleDown' | 'UpdateGatesEliminated' | 'UpdateToleration' | 'Update'

/** What changed between two versions of a node that anyone may wait for. */
export function nodeChanges(old: Node, node: Node): NodeAction[] {
  const changes: NodeAction[] = []
  if (differ(old.status?.allocatable, node.status?.allocatable)) changes.push('UpdateAllocatable')
  if (differ(old.metadata.labels, node.metadata.labels)) changes.push('UpdateLabel')
  if (differ(old.spec?.taints, node.spec?.taints) || (old.spec?.unschedulable ?? false) !== (node.spec?.unschedulable ?? false))
    changes.push('UpdateTaint')
  if (differ(conditionsOf(old), conditionsOf(node))) changes.push('UpdateCondition')
  if (differ(old.metadata.annotations, node.metadata.annotations)) changes.push('UpdateAnnotation')
  return changes
}

/** What changed between two versions of a pod that anyone may wait for. */
export function podChanges(old: Pod, pod: Pod): PodAction[] {
  const changes: PodAction[] = []
  if (differ(old.metadata.labels, pod.metadata.labels)) changes.push('UpdateLabel')
  const before = podRequests(old)
  for (const [name, amount] of podRequests(pod)) if (amount < (before.get(name) ?? 0)) before.set('', 1)
  if (before.get('') === 1) changes.push('UpdateScaleDown')
  if ((old.spec?.schedulingGates ?? []).length > 0 && (pod.spec?.schedulingGates ?? []).length === 0) changes.push('UpdateGatesEliminated')
  if (differ(old.spec?.tolerations, pod.spec?.tolerations)) changes.push('UpdateToleration')
  return changes
}

/** Heartbeats are not conditions. */
function conditionsOf(node: Node): unknown {
  return (node.status?.conditions ?? []).map(({ type, status }) => [type, status])
}

function differ(a: unknown, b: unknown): boolean {
  return a !== b && JSON.stringify(a) !== JSON.stringify(b)
}
