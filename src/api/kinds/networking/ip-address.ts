/** IPAddress: pkg/registry/networking/ipaddress/strategy.go. Its name is the address. */
import type { Strategy } from '../../kind.js'
import { printed } from '../../printers/cells.js'
import { ipAddressRow } from '../../printers/networking.js'
import { validateIpAddress, validateIpAddressUpdate } from '../../validation/networking/addresses.js'

export const ipAddressStrategy: Strategy = {
  validate: validateIpAddress,
  validateUpdate: validateIpAddressUpdate,
  nameRule: 'path-segment',
  ...printed('IPAddress', ipAddressRow),
}
