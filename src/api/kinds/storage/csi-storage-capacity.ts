/** CSIStorageCapacity: pkg/registry/storage/csistoragecapacity/strategy.go. */
import type { Strategy } from '../../kind.js'
import { printed } from '../../printers/cells.js'
import { csiStorageCapacityRow } from '../../printers/storage.js'
import { validateCsiStorageCapacity, validateCsiStorageCapacityUpdate } from '../../validation/storage/csi.js'

export const csiStorageCapacityStrategy: Strategy = {
  validate: validateCsiStorageCapacity,
  validateUpdate: validateCsiStorageCapacityUpdate,
  allowUnconditionalUpdate: false,
  ...printed('CSIStorageCapacity', csiStorageCapacityRow),
}
