/**
 * The cluster as one cycle sees it. A cycle is one turn of the actor and the cache changes only between turns, so a
 * snapshot shares the cache's nodes instead of copying them; it is made again when the set of nodes has changed.
 * kube-scheduler backend/cache/snapshot.go, node_tree.go. Read next: cache.ts.
 */
import type { NodeInfo } from './framework/node-info.js'
import type { Snapshot } from './framework/plugin.js'

const zoneLabels = ['topology.kubernetes.io/region', 'topology.kubernetes.io/zone'] as const

/** `nodes` by name, in any order. */
export function createSnapshot(nodes: Iterable<NodeInfo>): Snapshot {
  const list = interleaved(nodes)
  const byName = new Map(list.map((node) => [node.name, node]))
  let images: Map<string, number> | undefined
  return {
    nodes: list,
    get: (name) => byName.get(name),
    imageNodes(name) {
      images ??= countImages(list)
      return images.get(name) ?? 0
    },
    nodesWithAffinity: () => list.filter((node) => node.podsWithAffinity.size > 0),
    nodesWithRequiredAntiAffinity: () => list.filter((node) => node.podsWithRequiredAntiAffinity.size > 0),
  }
}

/** One node of each zone in turn: a search that stops early has seen all zones. */
function interleaved(nodes: Iterable<NodeInfo>): NodeInfo[] {
  const zones = new Map<string, NodeInfo[]>()
  for (const node of nodes) {
    const zone = zoneLabels.map((key) => node.labels[key] ?? '').join('\0')
    const members = zones.get(zone)
    if (members) members.push(node)
    else zones.set(zone, [node])
  }
  const list: NodeInfo[] = []
  for (let i = 0; ; i++) {
    const row = [...zones.values()].flatMap((members) => members[i] ?? [])
    if (row.length === 0) return list
    list.push(...row)
  }
}

function countImages(nodes: readonly NodeInfo[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { images } of nodes) for (const name of images.keys()) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}
