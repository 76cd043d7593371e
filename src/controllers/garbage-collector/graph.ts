/**
 * The graph of owners and dependents (pkg/controller/garbagecollector/graph_builder.go), pure: it takes in what watches
 * tell and says which objects must be looked at.
 *
 * Terms: a *virtual* node is an owner that some object names but no watch has shown; it must be looked for. An owner is
 * *deleting its dependents* when it waits, by the finalizer foregroundDeletion, for those that block it.
 *
 * Invariants (checkGraph): 1. a node is among the dependents of each node that its ownerReferences name, and of no
 * other. 2. a node that nothing names and no watch shows is not in the graph.
 */
import type { OwnerReference } from '../../api/types/meta-v1.js'
import { assert } from '../../base/assert.js'
import type { ApiObject } from '../../client/resources.js'

export const foregroundFinalizer = 'foregroundDeletion'
export const orphanFinalizer = 'orphan'

/** Enough to find an object on the server and to know it again. */
export interface Identity {
  readonly apiVersion: string
  readonly kind: string
  /** '' for what is in no namespace. */
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

export interface GraphNode {
  identity: Identity
  owners: readonly OwnerReference[]
  readonly dependents: Set<GraphNode>
  virtual: boolean
  deleting: boolean
  deletingDependents: boolean
}

/** 'delete': see whether the object should go, or go on going. 'orphan': free its dependents of it, then let it go. */
export interface Attention {
  readonly type: 'delete' | 'orphan'
  readonly uid: string
}

export interface Graph {
  get(uid: string): GraphNode | undefined
  readonly size: number
  /** An object as a watch shows it. */
  observe(object: ApiObject): Attention[]
  /** An object is gone: a watch said so, or it was looked for in vain. */
  remove(uid: string): Attention[]
  nodes(): IterableIterator<GraphNode>
}

export function createGraph(): Graph {
  const nodes = new Map<string, GraphNode>()

  /** Files `node` with the owners named in `added`; owners that nobody has seen are to be looked for. */
  function link(node: GraphNode, added: readonly OwnerReference[]): Attention[] {
    const attention: Attention[] = []
    for (const { apiVersion, kind, name, uid } of added) {
      let owner = nodes.get(uid)
      if (!owner) {
        owner = {
          identity: { apiVersion, kind, name, uid, namespace: node.identity.namespace },
          owners: [],
          dependents: new Set(),
          virtual: true,
          deleting: false,
          deletingDependents: false,
        }
        nodes.set(uid, owner)
        attention.push({ type: 'delete', uid })
      }
      owner.dependents.add(node)
    }
    return attention
  }
  function unlink(node: GraphNode, removed: readonly OwnerReference[]): void {
    for (const { uid } of removed) {
      const owner = nodes.get(uid)
      owner?.dependents.delete(node)
      if (owner?.virtual && owner.dependents.size === 0) nodes.delete(uid)
    }
  }
  return {
    get: (uid) => nodes.get(uid),
    get size() {
      return nodes.size
    },
    nodes: () => nodes.values(),
    observe(object) {
      const { uid = '', name, namespace = '', ownerReferences: owners = [] } = object.metadata
      const identity: Identity = { apiVersion: object.apiVersion, kind: object.kind, namespace, name, uid }
      const known = nodes.get(uid)
      const node: GraphNode = known ?? {
        identity,
        owners: [],
        dependents: new Set(),
        virtual: false,
        deleting: false,
        deletingDependents: false,
      }
      nodes.set(uid, node)
      const attention: Attention[] = []
      // A virtual node may have been named with the wrong namespace or kind: those who named it so have no such owner.
      if (known?.virtual && !sameObject(known.identity, identity))
        for (const { identity: dependent } of known.dependents) attention.push({ type: 'delete', uid: dependent.uid })
      node.virtual = false
      node.identity = identity
      const removed = node.owners.filter((one) => !owners.some(({ uid: other }) => other === one.uid))
      const added = owners.filter((one) => !node.owners.some(({ uid: other }) => other === one.uid))
      const unblocked = node.owners.filter(
        (one) => one.blockOwnerDeletion && !owners.some((other) => other.uid === one.uid && other.blockOwnerDeletion),
      )
      for (const { uid: owner } of unblocked) if (nodes.get(owner)?.deletingDependents) attention.push({ type: 'delete', uid: owner })
      unlink(node, removed)
      attention.push(...link(node, added))
      // An owner that waits for its dependents gets one more: it has to go as well.
      if (added.some(({ uid: owner }) => nodes.get(owner)?.deletingDependents)) attention.push({ type: 'delete', uid })
      node.owners = owners
      attention.push(...transitions(node, object))
      return attention
    },
    remove(uid) {
      const node = nodes.get(uid)
      if (!node) return []
      const attention: Attention[] = []
      unlink(node, node.owners)
      for (const { uid: owner } of node.owners) if (nodes.get(owner)?.deletingDependents) attention.push({ type: 'delete', uid: owner })
      for (const dependent of node.dependents) attention.push({ type: 'delete', uid: dependent.identity.uid })
      if (node.dependents.size === 0) nodes.delete(uid)
      else Object.assign(node, { virtual: true, owners: [], deleting: false, deletingDependents: false })
      return attention
    },
  }
}

/** What becomes due when the object enters deletion, or begins to wait for its dependents. */
function transitions(node: GraphNode, { metadata }: ApiObject): Attention[] {
  if (metadata.deletionTimestamp === undefined) return []
  const { uid } = node.identity
  const finalizers = metadata.finalizers ?? []
  node.deleting = true
  if (finalizers.includes(orphanFinalizer)) return [{ type: 'orphan', uid }]
  if (!finalizers.includes(foregroundFinalizer) || node.deletingDependents) return []
  node.deletingDependents = true
  return [...[...node.dependents].map((one): Attention => ({ type: 'delete', uid: one.identity.uid })), { type: 'delete', uid }]
}

/** Dependents for which an owner that is deleting its dependents must wait. */
export function blockingDependents(node: GraphNode): GraphNode[] {
  return [...node.dependents].filter(({ owners }) =>
    owners.some(({ uid, blockOwnerDeletion }) => uid === node.identity.uid && blockOwnerDeletion === true),
  )
}

function sameObject(a: Identity, b: Identity): boolean {
  const group = (apiVersion: string) => (apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '')
  return (
    a.name === b.name &&
    a.kind === b.kind &&
    group(a.apiVersion) === group(b.apiVersion) &&
    (a.namespace === b.namespace || b.namespace === '')
  )
}

/** Asserts the graph's invariants. */
export function checkGraph(graph: Graph): void {
  for (const node of graph.nodes()) {
    for (const { uid } of node.owners)
      assert(graph.get(uid)?.dependents.has(node), `${node.identity.name} is among the dependents of its owner ${uid}`)
    for (const dependent of node.dependents)
      assert(
        dependent.owners.some(({ uid }) => uid === node.identity.uid),
        `${dependent.identity.name} names its owner ${node.identity.name}`,
      )
    assert(!node.virtual || node.dependents.size > 0, `the virtual node ${node.identity.name} is named by somebody`)
  }
}
