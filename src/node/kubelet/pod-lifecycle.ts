/**
 * The life of a pod as a state machine: advance(state, event, now) changes the state and says what is to be done. It does
 * nothing itself, so every order of events can be tried in a test. pod-worker.ts carries the actions out and reports what
 * became of them as the next events.
 *
 * A pod: admitted -> volumes -> sandbox -> init containers one by one -> all main containers -> end -> cleaned up.
 * A container: see ContainerRecord.phase. What leads from one to the other:
 *   waiting --due--> starting --started--> running --exit--> exited --restart is due--> waiting ...
 *   running --ending, probe, changed image--> stopping --exit--> exited
 *   starting --no image, bad config--> waiting (with a reason, retried)
 *
 * Invariants (pod-invariants.ts):
 *   1. No container is started before sandbox and volumes are ready, nor once the pod is ending or at its end.
 *   2. No main container is started before all init containers have done their part.
 *   3. At most one start or stop of a container is under way (its phase says so); a stop may be repeated with less grace.
 *   4. Clean-up begins only when no container runs.
 *
 * Upstream: pkg/kubelet/kuberuntime computePodActions, pkg/kubelet/pod_workers.go.
 */
import { applyToContainer, backoff, exited, graceOf, takeDown, willRestart } from './container-lifecycle.js'
import { invariantOf } from './pod-invariants.js'
import { type ContainerRecord, containerSpec, formatPod, type PodAction, type PodEvent, type PodState, recordsOf } from './pod-state.js'

/** Applies one event at `now` (milliseconds since the epoch); returns what is to be done, in order. */
export function advance(state: PodState, event: PodEvent, now: number): PodAction[] {
  const actions: PodAction[] = []
  apply(state, event, now, actions)
  decide(state, now, actions)
  invariantOf(state, actions)
  return actions
}

function apply(state: PodState, event: PodEvent, now: number, actions: PodAction[]): void {
  switch (event.type) {
    case 'spec':
      return applySpec(state, event.pod, now, actions)
    case 'gone':
      state.gone = true
      return end(state, now, {
        type: 'deleted',
        reason: '',
        message: '',
        graceMs: state.ending?.type === 'deleted' ? state.ending.graceMs : 1000,
      })
    case 'rejected':
      state.rejected = { reason: event.reason, message: event.message }
      state.terminal = { phase: 'Failed', reason: event.reason, message: event.message }
      actions.push({ type: 'event', level: 'Warning', reason: event.reason, message: event.message })
      return
    case 'fail':
      return end(state, now, { type: 'failed', reason: event.reason, message: event.message, graceMs: event.graceMs ?? graceOf(state) })
    case 'volumes-ready':
      state.volumes = 'ready'
      return
    case 'volumes-failed':
      state.volumes = 'failed'
      state.volumesRetryAt = now + backoff.syncMs
      return void actions.push({ type: 'event', level: 'Warning', reason: 'FailedMount', message: event.message })
    case 'sandbox-ready':
      state.sandbox = 'ready'
      state.sandboxId = event.id
      state.ip = event.ip
      return
    case 'sandbox-failed':
      state.sandbox = 'none'
      state.sandboxRetryAt = now + backoff.syncMs
      return void actions.push({
        type: 'event',
        level: 'Warning',
        reason: 'FailedCreatePodSandBox',
        message: `Failed to create pod sandbox: ${event.message}`,
      })
    case 'sandbox-lost':
      return applyLoss(state, now, actions)
    case 'cleaned':
      state.cleanup = 'done'
      if (state.sandbox !== 'none') state.sandbox = 'stopped'
      return
    case 'timer':
      return
    default:
      return applyToContainer(state, event, now, actions)
  }
}

function applySpec(state: PodState, pod: PodState['pod'], now: number, actions: PodAction[]): void {
  state.pod = pod
  state.containers = recordsOf(pod, state.containers)
  if (pod.metadata.deletionTimestamp) {
    const graceMs = (pod.metadata.deletionGracePeriodSeconds ?? 30) * 1000
    end(state, now, { type: 'deleted', reason: '', message: '', graceMs })
    return
  }
  for (const record of state.containers) {
    const image = containerSpec(pod, record.name)?.image ?? record.image
    if (image === record.image) continue
    record.image = image
    record.pullBackoffMs = 0
    if (record.phase === 'running')
      takeDown(state, record, actions, {
        why: `Container ${record.name} definition changed, will be restarted`,
        restart: true,
        graceMs: graceOf(state),
      })
    else if (record.phase === 'waiting') record.retryAt = now
  }
}

