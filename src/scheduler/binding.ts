/**
 * From a node chosen to a pod bound: wait for Permit, prepare, bind; or give back what was taken. It runs beside the
 * cycles of other pods, which count the pod as being on its node all the while. schedule_one.go bindingCycle. Read
 * next: scheduler.ts.
 *
 * Invariant: when it ends the pod is bound and counted, or forgotten and with the queue again (or gone).
 */
import { InvariantError } from '../base/assert.js'
import type { Clock } from '../base/clock.js'
import { messageOf } from '../base/errors.js'
import type { Cache } from './cache.js'
import type { CycleState } from './framework/cycle-state.js'
import type { Framework } from './framework/runtime.js'
import { failed, isRejected, type Status } from './framework/status.js'
import type { QueuedPod, SchedulingQueue } from './queue.js'

export interface BindingOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly cache: Cache
  readonly queue: SchedulingQueue
  readonly bound: (entry: QueuedPod, node: string) => void
  /** It was not bound; called when everything is given back. */
  readonly refused: (entry: QueuedPod, status: Status) => void
}

export interface Placement {
  readonly framework: Framework
  readonly entry: QueuedPod
  readonly state: CycleState
  readonly node: string
}

/** Reserve and Permit, which still belong to the cycle. False: refused, and given back. */
export function reserve(options: BindingOptions, placement: Placement): boolean {
  const { framework, entry, state, node } = placement
  options.cache.assume(entry.pod, node)
  const reserved = framework.reserve(state, entry.pod, node)
  const status = reserved.code === 'Success' ? framework.permit(state, entry.pod, node) : reserved
  if (status.code === 'Success' || status.code === 'Wait') return true
  giveBack(options, placement, status)
  return false
}

/** Waits for Permit, then binds. Never rejects but for bugs. */
export async function bind(options: BindingOptions, placement: Placement): Promise<void> {
  const { framework, entry, state, node } = placement
  const { pod } = entry
  const permitted = await framework.permitted(pod.uid)
  if (permitted.code !== 'Success') return giveBack(options, placement, permitted)
  options.queue.done(entry)
  const status = await attempt(options, async () => {
    const prepared = await framework.preBind(state, pod, node)
    return prepared.code === 'Success' ? await framework.bind(state, pod, node) : prepared
  })
  if (options.signal.aborted) return
  if (status.code !== 'Success') return giveBack(options, placement, status)
  options.cache.bound(pod.uid, options.clock.monotonic())
  options.bound(entry, node)
  framework.postBind(state, pod, node)
}

async function attempt({ signal }: BindingOptions, run: () => Promise<Status>): Promise<Status> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof InvariantError && !signal.aborted) throw error
    return failed(messageOf(error))
  }
}

function giveBack({ cache, queue, refused }: BindingOptions, { framework, entry, state, node }: Placement, status: Status): void {
  const { pod } = entry
  framework.unreserve(state, pod, node)
  cache.forget(pod.uid)
  refused(entry, status)
  // To the others it is as if a pod had left the node.
  queue.move({ type: 'AssignedPod', action: 'Delete', old: pod.pod }, isRejected(status) ? pod.uid : undefined)
}
