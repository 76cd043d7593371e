/**
 * The row of a Pod. Its STATUS is the most telling of what phase, conditions, init containers and containers say
 * (printPod in pkg/printers/internalversion).
 */
import type { KubeObject } from '../meta/object.js'
import { parseTime } from '../meta/time.js'
import type { Container, ContainerState, ContainerStatus, Pod } from '../types/core-v1.js'
import { ageOf, createdAgo } from './cells.js'

/** NAME READY STATUS RESTARTS AGE IP NODE NOMINATED-NODE READINESS-GATES. */
export function podRow(object: KubeObject, now: number): unknown[] {
  const { metadata, spec, status } = object as Pod
  const summary = summarize(object as Pod)
  const { restarts, restartedAt } = summary
  return [
    metadata.name,
    `${summary.ready}/${summary.total}`,
    summary.reason,
    restarts !== 0 && restartedAt ? `${restarts} (${ageOf(restartedAt, now)} ago)` : String(restarts),
    createdAgo(object, now),
    status?.podIPs?.[0]?.ip || '<none>',
    spec?.nodeName || '<none>',
    status?.nominatedNodeName || '<none>',
    readinessGates(object as Pod),
  ]
}

interface Summary {
  reason: string
  ready: number
  total: number
  restarts: number
  /** RFC 3339; '' for never. */
  restartedAt: string
}

function summarize(pod: Pod): Summary {
  const { spec, status, metadata } = pod
  const summary: Summary = { reason: firstReason(pod), ready: 0, total: spec?.containers?.length ?? 0, restarts: 0, restartedAt: '' }
  const initializing = countInitContainers(pod, summary)
  if (!initializing || hasCondition(pod, 'Initialized')) countContainers(pod, summary)
  else
    summary.restarts = (status?.initContainerStatuses ?? []).slice(0, initializing).reduce((sum, { restartCount }) => sum + restartCount, 0)
  if (initializing && !hasCondition(pod, 'Initialized'))
    summary.restartedAt = lastRestart((status?.initContainerStatuses ?? []).slice(0, initializing))
  if (metadata.deletionTimestamp) {
    if (status?.reason === 'NodeLost') summary.reason = 'Unknown'
    else if (status?.phase !== 'Failed' && status?.phase !== 'Succeeded') summary.reason = 'Terminating'
  }
  return summary
}

function firstReason({ status }: Pod): string {
  const gated = status?.conditions?.some(({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated')
  return gated ? 'SchedulingGated' : status?.reason || (status?.phase ?? '')
}

/** Counts sidecars into the summary; gives how many statuses there are up to the one that still initializes, or 0. */
function countInitContainers({ spec, status }: Pod, summary: Summary): number {
  const specs = new Map((spec?.initContainers ?? []).map((container) => [container.name, container]))
  summary.total += [...specs.values()].filter(isSidecar).length
  const statuses = status?.initContainerStatuses ?? []
  for (const [i, container] of statuses.entries()) {
    const sidecar = isSidecar(specs.get(container.name))
    if (sidecar) {
      summary.restarts += container.restartCount
      summary.restartedAt = later(summary.restartedAt, container)
    }
    const { terminated, waiting } = container.state ?? {}
    if (terminated?.exitCode === 0) continue
    if (sidecar && container.started) {
      if (container.ready) summary.ready++
      continue
    }
    if (terminated) summary.reason = `Init:${terminatedReason(container.state)}`
    else if (waiting?.reason && waiting.reason !== 'PodInitializing') summary.reason = `Init:${waiting.reason}`
    else summary.reason = `Init:${i}/${spec?.initContainers?.length ?? 0}`
    return i + 1
  }
  return 0
}

function countContainers(pod: Pod, summary: Summary): void {
  let running = false
  for (const container of (pod.status?.containerStatuses ?? []).toReversed()) {
    summary.restarts += container.restartCount
    summary.restartedAt = later(summary.restartedAt, container)
    const { waiting, terminated } = container.state ?? {}
    if (waiting?.reason) summary.reason = waiting.reason
    else if (terminated) summary.reason = terminatedReason(container.state)
    else if (container.ready && container.state?.running) {
      running = true
      summary.ready++
    }
  }
  if (summary.reason === 'Completed' && running) summary.reason = hasCondition(pod, 'Ready') ? 'Running' : 'NotReady'
}

function terminatedReason(state: ContainerState | undefined): string {
  const { reason, signal, exitCode } = state?.terminated ?? { exitCode: 0 }
  return reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`)
}

function isSidecar(container: Container | undefined): boolean {
  return container?.restartPolicy === 'Always'
}

function later(time: string, { lastState }: ContainerStatus): string {
  const finished = lastState?.terminated?.finishedAt ?? ''
  return (parseTime(finished) ?? 0) > (parseTime(time) ?? 0) ? finished : time
}

function lastRestart(statuses: readonly ContainerStatus[]): string {
  return statuses.reduce((time, status) => later(time, status), '')
}

function hasCondition({ status }: Pod, wanted: string): boolean {
  return status?.conditions?.find(({ type }) => type === wanted)?.status === 'True'
}

function readinessGates(pod: Pod): string {
  const gates = pod.spec?.readinessGates ?? []
  if (gates.length === 0) return '<none>'
  return `${gates.filter(({ conditionType }) => hasCondition(pod, conditionType)).length}/${gates.length}`
}
