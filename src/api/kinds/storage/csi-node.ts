/** CSINode: pkg/registry/storage/csinode/strategy.go. */
import type { Strategy } from '../../kind.js'
import { printed } from '../../printers/cells.js'
import { csiNodeRow } from '../../printers/storage.js'
import { validateCsiNode, validateCsiNodeUpdate } from '../../validation/storage/csi.js'

export const csiNodeStrategy: Strategy = {
  validate: validateCsiNode,
  validateUpdate: validateCsiNodeUpdate,
  allowUnconditionalUpdate: false,
  ...printed('CSINode', csiNodeRow),
}
