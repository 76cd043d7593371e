/**
 * The namespace controller: empties a namespace that is being deleted, then lets it go (pkg/controller/namespace).
 * Pods go first, and nothing else until they are gone, so that what guards them (NetworkPolicies, Secrets) outlives
 * them (KEP-5080). The namespace goes when every resource that discovery names is listed empty.
 */

import { ApiError } from '../../api/meta/status.js'
import type { Namespace } from '../../api/types/core-v1.js'
import { messageOf } from '../../base/errors.js'
import { type DiscoveredResource, discover } from '../../client/discovery.js'
import type { Informer } from '../../client/informer.js'
import { keyOf, namespaces as namespacesResource } from '../../client/resources.js'
import { isNotFound } from '../../client/status-error.js'
import { type Controller, type ControllerKit, enqueueSelf, type Settled } from '../framework/controller.js'
import { semanticallyEqual } from '../framework/equality.js'
import { type Emptying, emptyingConditions } from './reconcile.js'

const finalizer = 'kubernetes'
/** Milliseconds between attempts while something is left. */
const retryMs = 1000

export const namespaceController: Controller = {
  name: 'namespace-controller',
  workers: 10,
  start(kit) {
    const namespaces = kit.watch(namespacesResource)
    namespaces.addHandler(enqueueSelf(kit.queue))
    return (key) => reconcile(kit, namespaces, key)
  },
}

async function reconcile(kit: ControllerKit, namespaces: Informer<Namespace>, key: string): Promise<Settled | undefined> {
  const namespace = namespaces.cache.get(key)
  if (!namespace) {
    kit.writes.forget(key)
    return undefined
  }
  if (!namespace.metadata.deletionTimestamp || !namespace.spec?.finalizers?.includes(finalizer)) return undefined
  const emptying = await empty(kit, key)
  const current = namespace.status?.conditions ?? []
  const conditions = emptyingConditions(current, emptying, kit.now())
  let latest = namespace
  if (!semanticallyEqual(current, conditions) || namespace.status?.phase !== 'Terminating') {
    latest = await kit.client.updateStatus(namespacesResource, {
      ...namespace,
      status: { ...namespace.status, phase: 'Terminating', conditions },
    })
    kit.writes.wrote(key, namespaces, latest)
  }
  if (conditions.some(({ type, status }) => type.startsWith('Namespace') && status === 'True')) return { againAfterMs: retryMs }
  await finalize(kit, namespaces, latest)
  return undefined
}

/** One attempt: deletes what can be deleted and counts what is left. */
async function empty({ client }: ControllerKit, namespace: string): Promise<Emptying> {
  const { resources, failures } = await discover(client)
  const remaining = new Map<string, number>()
  const finalizers = new Map<string, number>()
  const deletionErrors: string[] = []
  const content = resources.filter(({ namespaced, verbs }) => namespaced && verbs.includes('delete') && verbs.includes('list'))
  const isPods = ({ group, resource }: DiscoveredResource) => group === '' && resource === 'pods'
  const clear = async (resource: DiscoveredResource) => {
    const options = { namespace, propagationPolicy: 'Background' as const }
    try {
      const before = await client.list(resource, { namespace, metadataOnly: true })
      if (before.items.length === 0) return
      if (resource.verbs.includes('deletecollection')) await client.deleteCollection(resource, options)
      else for (const { metadata } of before.items) await client.delete(resource, metadata.name, options).catch(ignoreNotFound)
      const { items } = await client.list(resource, { namespace, metadataOnly: true })
      if (items.length > 0) remaining.set(`${resource.resource}.${resource.group}`, items.length)
      for (const name of items.flatMap(({ metadata }) => metadata.finalizers ?? [])) finalizers.set(name, (finalizers.get(name) ?? 0) + 1)
    } catch (error) {
      // Gone from the server since discovery, or not allowed there: nothing of it can be left.
      if (error instanceof ApiError && (error.status.code === 404 || error.status.code === 405)) return
      if (!(error instanceof ApiError)) throw error
      deletionErrors.push(messageOf(error))
    }
  }
  for (const pods of content.filter(isPods)) await clear(pods)
  if (remaining.size === 0 && deletionErrors.length === 0) for (const resource of content) if (!isPods(resource)) await clear(resource)
  return { failures, deletionErrors, remaining, finalizers }
}

function ignoreNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error
}

async function finalize({ client, writes }: ControllerKit, namespaces: Informer<Namespace>, namespace: Namespace): Promise<void> {
  const finalizers = (namespace.spec?.finalizers ?? []).filter((one) => one !== finalizer)
  try {
    writes.wrote(
      keyOf(namespace),
      namespaces,
      await client.update(namespacesResource, { ...namespace, spec: { ...namespace.spec, finalizers } }, { subresource: 'finalize' }),
    )
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
