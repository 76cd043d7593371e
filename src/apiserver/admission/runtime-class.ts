/** RuntimeClass: a pod's class must be there; its overhead and scheduling become the pod's (plugin/pkg/admission/runtimeclass). */
import type { KubeObject } from '../../api/meta/object.js'
import type { Pod, PodSpec } from '../../api/types/core-v1.js'
import type { RuntimeClass } from '../../api/types/node-v1.js'
import { sameData } from '../resource/equal.js'
import type { Attributes } from './attributes.js'
import { forbiddenBy, isAbout } from './forbidden-by.js'
import type { AdmissionPlugin, AdmissionWorld } from './plugin.js'

const classes = { group: 'node.k8s.io', resource: 'runtimeclasses' }

export const runtimeClass: AdmissionPlugin = {
  name: 'RuntimeClass',
  async admit(attributes, world) {
    if (attributes.operation !== 'CREATE' || !isAbout(attributes, '', 'pods')) return
    const { spec } = attributes.object as Pod & KubeObject
    const found = spec?.runtimeClassName ? await classOf(attributes, spec.runtimeClassName, world) : undefined
    if (!spec || !found) return
    const overhead = found.overhead?.podFixed
    if (overhead) {
      if (spec.overhead && !sameData(spec.overhead, overhead))
        throw forbiddenBy(attributes, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead")
      spec.overhead = { ...overhead }
    }
    if (found.scheduling) schedule(attributes, spec, found.scheduling)
  },
  validate(attributes, world) {
    if (attributes.operation !== 'CREATE' || !isAbout(attributes, '', 'pods')) return
    const { spec } = attributes.object as Pod & KubeObject
    const found = spec?.runtimeClassName
      ? (world.lookup.get(classes, '', spec.runtimeClassName) as unknown as RuntimeClass | undefined)
      : undefined
    if (spec?.overhead && Object.keys(spec.overhead).length > 0 && !found?.overhead)
      throw forbiddenBy(attributes, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead')
  },
}

async function classOf(attributes: Attributes, name: string, world: AdmissionWorld): Promise<RuntimeClass> {
  let found = world.lookup.get(classes, '', name)
  if (!found) {
    await world.lookup.refresh()
    found = world.lookup.get(classes, '', name)
  }
  if (!found) throw forbiddenBy(attributes, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`)
  return found as unknown as RuntimeClass
}

function schedule(
  attributes: Attributes,
  spec: PodSpec,
  { nodeSelector = {}, tolerations = [] }: NonNullable<RuntimeClass['scheduling']>,
): void {
  for (const [name, value] of Object.entries(nodeSelector)) {
    const own = spec.nodeSelector?.[name]
    if (own !== undefined && own !== value)
      throw forbiddenBy(
        attributes,
        `conflict: runtimeClass.scheduling.nodeSelector[${name}] = ${value}; pod.spec.nodeSelector[${name}] = ${own}`,
      )
  }
  if (Object.keys(nodeSelector).length > 0) spec.nodeSelector = { ...spec.nodeSelector, ...nodeSelector }
  for (const toleration of tolerations)
    if (!spec.tolerations?.some((one) => sameData(one, toleration)))
      spec.tolerations = [...(spec.tolerations ?? []), structuredClone(toleration)]
}
