/**
 * Nodes and the pods on them, as watched, plus what the scheduler itself has decided and the watch has not shown yet:
 * assumed pods. kube-scheduler backend/cache/cache.go. Read next: cycle.ts.
 *
 * States of a pod:
 *   unknown  --assume-->            assumed     counted on the node the cycle chose
 *   assumed  --bound (watch)-->     added       counted where the watch says, whatever was assumed
 *   assumed  --forget-->            unknown     its binding failed
 *   unknown  --bound (watch)-->     added
 *   added    --deleted, ended-->    unknown
 * An assumed pod whose binding was answered and that the watch does not show for long is overdue: somebody has to ask.
 *
 * Invariant (check): every pod is counted on exactly one node, and every node's sums are those of its pods.
 */

import type { Node } from '../api/types/core-v1.js'
import { assert } from '../base/assert.js'
import { checkNodeInfo, NodeInfo, placeholderNode } from './framework/node-info.js'
import type { Snapshot } from './framework/plugin.js'
import type { PodInfo } from './framework/pod-info.js'
import { createSnapshot } from './snapshot.js'

interface Place {
  readonly pod: PodInfo
  readonly node: string
  readonly assumed: boolean
  /** Milliseconds, monotonic, when the binding was answered. */
  boundAt?: number
}

export interface Cache {
  setNode(node: Node): void
  deleteNode(name: string): void
  /** A pod that the watch shows on `node`. */
  addPod(pod: PodInfo, node: string): void
  deletePod(uid: string): void
  assume(pod: PodInfo, node: string): void
  /** The binding was answered with success. */
  bound(uid: string, at: number): void
  /** Ends the assumption; does nothing when the watch has confirmed the pod meanwhile. */
  forget(uid: string): void
  isAssumed(uid: string): boolean
  nodeOf(uid: string): string | undefined
  /** Assumed pods whose binding was answered before `since`. */
  overdue(since: number): readonly { readonly pod: PodInfo; readonly node: string }[]
  snapshot(): Snapshot
  /** Asserts the invariant. */
  check(): void
}

export function createCache(): Cache {
  const nodes = new Map<string, NodeInfo>()
  /** Names in `nodes` that exist; the others hold pods of nodes that are gone or not seen yet. */
  const existing = new Set<string>()
  const places = new Map<string, Place>()
  let snapshot: Snapshot | undefined

  function place(pod: PodInfo, node: string, assumed: boolean): void {
    unplace(pod.uid)
    let info = nodes.get(node)
    if (!info) nodes.set(node, (info = new NodeInfo(placeholderNode(node))))
    info.add(pod)
    places.set(pod.uid, { pod, node, assumed })
  }
  function unplace(uid: string): void {
    const known = places.get(uid)
    if (!known) return
    places.delete(uid)
    const info = nodes.get(known.node)
    info?.remove(uid)
    if (info?.pods.size === 0 && !existing.has(known.node)) nodes.delete(known.node)
  }
  return {
    setNode(node) {
      const { name } = node.metadata
      const old = nodes.get(name)
      nodes.set(name, new NodeInfo(node, old?.pods.values()))
      existing.add(name)
      snapshot = undefined
    },
    deleteNode(name) {
      existing.delete(name)
      snapshot = undefined
      const pods = nodes.get(name)?.pods
      if (!pods || pods.size === 0) nodes.delete(name)
      else nodes.set(name, new NodeInfo(placeholderNode(name), pods.values()))
    },
    addPod: (pod, node) => place(pod, node, false),
    deletePod: unplace,
    assume(pod, node) {
      assert(!places.has(pod.uid), `pod ${pod.key} is assumed once`)
      place(pod, node, true)
    },
    bound(uid, at) {
      const known = places.get(uid)
      if (known?.assumed) known.boundAt = at
    },
    forget(uid) {
      if (places.get(uid)?.assumed) unplace(uid)
    },
    isAssumed: (uid) => places.get(uid)?.assumed ?? false,
    nodeOf: (uid) => places.get(uid)?.node,
    overdue: (since) => [...places.values()].filter(({ assumed, boundAt }) => assumed && boundAt !== undefined && boundAt < since),
    snapshot: () => (snapshot ??= createSnapshot([...nodes.values()].filter(({ name }) => existing.has(name)))),
    check() {
      let counted = 0
      for (const node of nodes.values()) {
        checkNodeInfo(node)
        for (const uid of node.pods.keys()) assert(places.get(uid)?.node === node.name, `pod ${uid} is counted on ${node.name} only`)
        counted += node.pods.size
      }
      assert(counted === places.size, `${places.size} pods are counted once each`)
    },
  }
}
