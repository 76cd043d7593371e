/** RuntimeClass: its handler stays; what its Pods cost and where they run. */
import type { KubeObject } from '../../meta/object.js'
import type { RuntimeClass } from '../../types/node-v1.js'
import { dnsLabel, each, immutable, kubeMeta, same } from '../checks.js'
import { containerResources } from '../core/resources.js'
import { tolerations } from '../core/scheduling.js'
import { duplicate, type FieldError, field } from '../field-path.js'
import { validateLabels } from '../object-meta.js'

const classOf = (object: KubeObject): RuntimeClass => object as unknown as RuntimeClass

export function validateRuntimeClass(object: KubeObject): FieldError[] {
  const { handler, overhead, scheduling } = classOf(object)
  const at = field('scheduling', 'tolerations')
  const list = scheduling?.tolerations ?? []
  return [
    ...kubeMeta(object.metadata),
    ...dnsLabel(handler, field('handler')),
    ...(overhead ? containerResources({ limits: overhead.podFixed }, field('overhead'), { claims: new Set() }) : []),
    ...validateLabels(scheduling?.nodeSelector, field('scheduling', 'nodeSelector')),
    ...tolerations(list, at.child('tolerations')),
    ...each(list, at, (one, place, i) => {
      const { key = '', operator = '', value = '', effect = '', tolerationSeconds } = one
      const shown = { Key: key, Operator: operator, Value: value, Effect: effect, TolerationSeconds: tolerationSeconds ?? null }
      return list.slice(0, i).some((other) => same(other, one)) ? [duplicate(place, shown)] : []
    }),
  ]
}

export const validateRuntimeClassUpdate = (object: KubeObject, before: KubeObject): FieldError[] => [
  ...kubeMeta(object.metadata),
  ...immutable(classOf(object).handler ?? '', classOf(before).handler ?? '', field('handler')),
]
