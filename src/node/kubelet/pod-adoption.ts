/**
 * After a kubelet's restart: what is known of a pod from its status in the API and from the runtime, where its containers
 * went on. The runtime is believed about what runs; the API about what came before.
 */

import { parseTime } from '../../api/meta/time.js'
import type { ContainerStatus } from '../../api/types/core-v1.js'
import type { AddressPool } from '../network/ipam.js'
import type { Container, RuntimeState } from '../runtime/runtime.js'
import { settleReadiness } from './container-lifecycle.js'
import type { ContainerRecord, PodState, Termination } from './pod-state.js'

/** Fills a new state from what was found. */
export function adopt(state: PodState, found: RuntimeState, addresses: AddressPool): void {
  const { pod } = state
  const { status } = pod
  const uid = pod.metadata.uid
  const started = parseTime(status?.startTime ?? '')
  if (started !== undefined) state.startedAt = started
  const sandbox = found.sandboxes.filter(({ config, ready }) => config.uid === uid && ready).at(-1)
  const terminal = status?.phase === 'Succeeded' || status?.phase === 'Failed' ? status.phase : undefined
  if (terminal) state.terminal = { phase: terminal, reason: status?.reason ?? '', message: status?.message ?? '' }
  if (sandbox) {
    state.sandbox = 'ready'
    state.sandboxId = sandbox.id
    state.ip = sandbox.config.ip
    state.sandboxAttempt = sandbox.config.attempt
    if (!sandbox.config.hostNetwork) addresses.take(sandbox.config.ip)
  } else if (terminal && status?.podIP) state.ip = status.podIP
  const before = [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ]
  for (const record of state.containers) {
    const runs = found.containers.filter(({ podUid, name }) => podUid === uid && name === record.name).sort((a, b) => a.attempt - b.attempt)
    adoptContainer(
      record,
      runs,
      before.find(({ name }) => name === record.name),
    )
    // Its start may have been news that the predecessor did not live to tell.
    if (record.phase === 'running') settleReadiness(state, record)
  }
  const mains = state.containers.filter(({ role }) => role === 'main')
  if (sandbox && mains.some(({ phase }) => phase === 'running' || phase === 'exited')) state.initialized = true
  if (terminal) state.initialized = true
}

function adoptContainer(record: ContainerRecord, runs: readonly Container[], before: ContainerStatus | undefined): void {
  record.restartCount = before?.restartCount ?? 0
  record.last = termination(before?.lastState?.terminated)
  const newest = runs.at(-1)
  if (newest) {
    record.restartCount = Math.max(record.restartCount, newest.attempt)
    record.id = newest.id
    record.imageId = newest.imageId
    record.everStarted = newest.state.type !== 'created'
    record.lastRestartAt = newest.createdAt
    const older = runs.at(-2)
    if (older?.state.type === 'exited') record.last = exitOf(older)
    if (newest.state.type === 'running') {
      record.phase = 'running'
      record.startedAt = newest.state.startedAt
      record.started = before?.started ?? false
      record.ready = before?.ready ?? false
    } else if (newest.state.type === 'exited') {
      record.phase = 'exited'
      record.exit = exitOf(newest)
    }
    return
  }
  if (!before) return
  const ended = termination(before.state?.terminated)
  if (ended) {
    record.phase = 'exited'
    record.exit = ended
    record.id = ended.containerId
    record.everStarted = true
  } else if (before.state?.running) {
    // It ran when it was last heard of, and the runtime knows nothing of it.
    const at = parseTime(before.state.running.startedAt ?? '') ?? 0
    record.phase = 'exited'
    record.id = idOf(before.containerID)
    record.everStarted = true
    record.exit = {
      code: 137,
      reason: 'ContainerStatusUnknown',
      message: 'The container could not be located when the pod was terminated',
      startedAt: at,
      finishedAt: at,
      containerId: record.id,
    }
  }
  if (before.imageID) record.imageId = before.imageID
}

function exitOf({ id, state }: Container): Termination {
  if (state.type !== 'exited')
    return { code: 137, reason: 'ContainerStatusUnknown', message: '', startedAt: 0, finishedAt: 0, containerId: id }
  const { type: _, ...exit } = state
  return { ...exit, containerId: id }
}

function termination(terminated: NonNullable<ContainerStatus['state']>['terminated']): Termination | undefined {
  if (!terminated) return undefined
  return {
    code: terminated.exitCode,
    ...(terminated.signal === undefined ? {} : { signal: terminated.signal }),
    reason: terminated.reason ?? '',
    message: terminated.message ?? '',
    startedAt: parseTime(terminated.startedAt ?? '') ?? 0,
    finishedAt: parseTime(terminated.finishedAt ?? '') ?? 0,
    containerId: idOf(terminated.containerID),
  }
}

function idOf(text: string | undefined): string {
  return text?.replace(/^[a-z-]+:\/\//, '') ?? ''
}
