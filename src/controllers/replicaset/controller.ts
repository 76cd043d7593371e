/**
 * The ReplicaSet controller: as many pods as the spec asks for, no more, no fewer (pkg/controller/replicaset). Pure
 * parts in reconcile.ts. Duplicates are kept away by reading its own writes, not by counted expectations: see
 * client/consistency.ts.
 */
import type { ReplicaSet } from '../../api/types/apps-v1.js'
import type { Pod } from '../../api/types/core-v1.js'
import { messageOf } from '../../base/errors.js'
import type { Informer } from '../../client/informer.js'
import { keyOf, pods as podsResource, replicaSets as replicaSetsResource } from '../../client/resources.js'
import { isNamespaceTerminating, isNotFound } from '../../client/status-error.js'
import { type Controller, type ControllerKit, enqueueSelf, type Settled } from '../framework/controller.js'
import { claimable, claimIndexes, dependentHandler, namespaceIndexes } from '../framework/dependent-handler.js'
import { createDependent, deleteDependent, slowStart } from '../framework/dependents.js'
import { semanticallyEqual } from '../framework/equality.js'
import { claim, controllerOf, controllerReference } from '../framework/ownership.js'
import { availableInMs, isPodActive, podFromTemplate } from '../framework/pods.js'
import { matcherOf } from '../framework/selector.js'
import { planReplicas, type ReplicaPlan, replicaSetStatus } from './reconcile.js'

interface Caches {
  readonly replicaSets: Informer<ReplicaSet>
  readonly pods: Informer<Pod>
}

export const replicaSetController: Controller = {
  name: 'replicaset-controller',
  start(kit) {
    const caches: Caches = {
      replicaSets: kit.watch(replicaSetsResource, { indexes: { ...namespaceIndexes, ...claimIndexes } }),
      pods: kit.watch(podsResource, { indexes: claimIndexes }),
    }
    caches.replicaSets.addHandler(enqueueSelf(kit.queue))
    caches.pods.addHandler(
      dependentHandler({
        owners: caches.replicaSets,
        selectorOf: ({ spec }) => spec?.selector,
        enqueue: (owner) => kit.queue.add(keyOf(owner)),
      }),
    )
    return (key) => reconcile(kit, caches, key)
  },
}

async function reconcile(kit: ControllerKit, caches: Caches, key: string): Promise<Settled | undefined> {
  const replicaSet = caches.replicaSets.cache.get(key)
  if (!replicaSet) {
    kit.writes.forget(key)
    return undefined
  }
  // Pods that have ended are nobody's replicas; they are neither adopted nor released.
  const candidates = claimable(caches.pods.cache, replicaSet).filter(
    (pod) => isPodActive(pod) || pod.metadata.deletionTimestamp !== undefined,
  )
  const pods = await claim({
    client: kit.client,
    writes: kit.writes,
    owner: replicaSet,
    ownerResource: replicaSetsResource,
    informer: caches.pods,
    candidates,
    matches: matcherOf(replicaSet.spec?.selector),
  })
  let failure: unknown
  if (!replicaSet.metadata.deletionTimestamp)
    failure = await manage(kit, caches, replicaSet, planReplicas(replicaSet, pods, relatedPods(caches, replicaSet), kit.now()))
  // The status is of what was observed, before the changes just made: they will be observed in their turn.
  const updated = await reportStatus(kit, caches, replicaSet, pods, failure)
  if (failure !== undefined) throw failure
  return requeueForAvailability(updated, pods, kit.now())
}

/** Pods of all ReplicaSets with this one's owner (of a Deployment: its other revisions). */
function relatedPods({ replicaSets, pods }: Caches, replicaSet: ReplicaSet): Pod[] {
  const owner = controllerOf(replicaSet)
  const family = owner ? replicaSets.cache.byIndex('claim', owner.uid) : [replicaSet]
  return family.flatMap(({ metadata }) => pods.cache.byIndex('claim', metadata.uid ?? ''))
}

/** Carries the plan out; returns the first failure. */
async function manage(kit: ControllerKit, { pods }: Caches, replicaSet: ReplicaSet, { create, remove }: ReplicaPlan): Promise<unknown> {
  const key = keyOf(replicaSet)
  const { namespace = '', name } = replicaSet.metadata
  const template = replicaSet.spec?.template ?? {}
  const made = await slowStart(create, async () => {
    try {
      const pod = await createDependent(kit, key, pods, podFromTemplate(template, namespace, `${name}-`, controllerReference(replicaSet)))
      kit.events.event(replicaSet, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`)
    } catch (error) {
      if (!isNamespaceTerminating(error)) kit.events.event(replicaSet, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`)
      throw error
    }
  })
  // Nothing can be made in a namespace that goes away, and nothing needs to be.
  if (made.error !== undefined) return isNamespaceTerminating(made.error) ? undefined : made.error
  const removed = await Promise.allSettled(
    remove.map(async (pod) => {
      try {
        if (await deleteDependent(kit, key, pods, pod))
          kit.events.event(replicaSet, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`)
      } catch (error) {
        kit.events.event(replicaSet, 'Warning', 'FailedDelete', `Error deleting: ${messageOf(error)}`)
        throw error
      }
    }),
  )
  return removed.find((result) => result.status === 'rejected')?.reason
}

async function reportStatus(
  kit: ControllerKit,
  caches: Caches,
  replicaSet: ReplicaSet,
  pods: readonly Pod[],
  failure: unknown,
): Promise<ReplicaSet> {
  const status = replicaSetStatus(replicaSet, pods, failure === undefined ? undefined : { message: messageOf(failure) }, kit.now())
  if (semanticallyEqual(withZeroes(replicaSet.status), withZeroes(status))) return replicaSet
  try {
    const updated = await kit.client.updateStatus(replicaSetsResource, { ...replicaSet, status })
    kit.writes.wrote(keyOf(replicaSet), caches.replicaSets, updated)
    return updated
  } catch (error) {
    if (isNotFound(error)) return replicaSet
    throw error
  }
}

/** Counts of 0 are left out of what is stored by encoders that omit them; either form means the same. */
function withZeroes(status: ReplicaSet['status']): object {
  return Object.fromEntries(Object.entries(status ?? {}).filter(([, value]) => value !== 0))
}

/** A ready pod becomes available by the passing of time alone: nobody tells us. */
function requeueForAvailability({ spec, status }: ReplicaSet, pods: readonly Pod[], now: number): Settled | undefined {
  const minReadySeconds = spec?.minReadySeconds ?? 0
  if (minReadySeconds === 0 || (status?.availableReplicas ?? 0) === (spec?.replicas ?? 1)) return undefined
  const waits = pods.map((pod) => availableInMs(pod, minReadySeconds, now) ?? 0).filter((ms) => ms > 0)
  return waits.length > 0 ? { againAfterMs: Math.min(...waits) + 1 } : undefined
}
