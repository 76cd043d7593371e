/**
 * PodStatus from what the kubelet knows: phases, conditions and container states as upstream's
 * pkg/kubelet/kubelet_pods.go (generateAPIPodStatus, getPhase, convertToAPIContainerStatuses) and pkg/kubelet/status/generate.go
 * word them. A function of its arguments, so equal states give equal statuses and nothing is sent twice.
 */

import { formatTime } from '../../api/meta/time.js'
import type { ContainerState, ContainerStatus, Pod, PodCondition, PodStatus } from '../../api/types/core-v1.js'
import { qualifiedImage } from '../runtime/images.js'
import { type ContainerRecord, containerSpec, type PodState, type Termination } from './pod-state.js'

/** The runtime's name in container ids: troupe://<id>. */
const runtimeScheme = 'troupe'

/** The status of a pod at `now`; transition times are taken from `previous` where a condition has not changed. */
export function podStatus(state: PodState, hostIp: string, now: number, previous: PodStatus): PodStatus {
  const { pod } = state
  const phase = phaseOf(state)
  const reason = state.terminal?.reason || (state.ending?.type === 'failed' ? state.ending.reason : '')
  const message = state.terminal?.message || (state.ending?.type === 'failed' ? state.ending.message : '')
  const ip = state.ip
  const status: PodStatus = {
    observedGeneration: pod.metadata.generation,
    phase,
    conditions: conditionsOf(state, phase, now, previous),
    startTime: previous.startTime ?? formatTime(state.startedAt),
    hostIP: hostIp,
    hostIPs: [{ ip: hostIp }],
    ...(ip ? { podIP: ip, podIPs: [{ ip }] } : {}),
    ...(reason ? { reason } : {}),
    ...(message ? { message } : {}),
    qosClass: previous.qosClass ?? qosClassOf(pod),
  }
  if (state.rejected) return status
  const statuses = (...roles: string[]) =>
    state.containers.filter(({ role }) => roles.includes(role)).map((record) => containerStatus(state, record))
  const [init, main, ephemeral] = [statuses('init', 'sidecar'), statuses('main'), statuses('ephemeral')]
  return {
    ...status,
    ...(init.length ? { initContainerStatuses: init } : {}),
    containerStatuses: main,
    ...(ephemeral.length ? { ephemeralContainerStatuses: ephemeral } : {}),
  }
}

function phaseOf(state: PodState): string {
  if (state.terminal) return state.cleanup === 'none' && state.ending ? 'Running' : state.terminal.phase
  const mains = state.containers.filter(({ role }) => role === 'main')
  if (!state.initialized) return 'Pending'
  const running = mains.filter(({ phase }) => phase === 'running' || phase === 'stopping')
  const stopped = mains.filter(
    ({ phase, last }) => phase === 'exited' || ((phase === 'waiting' || phase === 'starting') && last !== undefined),
  )
  const waiting = mains.length - running.length - stopped.length
  if (waiting > 0) return stopped.length > 0 ? 'Running' : 'Pending'
  return running.length + stopped.length > 0 ? 'Running' : 'Pending'
}

function containerStatus(state: PodState, record: ContainerRecord): ContainerStatus {
  const spec = containerSpec(state.pod, record.name)
  const mounts = spec?.volumeMounts ?? []
  const resources = spec?.resources
  const hasResources = resources && (resources.limits || resources.requests)
  const active = state.terminal === undefined || record.phase === 'running' || record.phase === 'stopping'
  return {
    name: record.name,
    state: stateOf(state, record),
    lastState: record.last ? { terminated: terminatedState(record.last) } : {},
    ready:
      record.role === 'init'
        ? record.exit?.code === 0
        : record.ready && active && (record.phase === 'running' || record.phase === 'stopping'),
    restartCount: record.restartCount,
    image: record.id ? qualifiedImage(record.image) : record.image,
    imageID: record.imageId ?? '',
    ...(record.id ? { containerID: `${runtimeScheme}://${record.id}` } : {}),
    started: record.role === 'init' ? false : record.started && (record.phase === 'running' || record.phase === 'stopping'),
    ...(resources?.requests && record.id ? { allocatedResources: resources.requests } : {}),
    ...(hasResources && record.id
      ? {
          resources: {
            ...(resources.limits ? { limits: resources.limits } : {}),
            ...(resources.requests ? { requests: resources.requests } : {}),
          },
        }
      : {}),
    ...(mounts.length
      ? {
          volumeMounts: mounts.map(({ name, mountPath, readOnly }) => ({
            name,
            mountPath,
            ...(readOnly ? { readOnly, recursiveReadOnly: 'Disabled' } : {}),
          })),
        }
      : {}),
  }
}

