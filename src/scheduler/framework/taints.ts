/**
 * Taints and tolerations (k8s.io/component-helpers/scheduling/corev1/helpers.go). Used by the plugins that ask whom a
 * node keeps away: NodeUnschedulable, TaintToleration and PodTopologySpread.
 */
import type { Taint, Toleration } from '../../api/types/core-v1.js'

/** The taint a cordoned node carries. */
export const unschedulableTaint: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }

export function tolerates({ key = '', operator = '', value = '', effect = '' }: Toleration, taint: Taint): boolean {
  if (effect !== '' && effect !== taint.effect) return false
  if (key !== '' && key !== taint.key) return false
  switch (operator) {
    case '':
    case 'Equal':
      return value === (taint.value ?? '')
    case 'Exists':
      return true
    default:
      return false
  }
}

/** The first taint that keeps new pods away and that no toleration admits. */
export function untoleratedTaint(taints: readonly Taint[] | undefined, tolerations: readonly Toleration[] | undefined): Taint | undefined {
  return (taints ?? []).find(
    (taint) => (taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') && !(tolerations ?? []).some((one) => tolerates(one, taint)),
  )
}
