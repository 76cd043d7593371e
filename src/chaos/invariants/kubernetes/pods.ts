/** Questions that several invariants ask of pods. */
import type { Pod } from '../../../api/types/core-v1.js'

/** Succeeded or Failed: its containers will not run again. */
export function isTerminal({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed'
}

/** Neither terminal nor asked to go. */
export function isActive(pod: Pod): boolean {
  return !isTerminal(pod) && pod.metadata.deletionTimestamp === undefined
}

export function isReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
}

/** Whether any of its containers is said to run. */
export function hasRunningContainer({ status }: Pod): boolean {
  const all = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]
  return all.some(({ state }) => state?.running !== undefined)
}
