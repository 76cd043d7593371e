/** DeviceClass: pkg/registry/resource/deviceclass/strategy.go. */
import type { Strategy } from '../../kind.js'
import { ageRow, printed } from '../../printers/cells.js'

export const deviceClassStrategy: Strategy = { hasGeneration: true, ...printed('DeviceClass', ageRow) }
