/** Namespace: pkg/registry/core/namespace/strategy.go and SetDefaults_Namespace. */
import type { Strategy } from '../../kind.js'
import type { KubeObject } from '../../meta/object.js'
import { printed } from '../../printers/cells.js'
import { namespaceRow } from '../../printers/cluster.js'
import type { Namespace } from '../../types/core-v1.js'
import { validateNamespace, validateNamespaceStatusUpdate, validateNamespaceUpdate } from '../../validation/core/namespace.js'
import { keepStatus } from '../carry-over.js'

const nameLabel = 'kubernetes.io/metadata.name'

export const namespaceStrategy: Strategy = {
  validate: validateNamespace,
  validateUpdate: validateNamespaceUpdate,
  validateStatusUpdate: validateNamespaceStatusUpdate,
  applyDefaults: (object) => {
    if (object.metadata.name) labelWithName(object)
    const status = ((object as Namespace).status ??= {})
    status.phase ||= 'Active'
  },
  prepareForCreate: (object) => {
    const namespace = object as Namespace
    // A generated name is there by now.
    labelWithName(object)
    namespace.status = { phase: 'Active' }
    const spec = (namespace.spec ??= {})
    // The namespace stays until its controller has emptied it.
    if (!spec.finalizers?.includes('kubernetes')) spec.finalizers = [...(spec.finalizers ?? []), 'kubernetes']
  },
  prepareForUpdate: (object, old) => {
    const [namespace, before] = [object as Namespace, old as Namespace]
    const spec = (namespace.spec ??= {})
    if (before.spec?.finalizers) spec.finalizers = [...before.spec.finalizers]
    else delete spec.finalizers
    keepStatus(object, old)
  },
  nameRule: 'dns-label',
  selectableFields: { 'status.phase': (object) => (object as Namespace).status?.phase ?? '' },
  ...printed('Namespace', namespaceRow),
}

function labelWithName({ metadata }: KubeObject): void {
  if (metadata.name) metadata.labels = { ...metadata.labels, [nameLabel]: metadata.name }
}
