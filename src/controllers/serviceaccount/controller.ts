/** The ServiceAccount controller: an account named 'default' in every namespace that stays (pkg/controller/serviceaccount). */
import { namespaces as namespacesResource, serviceAccounts } from '../../client/resources.js'
import { isAlreadyExists, isNamespaceTerminating } from '../../client/status-error.js'
import { type Controller, enqueueSelf } from '../framework/controller.js'

const accountName = 'default'

export const serviceAccountController: Controller = {
  name: 'serviceaccount-controller',
  component: 'service-account-controller',
  start(kit) {
    const namespaces = kit.watch(namespacesResource)
    const accounts = kit.watch(serviceAccounts, { select: { fieldSelector: `metadata.name=${accountName}` } })
    namespaces.addHandler(enqueueSelf(kit.queue))
    accounts.addHandler({ delete: ({ metadata }) => kit.queue.add(metadata.namespace ?? '') })

    return async (key) => {
      const namespace = namespaces.cache.get(key)
      if (
        !namespace ||
        namespace.status?.phase === 'Terminating' ||
        namespace.metadata.deletionTimestamp ||
        accounts.cache.get(`${key}/${accountName}`)
      )
        return undefined
      try {
        await kit.client.create(serviceAccounts, {
          apiVersion: 'v1',
          kind: 'ServiceAccount',
          metadata: { name: accountName, namespace: key },
        })
      } catch (error) {
        if (!isAlreadyExists(error) && !isNamespaceTerminating(error)) throw error
      }
      return undefined
    }
  },
}
