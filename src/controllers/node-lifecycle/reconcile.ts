/**
 * What a node's silence means (pkg/controller/nodelifecycle): which conditions become Unknown, which taints it is to
 * bear, and whether its zone is in a state in which pods should be moved at all. Pure.
 */
import type { Node, NodeCondition, Taint } from '../../api/types/core-v1.js'
import { formatTime } from '../../client/time.js'
import { sameTaint, taintKeys } from '../framework/taints.js'

/** Milliseconds without a sign of life before a node is Unknown (--node-monitor-grace-period, 1.32 and later). */
export const graceMs = 50_000
/** The same for a node that never gave one (--node-startup-grace-period). */
export const startupGraceMs = 60_000

const watched: readonly string[] = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure']

export function nodeCondition({ status }: Node, type: string): NodeCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type)
}

/** The conditions of a node that is silent; undefined when they say so already. `now` and `createdAt` are times of the API. */
export function silentConditions(node: Node, now: number): NodeCondition[] | undefined {
  const conditions = [...(node.status?.conditions ?? [])]
  let changed = false
  for (const type of watched) {
    const at = conditions.findIndex((condition) => condition.type === type)
    const current = conditions[at]
    if (!current) {
      const lastHeartbeatTime = node.metadata.creationTimestamp
      conditions.push({
        type,
        status: 'Unknown',
        reason: 'NodeStatusNeverUpdated',
        message: 'Kubelet never posted node status.',
        lastHeartbeatTime,
        lastTransitionTime: formatTime(now),
      })
      changed = true
    } else if (current.status !== 'Unknown') {
      conditions[at] = {
        ...current,
        status: 'Unknown',
        reason: 'NodeStatusUnknown',
        message: 'Kubelet stopped posting node status.',
        lastTransitionTime: formatTime(now),
      }
      changed = true
    }
  }
  return changed ? conditions : undefined
}

const noScheduleByCondition: readonly (readonly [type: string, status: string, key: string])[] = [
  ['Ready', 'False', taintKeys.notReady],
  ['Ready', 'Unknown', taintKeys.unreachable],
  ['MemoryPressure', 'True', taintKeys.memoryPressure],
  ['DiskPressure', 'True', taintKeys.diskPressure],
  ['NetworkUnavailable', 'True', taintKeys.networkUnavailable],
  ['PIDPressure', 'True', taintKeys.pidPressure],
]
const noScheduleKeys: ReadonlySet<string> = new Set([...noScheduleByCondition.map(([, , key]) => key), taintKeys.unschedulable])
const noExecuteKeys: ReadonlySet<string> = new Set([taintKeys.notReady, taintKeys.unreachable])

/** The NoExecute taint that a node's readiness asks for. */
export function wantedNoExecute(node: Node): string | undefined {
  switch (nodeCondition(node, 'Ready')?.status) {
    case 'False':
      return taintKeys.notReady
    case 'True':
      return undefined
    default:
      return nodeCondition(node, 'Ready') ? taintKeys.unreachable : undefined
  }
}

/**
 * All taints the node is to have. `mayEvict`: whether a NoExecute taint may be put on it now; one it has is kept or
 * exchanged whatever that says.
 */
export function wantedTaints(node: Node, mayEvict: boolean, now: number): Taint[] {
  const current = node.spec?.taints ?? []
  const wanted: Taint[] = noScheduleByCondition
    .filter(([type, status]) => nodeCondition(node, type)?.status === status)
    .map(([, , key]) => ({ key, effect: 'NoSchedule' }))
  if (node.spec?.unschedulable) wanted.push({ key: taintKeys.unschedulable, effect: 'NoSchedule' })
  const execute = wantedNoExecute(node)
  const has = current.some(({ key, effect }) => effect === 'NoExecute' && noExecuteKeys.has(key))
  if (execute && (has || mayEvict)) wanted.push({ key: execute, effect: 'NoExecute' })
  const ours = ({ key, effect }: Taint) =>
    (effect === 'NoSchedule' && noScheduleKeys.has(key)) || (effect === 'NoExecute' && noExecuteKeys.has(key))
  const kept = current.filter((taint) => !ours(taint) || wanted.some((one) => sameTaint(one, taint)))
  const added = wanted
    .filter((one) => !current.some((taint) => sameTaint(one, taint)))
    .map((taint) => ({ ...taint, timeAdded: formatTime(now) }))
  return [...kept, ...added]
}

export type ZoneState = 'Normal' | 'PartialDisruption' | 'FullDisruption'

/** --unhealthy-zone-threshold, --large-cluster-size-threshold, and the rates in nodes a second. */
const unhealthyFraction = 0.55
const largeZoneNodes = 50
const evictionRate = 0.1
const secondaryEvictionRate = 0.01

export function zoneOf({ metadata }: Node): string {
  return `${metadata.labels?.['topology.kubernetes.io/region'] ?? ''}/${metadata.labels?.['topology.kubernetes.io/zone'] ?? ''}`
}

export function zoneState(nodes: readonly Node[]): ZoneState {
  const unready = nodes.filter((node) => nodeCondition(node, 'Ready')?.status !== 'True').length
  if (unready === nodes.length && unready > 0) return 'FullDisruption'
  return unready > 2 && unready / nodes.length >= unhealthyFraction ? 'PartialDisruption' : 'Normal'
}

/** Nodes a second of this zone that may get a NoExecute taint. With every zone disrupted it is ourselves who are cut off: none. */
export function evictionRateOf(zone: string, nodes: readonly Node[]): number {
  const zones = new Map<string, Node[]>()
  for (const node of nodes) zones.set(zoneOf(node), [...(zones.get(zoneOf(node)) ?? []), node])
  if ([...zones.values()].every((members) => zoneState(members) === 'FullDisruption')) return 0
  const members = zones.get(zone) ?? []
  if (zoneState(members) !== 'PartialDisruption') return evictionRate
  return members.length > largeZoneNodes ? secondaryEvictionRate : 0
}
