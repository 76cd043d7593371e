/**
 * NamespaceLifecycle: nothing is created in a namespace that is not there or is going, and the system's namespaces stay.
 * Upstream judges by a cache and closes the gap with timeouts; here the namespace's revision rides in the transaction, so
 * that no object slips in behind the namespace's deletion (plugin/namespace/lifecycle/admission.go).
 */

import type { KubeObject } from '../../api/meta/object.js'
import { forbidden, notFound } from '../../api/meta/status.js'
import type { Attributes } from './attributes.js'
import { conflictOfNamespace } from './namespace-errors.js'
import type { AdmissionPlugin, AdmissionWorld } from './plugin.js'

const namespaces = { group: '', resource: 'namespaces' }
const immortal: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public'])

export const namespaceLifecycle: AdmissionPlugin = {
  name: 'NamespaceLifecycle',
  admit(attributes, world) {
    const { operation, kind, namespace, name } = attributes
    const isNamespace = kind.group === '' && kind.plural === 'namespaces'
    if (operation === 'DELETE' && isNamespace && immortal.has(name)) throw forbidden(namespaces, name, 'this namespace may not be deleted')
    if (operation !== 'CREATE' || !kind.namespaced || namespace === '') return
    // A review of access asks about namespaces that need not be there.
    if (kind.plural === 'localsubjectaccessreviews') return
    return admitCreate(attributes, world)
  },
}

async function admitCreate({ kind, namespace, name, companions }: Attributes, world: AdmissionWorld): Promise<void> {
  let found: KubeObject | undefined = world.lookup.get(namespaces, '', namespace)
  if (!found) {
    await world.lookup.refresh()
    found = world.lookup.get(namespaces, '', namespace)
  }
  if (!found) throw notFound(namespaces, namespace)
  if (found.metadata.deletionTimestamp || (found.status as { phase?: string } | undefined)?.phase === 'Terminating')
    throw conflictOfNamespace(kind, namespace, name)
  const { key, revision } = world.rewrite(namespaces, found)
  companions.compare.push({ key, target: 'modRevision', is: '=', value: revision })
}
