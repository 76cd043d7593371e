/** CSIStorageCapacity: pkg/registry/storage/csistoragecapacity/strategy.go. */
import type { Strategy } from '../../kind.js'
import { printed } from '../../printers/cells.js'
import { csiStorageCapacityRow } from '../../printers/storage.js'

export const csiStorageCapacityStrategy: Strategy = {
  allowUnconditionalUpdate: false,
  ...printed('CSIStorageCapacity', csiStorageCapacityRow),
}
