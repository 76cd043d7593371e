/** The EndpointSlice controller: Services × Pods → EndpointSlices (pkg/controller/endpointslice); planned in reconcile.ts. */
import { byNamespace } from '../../client/indexer.js'
import { endpointSlices, nodes as nodesResource, pods as podsResource, services as servicesResource } from '../../client/resources.js'
import { isNamespaceTerminating } from '../../client/status-error.js'
import { formatTime } from '../../client/time.js'
import { type Controller, enqueueSelf } from '../framework/controller.js'
import { createDependent, deleteDependent } from '../framework/dependents.js'
import { matcherOfPairs } from '../framework/selector.js'
import { lastTriggerTime, servicePodHandler } from '../framework/service-endpoints.js'
import { managedBy, managedByLabel, planSlices, serviceNameLabel } from './reconcile.js'

const triggerTimeAnnotation = 'endpoints.kubernetes.io/last-change-trigger-time'

export const endpointSliceController: Controller = {
  name: 'endpointslice-controller',
  start(kit) {
    const services = kit.watch(servicesResource, { indexes: { namespace: byNamespace } })
    const pods = kit.watch(podsResource, { indexes: { namespace: byNamespace } })
    const nodes = kit.watch(nodesResource, {
      trim: (node) => {
        delete node.status
      },
    })
    const slices = kit.watch(endpointSlices, {
      indexes: {
        service: ({ metadata }) =>
          metadata.labels?.[managedByLabel] === managedBy ? [`${metadata.namespace}/${metadata.labels[serviceNameLabel]}`] : [],
      },
    })
    services.addHandler(enqueueSelf(kit.queue))
    pods.addHandler(servicePodHandler(kit.queue, services))
    // Somebody else's change of our slice is undone; our own change finds nothing to do.
    const ownerOfSlice = (slice: { metadata: { namespace?: string | undefined; labels?: Record<string, string> | undefined } }) => {
      if (slice.metadata.labels?.[managedByLabel] === managedBy)
        kit.queue.add(`${slice.metadata.namespace}/${slice.metadata.labels[serviceNameLabel]}`)
    }
    slices.addHandler({ update: (_old, slice) => ownerOfSlice(slice), delete: ownerOfSlice })

    return async (key) => {
      const service = services.cache.get(key)
      // Slices of a Service that is gone are collected by their owner reference.
      if (!service) {
        kit.writes.forget(key)
        return undefined
      }
      const { namespace = '' } = service.metadata
      const { selector } = service.spec ?? {}
      if (!selector || Object.keys(selector).length === 0 || service.metadata.deletionTimestamp) return undefined
      const matches = matcherOfPairs(selector)
      const selected = pods.cache.byIndex('namespace', namespace).filter(({ metadata }) => matches(metadata.labels))
      const { create, update, remove } = planSlices({
        service,
        pods: selected,
        nodeOf: (name) => nodes.cache.get(name),
        slices: slices.cache.byIndex('service', key),
      })
      const trigger = lastTriggerTime(service, selected)
      const annotations = trigger === undefined ? {} : { [triggerTimeAnnotation]: formatTime(trigger) }
      try {
        for (const slice of create) await createDependent(kit, key, slices, { ...slice, metadata: { ...slice.metadata, annotations } })
      } catch (error) {
        if (isNamespaceTerminating(error)) return undefined
        throw error
      }
      for (const slice of update)
        kit.writes.wrote(
          key,
          slices,
          await kit.client.update(endpointSlices, {
            ...slice,
            metadata: { ...slice.metadata, annotations: { ...slice.metadata.annotations, ...annotations } },
          }),
        )
      for (const slice of remove) await deleteDependent(kit, key, slices, slice)
      return undefined
    }
  },
}
