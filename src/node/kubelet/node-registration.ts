/**
 * Keeps the node in the API: registers it, renews its Lease every 10 s, and posts its status when it changes or every five
 * minutes (pkg/kubelet/kubelet_node_status.go, component-helpers lease controller).
 */
import { formatMicroTime } from '../../api/meta/time.js'
import type { Lease } from '../../api/types/coordination-v1.js'
import type { Node } from '../../api/types/core-v1.js'
import { sleep } from '../../base/clock.js'
import { messageOf } from '../../base/errors.js'
import type { Client } from '../../client/client.js'
import { leases, nodes } from '../../client/resources.js'
import { isAlreadyExists, isConflict, isNotFound } from '../../client/status-error.js'
import type { Context } from '../../kernel/context.js'
import type { Runtime, RuntimeInfo } from '../runtime/runtime.js'
import type { KubeletConfig } from './config.js'
import { newNode, nodeAnnotations, nodeStatus } from './node-status.js'

const leaseNamespace = 'kube-node-lease'
const leaseSeconds = 40
const renewMs = 10_000
const statusMs = 10_000
const reportMs = 300_000

export interface NodeRegistration {
  /** As last seen or written. */
  node(): Node
  /** Resolves when the node is in the API with a status. */
  readonly registered: Promise<void>
  /** Post the status soon: something about the runtime changed. */
  refresh(): void
}

export interface RegistrationParts {
  readonly context: Context
  readonly client: Client
  readonly runtime: Runtime
  readonly config: KubeletConfig
  readonly nodeIp: string
}

/** Starts the loops; they end with the actor. */
export function keepNodeRegistered(parts: RegistrationParts): NodeRegistration {
  const { context, config, nodeIp } = parts
  let node = newNode(config, undefined, nodeIp)
  let wake: AbortController = new AbortController()
  let resolve = () => {}
  const registered = new Promise<void>((done) => (resolve = done))
  const nap = (ms: number) => sleep(context.clock, ms, AbortSignal.any([context.signal, wake.signal])).catch(() => {})

  context.spawn('node status', async () => {
    let reportedAt = Number.NEGATIVE_INFINITY
    let reported = ''
    while (!context.signal.aborted) {
      wake = new AbortController()
      try {
        const { info, ready } = await inspectRuntime(parts.runtime)
        node = await ensureNode(parts, info)
        const status = nodeStatus(config, info, nodeIp, node.status, context.clock.now(), ready)
        const essence = JSON.stringify({
          ...status,
          conditions: status.conditions?.map(({ type, status: value, reason, message }) => [type, value, reason, message]),
        })
        if (essence !== reported || context.clock.monotonic() - reportedAt >= reportMs || !node.status?.conditions?.length) {
          node = await parts.client.patch(nodes, config.node, 'strategic', { status }, { subresource: 'status' })
          reported = essence
          reportedAt = context.clock.monotonic()
        }
        resolve()
        await nap(statusMs)
      } catch (error) {
        if (context.signal.aborted) return
        context.log.debug('node status not posted', { error: messageOf(error) })
        await nap(500)
      }
    }
  })
  context.spawn('node lease', () => renewLease(parts, () => node.metadata.uid))
  return { node: () => node, registered, refresh: () => wake.abort() }
}

async function inspectRuntime(runtime: Runtime): Promise<{ info: RuntimeInfo | undefined; ready: { ok: boolean; message: string } }> {
  try {
    return { info: await runtime.info(), ready: { ok: true, message: '' } }
  } catch (error) {
    return { info: undefined, ready: { ok: false, message: `container runtime is down: ${messageOf(error)}` } }
  }
}

/** The node as it is in the API, made or brought up to date if need be. */
async function ensureNode({ client, config, nodeIp }: RegistrationParts, info: RuntimeInfo | undefined): Promise<Node> {
  const wanted = newNode(config, info, nodeIp)
  let found: Node
  try {
    found = await client.get(nodes, config.node)
  } catch (error) {
    if (!isNotFound(error)) throw error
    try {
      return await client.create(nodes, wanted)
    } catch (failure) {
      if (!isAlreadyExists(failure)) throw failure
      found = await client.get(nodes, config.node)
    }
  }
  const missing = (kind: 'labels' | 'annotations', of: Readonly<Record<string, string>>) =>
    Object.entries(of).filter(([key, value]) => found.metadata[kind]?.[key] !== value)
  const labels = missing('labels', wanted.metadata.labels ?? {})
  const annotations = missing('annotations', nodeAnnotations(info, nodeIp))
  if (!labels.length && !annotations.length) return found
  return client.patch(nodes, config.node, 'strategic', {
    metadata: { labels: Object.fromEntries(labels), annotations: Object.fromEntries(annotations) },
  })
}

async function renewLease({ context, client, config }: RegistrationParts, uid: () => string | undefined): Promise<void> {
  let lease: Lease | undefined
  while (!context.signal.aborted) {
    let pauseMs = renewMs
    const renewTime = formatMicroTime(context.clock.now())
    try {
      if (lease) {
        lease = await client.update(leases, {
          ...lease,
          spec: { ...lease.spec, holderIdentity: config.node, leaseDurationSeconds: leaseSeconds, renewTime },
        })
      } else {
        lease = await client.get(leases, config.node, { namespace: leaseNamespace }).catch(async (error: unknown) => {
          if (!isNotFound(error)) throw error
          const owner = uid()
          const metadata = {
            name: config.node,
            namespace: leaseNamespace,
            ...(owner ? { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: config.node, uid: owner }] } : {}),
          }
          return client.create(leases, {
            apiVersion: 'coordination.k8s.io/v1',
            kind: 'Lease',
            metadata,
            spec: { holderIdentity: config.node, leaseDurationSeconds: leaseSeconds, renewTime },
          })
        })
        if (lease?.spec?.renewTime !== renewTime) pauseMs = 0
      }
    } catch (error) {
      lease = undefined
      pauseMs = isConflict(error) ? 10 : 500
    }
    if (pauseMs) await sleep(context.clock, pauseMs, context.signal).catch(() => {})
  }
}
