/** CSINode: pkg/registry/storage/csinode/strategy.go. */
import type { Strategy } from '../../kind.js'
import { printed } from '../../printers/cells.js'
import { csiNodeRow } from '../../printers/storage.js'

export const csiNodeStrategy: Strategy = { allowUnconditionalUpdate: false, ...printed('CSINode', csiNodeRow) }
