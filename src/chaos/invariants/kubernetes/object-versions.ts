/** An object's resourceVersion rises with every change; what identifies it stays; and its deletion, once begun, is not taken back. */
import type { Invariant } from '../invariant.js'
import { describeObject } from '../world.js'

export const objectVersions: Invariant = {
  name: 'ObjectVersionsRise',
  description:
    'Every change of an object has a higher resourceVersion; uid and creationTimestamp never change in its life; deletionTimestamp is never taken back.',
  source: 'Kubernetes API conventions, "Concurrency Control and Consistency" and "Metadata"',
  begin: () => ({
    observe({ type, object, previous }) {
      const { metadata } = object
      const before = previous?.metadata
      const found: string[] = []
      if (!metadata.resourceVersion) found.push('has no resourceVersion')
      if (!before && type !== 'ADDED') found.push(`is ${type === 'DELETED' ? 'deleted' : 'changed'}, and was not there`)
      if (before && type === 'ADDED') found.push('is made, and is there already')
      if (before && Number(metadata.resourceVersion) <= Number(before.resourceVersion))
        found.push(`resourceVersion ${metadata.resourceVersion} after ${before.resourceVersion}`)
      if (before && type !== 'ADDED') {
        if (metadata.uid !== before.uid) found.push(`changes its uid from ${before.uid} to ${metadata.uid}`)
        if (metadata.creationTimestamp !== before.creationTimestamp) found.push('changes its creationTimestamp')
        if (before.deletionTimestamp && !metadata.deletionTimestamp) found.push('its deletion is taken back')
      }
      return found.map((message) => ({ objects: [describeObject(object)], message }))
    },
  }),
}
