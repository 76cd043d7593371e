/** IPAddress: pkg/registry/networking/ipaddress/strategy.go. Its name is the address. */
import type { Strategy } from '../../kind.js'
import { printed } from '../../printers/cells.js'
import { ipAddressRow } from '../../printers/networking.js'

export const ipAddressStrategy: Strategy = {
  nameRule: 'path-segment',
  ...printed('IPAddress', ipAddressRow),
}
