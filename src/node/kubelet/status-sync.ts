/**
 * Brings a pod's status to the API: the newest only, one request at a time, until it is there. Patches, not updates, so
 * that conditions of others (readiness gates, the scheduler's) are left alone; bound to the uid, so that a successor of
 * the same name is never touched.
 */
import type { Pod, PodStatus } from '../../api/types/core-v1.js'
import { sleep } from '../../base/clock.js'
import { pods } from '../../client/resources.js'
import { isConflict, isNotFound, reasonOf } from '../../client/status-error.js'
import type { KubeletParts } from './pod-actions.js'

export interface StatusSync {
  push(status: PodStatus): void
  /** Deletes the object once its last status has been sent; resolves when it is gone. Rejects when asking failed. */
  deleteObject(): Promise<void>
}

export function createStatusSync({ context, client }: Pick<KubeletParts, 'context' | 'client'>, pod: () => Pod): StatusSync {
  let wanted: PodStatus | undefined
  let sentText = ''
  let sent: PodStatus | undefined = pod().status
  let running: Promise<void> | undefined

  /** Whether there is nobody to tell: no pod, or another one of the same name. A conflict alone does not say so. */
  async function isGone(): Promise<boolean> {
    const { name, namespace = '', uid } = pod().metadata
    try {
      return (await client.get(pods, name, { namespace })).metadata.uid !== uid
    } catch (error) {
      return isNotFound(error)
    }
  }

  async function send(): Promise<void> {
    while (wanted && !context.signal.aborted) {
      const status = wanted
      wanted = undefined
      const { name, namespace = '', uid } = pod().metadata
      try {
        const known = pod().status
        const updated = await client.patch(
          pods,
          name,
          'strategic',
          { metadata: { uid }, status: withRemovals(status, { ...sent, ...known }) },
          { namespace, subresource: 'status' },
        )
        sent = updated.status
      } catch (error) {
        if (isNotFound(error) || reasonOf(error) === 'Invalid' || (isConflict(error) && (await isGone()))) continue
        wanted ??= status
        await sleep(context.clock, 200, context.signal).catch(() => {})
      }
    }
    running = undefined
  }
  return {
    push(status) {
      const text = JSON.stringify(status)
      if (text === sentText) return
      sentText = text
      wanted = status
      running ??= send()
    },
    async deleteObject() {
      await running
      const { name, namespace = '', uid } = pod().metadata
      try {
        await client.delete(pods, name, { namespace, gracePeriodSeconds: 0, ...(uid ? { preconditions: { uid } } : {}) })
      } catch (error) {
        if (!isNotFound(error) && !(isConflict(error) && (await isGone()))) throw error
      }
    },
  }
}

const optionalFields = ['reason', 'message', 'podIP'] as const
const mergedByIp = ['podIPs', 'hostIPs'] as const

/** The patch that also takes away what was there and is not any more. */
function withRemovals(status: PodStatus, before: PodStatus): Record<string, unknown> {
  const patch: Record<string, unknown> = { ...status }
  for (const field of optionalFields) if (before[field] !== undefined && status[field] === undefined) patch[field] = null
  // Conditions are merged by type, field by field: what one says no more has to be taken back.
  patch['conditions'] = status.conditions?.map((condition) => {
    const known = before.conditions?.find(({ type }) => type === condition.type)
    const gone = (['reason', 'message'] as const).filter((field) => known?.[field] !== undefined && condition[field] === undefined)
    return { ...condition, ...Object.fromEntries(gone.map((field) => [field, null])) }
  })
  for (const field of mergedByIp) {
    const gone = (before[field] ?? []).filter(({ ip }) => !(status[field] ?? []).some((each) => each.ip === ip))
    if (gone.length) patch[field] = [...(status[field] ?? []), ...gone.map(({ ip }) => ({ ip, $patch: 'delete' }))]
  }
  return patch
}
