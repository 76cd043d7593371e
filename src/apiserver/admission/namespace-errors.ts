/** The 403 for a create in a namespace that is being deleted; clients look for its cause. */
import type { Kind } from '../../api/kind.js'
import { type ApiError, forbidden } from '../../api/meta/status.js'

export function conflictOfNamespace({ group, plural }: Kind, namespace: string, name: string): ApiError {
  return forbidden(
    { group, resource: plural },
    name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
    [{ reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' }],
  )
}
