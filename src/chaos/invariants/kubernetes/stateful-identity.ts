/**
 * A StatefulSet's pod is the only one of its name that runs. The API gives a name to one object at a time; what can go wrong is that an
 * object is taken away while its containers still run, and its successor starts.
 */
import { controllerOf } from '../../../api/meta/owner-references.js'
import type { Node, Pod } from '../../../api/types/core-v1.js'
import type { Invariant } from '../invariant.js'
import { describeObject, groupKindOf, uidOf, type World } from '../world.js'
import { hasRunningContainer, isTerminal } from './pods.js'

export const statefulIdentity: Invariant = {
  name: 'StatefulSetAtMostOne',
  description: 'For each identity of a StatefulSet at most one pod has running containers.',
  source: 'Kubernetes docs, "Force Delete StatefulSet Pods" (at most one semantics)',
  begin() {
    /** By identity: uid and node of each pod whose containers may run. */
    const running = new Map<string, Map<string, string>>()
    return {
      observe({ type, object }, world) {
        if (groupKindOf(object) !== 'Pod' || controllerOf(object)?.kind !== 'StatefulSet') return undefined
        const pod = object as Pod
        const identity = describeObject(object)
        const own = running.get(identity) ?? new Map<string, string>()
        running.set(identity, own)
        const uid = uidOf(object)
        if (isTerminal(pod) || !hasRunningContainer(pod)) {
          // Of a pod that goes without ever having told of its containers' end, they may still run.
          own.delete(uid)
          return undefined
        }
        own.set(uid, pod.spec?.nodeName ?? '')
        if (type === 'DELETED') return undefined
        forgetNodes(own, uid, world)
        if (own.size < 2) return undefined
        return [{ objects: [identity], message: `runs ${own.size} times, as uids ${[...own.keys()].join(' and ')}` }]
      },
    }
  },
}

/** What ran on a node that is gone runs no more, as far as the cluster is concerned. */
function forgetNodes(own: Map<string, string>, uid: string, world: World): void {
  const nodes = world.all<Node>('Node')
  if (nodes.length === 0) return
  for (const [other, node] of own) if (other !== uid && !nodes.some(({ metadata }) => metadata.name === node)) own.delete(other)
}
