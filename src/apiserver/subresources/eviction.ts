/**
 * pods/eviction: a delete that asks the pod's disruption budget first (registry/core/pod/storage/eviction.go). A pod that
 * runs nothing any more is deleted without asking; else the budget is charged by compare-and-swap before the pod goes.
 */
import { setCondition } from '../../api/meta/conditions.js'
import { labelSelectorQuery, matchesLabels } from '../../api/meta/labels.js'
import type { KubeObject } from '../../api/meta/object.js'
import { ApiError, badRequest, forbidden, internalError, type Status, tooManyRequests } from '../../api/meta/status.js'
import { formatTime } from '../../api/meta/time.js'
import type { Pod, PodCondition } from '../../api/types/core-v1.js'
import type { Eviction, PodDisruptionBudget } from '../../api/types/policy-v1.js'
import type { Answer, ApiCall, ResourceTarget } from '../request.js'
import { readBody } from '../resource/body.js'
import { deleteObject } from '../resource/delete.js'
import { checked } from '../resource/delete-options.js'
import { keyOf } from '../resource/keys.js'
import { present } from '../resource/present.js'
import { updateObject } from '../resource/update.js'
import type { World } from '../resource/world.js'
import { parseWriteOptions } from '../resource/write-options.js'
import { admitSubresource, schemaOf } from './common.js'

const gvk = { group: 'policy', version: 'v1', kind: 'Eviction' }
const budgets = { group: 'policy', resource: 'poddisruptionbudgets' }
/** Evictions that a budget remembers until their pods are gone. */
const disruptedPodsMax = 2000

export async function eviction(world: World, call: ApiCall, target: ResourceTarget): Promise<Answer> {
  const options = parseWriteOptions('CreateOptions', call)
  const object = readBody(call, { gvk, schema: schemaOf(world, gvk) }, world.registry, options.fieldValidation)
  const { metadata, deleteOptions } = object as unknown as Eviction & KubeObject
  if (metadata.name && metadata.name !== target.name) throw badRequest('name in URL does not match name in Eviction object')
  const given = checked((deleteOptions ?? {}) as Parameters<typeof checked>[0])
  const dryRun = options.dryRun || given.dryRun
  await admitSubresource(world, { call, target, object, dryRun })
  const pod = present(target.kind, await world.reader.get(target, new URLSearchParams(), call.signal)).object as unknown as Pod & KubeObject
  let resourceVersion = given.preconditions.resourceVersion
  if (!ignoresBudgets(pod)) {
    const budget = budgetOf(world, pod)
    if (budget && !unhealthyMayGo(budget, pod)) await charge(world, call, { budget, pod: target.name, dryRun })
    if (!dryRun) resourceVersion = (await condition(world, call, target)) ?? resourceVersion
  }
  await deleteObject(
    world,
    call,
    { ...target, verb: 'delete' },
    {
      ...given,
      dryRun,
      preconditions: {
        uid: given.preconditions.uid ?? pod.metadata.uid,
        resourceVersion: given.preconditions.resourceVersion && resourceVersion,
      },
    },
  )
  const status: Status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }
  return { type: 'status', status }
}

/** A pod that is over, has not begun, or is going already is no loss (canIgnorePDB). */
function ignoresBudgets({ metadata, status }: Pod & KubeObject): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed' || status?.phase === 'Pending' || Boolean(metadata.deletionTimestamp)
}

/** The budget that counts the pod; undefined for none. Throws the 500 for more than one. */
function budgetOf(world: World, { metadata }: Pod & KubeObject): PodDisruptionBudget | undefined {
  const found = world.lookup.list(budgets, metadata.namespace ?? '').filter((budget) => {
    const { selector } = (budget as unknown as PodDisruptionBudget).spec ?? {}
    return matchesLabels(labelSelectorQuery(selector), metadata.labels)
  })
  if (found.length > 1)
    throw internalErrorOf('This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.')
  return found[0] as unknown as PodDisruptionBudget | undefined
}

