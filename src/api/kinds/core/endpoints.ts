/** Endpoints: pkg/registry/core/endpoint/strategy.go and SetDefaults_Endpoints. */
import type { Strategy } from '../../kind.js'
import type { KubeObject } from '../../meta/object.js'
import { printed } from '../../printers/cells.js'
import { endpointsRow } from '../../printers/networking.js'
import type { Endpoints } from '../../types/core-v1.js'
import { validateEndpoints, validateEndpointsUpdate } from '../../validation/core/endpoints.js'

export const endpointsStrategy: Strategy = {
  applyDefaults,
  validate: validateEndpoints,
  validateUpdate: validateEndpointsUpdate,
  allowCreateOnUpdate: true,
  warnings: () => ['v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice'],
  ...printed('Endpoints', endpointsRow),
}

function applyDefaults(object: KubeObject): void {
  for (const { ports } of (object as Endpoints).subsets ?? []) for (const port of ports ?? []) port.protocol ||= 'TCP'
}
