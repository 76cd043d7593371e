/**
 * Which waiting pods are nominated to which node: their preemption has made room there, and pods of lower priority must
 * not take it. What a cycle nominated counts at once; the pod's status follows. backend/queue/nominator.go.
 */
import type { Pod } from '../api/types/core-v1.js'
import type { PodInfo } from './framework/pod-info.js'

export interface Nominator {
  /** Nominates `pod` to `node`; '' ends its nomination. */
  nominate(pod: PodInfo, node: string): void
  /** A newer version of a pod. Its status decides, unless a nomination made here is not in it yet. */
  update(old: Pod | undefined, pod: PodInfo): void
  forget(uid: string): void
  nodeOf(uid: string): string | undefined
  on(node: string): readonly PodInfo[]
}

export function createNominator(): Nominator {
  const byUid = new Map<string, { readonly pod: PodInfo; readonly node: string }>()
  const byNode = new Map<string, Map<string, PodInfo>>()
  function forget(uid: string): void {
    const known = byUid.get(uid)
    if (!known) return
    byUid.delete(uid)
    const pods = byNode.get(known.node)
    pods?.delete(uid)
    if (pods?.size === 0) byNode.delete(known.node)
  }
  function nominate(pod: PodInfo, node: string): void {
    forget(pod.uid)
    if (node === '') return
    byUid.set(pod.uid, { pod, node })
    const pods = byNode.get(node)
    if (pods) pods.set(pod.uid, pod)
    else byNode.set(node, new Map([[pod.uid, pod]]))
  }
  return {
    nominate,
    update(old, pod) {
      const stated = pod.pod.status?.nominatedNodeName ?? ''
      const isSilent = stated === '' && (old?.status?.nominatedNodeName ?? '') === ''
      nominate(pod, isSilent ? (byUid.get(pod.uid)?.node ?? '') : stated)
    },
    forget,
    nodeOf: (uid) => byUid.get(uid)?.node,
    on: (node) => [...(byNode.get(node)?.values() ?? [])],
  }
}
