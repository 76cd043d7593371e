/**
 * Tells users in a pod's status why it has no node: the condition PodScheduled, and nominatedNodeName. Only the newest
 * that is to be said of a pod is said, and not again while the pod says so already. Cycles never wait for it.
 */
import type { PodCondition } from '../api/types/core-v1.js'
import { messageOf } from '../base/errors.js'
import type { Client } from '../client/client.js'
import { pods } from '../client/resources.js'
import { isConflict, isNotFound } from '../client/status-error.js'
import { formatTime } from '../client/time.js'
import { createWorkQueue } from '../client/workqueue.js'
import type { Context } from '../kernel/context.js'
import type { PodInfo } from './framework/pod-info.js'

const workers = 8

export interface Saying {
  readonly reason?: string
  readonly message?: string
  /** '' removes it; absent: as it is. */
  readonly nominatedNode?: string
}

export interface StatusWriter {
  /** Sets PodScheduled=False with this reason and message, and the nomination. */
  say(pod: PodInfo, saying: Saying): void
}

export interface StatusWriterOptions {
  readonly context: Context
  readonly client: Client
  /** The newest version of a pod. */
  readonly pod: (key: string) => PodInfo | undefined
}

export function createStatusWriter({ context, client, pod: newest }: StatusWriterOptions): StatusWriter {
  const queue = createWorkQueue(context.clock)
  const sayings = new Map<string, { readonly uid: string; readonly saying: Saying }>()
  context.signal.addEventListener('abort', () => queue.shutDown(), { once: true })

  async function write(key: string): Promise<void> {
    const wanted = sayings.get(key)
    const pod = newest(key)
    sayings.delete(key)
    if (!wanted || !pod || pod.uid !== wanted.uid || pod.pod.spec?.nodeName) return
    const status = statusPatch(pod, wanted.saying, context.clock.now())
    if (!status) return
    try {
      const { name, namespace, uid } = pod
      await client.patch(
        pods,
        name,
        'strategic',
        { metadata: { uid }, status },
        { namespace, subresource: 'status', signal: context.signal },
      )
      queue.forget(key)
    } catch (error) {
      if (context.signal.aborted || isNotFound(error) || isConflict(error)) return
      context.log.warn('cannot write pod status', { pod: key, error: messageOf(error) })
      if (!sayings.has(key)) sayings.set(key, wanted)
      queue.addRateLimited(key)
    }
  }
  async function work(): Promise<void> {
    for (let key = await queue.next(); key !== undefined; key = await queue.next()) {
      await write(key)
      queue.done(key)
    }
  }
  context.spawn('pod statuses', async () => {
    await Promise.all(Array.from({ length: workers }, work))
  })
  return {
    say({ key, uid }, saying) {
      const before = sayings.get(key)
      sayings.set(key, { uid, saying: before?.uid === uid ? { ...before.saying, ...saying } : saying })
      queue.add(key)
    },
  }
}

/** What has to change in the status; undefined: nothing. */
function statusPatch({ pod }: PodInfo, { reason, message, nominatedNode }: Saying, now: number): Record<string, unknown> | undefined {
  const patch: Record<string, unknown> = {}
  const known = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  if (reason !== undefined && !(known?.status === 'False' && known.reason === reason && (known.message ?? '') === (message ?? ''))) {
    const condition: PodCondition = { type: 'PodScheduled', status: 'False', reason, message }
    if (known?.status !== 'False') condition.lastTransitionTime = formatTime(now)
    if (pod.metadata.generation !== undefined) condition.observedGeneration = pod.metadata.generation
    patch.conditions = [condition]
  }
  if (nominatedNode !== undefined && nominatedNode !== (pod.status?.nominatedNodeName ?? ''))
    patch.nominatedNodeName = nominatedNode === '' ? null : nominatedNode
  return Object.keys(patch).length === 0 ? undefined : patch
}
