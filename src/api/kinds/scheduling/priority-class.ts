/** PriorityClass: pkg/registry/scheduling/priorityclass/strategy.go and SetDefaults_PriorityClass. */
import type { Strategy } from '../../kind.js'
import { printed } from '../../printers/cells.js'
import { priorityClassRow } from '../../printers/scheduling.js'
import type { PriorityClass } from '../../types/scheduling-v1.js'
import { validatePriorityClass, validatePriorityClassUpdate } from '../../validation/scheduling/priority-class.js'

export const priorityClassStrategy: Strategy = {
  validate: validatePriorityClass,
  validateUpdate: validatePriorityClassUpdate,
  applyDefaults: (object) => {
    const priorityClass = object as PriorityClass
    priorityClass.preemptionPolicy ??= 'PreemptLowerPriority'
  },
  hasGeneration: true,
  ...printed('PriorityClass', priorityClassRow),
}
