/** Whether an object whose owners are known should go, and how (garbagecollector.go attemptToDeleteItem), pure. */
import type { OwnerReference } from '../../api/types/meta-v1.js'
import type { ApiObject } from '../../client/resources.js'
import { foregroundFinalizer, orphanFinalizer } from './graph.js'

/** What was found of an owner: there to stay; not there; there, waiting for its dependents to go. */
export type OwnerState = 'solid' | 'dangling' | 'waiting'

export type Verdict =
  | { readonly type: 'keep' }
  /** Keep it, but without these owners: they are gone or going, and it has others. */
  | { readonly type: 'disown'; readonly uids: readonly string[] }
  | { readonly type: 'delete'; readonly propagationPolicy: 'Background' | 'Foreground' | 'Orphan'; readonly unblock: boolean }

export interface Dependents {
  readonly count: number
  /** One of them waits for dependents of its own: with a circle of owners nobody would ever go. */
  readonly someWaiting: boolean
}

export function judge(
  { metadata }: ApiObject,
  owners: readonly (readonly [OwnerReference, OwnerState])[],
  dependents: Dependents,
): Verdict {
  if (owners.length === 0) return { type: 'keep' }
  const leaving = owners.filter(([, state]) => state !== 'solid').map(([{ uid }]) => uid)
  if (leaving.length < owners.length) return leaving.length === 0 ? { type: 'keep' } : { type: 'disown', uids: leaving }
  const finalizers = metadata.finalizers ?? []
  if (owners.some(([, state]) => state === 'waiting') && dependents.count > 0)
    return { type: 'delete', propagationPolicy: 'Foreground', unblock: dependents.someWaiting }
  const propagationPolicy = finalizers.includes(orphanFinalizer)
    ? 'Orphan'
    : finalizers.includes(foregroundFinalizer)
      ? 'Foreground'
      : 'Background'
  return { type: 'delete', propagationPolicy, unblock: false }
}