/** Begins the pod's end, or shortens the grace of one that has begun; a deletion outranks a failure only in what follows. */
function end(state: PodState, now: number, ending: { type: 'deleted' | 'failed'; reason: string; message: string; graceMs: number }): void {
  const known = state.ending
  if (!known) state.ending = { ...ending, since: now }
  else {
    const left = known.graceMs - (now - known.since)
    const graceMs = Math.min(Math.max(left, 0), ending.graceMs)
    state.ending = {
      ...(ending.type === 'deleted' ? { ...ending, reason: known.reason, message: known.message } : known),
      graceMs,
      since: now,
    }
    if (graceMs >= left) return
  }
  // A stop under way runs on the old grace: let decide() repeat it.
  for (const record of state.containers) if (record.phase === 'stopping') record.phase = 'running'
}

function applyLoss(state: PodState, now: number, actions: PodAction[]): void {
  if (state.sandbox !== 'ready') return
  const lost = state.containers.filter(({ phase }) => phase === 'running' || phase === 'stopping' || phase === 'starting')
  for (const record of lost)
    exited(record, {
      code: 137,
      reason: 'ContainerStatusUnknown',
      message: 'The container could not be located when the pod was terminated',
      startedAt: record.startedAt ?? now,
      finishedAt: now,
      containerId: record.id ?? '',
    })
  state.sandbox = 'none'
  state.sandboxId = undefined
  if (state.terminal || state.ending) return
  actions.push({
    type: 'event',
    level: 'Normal',
    reason: 'SandboxChanged',
    message: 'Pod sandbox changed, it will be killed and re-created.',
  })
  state.sandboxAttempt++
  const restarts =
    state.pod.spec?.restartPolicy !== 'Never' || !state.containers.some(({ role, everStarted }) => role === 'main' && everStarted)
  if (!restarts) return
  // A new sandbox begins with the init containers again.
  state.initialized = !state.containers.some(({ role }) => role === 'init' || role === 'sidecar')
  for (const record of state.containers)
    if ((record.role === 'init' || record.role === 'sidecar') && record.exit) {
      record.last = record.exit
      record.phase = 'waiting'
      record.exit = undefined
      record.restartCount++
    }
}

/** What is to be done in this state. */
function decide(state: PodState, now: number, actions: PodAction[]): void {
  const { pod } = state
  if (state.rejected) return finish(state, actions)
  const deadline = pod.spec?.activeDeadlineSeconds
  if (deadline !== undefined && !state.ending && !state.terminal) {
    const at = state.startedAt + deadline * 1000
    if (now >= at) {
      actions.push({
        type: 'event',
        level: 'Normal',
        reason: 'DeadlineExceeded',
        message: 'Pod was active on the node longer than the specified deadline',
      })
      end(state, now, {
        type: 'failed',
        reason: 'DeadlineExceeded',
        message: 'Pod was active on the node longer than the specified deadline',
        graceMs: graceOf(state),
      })
    } else actions.push({ type: 'wake', at })
  }
  if (state.ending) return windDown(state, now, actions)
  if (state.terminal) return finish(state, actions)
  if (!bringUpGround(state, now, actions)) return
  if (state.sandbox === 'ready' && !mainsDone(state)) {
    restartsOf(state, now, actions)
    startContainers(state, now, actions)
  }
  const initFailed =
    !state.initialized && state.containers.some(({ role, phase, exit }) => role === 'init' && phase === 'exited' && exit?.code !== 0)
  if (!mainsDone(state) && !initFailed) return
  // Nothing is left to do but to stop what served the others, last started first.
  if (stopInOrder(state, actions, graceOf(state))) return
  const good = !initFailed && state.containers.every(({ role, exit }) => role !== 'main' || exit?.code === 0)
  state.terminal = { phase: good ? 'Succeeded' : 'Failed', reason: '', message: '' }
  finish(state, actions)
}

/** Volumes, then the sandbox; true when both are there, or no sandbox is needed because all is over. */
function bringUpGround(state: PodState, now: number, actions: PodAction[]): boolean {
  if (state.volumes === 'failed' && now < state.volumesRetryAt) return wake(actions, state.volumesRetryAt)
  if (state.volumes === 'none' || state.volumes === 'failed') {
    state.volumes = 'pending'
    actions.push({ type: 'set-up-volumes' })
  }
  if (state.volumes !== 'ready') return false
  if (state.sandbox === 'none' && mainsDone(state)) return true
  if (state.sandbox === 'none' && now < state.sandboxRetryAt) return wake(actions, state.sandboxRetryAt)
  if (state.sandbox === 'none') {
    state.sandbox = 'pending'
    actions.push({ type: 'run-sandbox', attempt: state.sandboxAttempt })
  }
  return state.sandbox === 'ready'
}

/** Every main container has ended for good. */
function mainsDone(state: PodState): boolean {
  return state.containers.every((record) => record.role !== 'main' || (record.phase === 'exited' && !willRestart(state, record)))
}

