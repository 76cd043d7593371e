/** ControllerRevision: pkg/registry/apps/controllerrevision/strategy.go. */
import type { Strategy } from '../../kind.js'
import { printed } from '../../printers/cells.js'
import { controllerRevisionRow } from '../../printers/workloads.js'
import { validateControllerRevision, validateControllerRevisionUpdate } from '../../validation/apps/controller-revision.js'

export const controllerRevisionStrategy: Strategy = {
  validate: validateControllerRevision,
  validateUpdate: validateControllerRevisionUpdate,
  ...printed('ControllerRevision', controllerRevisionRow),
}
