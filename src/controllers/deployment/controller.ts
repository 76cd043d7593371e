/**
 * The Deployment controller: rolls ReplicaSets from one template to the next (pkg/controller/deployment). It observes,
 * lets reconcile.ts plan one step, carries the step out and reports; the changes it made bring the next step about.
 */
import type { Deployment, DeploymentStatus, ReplicaSet } from '../../api/types/apps-v1.js'
import type { Pod } from '../../api/types/core-v1.js'
import { messageOf } from '../../base/errors.js'
import type { Informer } from '../../client/informer.js'
import {
  deployments as deploymentsResource,
  keyOf,
  pods as podsResource,
  replicaSets as replicaSetsResource,
} from '../../client/resources.js'
import { isAlreadyExists, isNamespaceTerminating, isNotFound } from '../../client/status-error.js'
import { type Controller, type ControllerKit, enqueueSelf, type Settled } from '../framework/controller.js'
import { claimable, claimIndexes, dependentHandler, namespaceIndexes } from '../framework/dependent-handler.js'
import { createDependent, deleteDependent, tryAgain } from '../framework/dependents.js'
import { semanticallyEqual } from '../framework/equality.js'
import { claim, controllerOf } from '../framework/ownership.js'
import { isPodTerminal } from '../framework/pods.js'
import { isEmptySelector, matcherOf } from '../framework/selector.js'
import { type Action, type Plan, planDeployment } from './reconcile.js'
import { revisionAnnotation, templateKey } from './revision.js'
import { isRollingUpdate, replicasOf } from './rollout.js'
import { condition, hasProgressDeadline, withCondition } from './status.js'

interface Caches {
  readonly deployments: Informer<Deployment>
  readonly replicaSets: Informer<ReplicaSet>
  readonly pods: Informer<Pod>
}

export const deploymentController: Controller = {
  name: 'deployment-controller',
  start(kit) {
    const caches: Caches = {
      deployments: kit.watch(deploymentsResource, { indexes: namespaceIndexes }),
      replicaSets: kit.watch(replicaSetsResource, { indexes: claimIndexes }),
      // Only asked whether old pods still run: what they run is of no interest.
      pods: kit.watch(podsResource, {
        indexes: claimIndexes,
        trim: (pod) => {
          delete pod.spec
        },
      }),
    }
    caches.deployments.addHandler(enqueueSelf(kit.queue))
    caches.replicaSets.addHandler(
      dependentHandler({
        owners: caches.deployments,
        selectorOf: ({ spec }) => spec?.selector,
        enqueue: (owner) => kit.queue.add(keyOf(owner)),
      }),
    )
    const podEnded = (pod: Pod) => wakeRecreate(kit, caches, pod)
    caches.pods.addHandler({
      delete: podEnded,
      update: (_old, pod) => {
        if (isPodTerminal(pod)) podEnded(pod)
      },
    })
    return (key) => reconcile(kit, caches, key)
  },
}

/** A Recreate rollout waits for the last old pod to be gone. */
function wakeRecreate(kit: ControllerKit, { deployments, replicaSets }: Caches, pod: Pod): void {
  const { namespace } = pod.metadata
  const replicaSet = replicaSets.cache.get(`${namespace}/${controllerOf(pod)?.name}`)
  const deployment = deployments.cache.get(`${namespace}/${replicaSet && controllerOf(replicaSet)?.name}`)
  if (deployment && !isRollingUpdate(deployment)) kit.queue.add(keyOf(deployment))
}

async function reconcile(kit: ControllerKit, caches: Caches, key: string): Promise<Settled | undefined> {
  const deployment = caches.deployments.cache.get(key)
  if (!deployment) {
    kit.writes.forget(key)
    return undefined
  }
  if (isEmptySelector(deployment.spec?.selector)) return refuseEmptySelector(kit, caches, deployment)
  const replicaSets = await claim({
    client: kit.client,
    writes: kit.writes,
    owner: deployment,
    ownerResource: deploymentsResource,
    informer: caches.replicaSets,
    candidates: claimable(caches.replicaSets.cache, deployment),
    matches: matcherOf(deployment.spec?.selector),
  })
  const hasRunningPods = (uid: string) => caches.pods.cache.byIndex('claim', uid).some((pod) => !isPodTerminal(pod))
  const plan = planDeployment({ deployment, replicaSets, hasRunningPods, now: kit.now() })
  for (const action of plan.actions) await carryOut(kit, caches, deployment, action, plan.status)
  await report(kit, caches, deployment, plan)
  return plan.againAfterMs === undefined ? undefined : { againAfterMs: plan.againAfterMs }
}

