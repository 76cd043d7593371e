/**
 * A node as the scheduler works with it: the object, the pods on it (bound or assumed) and their sums, kept up to date
 * pod by pod. Preemption works on clones. kube-scheduler framework/types.go NodeInfo. Read next: plugin.ts.
 *
 * Invariant (checkNodeInfo): the sums are those of the pods.
 */

import type { Node } from '../../api/types/core-v1.js'
import { assert } from '../../base/assert.js'
import type { HostPort } from './host-ports.js'
import type { PodInfo } from './pod-info.js'
import { addResources, type Resources, resourcesOf } from './resources.js'

/** What plugins see of a node. */
export interface NodeView {
  readonly name: string
  readonly node: Node
  readonly labels: Record<string, string>
  readonly allocatable: Resources
  /** Sum of what the pods ask for. */
  readonly requested: Resources
  /** The same with silent containers counted; for scores. */
  readonly nonZeroRequested: Resources
  /** By uid. */
  readonly pods: ReadonlyMap<string, PodInfo>
  /** Those of `pods` that have affinity or anti-affinity of any kind. */
  readonly podsWithAffinity: ReadonlyMap<string, PodInfo>
  readonly podsWithRequiredAntiAffinity: ReadonlyMap<string, PodInfo>
  readonly hostPorts: readonly HostPort[]
  /** Name of an image → bytes. */
  readonly images: ReadonlyMap<string, number>
}

export class NodeInfo implements NodeView {
  readonly node: Node
  readonly name: string
  readonly labels: Record<string, string>
  readonly allocatable: Resources
  readonly images: ReadonlyMap<string, number>
  readonly requested = new Map<string, number>()
  readonly nonZeroRequested = new Map<string, number>()
  readonly pods = new Map<string, PodInfo>()
  readonly podsWithAffinity = new Map<string, PodInfo>()
  readonly podsWithRequiredAntiAffinity = new Map<string, PodInfo>()
  hostPorts: readonly HostPort[] = []

  constructor(node: Node, pods: Iterable<PodInfo> = []) {
    this.node = node
    this.name = node.metadata.name
    this.labels = node.metadata.labels ?? {}
    this.allocatable = resourcesOf(node.status?.allocatable)
    const images = new Map<string, number>()
    for (const { names, sizeBytes } of node.status?.images ?? []) for (const name of names ?? []) images.set(name, sizeBytes ?? 0)
    this.images = images
    for (const pod of pods) this.add(pod)
  }

  add(pod: PodInfo): void {
    assert(!this.pods.has(pod.uid), `pod ${pod.key} is counted once on ${this.name}`)
    this.pods.set(pod.uid, pod)
    addResources(this.requested, pod.requests)
    addResources(this.nonZeroRequested, pod.nonZeroRequests)
    if (hasAffinity(pod)) this.podsWithAffinity.set(pod.uid, pod)
    if (pod.requiredAntiAffinity.length > 0) this.podsWithRequiredAntiAffinity.set(pod.uid, pod)
    if (pod.hostPorts.length > 0) this.hostPorts = [...this.hostPorts, ...pod.hostPorts]
  }

  /** Removes the pod of this uid; does nothing when it is not here. */
  remove(uid: string): void {
    const pod = this.pods.get(uid)
    if (!pod) return
    this.pods.delete(uid)
    addResources(this.requested, pod.requests, -1)
    addResources(this.nonZeroRequested, pod.nonZeroRequests, -1)
    this.podsWithAffinity.delete(uid)
    this.podsWithRequiredAntiAffinity.delete(uid)
    if (pod.hostPorts.length > 0) this.hostPorts = [...this.pods.values()].flatMap(({ hostPorts }) => hostPorts)
  }

  clone(): NodeInfo {
    return new NodeInfo(this.node, this.pods.values())
  }
}

/** A node that is not there: pods are bound to it, and nothing can be scheduled. */
export function placeholderNode(name: string): Node {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name } }
}

function hasAffinity(pod: PodInfo): boolean {
  return pod.requiredAffinity.length + pod.requiredAntiAffinity.length + pod.preferredAffinity.length + pod.preferredAntiAffinity.length > 0
}

/** Asserts the invariant. */
export function checkNodeInfo(node: NodeView): void {
  const requested = new Map<string, number>()
  for (const pod of node.pods.values()) addResources(requested, pod.requests)
  for (const name of new Set([...requested.keys(), ...node.requested.keys()]))
    assert((requested.get(name) ?? 0) === (node.requested.get(name) ?? 0), `${name} requested on ${node.name} is the sum of its pods`)
}
