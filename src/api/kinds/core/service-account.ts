/** ServiceAccount: pkg/registry/core/serviceaccount/strategy.go. Its secrets are named and nothing more. */
import type { Strategy } from '../../kind.js'
import type { KubeObject } from '../../meta/object.js'
import { printed } from '../../printers/cells.js'
import { serviceAccountRow } from '../../printers/cluster.js'
import type { ServiceAccount } from '../../types/core-v1.js'
import { validateServiceAccount, validateServiceAccountUpdate } from '../../validation/core/service-account.js'

export const serviceAccountStrategy: Strategy = {
  validate: validateServiceAccount,
  validateUpdate: validateServiceAccountUpdate,
  prepareForCreate: keepNames,
  prepareForUpdate: keepNames,
  warnings: ({ metadata }) =>
    metadata.annotations?.['kubernetes.io/enforce-mountable-secrets'] === undefined
      ? []
      : [
          'metadata.annotations[kubernetes.io/enforce-mountable-secrets]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets',
        ],
  ...printed('ServiceAccount', serviceAccountRow),
}

function keepNames(object: KubeObject): void {
  const account = object as ServiceAccount
  if (account.secrets) account.secrets = account.secrets.map(({ name }) => (name === undefined ? {} : { name }))
}
