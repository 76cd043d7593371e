/** The taint eviction controller: deletes pods that do not tolerate, or tolerate no longer, their node's NoExecute taints. */
import type { Node, Pod } from '../../api/types/core-v1.js'
import { keyOf, nodes as nodesResource, pods as podsResource } from '../../client/resources.js'
import { isConflict, isNotFound } from '../../client/status-error.js'
import { formatTime } from '../../client/time.js'
import { type Controller, type ControllerKit, enqueueSelf } from '../framework/controller.js'
import { deleteDependent } from '../framework/dependents.js'
import { isPodTerminal } from '../framework/pods.js'
import { evictionTime } from './reconcile.js'

export const taintEvictionController: Controller = {
  name: 'taint-eviction-controller',
  start(kit) {
    const nodes = kit.watch(nodesResource, {
      trim: (node) => {
        delete node.status
      },
    })
    const pods = kit.watch(podsResource, { indexes: { node: ({ spec }) => (spec?.nodeName ? [spec.nodeName] : []) } })
    /** Keys of pods with a time set for them to go. */
    const marked = new Set<string>()
    const enqueuePods = ({ metadata }: Node) => {
      for (const pod of pods.cache.byIndex('node', metadata.name)) kit.queue.add(keyOf(pod))
    }
    pods.addHandler(enqueueSelf(kit.queue))
    nodes.addHandler({
      add: enqueuePods,
      update: (old, node) => {
        if (JSON.stringify(old.spec?.taints) !== JSON.stringify(node.spec?.taints)) enqueuePods(node)
      },
    })

    return async (key) => {
      const pod = pods.cache.get(key)
      const node = pod?.spec?.nodeName ? nodes.cache.get(pod.spec.nodeName) : undefined
      const at =
        pod && node && !pod.metadata.deletionTimestamp && !isPodTerminal(pod) ? evictionTime(pod, node.spec?.taints ?? []) : undefined
      if (!pod || at === undefined) {
        if (marked.delete(key) && pod && !pod.metadata.deletionTimestamp)
          kit.events.event(pod, 'Normal', 'TaintManagerEviction', `Cancelling deletion of Pod ${key}`)
        if (!pod) kit.writes.forget(key)
        return undefined
      }
      const left = at - kit.now()
      if (left > 0) {
        marked.add(key)
        return { againAfterMs: left }
      }
      marked.delete(key)
      kit.events.event(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${key}`)
      await announce(kit, pod)
      await deleteDependent(kit, key, pods, pod)
      return undefined
    }
  },
}

/** The condition by which Jobs and people tell that the pod did not fail by itself. */
async function announce({ client, now }: ControllerKit, pod: Pod): Promise<void> {
  const { name, namespace, uid } = pod.metadata
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'DeletionByTaintManager',
    message: 'Taint manager: deleting due to NoExecute taint',
    lastTransitionTime: formatTime(now()),
  }
  try {
    await client.patch(
      podsResource,
      name,
      'strategic',
      { metadata: { uid }, status: { conditions: [condition] } },
      { subresource: 'status', ...(namespace ? { namespace } : {}) },
    )
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error
  }
}
