/**
 * The publisher of the cluster's CA: a ConfigMap 'kube-root-ca.crt' in every namespace, which pods mount to know the API
 * server by (pkg/controller/certificates/rootcacertpublisher). The CA is the cluster's setting `rootCa`; without it, it
 * is what the API server publishes for extension servers.
 */
import type { ConfigMap } from '../../api/types/core-v1.js'
import { configMaps, namespaces as namespacesResource } from '../../client/resources.js'
import { isAlreadyExists, isNamespaceTerminating, isNotFound } from '../../client/status-error.js'
import { type Controller, type ControllerKit, enqueueSelf } from '../framework/controller.js'

const configMapName = 'kube-root-ca.crt'
const descriptionAnnotation = 'kubernetes.io/description'
const description =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.'
/** Milliseconds between looks for a CA that is not published yet. */
const caRetryMs = 1000

export const rootCaCertificatePublisherController: Controller = {
  name: 'root-ca-certificate-publisher-controller',
  component: 'root-ca-cert-publisher',
  start(kit) {
    const namespaces = kit.watch(namespacesResource)
    const published = kit.watch(configMaps, { select: { fieldSelector: `metadata.name=${configMapName}` } })
    namespaces.addHandler(enqueueSelf(kit.queue))
    const changed = ({ metadata }: ConfigMap) => kit.queue.add(metadata.namespace ?? '')
    published.addHandler({ add: changed, update: (_old, one) => changed(one), delete: changed })
    let rootCa = kit.settings.rootCa

    return async (key) => {
      const namespace = namespaces.cache.get(key)
      if (!namespace || namespace.metadata.deletionTimestamp || namespace.status?.phase === 'Terminating') return undefined
      rootCa ??= await findCa(kit)
      if (rootCa === undefined) return { againAfterMs: caRetryMs }
      const current = published.cache.get(`${key}/${configMapName}`)
      const data = { 'ca.crt': rootCa }
      if (
        current &&
        current.data?.['ca.crt'] === rootCa &&
        Object.keys(current.data).length === 1 &&
        current.metadata.annotations?.[descriptionAnnotation] === description
      )
        return undefined
      const annotations = { ...current?.metadata.annotations, [descriptionAnnotation]: description }
      const next: ConfigMap = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        ...current,
        metadata: { ...current?.metadata, name: configMapName, namespace: key, annotations },
        data,
      }
      try {
        kit.writes.wrote(key, published, await (current ? kit.client.update(configMaps, next) : kit.client.create(configMaps, next)))
      } catch (error) {
        if (!isAlreadyExists(error) && !isNamespaceTerminating(error)) throw error
      }
      return undefined
    }
  },
}

async function findCa({ client }: ControllerKit): Promise<string | undefined> {
  try {
    const { data } = await client.get(configMaps, 'extension-apiserver-authentication', { namespace: 'kube-system' })
    return data?.['client-ca-file']
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
