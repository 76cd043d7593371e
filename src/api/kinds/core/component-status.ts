/** ComponentStatus: read only, made on request. */
import type { Strategy } from '../../kind.js'
import { printed } from '../../printers/cells.js'
import { componentStatusRow } from '../../printers/cluster.js'

export const componentStatusStrategy: Strategy = { ...printed('ComponentStatus', componentStatusRow) }
