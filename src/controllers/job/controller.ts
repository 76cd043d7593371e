/**
 * The Job controller (pkg/controller/job). It carries out what reconcile.ts plans: pods first, then the status, then the
 * finalizers of pods whose uids that status holds. The order is what makes counting survive a crash: see tally.ts.
 */
import type { Job, JobStatus } from '../../api/types/batch-v1.js'
import type { Pod } from '../../api/types/core-v1.js'
import { messageOf } from '../../base/errors.js'
import type { Informer } from '../../client/informer.js'
import { jobs as jobsResource, keyOf, pods as podsResource } from '../../client/resources.js'
import { isNamespaceTerminating, isNotFound } from '../../client/status-error.js'
import { type Controller, type ControllerKit, enqueueSelf, type Settled } from '../framework/controller.js'
import { claimable, claimIndexes, dependentHandler, namespaceIndexes } from '../framework/dependent-handler.js'
import { createDependent, deleteDependent, slowStart } from '../framework/dependents.js'
import { semanticallyEqual } from '../framework/equality.js'
import { claim, controllerOf } from '../framework/ownership.js'
import { matcherOf } from '../framework/selector.js'
import { isTracked, podFor, trackingFinalizer } from './pods.js'
import { type FailureRecord, type JobPlan, planJob } from './reconcile.js'
import { isFinished } from './verdict.js'

interface State {
  readonly jobs: Informer<Job>
  readonly pods: Informer<Pod>
  /** By uid of the job. */
  readonly records: Map<string, FailureRecord>
}

/** Keys of pods whose job is gone; no job's key has a colon. */
const orphanPrefix = 'pod:'
/** spec.managedBy of jobs that are ours; others have a controller of their own (KEP-4368). */
const ownManager = 'kubernetes.io/job-controller'

export const jobController: Controller = {
  name: 'job-controller',
  start(kit) {
    const state: State = {
      jobs: kit.watch(jobsResource, { indexes: namespaceIndexes }),
      pods: kit.watch(podsResource, { indexes: claimIndexes }),
      records: new Map(),
    }
    state.jobs.addHandler({
      ...enqueueSelf(kit.queue),
      delete(job) {
        kit.queue.add(keyOf(job))
        for (const pod of state.pods.cache.byIndex('claim', job.metadata.uid ?? '')) enqueueOrphan(kit, state, pod)
      },
    })
    state.pods.addHandler(
      dependentHandler({ owners: state.jobs, selectorOf: ({ spec }) => spec?.selector, enqueue: (owner) => kit.queue.add(keyOf(owner)) }),
    )
    state.pods.addHandler({ add: (pod) => enqueueOrphan(kit, state, pod), update: (_old, pod) => enqueueOrphan(kit, state, pod) })
    return (key) => (key.startsWith(orphanPrefix) ? releaseOrphan(kit, state, key) : reconcile(kit, state, key))
  },
}

/** A tracked pod may have lost its job; whether it really did is found out when its turn comes. */
function enqueueOrphan({ queue }: ControllerKit, state: State, pod: Pod): void {
  if (isTracked(pod) && !hasKnownJob(state, pod)) queue.add(orphanPrefix + keyOf(pod))
}

function hasKnownJob({ jobs }: State, pod: Pod): boolean {
  const owner = controllerOf(pod)
  return owner !== undefined && jobs.cache.get(`${pod.metadata.namespace}/${owner.name}`)?.metadata.uid === owner.uid
}

async function releaseOrphan(kit: ControllerKit, state: State, key: string): Promise<undefined> {
  const { pods } = state
  const pod = pods.cache.get(key.slice(orphanPrefix.length))
  if (!pod || !isTracked(pod) || hasKnownJob(state, pod)) return undefined
  const owner = controllerOf(pod)
  if (owner?.kind === 'Job') {
    const { namespace = '' } = pod.metadata
    // The cache of jobs may be behind that of pods: the server knows.
    const job = await kit.client.get(jobsResource, owner.name, { namespace }).catch((error) => {
      if (isNotFound(error)) return undefined
      throw error
    })
    if (job?.metadata.uid === owner.uid) return undefined
  } else if (owner) return undefined
  await releasePod(kit, key, pods, pod)
  return undefined
}

async function reconcile(kit: ControllerKit, state: State, key: string): Promise<Settled | undefined> {
  const job = state.jobs.cache.get(key)
  if (!job) {
    kit.writes.forget(key)
    return undefined
  }
  if (job.spec?.managedBy !== undefined && job.spec.managedBy !== ownManager) return undefined
  if (isFinished(job)) {
    state.records.delete(job.metadata.uid ?? '')
    return undefined
  }
  const pods = await claim({
    client: kit.client,
    writes: kit.writes,
    owner: job,
    ownerResource: jobsResource,
    informer: state.pods,
    candidates: claimable(state.pods.cache, job),
    matches: matcherOf(job.spec?.selector),
    finalizer: trackingFinalizer,
  })
  const plan = planJob({ job, pods, record: state.records.get(job.metadata.uid ?? ''), now: kit.now() })
  const failure = await scale(kit, state, job, plan)
  await report(kit, state, job, plan)
  await Promise.all(plan.release.map((pod) => releasePod(kit, key, state.pods, pod)))
  if (failure !== undefined) throw failure
  return plan.againAfterMs === undefined ? undefined : { againAfterMs: plan.againAfterMs }
}

/** Makes and deletes pods; returns the first failure. */
async function scale(kit: ControllerKit, { pods }: State, job: Job, { create, remove }: JobPlan): Promise<unknown> {
  const key = keyOf(job)
  const removed = await Promise.allSettled(
    remove.map(async (pod) => {
      try {
        if (await deleteDependent(kit, key, pods, pod))
          kit.events.event(job, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`)
      } catch (error) {
        kit.events.event(job, 'Warning', 'FailedDelete', `Error deleting: ${messageOf(error)}`)
        throw error
      }
    }),
  )
  const { error } = await slowStart(create.length, async (ordinal) => {
    try {
      const pod = await createDependent(kit, key, pods, podFor(job, create[ordinal] ?? {}))
      kit.events.event(job, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`)
    } catch (error) {
      if (!isNamespaceTerminating(error)) kit.events.event(job, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`)
      throw error
    }
  })
  return removed.find((result) => result.status === 'rejected')?.reason ?? (isNamespaceTerminating(error) ? undefined : error)
}

async function report(kit: ControllerKit, state: State, job: Job, { status, record, events }: JobPlan): Promise<void> {
  if (!semanticallyEqual(withoutZeroes(job.status), withoutZeroes(status))) {
    const updated = await kit.client.updateStatus(jobsResource, { ...job, status })
    kit.writes.wrote(keyOf(job), state.jobs, updated)
    for (const { type, reason, message } of events) kit.events.event(job, type, reason, message)
  }
  // Failures just noted in the status will not be new ones next time: only now do they belong into the record.
  state.records.set(job.metadata.uid ?? '', record)
}

async function releasePod(kit: ControllerKit, key: string, pods: Informer<Pod>, pod: Pod): Promise<void> {
  const { name, namespace } = pod.metadata
  const patch = { metadata: { uid: pod.metadata.uid, '$deleteFromPrimitiveList/finalizers': [trackingFinalizer] } }
  try {
    kit.writes.wrote(key, pods, await kit.client.patch(podsResource, name, 'strategic', patch, namespace ? { namespace } : {}))
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

function withoutZeroes(status: JobStatus | undefined): object {
  return Object.fromEntries(Object.entries(status ?? {}).filter(([, value]) => value !== 0 && value !== ''))
}
