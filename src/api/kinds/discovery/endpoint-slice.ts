/** EndpointSlice: pkg/registry/discovery/endpointslice/strategy.go and SetDefaults_EndpointPort. */
import type { Strategy } from '../../kind.js'
import { printed } from '../../printers/cells.js'
import { endpointSliceRow } from '../../printers/networking.js'
import type { EndpointSlice } from '../../types/discovery-v1.js'
import { validateEndpointSlice, validateEndpointSliceUpdate } from '../../validation/discovery/endpoint-slice.js'

export const endpointSliceStrategy: Strategy = {
  validate: validateEndpointSlice,
  validateUpdate: validateEndpointSliceUpdate,
  applyDefaults: (object) => {
    for (const port of (object as unknown as EndpointSlice).ports ?? []) {
      port.name ??= ''
      port.protocol ??= 'TCP'
    }
  },
  hasGeneration: true,
  ...printed('EndpointSlice', endpointSliceRow),
}
