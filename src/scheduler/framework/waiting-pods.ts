/** Pods that Permit holds back between their cycle and their binding (framework/runtime/waiting_pods_map.go). */
import type { Clock, Timer } from '../../base/clock.js'
import type { WaitingPod } from './plugin.js'
import type { PodInfo } from './pod-info.js'
import { isRejected, type Status, success, unschedulable } from './status.js'

/** Longest a plugin may hold a pod back (maxTimeout in framework/runtime/framework.go). */
const permitTimeoutMsMax = 15 * 60_000

export interface WaitingPods {
  /** `timeouts`: plugin → milliseconds. */
  add(pod: PodInfo, node: string, timeouts: ReadonlyMap<string, number>): void
  get(uid: string): WaitingPod | undefined
  /** How it went; success at once for a pod that nobody holds back. */
  settled(uid: string): Promise<Status>
}

export function createWaitingPods(clock: Clock): WaitingPods {
  const waiting = new Map<string, WaitingPod & { readonly settled: Promise<Status> }>()
  return {
    add(pod, node, timeouts) {
      const timers = new Map<string, Timer>()
      let settle: (status: Status) => void = () => {}
      const settled = new Promise<Status>((resolve) => {
        settle = resolve
      })
      const end = (status: Status) => {
        for (const timer of timers.values()) timer.cancel()
        waiting.delete(pod.uid)
        settle(status)
      }
      for (const [plugin, timeoutMs] of timeouts) {
        const delay = Math.min(timeoutMs, permitTimeoutMsMax)
        timers.set(
          plugin,
          clock.after(delay, () =>
            end({ ...unschedulable(`rejected due to timeout after waiting ${delay / 1000}s at plugin ${plugin}`), plugin }),
          ),
        )
      }
      waiting.set(pod.uid, {
        pod,
        node,
        settled,
        get pending() {
          return [...timers.keys()]
        },
        allow(plugin) {
          timers.get(plugin)?.cancel()
          timers.delete(plugin)
          if (timers.size === 0) end(success)
        },
        reject(plugin, message) {
          end({ ...unschedulable(message), plugin })
        },
      })
    },
    get: (uid) => waiting.get(uid),
    async settled(uid) {
      const held = waiting.get(uid)
      const status = (await held?.settled) ?? success
      return isRejected(status)
        ? { ...status, reasons: [`pod "${held?.pod.name}" rejected while waiting on permit: ${status.reasons.join(', ')}`] }
        : status
    },
  }
}
