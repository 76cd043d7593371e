/** metadata.generation counts changes of what is asked for, and observedGeneration follows it. */
import type { KubeObject } from '../../../api/meta/object.js'
import type { Invariant } from '../invariant.js'
import { describeObject, groupKindOf } from '../world.js'
import { isSame } from './same.js'
import { observedGenerationOf } from './specs.js'

/** Kinds whose generation rises with every change of their spec (each one's strategy.go, PrepareForUpdate). */
const counting = new Set([
  'apps/Deployment',
  'apps/ReplicaSet',
  'apps/StatefulSet',
  'apps/DaemonSet',
  'batch/Job',
  'policy/PodDisruptionBudget',
  'networking.k8s.io/Ingress',
  'networking.k8s.io/NetworkPolicy',
])

export const generations: Invariant = {
  name: 'GenerationCountsSpec',
  description:
    'generation never falls, rises when the spec changes and only then (or when deletion begins), and observedGeneration never exceeds it nor falls.',
  source: 'Kubernetes API conventions, "Metadata" (generation) and "Typical status properties" (observedGeneration)',
  begin: () => ({
    observe({ type, object, previous }) {
      if (type === 'DELETED') return undefined
      const before = previous?.metadata.uid === object.metadata.uid ? previous : undefined
      return [...wrongObserved(object, before), ...(before ? wrongGeneration(object, before) : [])].map((message) => ({
        objects: [describeObject(object)],
        message,
      }))
    },
  }),
}

function wrongObserved(object: KubeObject, before: KubeObject | undefined): string[] {
  const { generation } = object.metadata
  const observed = observedGenerationOf(object)
  const found: string[] = []
  if (generation !== undefined && observed > generation) found.push(`observedGeneration ${observed} is beyond generation ${generation}`)
  const had = before ? observedGenerationOf(before) : 0
  if (observed < had) found.push(`observedGeneration falls from ${had} to ${observed}`)
  return found
}

function wrongGeneration(object: KubeObject, before: KubeObject): string[] {
  const [now, was] = [object.metadata.generation, before.metadata.generation]
  if (now === undefined || was === undefined) return []
  if (now < was) return [`generation falls from ${was} to ${now}`]
  const groupKind = groupKindOf(object)
  if (now === was) {
    const isMissed = counting.has(groupKind) && !isSame(object['spec'], before['spec'])
    return isMissed ? [`the spec changes, and generation stays ${now}`] : []
  }
  if (object.metadata.deletionTimestamp !== before.metadata.deletionTimestamp) return []
  // The strategy of Deployments counts annotations as well.
  if (groupKind === 'apps/Deployment' && !isSame(object.metadata.annotations, before.metadata.annotations)) return []
  // Kinds that do not count by their spec have other fields that ask for something; a status may count where it is no subresource.
  const { metadata: _, status: own, ...asked } = object
  const { metadata: __, status: other, ...askedBefore } = before
  const changes = !isSame(asked, askedBefore) || (!counting.has(groupKind) && !isSame(own, other))
  return changes ? [] : [`generation rises from ${was} to ${now}, and what is asked for is the same`]
}
