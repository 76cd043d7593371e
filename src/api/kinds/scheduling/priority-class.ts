/** PriorityClass: pkg/registry/scheduling/priorityclass/strategy.go and SetDefaults_PriorityClass. */
import type { Strategy } from '../../kind.js'
import { printed } from '../../printers/cells.js'
import { priorityClassRow } from '../../printers/scheduling.js'
import type { PriorityClass } from '../../types/scheduling-v1.js'

export const priorityClassStrategy: Strategy = {
  applyDefaults: (object) => {
    const priorityClass = object as PriorityClass
    priorityClass.preemptionPolicy ??= 'PreemptLowerPriority'
  },
  hasGeneration: true,
  ...printed('PriorityClass', priorityClassRow),
}
