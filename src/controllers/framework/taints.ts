/** Taints and tolerations (component-helpers scheduling/corev1 helpers), as far as controllers need them. */
import type { Taint, Toleration } from '../../api/types/core-v1.js'

export const taintKeys = {
  notReady: 'node.kubernetes.io/not-ready',
  unreachable: 'node.kubernetes.io/unreachable',
  unschedulable: 'node.kubernetes.io/unschedulable',
  memoryPressure: 'node.kubernetes.io/memory-pressure',
  diskPressure: 'node.kubernetes.io/disk-pressure',
  pidPressure: 'node.kubernetes.io/pid-pressure',
  networkUnavailable: 'node.kubernetes.io/network-unavailable',
} as const

export function sameTaint(a: Taint, b: Taint): boolean {
  return a.key === b.key && a.effect === b.effect
}

export function tolerates({ key, operator = 'Equal', value = '', effect }: Toleration, taint: Taint): boolean {
  if (effect && effect !== taint.effect) return false
  if (key && key !== taint.key) return false
  switch (operator || 'Equal') {
    case 'Exists':
      return true
    case 'Equal':
      return value === (taint.value ?? '')
    // KEP-5471: numeric comparison.
    case 'Lt':
    case 'Gt': {
      const [wanted, is] = [Number(value), Number(taint.value)]
      if (!Number.isInteger(wanted) || !Number.isInteger(is)) return false
      return operator === 'Lt' ? is < wanted : is > wanted
    }
    default:
      return false
  }
}
