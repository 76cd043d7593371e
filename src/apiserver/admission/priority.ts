/** Priority: a pod's number comes from its class, never from the client (plugin/pkg/admission/priority). */
import type { KubeObject } from '../../api/meta/object.js'
import type { Pod, PodSpec } from '../../api/types/core-v1.js'
import type { PriorityClass } from '../../api/types/scheduling-v1.js'
import type { Attributes } from './attributes.js'
import { forbiddenBy, isAbout } from './forbidden-by.js'
import type { AdmissionPlugin, AdmissionWorld } from './plugin.js'

const classes = { group: 'scheduling.k8s.io', resource: 'priorityclasses' }

export const priority: AdmissionPlugin = {
  name: 'Priority',
  async admit(attributes, world) {
    if (!isAbout(attributes, '', 'pods')) return
    const { spec } = (attributes.object as (Pod & KubeObject) | undefined) ?? {}
    if (!spec) return
    if (attributes.operation === 'UPDATE') {
      const old = (attributes.old as Pod | undefined)?.spec
      spec.priority ??= old?.priority
      spec.preemptionPolicy ??= old?.preemptionPolicy
      if (spec.priority === undefined) delete spec.priority
      if (spec.preemptionPolicy === undefined) delete spec.preemptionPolicy
    } else if (attributes.operation === 'CREATE') await admitPod(attributes, spec, world)
  },
  validate(attributes, world) {
    if (!isAbout(attributes, 'scheduling.k8s.io', 'priorityclasses') || !attributes.object) return
    if (attributes.operation !== 'CREATE' && attributes.operation !== 'UPDATE') return
    const { globalDefault, metadata } = attributes.object as unknown as PriorityClass & KubeObject
    const other = globalDefault ? defaultClass(world) : undefined
    if (other && other.metadata.name !== metadata.name)
      throw forbiddenBy(attributes, `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`)
  },
}

async function admitPod(attributes: Attributes, spec: PodSpec, world: AdmissionWorld): Promise<void> {
  const found = spec.priorityClassName ? await classOf(attributes, spec.priorityClassName, world) : defaultClass(world)
  if (found) spec.priorityClassName = found.metadata.name
  const value = found?.value ?? 0
  if (spec.priority !== undefined && spec.priority !== value)
    throw forbiddenBy(
      attributes,
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
    )
  spec.priority = value
  const policy = found?.preemptionPolicy ?? 'PreemptLowerPriority'
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy)
    throw forbiddenBy(
      attributes,
      `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`,
    )
  spec.preemptionPolicy = policy
}

async function classOf(attributes: Attributes, name: string, world: AdmissionWorld): Promise<PriorityClass & KubeObject> {
  let found = world.lookup.get(classes, '', name)
  if (!found) {
    await world.lookup.refresh()
    found = world.lookup.get(classes, '', name)
  }
  if (!found) throw forbiddenBy(attributes, `no PriorityClass with name ${name} was found`)
  return found as unknown as PriorityClass & KubeObject
}

/** Of several default classes, which is a race's outcome, the one with the lowest value. */
function defaultClass(world: AdmissionWorld): (PriorityClass & KubeObject) | undefined {
  const all = world.lookup.list(classes) as readonly (KubeObject & PriorityClass)[]
  return all.filter((one) => one.globalDefault).sort((a, b) => (a.value ?? 0) - (b.value ?? 0))[0]
}
