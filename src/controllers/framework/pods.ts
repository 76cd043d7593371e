/** Questions controllers ask of a pod (pkg/api/v1/pod/util.go, pkg/controller/controller_utils.go). */
import type { Pod, PodCondition, PodTemplateSpec } from '../../api/types/core-v1.js'
import type { OwnerReference } from '../../api/types/meta-v1.js'
import { parseTime } from '../../client/time.js'

export function podCondition(pod: Pod, type: string): PodCondition | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type)
}

export function isPodReady(pod: Pod): boolean {
  return podCondition(pod, 'Ready')?.status === 'True'
}

/** Succeeded or Failed: its containers will not run again. */
export function isPodTerminal(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
}

export function isPodTerminating(pod: Pod): boolean {
  return !isPodTerminal(pod) && pod.metadata.deletionTimestamp !== undefined
}

/** Neither terminal nor going away. */
export function isPodActive(pod: Pod): boolean {
  return !isPodTerminal(pod) && pod.metadata.deletionTimestamp === undefined
}

/** Ready for at least `minReadySeconds`. */
export function isPodAvailable(pod: Pod, minReadySeconds: number, now: number): boolean {
  return availableInMs(pod, minReadySeconds, now) === 0
}

/** Milliseconds until the pod is available if it stays ready; 0: it is; undefined: it is not ready. */
export function availableInMs(pod: Pod, minReadySeconds: number, now: number): number | undefined {
  const ready = podCondition(pod, 'Ready')
  if (ready?.status !== 'True') return undefined
  if (minReadySeconds === 0) return 0
  const since = parseTime(ready.lastTransitionTime)
  return since === undefined ? undefined : Math.max(0, since + minReadySeconds * 1000 - now)
}

/** A pod from a template, owned by `owner`. */
export function podFromTemplate(template: PodTemplateSpec, namespace: string, prefix: string, owner: OwnerReference): Pod {
  const { metadata = {}, spec } = structuredClone(template)
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: '',
      generateName: prefix,
      namespace,
      ...(metadata.labels ? { labels: metadata.labels } : {}),
      ...(metadata.annotations ? { annotations: metadata.annotations } : {}),
      ...(metadata.finalizers ? { finalizers: metadata.finalizers } : {}),
      ownerReferences: [owner],
    },
    ...(spec ? { spec } : {}),
  }
}
