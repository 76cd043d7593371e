/**
 * Subresources whose body is the whole object, of which they write one part: namespaces/finalize,
 * certificatesigningrequests/approval, pods/ephemeralcontainers, pods/resize. All else stays as it is.
 */
import type { KubeObject } from '../../api/meta/object.js'
import { methodNotAllowed } from '../../api/meta/status.js'
import { formatTime } from '../../api/meta/time.js'
import type { Container, Pod, ResourceRequirements } from '../../api/types/core-v1.js'
import { type FieldError, field, forbiddenField, invalid } from '../../api/validation/field-path.js'
import type { Answer, ApiCall, ResourceTarget } from '../request.js'
import { sameData } from '../resource/equal.js'
import { patch } from '../resource/patch.js'
import type { UpdateRules } from '../resource/prepare.js'
import { present } from '../resource/present.js'
import { put } from '../resource/put.js'
import { resourceOf } from '../resource/read.js'
import type { World } from '../resource/world.js'

/** A handler that reads the object, and writes it by these rules. */
export function wholeObject(rulesOf: () => UpdateRules) {
  return async (world: World, call: ApiCall, target: ResourceTarget): Promise<Answer> => {
    const { kind } = target
    switch (target.verb) {
      case 'get':
        return { type: 'object', code: 200, served: present(kind, await world.reader.get(target, call.query, call.signal)), kind }
      case 'update':
        return put(world, call, target, rulesOf())
      case 'patch':
        return patch(world, call, target, rulesOf())
      default:
        throw methodNotAllowed(resourceOf(kind), target.verb)
    }
  }
}

const never = { createsWhenAbsent: false, unconditional: true }

/** Everything of the old object but metadata that clients may write; then `write` sets the part. */
function onlyPart(write: (object: KubeObject, sent: KubeObject) => void): UpdateRules['prepare'] {
  return (object, old) => {
    const sent = { ...object }
    for (const name of Object.keys(object)) if (name !== 'metadata') delete object[name]
    const { metadata: _kept, ...rest } = structuredClone(old)
    Object.assign(object, rest)
    write(object, sent)
  }
}

/** namespaces/finalize: spec.finalizers; the namespace goes with the last of them. */
export const finalizeRules = (): UpdateRules => ({
  ...never,
  prepare: onlyPart((object, sent) => {
    object.spec = structuredClone(sent.spec ?? {})
  }),
  validate: () => [],
})

/** certificatesigningrequests/approval: status.conditions, with their times. */
export const approvalRules = (): UpdateRules => ({
  ...never,
  prepare: (object, old, context) => {
    const now = formatTime(context.now)
    onlyPart((target, sent) => {
      const conditions = (sent.status as { conditions?: Condition[] } | undefined)?.conditions ?? []
      const before = (old.status as { conditions?: Condition[] } | undefined)?.conditions ?? []
      target.status = { ...(target.status as object | undefined), conditions: conditions.map((one) => timed(one, before, now)) }
    })(object, old, context)
  },
  validate: approvalErrors,
})

interface Condition {
  readonly type: string
  readonly status: string
  readonly lastUpdateTime?: string
  readonly lastTransitionTime?: string
  readonly [name: string]: unknown
}

function timed(condition: Condition, before: readonly Condition[], now: string): Condition {
  const old = before.find(({ type }) => type === condition.type)
  return {
    ...condition,
    lastUpdateTime: condition.lastUpdateTime ?? now,
    lastTransitionTime: condition.lastTransitionTime ?? (old && old.status === condition.status ? (old.lastTransitionTime ?? now) : now),
  }
}

/** Approved and Denied exclude each other and stay. */
function approvalErrors(object: KubeObject, old: KubeObject): FieldError[] {
  const at = field('status', 'conditions')
  const list = (of: KubeObject): Condition[] => (of.status as { conditions?: Condition[] } | undefined)?.conditions ?? []
  const now = list(object)
  const errors: FieldError[] = []
  const has = (type: string): boolean => now.some((condition) => condition.type === type)
  if (has('Approved') && has('Denied')) errors.push(invalid(at, 'Denied', 'Approved and Denied conditions are mutually exclusive'))
  for (const type of ['Approved', 'Denied'])
    if (
      !sameData(
        list(old).filter((one) => one.type === type),
        now.filter((one) => one.type === type),
      ) &&
      list(old).some((one) => one.type === type)
    )
      errors.push(forbiddenField(at, `updates may not remove a condition of type ${JSON.stringify(type)}`))
  return errors
}

/** pods/ephemeralcontainers: containers can be added, none changed or taken away. */
export const ephemeralContainersRules = (): UpdateRules => ({
  ...never,
  prepare: onlyPart((object, sent) => {
    const containers = (sent as unknown as Pod).spec?.ephemeralContainers
    object.spec = { ...(object.spec as object), ...(containers ? { ephemeralContainers: structuredClone(containers) } : {}) }
  }),
  validate: (object, old) => {
    const [now, before] = [object, old].map((pod) => (pod as unknown as Pod).spec?.ephemeralContainers ?? []) as [Container[], Container[]]
    const at = field('spec', 'ephemeralContainers')
    return before.flatMap((container) => {
      const same = now.find(({ name }) => name === container.name)
      if (!same) return [forbiddenField(at, `existing ephemeral containers ${JSON.stringify(container.name)} may not be removed\n`)]
      return sameData(same, container)
        ? []
        : [forbiddenField(at, `existing ephemeral containers ${JSON.stringify(container.name)} may not be changed\n`)]
    })
  },
})

/** pods/resize: the cpu and memory of containers, and how they take a change. */
export const resizeRules = (): UpdateRules => ({
  ...never,
  prepare: onlyPart((object, sent) => {
    const spec = { ...(object as unknown as Pod).spec } as NonNullable<Pod['spec']>
    const wanted = (sent as unknown as Pod).spec
    spec.containers = resized(spec.containers, wanted?.containers)
    if (spec.initContainers) spec.initContainers = resized(spec.initContainers, wanted?.initContainers)
    object.spec = spec
  }),
  validate: (object, old) => {
    const [now, before] = [object, old].map((pod) => (pod as unknown as Pod).spec?.containers ?? []) as [Container[], Container[]]
    return now.flatMap((container, i) => resizeErrors(container.resources, before[i]?.resources, i))
  },
})

function resized(containers: readonly Container[], wanted: readonly Container[] | undefined): Container[] {
  return containers.map((container) => {
    const found = wanted?.find(({ name }) => name === container.name)
    if (!found) return container
    const { resources, resizePolicy } = found
    return {
      ...container,
      resources: structuredClone(resources ?? {}),
      ...(resizePolicy ? { resizePolicy: structuredClone(resizePolicy) } : {}),
    }
  })
}

function resizeErrors(now: ResourceRequirements | undefined, before: ResourceRequirements | undefined, i: number): FieldError[] {
  const at = field('spec', 'containers').index(i).child('resources')
  return (['limits', 'requests'] as const).flatMap((list) => {
    const names = new Set([...Object.keys(now?.[list] ?? {}), ...Object.keys(before?.[list] ?? {})])
    return [...names].flatMap((name): FieldError[] => {
      const [after, old] = [now?.[list]?.[name], before?.[list]?.[name]]
      if (name !== 'cpu' && name !== 'memory')
        return after === old ? [] : [forbiddenField(at.child(list), 'only cpu and memory resources are mutable')]
      return after === undefined && old !== undefined ? [forbiddenField(at.child(list), `resource ${list} cannot be removed`)] : []
    })
  })
}
