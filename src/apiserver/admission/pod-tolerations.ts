/**
 * DefaultTolerationSeconds and TaintNodesByCondition: pods stay five minutes on a node that is not ready or cannot be
 * reached unless they say otherwise; a new node takes no pods before it is ready.
 */
import type { KubeObject } from '../../api/meta/object.js'
import type { Node, Pod, Toleration } from '../../api/types/core-v1.js'
import { isAbout } from './forbidden-by.js'
import type { AdmissionPlugin } from './plugin.js'

const notReady = 'node.kubernetes.io/not-ready'
const unreachable = 'node.kubernetes.io/unreachable'
const defaultSeconds = 300

export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  admit(attributes) {
    const { operation, object } = attributes
    if ((operation !== 'CREATE' && operation !== 'UPDATE') || !isAbout(attributes, '', 'pods')) return
    const { spec } = object as Pod & KubeObject
    if (!spec) return
    for (const key of [notReady, unreachable]) {
      if (spec.tolerations?.some((toleration) => tolerates(toleration, key))) continue
      spec.tolerations = [...(spec.tolerations ?? []), { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: defaultSeconds }]
    }
  },
}

function tolerates({ key = '', effect = '' }: Toleration, taint: string): boolean {
  return (key === taint || key === '') && (effect === 'NoExecute' || effect === '')
}

export const taintNodesByCondition: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  admit(attributes) {
    if (attributes.operation !== 'CREATE' || !isAbout(attributes, '', 'nodes')) return
    const node = attributes.object as Node & KubeObject
    node.spec ??= {}
    if (node.spec.taints?.some(({ key, effect }) => key === notReady && effect === 'NoSchedule')) return
    node.spec.taints = [...(node.spec.taints ?? []), { key: notReady, effect: 'NoSchedule' }]
  },
}
