/** ControllerRevision: pkg/registry/apps/controllerrevision/strategy.go. */
import type { Strategy } from '../../kind.js'
import { printed } from '../../printers/cells.js'
import { controllerRevisionRow } from '../../printers/workloads.js'

export const controllerRevisionStrategy: Strategy = { ...printed('ControllerRevision', controllerRevisionRow) }
