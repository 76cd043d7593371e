/**
 * Faults leave no trace: a run with faults ends in the state that the same run without them ends in (Sieve, OSDI 2022; Acto, SOSP 2023).
 * What differs between any two runs is masked: names that were generated, uids, times, versions, addresses, placement and restarts.
 *
 * Objects are compared as a bag: each by its kind, its namespace, and its name, or that of its owner with `*` when its name was made up.
 */
import type { KubeObject } from '../../../api/meta/object.js'
import type { Invariant } from '../invariant.js'
import { groupKindOf } from '../world.js'
import { isSame } from './same.js'

export interface EndStateMask {
  /** Kinds that are not compared. */
  readonly kinds: ReadonlySet<string>
  /** Paths that are not compared, in any kind: `spec.nodeName`, with `*` for any one step. */
  readonly paths: readonly string[]
}

export const defaultMask: EndStateMask = {
  kinds: new Set(['Event', 'events.k8s.io/Event', 'coordination.k8s.io/Lease', 'Node', 'Endpoints', 'apps/ControllerRevision']),
  paths: [
    'metadata.uid',
    'metadata.resourceVersion',
    'metadata.generation',
    'metadata.creationTimestamp',
    'metadata.managedFields',
    'metadata.name',
    'metadata.ownerReferences.*.uid',
    'metadata.ownerReferences.*.name',
    'metadata.annotations.deployment.kubernetes.io/revision',
    'metadata.annotations.endpoints.kubernetes.io/last-change-trigger-time',
    'spec.nodeName',
    'spec.clusterIP',
    'spec.clusterIPs',
    'spec.ports.*.nodePort',
    'spec.volumes.*.name',
    'spec.containers.*.volumeMounts.*.name',
    'spec.initContainers.*.volumeMounts.*.name',
    'status.observedGeneration',
    'status.conditions',
    'status.hostIP',
    'status.hostIPs',
    'status.podIP',
    'status.podIPs',
    'status.startTime',
    'status.completionTime',
    'status.failed',
    'status.containerStatuses.*.containerID',
    'status.containerStatuses.*.imageID',
    'status.containerStatuses.*.restartCount',
    'status.containerStatuses.*.lastState',
    'status.containerStatuses.*.state.*.startedAt',
    'status.containerStatuses.*.state.*.finishedAt',
    'status.containerStatuses.*.state.*.containerID',
    'status.initContainerStatuses',
    'status.collisionCount',
    'endpoints',
    'data.ca.crt',
  ],
}

/** The end state of this run is that of the other one, whose objects at its end are given. */
export function sameEndState(reference: readonly KubeObject[], mask: EndStateMask = defaultMask): Invariant {
  return {
    name: 'SameEndState',
    description: 'A run with faults ends in the state that the same run without faults ends in, but for what differs in every run.',
    source: 'Sieve (OSDI 2022); Acto (SOSP 2023), differential oracle',
    begin: () => ({
      finish: (world) =>
        compareEndStates(reference, world.everything(), mask).map(({ object, message }) => ({ objects: [object], message })),
    }),
  }
}

export interface Difference {
  /** `Pod default/web-*`. */
  readonly object: string
  readonly message: string
}

/** What the end of one run has and the other has not, and what differs in what both have. */
export function compareEndStates(
  reference: readonly KubeObject[],
  actual: readonly KubeObject[],
  mask: EndStateMask = defaultMask,
): Difference[] {
  const [wanted, found] = [bags(reference, mask), bags(actual, mask)]
  return [...new Set([...wanted.keys(), ...found.keys()])].sort().flatMap((object): Difference[] => {
    const [want = [], have = []] = [wanted.get(object), found.get(object)]
    if (want.length !== have.length) return [{ object, message: `${have.length} at the end, and ${want.length} without faults` }]
    const rest = [...want]
    const strange = have.filter((one) => {
      const at = rest.findIndex((other) => isSame(one, other))
      if (at >= 0) rest.splice(at, 1)
      return at < 0
    })
    const path = strange.length > 0 ? firstDifference(rest[0], strange[0], '') : undefined
    return path ? [{ object, message: `differs from the run without faults: ${path}` }] : []
  })
}

function bags(objects: readonly KubeObject[], mask: EndStateMask): Map<string, unknown[]> {
  const byUid = new Map(objects.map((object) => [object.metadata.uid ?? '', object]))
  const found = new Map<string, unknown[]>()
  for (const object of objects) {
    if (mask.kinds.has(groupKindOf(object))) continue
    const { namespace } = object.metadata
    const key = `${object.kind} ${namespace ? `${namespace}/` : ''}${stableName(object, byUid)}`
    const masked = withoutPaths(object, mask.paths.map(steps))
    const known = found.get(key)
    if (known) known.push(masked)
    else found.set(key, [masked])
  }
  return found
}

/** The name, or that of the first owner whose name was not made up, with `*`. */
function stableName({ metadata }: KubeObject, byUid: ReadonlyMap<string, KubeObject>): string {
  if (!metadata.generateName) return metadata.name
  const [owner] = metadata.ownerReferences ?? []
  const known = owner && byUid.get(owner.uid)
  return `${known ? stableName(known, byUid) : metadata.generateName.replace(/-$/, '')}-*`
}

/** Keys with dots in them stand whole at the end of a path. */
function steps(path: string): string[] {
  const keyed = /^(metadata\.annotations|data)\.(.+)$/.exec(path)
  return keyed ? [...(keyed[1] ?? '').split('.'), keyed[2] ?? ''] : path.split('.')
}

function withoutPaths(value: unknown, paths: readonly (readonly string[])[]): unknown {
  if (paths.length === 0 || typeof value !== 'object' || value === null) return value
  const below = (field: string): string[][] => paths.filter(([head]) => head === '*' || head === field).map((path) => path.slice(1))
  if (Array.isArray(value)) return value.map((item, at) => withoutPaths(item, below(String(at))))
  return Object.fromEntries(
    Object.entries(value).flatMap(([field, item]) => {
      const rest = below(field)
      return rest.some((path) => path.length === 0) ? [] : [[field, withoutPaths(item, rest)]]
    }),
  )
}

/** Where two values differ first, with both. */
function firstDifference(a: unknown, b: unknown, path: string): string | undefined {
  if (isSame(a, b)) return undefined
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null)
    return `${path || 'it'} is ${JSON.stringify(b)}, not ${JSON.stringify(a)}`
  const [left, right] = [a, b] as [Record<string, unknown>, Record<string, unknown>]
  for (const field of [...new Set([...Object.keys(left), ...Object.keys(right)])]) {
    const found = firstDifference(left[field], right[field], path === '' ? field : `${path}.${field}`)
    if (found) return found
  }
  return undefined
}
