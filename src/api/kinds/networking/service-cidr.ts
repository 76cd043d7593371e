/** ServiceCIDR: pkg/registry/networking/servicecidr/strategy.go, which lets clients write status with the rest. */
import type { Strategy } from '../../kind.js'
import { printed } from '../../printers/cells.js'
import { serviceCidrRow } from '../../printers/networking.js'
import { validateServiceCidr, validateServiceCidrUpdate } from '../../validation/networking/addresses.js'
import { keepAllButStatus } from '../carry-over.js'

export const serviceCidrStrategy: Strategy = {
  validate: validateServiceCidr,
  validateUpdate: validateServiceCidrUpdate,
  prepareForCreate: () => {},
  prepareForUpdate: () => {},
  prepareForStatusUpdate: keepAllButStatus,
  ...printed('ServiceCIDR', serviceCidrRow),
}