function internalErrorOf(message: string): ApiError {
  return new ApiError(500, 'InternalError', `Internal error occurred: ${message}`, internalError(message).status.details)
}

/** spec.unhealthyPodEvictionPolicy: pods that are not ready may go while the budget has no need of them. */
function unhealthyMayGo({ spec, status }: PodDisruptionBudget, pod: Pod): boolean {
  const ready = pod.status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True')
  if (ready) return false
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true
  return (status?.currentHealthy ?? 0) >= (status?.desiredHealthy ?? 0) && (status?.desiredHealthy ?? 0) > 0
}

interface Charge {
  readonly budget: PodDisruptionBudget
  readonly pod: string
  readonly dryRun: boolean
}

/** Takes one disruption from the budget (checkAndDecrement). Throws 429 and 403. */
async function charge(world: World, call: ApiCall, { budget, pod, dryRun }: Charge): Promise<void> {
  const kind = world.registry.findKind({ group: 'policy', version: 'v1', kind: 'PodDisruptionBudget' })
  const { name = '', namespace = '' } = budget.metadata ?? {}
  if (!kind) return
  await updateObject(world, {
    call,
    target: {
      type: 'resource',
      verb: 'update',
      kind,
      namespace,
      name,
      rest: '',
      subresource: { name: 'status', kind: kind.kind, verbs: [] },
    },
    dryRun,
    creates: false,
    rules: { prepare: () => {}, validate: () => [], createsWhenAbsent: false, unconditional: true },
    make: (old) => charged(old as KubeObject, pod, formatTime(world.context.clock.now())),
  })
}

function charged(old: KubeObject, pod: string, now: string): KubeObject {
  const { name } = old.metadata
  const { status = {}, metadata } = old as unknown as {
    status?: NonNullable<PodDisruptionBudget['status']>
    metadata: KubeObject['metadata']
  }
  const disruptedPods = status.disruptedPods ?? {}
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) throw budgetIsBehind(name)
  if ((status.disruptionsAllowed ?? 0) < 0) throw forbidden(budgets, name, 'pdb disruptions allowed is negative')
  if (Object.keys(disruptedPods).length > disruptedPodsMax)
    throw forbidden(budgets, name, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller')
  if (!status.disruptionsAllowed) {
    const message =
      status.desiredHealthy && status.currentHealthy !== undefined && status.currentHealthy > status.desiredHealthy
        ? `The disruption budget ${name} does not allow evicting pods currently because it failed sync`
        : `The disruption budget ${name} needs ${status.desiredHealthy ?? 0} healthy pods and has ${status.currentHealthy ?? 0} currently`
    throw new ApiError(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
      causes: [{ reason: 'DisruptionBudget', message }],
    })
  }
  const object = structuredClone(old)
  object.status = { ...status, disruptionsAllowed: status.disruptionsAllowed - 1, disruptedPods: { ...disruptedPods, [pod]: now } }
  return object
}

function budgetIsBehind(name: string): ApiError {
  return tooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", 10, [
    { reason: 'DisruptionBudget', message: `The disruption budget ${name} is still being processed by the server.` },
  ])
}

/** Tells why the pod goes; gives its new resourceVersion. */
async function condition(world: World, call: ApiCall, target: ResourceTarget): Promise<string | undefined> {
  if (!world.mirror.shelf(target.kind).get(keyOf(target.kind, target.namespace, target.name))) return undefined
  const now = formatTime(world.context.clock.now())
  const { served } = await updateObject(world, {
    call,
    target: { ...target, subresource: { name: 'status', kind: 'Pod', verbs: [] } },
    dryRun: false,
    creates: false,
    rules: { prepare: () => {}, validate: () => [], createsWhenAbsent: false, unconditional: true },
    make: (old) => {
      const pod = structuredClone(old) as KubeObject & Pod
      const disruption: PodCondition = {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'EvictionByEvictionAPI',
        message: 'Eviction API: evicting',
      }
      pod.status = { ...pod.status, conditions: setCondition(pod.status?.conditions, disruption, now) as PodCondition[] }
      return pod
    },
  })
  return served.object.metadata.resourceVersion
}