async function refuseEmptySelector(kit: ControllerKit, caches: Caches, deployment: Deployment): Promise<undefined> {
  kit.events.event(deployment, 'Warning', 'SelectingAll', 'This deployment is selecting all pods. A non-empty selector is required.')
  const { generation } = deployment.metadata
  if ((deployment.status?.observedGeneration ?? 0) < (generation ?? 0))
    await report(kit, caches, deployment, { actions: [], status: { ...deployment.status, observedGeneration: generation } })
  return undefined
}

async function carryOut(
  kit: ControllerKit,
  caches: Caches,
  deployment: Deployment,
  action: Action,
  status: DeploymentStatus,
): Promise<void> {
  const key = keyOf(deployment)
  const { name } = action.replicaSet.metadata
  switch (action.type) {
    case 'create': {
      await makeReplicaSet(kit, caches, deployment, action.replicaSet, status)
      const to = replicasOf(action.replicaSet)
      if (to > 0) kit.events.event(deployment, 'Normal', 'ScalingReplicaSet', `Scaled up replica set ${name} from 0 to ${to}`)
      return
    }
    case 'update': {
      kit.writes.wrote(key, caches.replicaSets, await kit.client.update(replicaSetsResource, action.replicaSet))
      const to = replicasOf(action.replicaSet)
      if (to !== action.from)
        kit.events.event(
          deployment,
          'Normal',
          'ScalingReplicaSet',
          `Scaled ${to > action.from ? 'up' : 'down'} replica set ${name} from ${action.from} to ${to}`,
        )
      return
    }
    case 'delete':
      await deleteDependent(kit, key, caches.replicaSets, action.replicaSet)
  }
}

async function makeReplicaSet(
  kit: ControllerKit,
  caches: Caches,
  deployment: Deployment,
  replicaSet: ReplicaSet,
  status: DeploymentStatus,
): Promise<void> {
  try {
    await createDependent(kit, keyOf(deployment), caches.replicaSets, replicaSet)
  } catch (error) {
    if (isNamespaceTerminating(error)) return
    if (isAlreadyExists(error)) return resolveCollision(kit, caches, deployment, replicaSet)
    const message = `Failed to create new replica set "${replicaSet.metadata.name}": ${messageOf(error)}`
    if (hasProgressDeadline(deployment)) {
      const failed = condition('Progressing', 'False', 'ReplicaSetCreateError', message, kit.now())
      const conditions = withCondition(deployment.status?.conditions ?? [], failed)
      await report(kit, caches, deployment, {
        actions: [],
        status: { ...deployment.status, observedGeneration: status.observedGeneration, conditions },
      })
    }
    kit.events.event(deployment, 'Warning', 'ReplicaSetCreateError', message)
    throw error
  }
}

/** The name is taken: by our own ReplicaSet of the same template, which the cache lacks, or by another, and the hash collides. */
async function resolveCollision(kit: ControllerKit, caches: Caches, deployment: Deployment, replicaSet: ReplicaSet): Promise<void> {
  const { name, namespace = '' } = replicaSet.metadata
  const found = await kit.client.get(replicaSetsResource, name, { namespace })
  if (
    controllerOf(found)?.uid === deployment.metadata.uid &&
    templateKey(found.spec?.template) === templateKey(replicaSet.spec?.template)
  ) {
    kit.writes.wrote(keyOf(deployment), caches.replicaSets, found)
    throw tryAgain(`replica set "${name}" was there already`)
  }
  const collisionCount = (deployment.status?.collisionCount ?? 0) + 1
  await report(kit, caches, deployment, { actions: [], status: { ...deployment.status, collisionCount } })
  throw tryAgain(`hash collision of replica set "${name}"`)
}

/** Writes status and, through the same request, the revision annotation (the status strategy lets annotations through). */
async function report(kit: ControllerKit, caches: Caches, deployment: Deployment, { status, revision }: Plan): Promise<void> {
  if (revision === undefined && semanticallyEqual(withoutZeroes(deployment.status), withoutZeroes(status))) return
  const annotations =
    revision === undefined ? deployment.metadata.annotations : { ...deployment.metadata.annotations, [revisionAnnotation]: revision }
  try {
    const next = { ...deployment, metadata: { ...deployment.metadata, ...(annotations ? { annotations } : {}) }, status }
    kit.writes.wrote(keyOf(deployment), caches.deployments, await kit.client.updateStatus(deploymentsResource, next))
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

function withoutZeroes(status: DeploymentStatus | undefined): object {
  return Object.fromEntries(Object.entries(status ?? {}).filter(([key, value]) => value !== 0 || key === 'collisionCount'))
}
