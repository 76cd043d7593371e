/**
 * DefaultBinder: asks the API server to bind, which refuses a pod that is bound, gated or on its way out. When the answer
 * is lost the pod itself tells what happened. plugins/defaultbinder.
 */
import type { Binding } from '../../api/types/core-v1.js'
import { sleep } from '../../base/clock.js'
import { codeOf, messageOf } from '../../base/errors.js'
import { pods, resourceType } from '../../client/resources.js'
import { isNotFound, reasonOf } from '../../client/status-error.js'
import { isOutcomeUnknown } from '../../kernel/protocol.js'
import type { Handle, PluginFactory } from '../framework/plugin.js'
import type { PodInfo } from '../framework/pod-info.js'
import { failed, type Status, success } from '../framework/status.js'

const bindings = resourceType<Binding>('v1', 'pods', 'Binding')
/** Between questions for a pod whose binding's outcome is unknown. */
const askAgainMs = 500
const askTimesMax = 20

export const defaultBinder: PluginFactory = (handle) => ({
  name: 'DefaultBinder',
  async bind(_state, pod, node) {
    const binding: Binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: pod.name, namespace: pod.namespace, uid: pod.uid },
      target: { kind: 'Node', name: node },
    }
    try {
      await handle.client.create(bindings, binding, {
        name: pod.name,
        namespace: pod.namespace,
        subresource: 'binding',
        signal: handle.signal,
      })
      return success
    } catch (error) {
      if (handle.signal.aborted) throw error
      // A conflict may be with our own binding, sent once more by a connection that lost the first answer.
      if (isOutcomeUnknown(codeOf(error)) || reasonOf(error) === 'Conflict') return await outcome(handle, pod, node, messageOf(error))
      return failed(messageOf(error))
    }
  },
})

/** What became of the binding, read from the pod. */
async function outcome(
  { client, clock, signal }: Handle,
  { uid, name, namespace, key }: PodInfo,
  node: string,
  refusal: string,
): Promise<Status> {
  for (let times = 1; ; times++)
    try {
      const now = await client.get(pods, name, { namespace, signal })
      if (now.metadata.uid === uid && now.spec?.nodeName === node) return success
      return failed(refusal)
    } catch (error) {
      if (signal.aborted) throw error
      if (isNotFound(error)) return failed(refusal)
      // Tried again like any failure: if it was bound after all, the API server refuses and the watch tells.
      if (times === askTimesMax) return failed(`Cannot learn whether pod ${key} was bound to ${node}: ${messageOf(error)}`)
      await sleep(clock, askAgainMs, signal)
    }
}