function stateOf(state: PodState, record: ContainerRecord): ContainerState {
  if (record.phase === 'running' || record.phase === 'stopping') return { running: { startedAt: formatTime(record.startedAt ?? 0) } }
  if (record.exit) return { terminated: terminatedState(record.exit) }
  if (record.waiting)
    return { waiting: { reason: record.waiting.reason, ...(record.waiting.message ? { message: record.waiting.message } : {}) } }
  // Between two runs the last one is what there is to show.
  if (record.last && record.phase === 'starting') return { terminated: terminatedState(record.last) }
  const hasInit = state.containers.some(({ role }) => role === 'init' || role === 'sidecar')
  return { waiting: { reason: hasInit ? 'PodInitializing' : 'ContainerCreating' } }
}

function terminatedState({ code, signal, reason, message, startedAt, finishedAt, containerId }: Termination) {
  return {
    exitCode: code,
    ...(signal === undefined ? {} : { signal }),
    reason,
    ...(message ? { message } : {}),
    startedAt: formatTime(startedAt),
    finishedAt: formatTime(finishedAt),
    ...(containerId ? { containerID: `${runtimeScheme}://${containerId}` } : {}),
  }
}

/** The conditions the kubelet owns; others' (readiness gates, PodScheduled, DisruptionTarget) are left to them. */
function conditionsOf(state: PodState, phase: string, now: number, previous: PodStatus): PodCondition[] {
  const { pod } = state
  const make = (type: string, status: boolean, reason = '', message = ''): PodCondition => {
    const known = previous.conditions?.find((condition) => condition.type === type)
    const same = known?.status === (status ? 'True' : 'False')
    return {
      type,
      status: status ? 'True' : 'False',
      observedGeneration: pod.metadata.generation,
      lastTransitionTime: same && known?.lastTransitionTime ? known.lastTransitionTime : formatTime(now),
      ...(reason ? { reason } : {}),
      ...(message ? { message } : {}),
    }
  }
  const over = phase === 'Succeeded' ? 'PodCompleted' : phase === 'Failed' ? 'PodFailed' : ''
  const containersReady = readiness(state, phase, over)
  const ready = containersReady.status ? gates(pod) : containersReady
  const incomplete = state.containers
    .filter((record) => (record.role === 'init' && record.exit?.code !== 0) || (record.role === 'sidecar' && !record.started))
    .map(({ name }) => name)
  const initialized: { status: boolean; reason?: string; message?: string } =
    phase === 'Succeeded'
      ? { status: true, reason: 'PodCompleted' }
      : state.initialized || !incomplete.length
        ? { status: true }
        : { status: false, reason: 'ContainersNotInitialized', message: `containers with incomplete status: [${incomplete.join(' ')}]` }
  return [
    make('PodReadyToStartContainers', state.sandbox === 'ready'),
    make('Initialized', initialized.status, initialized.reason, initialized.message),
    make('Ready', ready.status, ready.reason, ready.message),
    make('ContainersReady', containersReady.status, containersReady.reason, containersReady.message),
  ]
}

interface Verdict {
  readonly status: boolean
  readonly reason?: string
  readonly message?: string
}

function readiness(state: PodState, phase: string, over: string): Verdict {
  if (over) return { status: false, reason: over }
  const unready = state.containers
    .filter(
      (record) =>
        (record.role === 'main' || record.role === 'sidecar') &&
        !(record.ready && (record.phase === 'running' || record.phase === 'stopping')),
    )
    .map(({ name }) => name)
  if (unready.length)
    return { status: false, reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` }
  return { status: phase === 'Running' }
}

function gates(pod: Pod): Verdict {
  const messages = (pod.spec?.readinessGates ?? []).flatMap(({ conditionType }) => {
    const condition = pod.status?.conditions?.find(({ type }) => type === conditionType)
    if (!condition) return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`]
    return condition.status === 'True' ? [] : [`the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`]
  })
  return messages.length ? { status: false, reason: 'ReadinessGatesNotReady', message: messages.join(', ') } : { status: true }
}

/** QoS class by requests and limits (v1 qos.ComputePodQOS), for pods whose status does not carry it. */
export function qosClassOf(pod: Pod): string {
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])]
  const of = (resources: Record<string, string> | undefined, name: string) =>
    resources?.[name] && resources[name] !== '0' ? resources[name] : undefined
  const any = containers.some(({ resources }) =>
    ['cpu', 'memory'].some((name) => of(resources?.limits, name) ?? of(resources?.requests, name)),
  )
  if (!any) return 'BestEffort'
  const guaranteed = containers.every(({ resources }) =>
    ['cpu', 'memory'].every(
      (name) =>
        of(resources?.limits, name) && (of(resources?.requests, name) ?? of(resources?.limits, name)) === of(resources?.limits, name),
    ),
  )
  return guaranteed ? 'Guaranteed' : 'Burstable'
}