/** Exited containers that are to run again become waiting ones. */
function restartsOf(state: PodState, now: number, actions: PodAction[]): void {
  for (const record of state.containers) {
    if (record.phase !== 'exited' || !record.exit || !willRestart(state, record)) continue
    const { exit } = record
    if (exit.finishedAt - record.lastRestartAt > backoff.forgetMs) record.backoffMs = 0
    record.phase = 'waiting'
    record.last = exit
    record.exit = undefined
    record.restartAnyway = false
    record.retryAt = exit.finishedAt + record.backoffMs
    record.restartCount++
    if (record.retryAt > now) {
      record.waiting = {
        reason: 'CrashLoopBackOff',
        message: `back-off ${formatDelay(record.backoffMs)} restarting failed container=${record.name} pod=${formatPod(state.pod)}`,
      }
      actions.push({
        type: 'event',
        level: 'Warning',
        reason: 'BackOff',
        message: `Back-off restarting failed container ${record.name} in pod ${formatPod(state.pod)}`,
        container: record.name,
      })
    }
    record.backoffMs = record.backoffMs === 0 ? backoff.firstMs : Math.min(record.backoffMs * 2, backoff.maxMs)
  }
}

function startContainers(state: PodState, now: number, actions: PodAction[]): void {
  for (const record of state.containers) if (record.role === 'ephemeral') startIfDue(record, now, actions)
  if (!state.initialized) {
    for (const record of state.containers) {
      if (record.role !== 'init' && record.role !== 'sidecar') continue
      startIfDue(record, now, actions)
      const done =
        record.role === 'init' ? record.phase === 'exited' && record.exit?.code === 0 : record.phase === 'running' && record.started
      if (!done) return
    }
    state.initialized = true
  }
  for (const record of state.containers) if (record.role === 'main' || record.role === 'sidecar') startIfDue(record, now, actions)
}

function startIfDue(record: ContainerRecord, now: number, actions: PodAction[]): void {
  if (record.phase !== 'waiting') return
  if (record.pullBackoffShownAt) {
    if (now >= record.pullBackoffShownAt) {
      record.pullBackoffShownAt = 0
      record.waiting = {
        reason: 'ImagePullBackOff',
        message: `Back-off pulling image "${record.image}": ErrImagePull: ${record.waiting?.message ?? ''}`,
      }
      actions.push({
        type: 'event',
        level: 'Normal',
        reason: 'BackOff',
        message: `Back-off pulling image "${record.image}"`,
        container: record.name,
      })
      actions.push({ type: 'event', level: 'Warning', reason: 'Failed', message: 'Error: ImagePullBackOff', container: record.name })
    } else actions.push({ type: 'wake', at: record.pullBackoffShownAt })
  }
  if (record.retryAt > now) return void actions.push({ type: 'wake', at: record.retryAt })
  record.phase = 'starting'
  record.lastRestartAt = now
  record.started = false
  record.ready = false
  actions.push({ type: 'start-container', name: record.name, attempt: record.restartCount })
}

/** Stops what runs and cleans up; a deleted pod's object goes last. */
function windDown(state: PodState, now: number, actions: PodAction[]): void {
  const { ending } = state
  if (!ending) return
  if (state.volumes === 'pending' || state.sandbox === 'pending' || state.containers.some(({ phase }) => phase === 'starting')) return
  if (stopInOrder(state, actions, Math.max(0, ending.graceMs - (now - ending.since)), true)) return
  if (!state.terminal) {
    const good =
      ending.type === 'deleted' && !ending.reason && state.containers.every(({ role, exit }) => role !== 'main' || exit?.code === 0)
    state.terminal = { phase: good ? 'Succeeded' : 'Failed', reason: ending.reason, message: ending.message }
  }
  finish(state, actions)
}

/** Main containers first, then sidecars one by one in reverse; true while something still runs. */
function stopInOrder(state: PodState, actions: PodAction[], graceMs: number, stopMains = false): boolean {
  const runs = ({ phase }: ContainerRecord) => phase === 'running' || phase === 'stopping'
  const stop = (record: ContainerRecord) => {
    if (record.phase === 'running') takeDown(state, record, actions, { why: `Stopping container ${record.name}`, restart: false, graceMs })
  }
  const others = state.containers.filter((record) => record.role !== 'sidecar' && runs(record))
  if (others.length) {
    for (const record of others) if (stopMains || record.role !== 'main') stop(record)
    return true
  }
  const sidecar = state.containers.findLast((record) => record.role === 'sidecar' && (runs(record) || record.phase === 'starting'))
  if (!sidecar) return false
  stop(sidecar)
  return true
}

function finish(state: PodState, actions: PodAction[]): void {
  if (state.cleanup === 'none') {
    state.cleanup = 'pending'
    actions.push({ type: 'clean-up' })
  }
  if (state.cleanup !== 'done') return
  if (state.gone) actions.push({ type: 'forget' })
  else if (state.pod.metadata.deletionTimestamp && !state.deleting) {
    state.deleting = true
    actions.push({ type: 'delete-object' })
  }
}

function wake(actions: PodAction[], at: number): false {
  actions.push({ type: 'wake', at })
  return false
}

/** `10s`, `2m40s`: as Go prints a duration. */
function formatDelay(ms: number): string {
  const seconds = ms / 1000
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`
}
