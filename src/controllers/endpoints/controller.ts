/** The Endpoints controller: Services × Pods → Endpoints, the older form of EndpointSlices (pkg/controller/endpoint). */
import type { Endpoints } from '../../api/types/core-v1.js'
import { byNamespace } from '../../client/indexer.js'
import { endpoints as endpointsResource, keyOf, pods as podsResource, services as servicesResource } from '../../client/resources.js'
import { isAlreadyExists, isNamespaceTerminating } from '../../client/status-error.js'
import { formatTime } from '../../client/time.js'
import { type Controller, type ControllerKit, enqueueSelf } from '../framework/controller.js'
import { deleteDependent, tryAgain } from '../framework/dependents.js'
import { semanticallyEqual } from '../framework/equality.js'
import { matcherOfPairs } from '../framework/selector.js'
import { isHeadless, lastTriggerTime, servicePodHandler } from '../framework/service-endpoints.js'
import { planEndpoints } from './reconcile.js'

const headlessLabel = 'service.kubernetes.io/headless'
const managedByLabel = 'endpoints.kubernetes.io/managed-by'
const triggerTimeAnnotation = 'endpoints.kubernetes.io/last-change-trigger-time'
const overCapacityAnnotation = 'endpoints.kubernetes.io/over-capacity'
/** An Endpoints object with it is a leader election's lock, not a Service's. */
const leaderAnnotation = 'control-plane.alpha.kubernetes.io/leader'

export const endpointsController: Controller = {
  name: 'endpoints-controller',
  component: 'endpoint-controller',
  start(kit) {
    const services = kit.watch(servicesResource, { indexes: { namespace: byNamespace } })
    const pods = kit.watch(podsResource, { indexes: { namespace: byNamespace } })
    const endpoints = kit.watch(endpointsResource)
    services.addHandler(enqueueSelf(kit.queue))
    pods.addHandler(servicePodHandler(kit.queue, services))
    // Left behind by a Service that went while nobody looked, or taken away by hand.
    endpoints.addHandler({ add: (one) => kit.queue.add(keyOf(one)), delete: (one) => kit.queue.add(keyOf(one)) })

    return async (key) => {
      const service = services.cache.get(key)
      const current = endpoints.cache.get(key)
      if (!service) {
        const ours =
          current &&
          (current.metadata.labels?.[managedByLabel] !== undefined || current.metadata.annotations?.[triggerTimeAnnotation] !== undefined)
        if (ours && current.metadata.annotations?.[leaderAnnotation] === undefined) await deleteDependent(kit, key, endpoints, current)
        if (!current) kit.writes.forget(key)
        return undefined
      }
      const { selector, type } = service.spec ?? {}
      if (!selector || Object.keys(selector).length === 0 || type === 'ExternalName') return undefined
      const matches = matcherOfPairs(selector)
      const selected = pods.cache.byIndex('namespace', service.metadata.namespace ?? '').filter(({ metadata }) => matches(metadata.labels))
      const { subsets, truncated } = planEndpoints(service, selected)
      const labels = {
        ...withoutLabel(service.metadata.labels),
        ...(isHeadless(service) ? { [headlessLabel]: '' } : {}),
        [managedByLabel]: 'endpoint-controller',
      }
      const same = current && semanticallyEqual(current.subsets, subsets) && semanticallyEqual(current.metadata.labels, labels)
      if (same && (current.metadata.annotations?.[overCapacityAnnotation] !== undefined) === truncated) return undefined
      const trigger = lastTriggerTime(service, selected)
      const annotations: Record<string, string> = {
        ...current?.metadata.annotations,
        ...(trigger === undefined ? {} : { [triggerTimeAnnotation]: formatTime(trigger) }),
      }
      delete annotations[overCapacityAnnotation]
      if (truncated) annotations[overCapacityAnnotation] = 'truncated'
      const { name, namespace } = service.metadata
      const next: Endpoints = {
        apiVersion: 'v1',
        kind: 'Endpoints',
        metadata: { ...current?.metadata, name, namespace, labels, annotations },
        subsets,
      }
      kit.writes.wrote(key, endpoints, await write(kit, next, current !== undefined))
      return undefined
    }
  },
}

async function write({ client }: ControllerKit, next: Endpoints, exists: boolean): Promise<Partial<Endpoints>> {
  try {
    return await (exists ? client.update(endpointsResource, next) : client.create(endpointsResource, next))
  } catch (error) {
    if (isNamespaceTerminating(error)) return {}
    if (isAlreadyExists(error)) throw tryAgain(`endpoints "${keyOf(next)}" are there already`)
    throw error
  }
}

function withoutLabel(labels: Record<string, string> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(labels ?? {}).filter(([key]) => key !== headlessLabel))
}
