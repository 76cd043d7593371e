/**
 * The container's part of a pod's life: what becomes of a record when it is started, fails, is probed or ends. Whether
 * something follows for the pod is decided in pod-lifecycle.ts.
 */
import { type ContainerRecord, containerSpec, type PodAction, type PodEvent, type PodState, type Termination } from './pod-state.js'

export const backoff = {
  /** Restarts of a crashing container and image pulls: 10 s, doubled up to 300 s, forgotten after 10 min of running. */
  firstMs: 10_000,
  maxMs: 300_000,
  forgetMs: 600_000,
  /** Retries of volumes, sandboxes and container configurations. */
  syncMs: 2_000,
} as const

/** Milliseconds that ErrImagePull is shown before it becomes ImagePullBackOff. */
const pullErrorShownMs = 1_000

/** Events about one container. */
export type ContainerEvent = Extract<
  PodEvent,
  { type: 'container-created' | 'container-started' | 'container-failed' | 'container-exited' | 'hook-done' | 'hook-failed' | 'probe' }
>

/** Applies what happened to one container. */
export function applyToContainer(state: PodState, event: ContainerEvent, now: number, actions: PodAction[]): void {
  const record =
    event.type === 'container-exited'
      ? state.containers.find(({ id }) => id === event.id)
      : state.containers.find(({ name }) => name === event.name)
  if (!record) return
  switch (event.type) {
    case 'container-created':
      record.id = event.id
      record.imageId = event.imageId
      return
    case 'container-started':
      if (record.phase !== 'starting' || record.id !== event.id) return
      record.phase = 'running'
      record.waiting = undefined
      record.startedAt = now
      record.pullBackoffMs = 0
      record.everStarted = true
      record.hookPending = event.hook
      return settleReadiness(state, record)
    case 'container-failed':
      if (record.phase === 'starting') failedToStart(record, event, now, actions)
      return
    case 'container-exited':
      return exited(record, event.exit)
    case 'hook-done':
      if (record.id !== event.id) return
      record.hookPending = false
      return settleReadiness(state, record)
    case 'hook-failed':
      if (record.id !== event.id || record.phase !== 'running') return
      record.hookPending = false
      actions.push({ type: 'event', level: 'Warning', reason: 'FailedPostStartHook', message: event.message, container: record.name })
      return takeDown(state, record, actions, { why: 'FailedPostStartHook', restart: true, graceMs: graceOf(state) })
    case 'probe':
      return applyProbe(state, record, event, actions)
  }
}

export function takeDown(
  state: PodState,
  record: ContainerRecord,
  actions: PodAction[],
  { why, restart, graceMs }: { why: string; restart: boolean; graceMs: number },
): void {
  record.phase = 'stopping'
  record.restartAnyway = restart && (state.pod.spec?.restartPolicy !== 'Never' || record.role === 'sidecar')
  // A pod that ends stays ready until it is gone: its Service may still need it (KEP-1669).
  if (restart) record.ready = false
  actions.push({ type: 'event', level: 'Normal', reason: 'Killing', message: why, container: record.name })
  // Stopped twice in one step, by a probe and by the pod's end: the later reason has the say.
  const earlier = actions.findIndex((action) => action.type === 'stop-container' && action.name === record.name)
  if (earlier >= 0) actions.splice(earlier, 1)
  actions.push({ type: 'stop-container', name: record.name, id: record.id ?? '', graceMs, runPreStop: true })
}

export function exited(record: ContainerRecord, exit: Termination): void {
  if (record.phase === 'exited') return
  record.phase = 'exited'
  record.exit = exit
  record.everStarted = true
  record.waiting = undefined
  record.started = false
  record.ready = false
  record.hookPending = false
}

type FailedEvent = Extract<PodEvent, { type: 'container-failed' }>

function failedToStart(record: ContainerRecord, event: FailedEvent, now: number, actions: PodAction[]): void {
  const failed = (message: string) => actions.push({ type: 'event', level: 'Warning', reason: 'Failed', message, container: record.name })
  if (event.exit) {
    failed(`Error: ${event.message}`)
    exited(record, event.exit)
    return
  }
  record.phase = 'waiting'
  record.waiting = { reason: event.reason, message: event.message }
  if (event.reason === 'ErrImagePull') {
    record.pullBackoffMs = record.pullBackoffMs === 0 ? backoff.firstMs : Math.min(record.pullBackoffMs * 2, backoff.maxMs)
    record.retryAt = now + record.pullBackoffMs
    record.pullBackoffShownAt = now + pullErrorShownMs
    failed(`Failed to pull image "${record.image}": ${event.message}`)
    failed('Error: ErrImagePull')
    return
  }
  record.retryAt = now + backoff.syncMs
  failed(event.reason === 'InvalidImageName' ? 'Error: InvalidImageName' : `Error: ${event.message}`)
}

function applyProbe(state: PodState, record: ContainerRecord, event: Extract<PodEvent, { type: 'probe' }>, actions: PodAction[]): void {
  if (record.id !== event.id || record.phase !== 'running') return
  if (event.probe === 'readiness') {
    record.ready = event.healthy && record.started
    return
  }
  if (event.healthy) {
    if (event.probe !== 'startup') return
    record.started = true
    return settleReadiness(state, record)
  }
  const spec = containerSpec(state.pod, record.name)
  const probe = event.probe === 'startup' ? spec?.startupProbe : spec?.livenessProbe
  const graceMs = probe?.terminationGracePeriodSeconds === undefined ? graceOf(state) : probe.terminationGracePeriodSeconds * 1000
  takeDown(state, record, actions, {
    why: `Container ${record.name} failed ${event.probe} probe, will be restarted`,
    restart: true,
    graceMs,
  })
}

/** A container without probes is started and ready as soon as it runs and its hook is done. */
export function settleReadiness(state: PodState, record: ContainerRecord): void {
  const spec = containerSpec(state.pod, record.name)
  if (!spec?.startupProbe || record.started) record.started = !record.hookPending
  if (record.started && !spec?.readinessProbe) record.ready = true
}

/** Whether policy has this exited container run again. */
export function willRestart(state: PodState, record: ContainerRecord): boolean {
  if (!record.exit || record.role === 'ephemeral') return false
  if (record.restartAnyway || record.role === 'sidecar') return true
  switch (state.pod.spec?.restartPolicy ?? 'Always') {
    case 'Never':
      return false
    case 'OnFailure':
      return record.exit.code !== 0
    default:
      // An init container that succeeded is done even where others are restarted for ever.
      return record.role === 'main' || record.exit.code !== 0
  }
}

export function graceOf(state: PodState): number {
  return (state.pod.spec?.terminationGracePeriodSeconds ?? 30) * 1000
}
