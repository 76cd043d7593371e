/** Whether and when NoExecute taints drive a pod from its node (pkg/controller/tainteviction), pure. */
import type { Pod, Taint } from '../../api/types/core-v1.js'
import { parseTime } from '../../client/time.js'
import { tolerates } from '../framework/taints.js'

/**
 * Milliseconds since the epoch at which the pod has to go: now or earlier, later, or undefined: it may stay. The time a
 * pod may stay runs from when the last taint was put on, or from the pod's own beginning if that is later, so that a
 * controller that starts anew goes on counting and does not begin again.
 */
export function evictionTime(pod: Pod, taints: readonly Taint[]): number | undefined {
  const noExecute = taints.filter(({ effect }) => effect === 'NoExecute')
  if (noExecute.length === 0) return undefined
  const tolerations = pod.spec?.tolerations ?? []
  const used = noExecute.map((taint) => tolerations.filter((toleration) => tolerates(toleration, taint)))
  if (used.some((list) => list.length === 0)) return 0
  const seconds = used.flat().flatMap(({ tolerationSeconds }) => (tolerationSeconds === undefined ? [] : [tolerationSeconds]))
  if (seconds.length === 0) return undefined
  const since = Math.max(parseTime(pod.metadata.creationTimestamp) ?? 0, ...noExecute.map(({ timeAdded }) => parseTime(timeAdded) ?? 0))
  return since + Math.max(0, Math.min(...seconds)) * 1000
}
